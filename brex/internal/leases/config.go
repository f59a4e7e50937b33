package leases

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Config is what the limiters of all replicas must agree on.
type Config struct {
	Requests int // allowed in any Window
	Window   time.Duration
	Attempt  time.Duration // the longest time from a grant to the response

	name     string // of the package, for errors
	replicas int    // that share the limit while the server is away, 0 to wait
}

// Option is an option of a limiter.
type Option func(*Config) error

// NewConfig returns Brex's limit, 1,000 requests a minute, changed by the options. The name is that
// of the package, for errors.
func NewConfig(name, bucket string, opts []Option) (Config, error) {
	c := Config{Requests: 1000, Window: time.Minute, Attempt: time.Minute, name: name}
	switch {
	case bucket == "":
		return c, fmt.Errorf("%s: NewLimiter: the bucket has no name", name)
	case len(bucket) > longestName || !utf8.ValidString(bucket) || strings.Contains(bucket, "\x00"):
		return c, fmt.Errorf("%s: NewLimiter: the bucket's name is not UTF-8 of at most %d bytes without NUL",
			name, longestName)
	}
	for _, o := range opts {
		if o == nil {
			return c, fmt.Errorf("%s: NewLimiter: an option is nil", name)
		}
		if err := o(&c); err != nil {
			return c, fmt.Errorf("%s: %w", name, err)
		}
	}
	if c.replicas > c.Requests {
		return c, fmt.Errorf("%s: WithShare: %d requests are not enough for %d replicas", name,
			c.Requests, c.replicas)
	}
	return c, nil
}

// Lease is how long a slot stays taken that nobody releases.
func (c Config) Lease() time.Duration { return c.call() + c.Attempt + c.Window }

func (c Config) call() time.Duration { return min(longestCall, c.Attempt) }

// What the servers can count: a lease that is longer than a time.Duration would have ended before
// it began, and there would be no limit.
const (
	mostRequests = 1_000_000
	longest      = 24 * time.Hour // of a window and of an attempt
	longestName  = 255            // of a bucket, in bytes
)

// Limit sets the limit.
func Limit(requests int, window time.Duration) Option {
	return func(c *Config) error {
		if requests < 1 || requests > mostRequests || window < time.Millisecond || window > longest {
			return fmt.Errorf("WithLimit: %d requests in %v; at least 1 in 1ms, at most %d in %v",
				requests, window, mostRequests, longest)
		}
		c.Requests, c.Window = requests, window
		return nil
	}
}

// Attempt sets the longest time from a grant to the response.
func Attempt(d time.Duration) Option {
	return func(c *Config) error {
		if d < time.Millisecond || d > longest {
			return fmt.Errorf("WithAttempt: %v; at least 1ms, at most %v", d, longest)
		}
		c.Attempt = d
		return nil
	}
}

// Share has each of the replicas use an equal share while the server is away.
func Share(replicas int) Option {
	return func(c *Config) error {
		if replicas < 1 {
			return errors.New("WithShare: the number of replicas must be above zero")
		}
		c.replicas = replicas
		return nil
	}
}
