package brextest

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/wire"
)

// WithChaos makes a share of the calls, of the uploads and of the deliveries of
// webhooks, between 0 and 1, meet faults that are mixed by a seed: those given,
// or else DefaultChaos, calls and webhooks each those that can happen to them.
// The n-th call of an operation meets the same fault each time, whatever other
// operations are called in between, and so does each attempt to deliver the
// n-th event. Rules (FailNext, AddRule) come first. OAuth is left alone.
//
// Chaos never breaks what the sandbox itself promises: a Duplicate strikes
// only where a second request has no second effect (a GET, a PUT, or an
// idempotency key that the operation knows), so that a client that handles
// errors and keys well makes each thing once. A webhook that is lost is sent
// again, until the waits of WithWebhookRetries are used up.
func WithChaos(seed uint64, rate float64, faults ...Fault) Option {
	return func(c *config) error {
		if !(rate >= 0 && rate <= 1) {
			return errors.New("WithChaos: the rate is not between 0 and 1")
		}
		if slices.ContainsFunc(faults, func(f Fault) bool { return f.name == "" }) {
			return errors.New("WithChaos: a fault is empty")
		}
		if slices.ContainsFunc(faults, func(f Fault) bool { return f.held && f.hold <= 0 }) {
			return errors.New("WithChaos: the time of a DeliverLate is not above zero")
		}
		if len(faults) == 0 {
			faults = DefaultChaos()
		}
		c.chaos = &chaos{ids: identity{seed}, rate: rate}
		for _, f := range faults {
			if f.fits(nil) {
				c.chaos.calls = append(c.chaos.calls, f)
			}
			if f.fits(deliveryOperation) {
				c.chaos.deliveries = append(c.chaos.deliveries, f)
			}
		}
		return nil
	}
}

// DefaultChaos is the mix of WithChaos: what networks, proxies and a growing API do. What occurs
// more than once is more likely. It holds no fault that only ends when the client gives up, and
// none that leaves a well-formed response unreadable; Hang, TruncatedJSON and EmptyBody can be
// added to it.
func DefaultChaos() []Fault {
	unavailable := Status(http.StatusServiceUnavailable, `{"type":"SERVICE_UNAVAILABLE","message":"Service Unavailable"}`)
	return []Fault{
		RetryAfter(time.Second),
		Status(http.StatusTooManyRequests, ""),
		Status(http.StatusInternalServerError, `{"type":"INTERNAL_SERVER_ERROR","message":"Internal Server Error"}`),
		HTML(http.StatusBadGateway),
		unavailable, unavailable,
		Status(http.StatusGatewayTimeout, ""),
		ResetBeforeAccept(),
		ResetAfterAccept(), ResetAfterAccept(),
		Duplicate(), Duplicate(),
		Latency(20 * time.Millisecond),
		SlowBody(20 * time.Millisecond),
		UnknownEnums(), UnknownFields(), NullEverywhere(),
		DeliverLate(10 * time.Minute), DeliverOutOfOrder(),
	}
}

// chaos mixes faults. Its owner holds the lock of the fault list.
type chaos struct {
	ids               identity
	rate              float64
	calls, deliveries []Fault        // what can happen to each
	met               map[string]int // calls so far, by operation
}

// fresh is the same chaos from its beginning.
func (c *chaos) fresh() *chaos {
	if c == nil {
		return nil
	}
	return &chaos{ids: c.ids, rate: c.rate, calls: c.calls, deliveries: c.deliveries, met: map[string]int{}}
}

func (c *chaos) next(r *Request, op *operation) Fault {
	if strings.HasPrefix(op.path, IssuerPath) {
		return Fault{} // a token that is lost on the way stays lost, which no client can mend
	}
	faults := c.calls
	if op.id == WebhookDelivery {
		faults = c.deliveries
	}
	if len(faults) == 0 {
		return Fault{}
	}
	n, what := 0, "chaos "+op.id+" "+r.chance
	if r.chance == "" {
		n, what = c.met[op.id], "chaos "+op.id
		c.met[op.id]++
	}
	random := c.ids.random(what, n)
	if random.share() >= c.rate {
		return Fault{}
	}
	f := oneOf(random, faults)
	if f.twice && op.id != WebhookDelivery && !op.repeats(r) {
		return Fault{}
	}
	return f
}

// repeats says whether sending a request again has no second effect.
func (op *operation) repeats(r *Request) bool {
	switch op.method {
	case http.MethodGet, http.MethodPut:
		return true
	case http.MethodPost:
		return op.key != wire.IdempotencyNone && r.Header.Get("Idempotency-Key") != ""
	}
	return false // a second DELETE responds with 404
}
