package webhook

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"runtime/debug"
	"time"
)

// MaxBodySize is the largest body a Handler reads, in bytes. Brex's events are far smaller.
const MaxBodySize = 1 << 20

// Handler is an http.Handler for the address of a webhook subscription. The package documentation
// lists its responses.
type Handler struct {
	secrets SecretSource
	cfg     handlerConfig
}

// NewHandler returns a Handler. It needs at least one callback: On or OnOther. A Handler limits the
// size of a body, but not how slowly it arrives, so set a ReadTimeout on its http.Server.
func NewHandler(secrets SecretSource, opts ...HandlerOption) (*Handler, error) {
	if secrets == nil {
		return nil, ErrNoSecret
	}
	if v, ok := secrets.(*Verifier); ok && (v == nil || len(v.keys) == 0) {
		return nil, ErrNoSecret
	}
	cfg, err := newHandlerConfig(opts)
	if err != nil {
		return nil, err
	}
	return &Handler{secrets: secrets, cfg: cfg}, nil
}

// ServeHTTP handles one delivery.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status := h.serve(w, r)
	switch status {
	case http.StatusOK:
		w.WriteHeader(status)
		return
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "10")
	}
	http.Error(w, http.StatusText(status), status)
}

// serve does the work and returns the status. The order matters: no body is read whose headers are
// wrong, nothing parsed before it is verified, and no id claimed before there is something to do.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request) int {
	if r.Method != http.MethodPost {
		return http.StatusMethodNotAllowed
	}
	if h.cfg.allowed != nil && !h.cfg.allowed(r) {
		h.cfg.logger.WarnContext(r.Context(), "webhook refused: the sender is not allowed", "remote", r.RemoteAddr)
		return http.StatusForbidden
	}
	e, err := h.open(r)
	if err != nil {
		h.cfg.logger.WarnContext(r.Context(), "webhook refused", "error", err)
		return http.StatusUnauthorized
	}
	body, err := readBody(w, r)
	if err != nil {
		h.cfg.logger.WarnContext(r.Context(), "webhook refused: the body cannot be read", "webhook_id", e.id, "error", err)
		switch tooLarge := (*http.MaxBytesError)(nil); {
		case errors.Is(err, ErrEmptyBody):
			return http.StatusUnauthorized
		case errors.As(err, &tooLarge):
			return http.StatusRequestEntityTooLarge
		}
		return http.StatusBadRequest
	}
	e.body = body
	if status := h.verify(r.Context(), e); status != http.StatusOK {
		return status
	}
	event, unread, err := ParseDelivery(body)
	if err != nil {
		h.cfg.logger.ErrorContext(r.Context(), "webhook refused", "webhook_id", e.id, "error", err)
		return http.StatusBadRequest
	}
	callback := h.cfg.callbackFor(event)
	if callback == nil {
		return http.StatusOK
	}
	for _, u := range unread {
		h.cfg.logger.WarnContext(r.Context(), "webhook has a member that cannot be read", "webhook_id", e.id, "field", u.Field, "error", u.Err)
	}
	delivery := Delivery{ID: e.id, Timestamp: e.at, Body: body, Header: r.Header.Clone(), Unread: unread}
	return h.once(r.Context(), delivery, event, callback)
}

// open reads the headers and checks the time.
func (h *Handler) open(r *http.Request) (envelope, error) {
	e, err := openEnvelope(r.Header)
	if err == nil {
		err = e.checkTime(h.cfg.verify)
	}
	return e, err
}

// readBody reads nothing of a body that says it is too large.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > MaxBodySize {
		return nil, &http.MaxBytesError{Limit: MaxBodySize}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBodySize))
	if err == nil && len(body) == 0 {
		err = ErrEmptyBody
	}
	return body, err
}

// verify returns OK, or the status for a delivery that cannot be believed.
func (h *Handler) verify(ctx context.Context, e envelope) int {
	verifier, err := calmly("the source of secrets", func() (*Verifier, error) { return h.secrets.Current(ctx) })
	if err == nil {
		err = verifier.checkSignature(e)
	}
	if errors.Is(err, ErrNoValidSignature) {
		var newer *Verifier
		newer, err = calmly("the source of secrets", func() (*Verifier, error) { return h.secrets.Refresh(ctx, verifier) })
		if err == nil {
			err = newer.checkSignature(e)
		}
	}
	switch {
	case err == nil:
		return http.StatusOK
	case errors.Is(err, ErrNoValidSignature):
		h.cfg.logger.WarnContext(ctx, "webhook refused", "webhook_id", e.id, "error", err)
		return http.StatusUnauthorized
	}
	h.cfg.logger.ErrorContext(ctx, "webhook put off: no secrets to verify it with", "webhook_id", e.id, "error", err)
	return http.StatusServiceUnavailable
}

// calmly calls f and turns a panic into an error: what a program plugs in must not cost Brex the
// response that makes it send the delivery again.
func calmly[T any](what string, f func() (T, error)) (value T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("webhook: %s panicked: %v", what, p)
		}
	}()
	return f()
}

// claimMargin is how much longer a claim lasts than a callback may take.
const claimMargin = 10 * time.Second

// once runs the callback unless the delivery was handled, or is being handled.
func (h *Handler) once(ctx context.Context, d Delivery, event Event, callback callback) (status int) {
	log := h.cfg.logger.With("webhook_id", d.ID, "event_type", string(event.Type()))
	now := h.cfg.verify.now()
	claim := Claim{ID: d.ID, Token: rand.Text(), Now: now, Until: now.Add(h.cfg.timeout + claimMargin),
		KeepUntil: d.Timestamp.Add(h.cfg.verify.tolerance)}
	switch state, err := calmly("the store", func() (State, error) { return h.cfg.store.Begin(ctx, claim) }); {
	case err != nil:
		log.ErrorContext(ctx, "webhook put off: the store fails", "error", err)
		return http.StatusServiceUnavailable
	case state == Handled:
		log.DebugContext(ctx, "webhook was handled before")
		return http.StatusOK
	case state != Claimed:
		log.InfoContext(ctx, "webhook put off: it is being handled")
		return http.StatusServiceUnavailable
	}

	// Brex hanging up must not stop what was begun: the next attempt would meet the same fate.
	ctx = context.WithValue(context.WithoutCancel(ctx), deliveryKey{}, d)
	succeeded := false
	defer func() { // also when the callback panics or ends its goroutine
		if p := recover(); p != nil {
			log.ErrorContext(ctx, "webhook failed: the callback panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			status = http.StatusInternalServerError
		}
		h.conclude(ctx, log, claim, succeeded)
	}()
	callCtx, cancel := context.WithTimeout(ctx, h.cfg.timeout)
	defer cancel()
	callCtx, err := h.cfg.forCompany(callCtx, event.Company())
	if err == nil {
		err = callback(callCtx, event)
	}
	if errors.Is(err, ErrSkip) {
		log.WarnContext(ctx, "webhook skipped", "error", err)
		err = nil
	}
	if err != nil {
		log.ErrorContext(ctx, "webhook failed", "error", err)
		return http.StatusInternalServerError
	}
	succeeded = true
	return http.StatusOK
}

// concludeTimeout bounds the last word to the store.
const concludeTimeout = 5 * time.Second

// conclude reports the end to the store. What the store returns changes nothing for Brex: a
// callback that succeeded must not be asked for again, and a claim that could not be given up ends
// by itself.
func (h *Handler) conclude(ctx context.Context, log *slog.Logger, claim Claim, succeeded bool) {
	ctx, cancel := context.WithTimeout(ctx, concludeTimeout)
	defer cancel()
	claim.Now = h.cfg.verify.now()
	finish := h.cfg.store.Release
	if succeeded {
		finish = h.cfg.store.Done
	}
	if _, err := calmly("the store", func() (struct{}, error) { return struct{}{}, finish(ctx, claim) }); err != nil {
		log.ErrorContext(ctx, "webhook store failed after the event was handled", "succeeded", succeeded, "error", err)
	}
}

// Delivery is the delivery that an event came with.
type Delivery struct {
	ID        string      // Webhook-Id: the same if it is sent again, so that it can be used as an idempotency key
	Timestamp time.Time   // Webhook-Timestamp: when this attempt was sent
	Body      []byte      // as received; do not change it
	Header    http.Header // of the request
	Unread    []Unread    // dates of the event that could not be read, and are zero in it
}

// String returns the id and hides the rest.
func (d Delivery) String() string { return fmt.Sprintf("webhook.Delivery(%s)", d.ID) }

// Format prints String for every verb.
func (d Delivery) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, d.String()) }

// LogValue returns String.
func (d Delivery) LogValue() slog.Value { return slog.StringValue(d.String()) }

type deliveryKey struct{}

// DeliveryFrom returns the delivery that a callback's context belongs to, and false in any other
// context.
func DeliveryFrom(ctx context.Context) (Delivery, bool) {
	d, ok := ctx.Value(deliveryKey{}).(Delivery)
	return d, ok
}

type callback func(context.Context, Event) error

// callbackFor finds the callback for the event, nil when none wants it.
func (c *handlerConfig) callbackFor(event Event) callback {
	if f := c.callbacks[reflect.TypeOf(event)]; f != nil {
		return f
	}
	if u, ok := event.(*UnknownEvent); ok && u.Err != nil {
		// Somebody waits for this type. To give it to someone else would lose it.
		if kind, ok := kinds[u.EventType]; ok && c.callbacks[reflect.TypeOf(kind())] != nil {
			return func(context.Context, Event) error { return u.Err }
		}
	}
	return c.other
}
