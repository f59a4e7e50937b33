package brex

import (
	"context"
	"fmt"
)

// WithGuard asks f before anything of a call is sent, once for all its attempts, with the request as it will go out: typed,
// dynamic, prepared and raw calls and the announcement of an upload alike. An error of f refuses the call: it is [ErrGuard]
// with the outcome not sent, and f's error among its causes. Several guards are asked in the order given; the first refusal
// counts. What f changes in the request has no effect.
func WithGuard(f func(context.Context, *Prepared) error) Option {
	return func(c *config) error {
		if f == nil {
			return usageError("WithGuard: the function is nil")
		}
		c.guards = append(c.guards, f)
		return nil
	}
}

// ReadOnly is a guard that lets operations of the access class read through, and refuses all others: those that change
// anything, move money, or show card numbers or signing secrets.
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
