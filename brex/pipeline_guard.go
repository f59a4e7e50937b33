package brex

import (
	"context"
	"fmt"
)

// WithGuard calls f before a call is sent, once for all its attempts, with the request as it will
// be sent. It applies to typed, dynamic, prepared and raw calls and to the announcement of an
// upload. If f returns an error, nothing is sent and the call fails with [ErrGuard], the outcome
// not sent, and f's error among its causes. Several guards are called in the order given; the first
// refusal counts. Changes that f makes to the request have no effect.
func WithGuard(f func(context.Context, *Prepared) error) Option {
	return func(c *config) error {
		if f == nil {
			return usageError("WithGuard: the function is nil")
		}
		c.guards = append(c.guards, f)
		return nil
	}
}

// ReadOnly is a guard that allows only operations of the class AccessRead. It refuses those that
// change anything, move money, or show card numbers or signing secrets.
func ReadOnly(_ context.Context, p *Prepared) error {
	if p.Operation.Access == AccessRead {
		return nil
	}
	return fmt.Errorf("read only: %s has the access class %s", p.Operation.ID, p.Operation.Access)
}

// guardStage asks the guards.
func guardStage(c *config, next handler) handler {
	if len(c.guards) == 0 {
		return next
	}
	return func(k *call) error {
		for _, guard := range c.guards {
			if err := guard(k.ctx, k.prepared()); err != nil {
				return k.fail(OutcomeNotSent, guarded{err})
			}
		}
		return next(k)
	}
}

// guarded is the refusal of a guard.
type guarded struct{ error }

func (g guarded) Error() string        { return ErrGuard.Error() + ": " + oneLine(g.error.Error(), 500) }
func (g guarded) Is(target error) bool { return target == ErrGuard }
func (g guarded) Unwrap() error        { return g.error }
