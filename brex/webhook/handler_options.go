package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"time"
)

// ErrSkip makes a Handler respond with 200 although the event was not handled, and log it. A
// callback or a ForCompany resolver returns it, wrapped or not, for an event that can never be
// handled: of a company that left, for instance. Any other error makes Brex send the event again.
var ErrSkip = errors.New("webhook: skip this event")

// ErrNoCompany is the error of FromCompany.
var ErrNoCompany = errors.New("webhook: no company")

// DefaultTimeout is how long a callback may take, unless WithTimeout says otherwise.
const DefaultTimeout = 30 * time.Second

// HandlerOption is an option of NewHandler. Every VerifyOption is one too.
type HandlerOption interface{ handlerOption(*handlerConfig) error }

type handlerOption func(*handlerConfig) error

func (o handlerOption) handlerOption(c *handlerConfig) error { return o(c) }

type handlerConfig struct {
	verify    verifyConfig
	callbacks map[reflect.Type]callback
	other     callback
	companies []func(context.Context, string) (context.Context, error)
	store     Store
	logger    *slog.Logger
	timeout   time.Duration
	allowed   func(*http.Request) bool // nil allows all
}

func newHandlerConfig(opts []HandlerOption) (handlerConfig, error) {
	c := handlerConfig{verify: defaultVerifyConfig(), callbacks: map[reflect.Type]callback{}, timeout: DefaultTimeout}
	for _, o := range opts {
		if o == nil {
			return c, errors.New("webhook: an option is nil")
		}
		if err := o.handlerOption(&c); err != nil {
			return c, err
		}
	}
	if len(c.callbacks) == 0 && c.other == nil {
		return c, errors.New("webhook: NewHandler: no callback; every event would be lost")
	}
	if c.logger == nil {
		c.logger = slog.Default()
	}
	if c.store == nil {
		var err error
		if c.store, err = NewMemoryStore(DefaultMemory); err != nil {
			return c, err
		}
	}
	return c, nil
}

// On sets the callback for events of one type, that of its parameter:
//
//	webhook.On(func(ctx context.Context, e *webhook.TransferProcessed) error { ... })
//
// A callback for *UnknownEvent gets the types that this version does not know, and known ones that
// do not have the documented form (Err is set). The Handler responds with 200 after the callback
// has returned nil; Brex sends the event again if it failed or panicked. The callback may run
// concurrently with itself. Its context ends after the Handler's timeout, but not when Brex closes
// the connection; DeliveryFrom and FromCompany read it.
func On[E Event](f func(ctx context.Context, event E) error) HandlerOption {
	return handlerOption(func(c *handlerConfig) error {
		t := reflect.TypeFor[E]()
		switch {
		case f == nil:
			return errors.New("webhook: On: the callback is nil")
		case !isEventType(t):
			return fmt.Errorf("webhook: On: %v is not an event type; OnOther takes all events", t)
		case c.callbacks[t] != nil:
			return fmt.Errorf("webhook: On: there are two callbacks for %v", t)
		}
		c.callbacks[t] = func(ctx context.Context, event Event) error { return f(ctx, event.(E)) }
		return nil
	})
}

// OnOther sets the callback for all events without a callback of their own, unknown types included.
// An event that has a callback by On, but not the documented form, is not passed to OnOther: the
// Handler responds with 500, so that Brex sends it again and a later version can read it.
func OnOther(f func(ctx context.Context, event Event) error) HandlerOption {
	return handlerOption(func(c *handlerConfig) error {
		if f == nil {
			return errors.New("webhook: OnOther: the callback is nil")
		}
		if c.other != nil {
			return errors.New("webhook: OnOther: there are two callbacks for other events")
		}
		c.other = f
		return nil
	})
}

func isEventType(t reflect.Type) bool {
	if t == reflect.TypeFor[*UnknownEvent]() {
		return true
	}
	for _, kind := range kinds {
		if reflect.TypeOf(kind()) == t {
			return true
		}
	}
	return false
}

// WithStore sets the store that remembers handled deliveries: a SQLStore if several processes
// receive events, or if a restart must not repeat one. By default they are kept in memory.
func WithStore(s Store) HandlerOption {
	return handlerOption(func(c *handlerConfig) error {
		if s == nil {
			return errors.New("webhook: WithStore: the store is nil")
		}
		c.store = s
		return nil
	})
}

// WithTimeout sets how long a callback may take, through its context. A claim lasts a little
// longer, so that a callback which ignores its context may be run a second time.
func WithTimeout(d time.Duration) HandlerOption {
	return handlerOption(func(c *handlerConfig) error {
		if d <= 0 {
			return fmt.Errorf("webhook: WithTimeout: %v is not above zero", d)
		}
		c.timeout = d
		return nil
	})
}

// WithLogger sets the logger, by default slog.Default(). Refused deliveries are warnings, failed
// ones errors; no body, signature or secret is logged.
func WithLogger(l *slog.Logger) HandlerOption {
	return handlerOption(func(c *handlerConfig) error {
		if l == nil {
			return errors.New("webhook: WithLogger: the logger is nil")
		}
		c.logger = l
		return nil
	})
}

// ForCompany is for partners, who get the events of all their customers at one address. resolve
// returns what callbacks need for an event's company, usually a client, and they read it with
// FromCompany:
//
//	webhook.ForCompany(func(ctx context.Context, companyID string) (*brex.Client, error) { return clients.Of(ctx, companyID) })
//
// resolve is called before the callback, for verified events that name a company and have a
// callback. If it fails, the event fails and Brex sends it again, unless the error is ErrSkip.
func ForCompany[T any](resolve func(ctx context.Context, companyID string) (T, error)) HandlerOption {
	return handlerOption(func(c *handlerConfig) error {
		if resolve == nil {
			return errors.New("webhook: ForCompany: the resolver is nil")
		}
		c.companies = append(c.companies, func(ctx context.Context, companyID string) (context.Context, error) {
			value, err := resolve(ctx, companyID)
			if err != nil {
				return ctx, fmt.Errorf("webhook: resolving company %.100q: %w", companyID, err)
			}
			return context.WithValue(ctx, companyKey[T]{}, value), nil
		})
		return nil
	})
}

type companyKey[T any] struct{}

// FromCompany returns, in a callback, what the resolve function of ForCompany returned for the
// event's company. It fails with ErrNoCompany if the event names no company, or the type is
// another.
func FromCompany[T any](ctx context.Context) (T, error) {
	value, ok := ctx.Value(companyKey[T]{}).(T)
	if !ok {
		return value, fmt.Errorf("%w: the event names none, or ForCompany does not resolve to %v", ErrNoCompany, reflect.TypeFor[T]())
	}
	return value, nil
}

func (c *handlerConfig) forCompany(ctx context.Context, companyID string) (context.Context, error) {
	if companyID == "" {
		return ctx, nil
	}
	for _, resolve := range c.companies {
		var err error
		if ctx, err = resolve(ctx, companyID); err != nil {
			return ctx, err
		}
	}
	return ctx, nil
}
