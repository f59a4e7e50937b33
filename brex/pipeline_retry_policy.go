package brex

import (
	"time"

	"github.com/cenkalti/backoff/v4"
)

// RetryPolicy says how often and how long a call is repeated. Its zero value is the default policy, and so is each zero
// field. What is repeated at all is fixed, see the package doc.
type RetryPolicy struct {
	// MaxAttempts is how often a request is sent at the most, the first time included. Default 4; 1 never repeats.
	MaxAttempts int
	// BaseDelay bounds the wait before the second attempt; each further bound is twice the last, up to MaxDelay, and the
	// wait is drawn evenly from zero to the bound (full jitter). Defaults 500 ms and 20 s.
	BaseDelay, MaxDelay time.Duration
	// MaxRetryAfter is the longest wait that is granted to a server which asks for one by Retry-After. A longer one ends
	// the call with ErrRetryAfter and the value in the error. Default 70 s, more than Brex's window of 60 s.
	MaxRetryAfter time.Duration
	// Budget is the time from the first attempt after which no further one is begun. Default 3 minutes.
	Budget time.Duration
}

func (p RetryPolicy) withDefaults() RetryPolicy {
	def := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	if p.MaxAttempts == 0 {
		p.MaxAttempts = 4
	}
	def(&p.BaseDelay, 500*time.Millisecond)
	def(&p.MaxDelay, 20*time.Second)
	def(&p.MaxRetryAfter, 70*time.Second)
	def(&p.Budget, 3*time.Minute)
	return p
}

func (p RetryPolicy) check() error {
	if p.MaxAttempts < 0 || p.BaseDelay < 0 || p.MaxDelay < 0 || p.MaxRetryAfter < 0 || p.Budget < 0 {
		return usageError("RetryPolicy: no field may be negative; zero means the default")
	}
	if p = p.withDefaults(); p.MaxDelay < p.BaseDelay {
		return usageError("RetryPolicy: MaxDelay %v is below BaseDelay %v", p.MaxDelay, p.BaseDelay)
	}
	return nil
}

// schedule gives the waits between attempts. backoff draws from interval ± factor*interval, so half the bound and a factor
// of one is full jitter up to the bound.
func (p RetryPolicy) schedule() *backoff.ExponentialBackOff {
	return backoff.NewExponentialBackOff(backoff.WithInitialInterval(p.BaseDelay/2), backoff.WithMaxInterval(p.MaxDelay/2),
		backoff.WithMultiplier(2), backoff.WithRandomizationFactor(1), backoff.WithMaxElapsedTime(0))
}
