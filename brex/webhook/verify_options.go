package webhook

import (
	"errors"
	"fmt"
	"time"
)

// VerifyOption sets how deliveries are verified: an option of Verify, and of NewHandler.
type VerifyOption interface {
	HandlerOption
	verifyOption(*verifyConfig) error
}

// ClockOption is the option that WithClock returns, for Verify, NewHandler and NewSecretCache.
type ClockOption interface {
	VerifyOption
	CacheOption
}

type verifyConfig struct {
	tolerance time.Duration
	now       func() time.Time
}

func defaultVerifyConfig() verifyConfig {
	return verifyConfig{tolerance: DefaultTolerance, now: time.Now}
}

func newVerifyConfig(opts []VerifyOption) (verifyConfig, error) {
	cfg := defaultVerifyConfig()
	for _, o := range opts {
		if o == nil {
			return cfg, errors.New("webhook: an option is nil")
		}
		if err := o.verifyOption(&cfg); err != nil {
			return cfg, err
		}
	}
	return cfg, nil
}

// WithTolerance sets how far a delivery's timestamp may lie in the past and in the future. It must
// be above zero: without a limit a recorded delivery could be sent again for ever.
func WithTolerance(d time.Duration) VerifyOption { return toleranceOption(d) }

type toleranceOption time.Duration

func (o toleranceOption) verifyOption(c *verifyConfig) error {
	if o <= 0 {
		return fmt.Errorf("webhook: WithTolerance: %v is not above zero", time.Duration(o))
	}
	c.tolerance = time.Duration(o)
	return nil
}

func (o toleranceOption) handlerOption(c *handlerConfig) error { return o.verifyOption(&c.verify) }

// WithClock replaces time.Now, for tests.
func WithClock(now func() time.Time) ClockOption { return clockOption{now} }

type clockOption struct{ now func() time.Time }

func (o clockOption) verifyOption(c *verifyConfig) error {
	if o.now == nil {
		return errors.New("webhook: WithClock: the clock is nil")
	}
	c.now = o.now
	return nil
}

func (o clockOption) handlerOption(c *handlerConfig) error { return o.verifyOption(&c.verify) }

func (o clockOption) cacheOption(c *SecretCache) error {
	if o.now == nil {
		return errors.New("webhook: WithClock: the clock is nil")
	}
	c.now = o.now
	return nil
}
