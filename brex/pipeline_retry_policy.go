package brex

import (
	"time"

	"github.com/cenkalti/backoff/v4"
)

// RetryPolicy sets how often and for how long a call is repeated. A zero field means its default.
// Which failures are repeated is fixed, see the package documentation.
type RetryPolicy struct {
	// MaxAttempts is the largest number of attempts, including the first. The default is 4; 1 means
	// no retry.
	MaxAttempts int
	// BaseDelay is the longest wait before the second attempt. It doubles with each further
	// attempt, up to MaxDelay. The wait is random, between zero and that bound (full jitter). The
	// defaults are 500 ms and 20 s.
	BaseDelay, MaxDelay time.Duration
	// MaxRetryAfter is the longest Retry-After that is honoured. A longer one ends the call with
	// ErrRetryAfter, and Error.RetryAfter has the value. The default is 70 s, more than Brex's
	// window of 60 s.
	MaxRetryAfter time.Duration
	// Budget is the time, from the first attempt, after which no further attempt begins. The
	// default is 3 minutes.
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

// schedule gives the waits between attempts. backoff draws from interval ± factor*interval, so half
// the bound and a factor of one is full jitter up to the bound.
func (p RetryPolicy) schedule() *backoff.ExponentialBackOff {
	return backoff.NewExponentialBackOff(backoff.WithInitialInterval(p.BaseDelay/2), backoff.WithMaxInterval(p.MaxDelay/2),
		backoff.WithMultiplier(2), backoff.WithRandomizationFactor(1), backoff.WithMaxElapsedTime(0))
}
