package leases

import (
	"errors"
	"fmt"
	"time"
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
	if bucket == "" {
		return c, fmt.Errorf("%s: NewLimiter: the bucket has no name", name)
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

// Limit sets the limit.
func Limit(requests int, window time.Duration) Option {
	return func(c *Config) error {
		if requests < 1 || window < time.Millisecond {
			return fmt.Errorf("WithLimit: %d requests in %v; at least 1 in 1ms", requests, window)
		}
		c.Requests, c.Window = requests, window
		return nil
	}
}

// Attempt sets the longest time from a grant to the response.
func Attempt(longest time.Duration) Option {
	return func(c *Config) error {
		if longest < time.Millisecond {
			return fmt.Errorf("WithAttempt: %v; at least 1ms", longest)
		}
		c.Attempt = longest
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
