package brex

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// quotaStage refuses a call that would go beyond what Brex allows in 24 hours, and counts those that went out. One call is one
// count, however many attempts it takes.
func quotaStage(c *config, next handler) handler {
	if c.quotas == nil {
		return next
	}
	return func(k *call) (err error) {
		q := c.quotas.of(k.op)
		if q == nil {
			return next(k)
		}
		instrument, wires := "", (*quota)(nil)
		if k.op.ID == transferOperation {
			instrument = k.instrument()
			if c.quotas.international(instrument) {
				wires = &c.quotas.wires
			}
		}
		now := time.Now()
		if err := q.reserve(k.key, now); err != nil {
			return k.overQuota(err)
		}
		if wires != nil {
			if err := wires.reserve(k.key, now); err != nil {
				q.settle(k.key, OutcomeNotSent)
				return k.overQuota(err)
			}
		}
		outcome := OutcomeUnknown // also when a transport panics
		defer func() {
			c.quotaUsed(k, q, q.settle(k.key, outcome))
			if outcome == OutcomeDone || outcome == OutcomeUnknown {
				c.quotas.hold()
			}
			if wires == nil && outcome == OutcomeDone && k.op.ID == transferOperation && k.wired() {
				wires = &c.quotas.wires
				wires.join(k.key)
				c.quotas.learn(instrument)
			}
			if wires != nil {
				c.quotaUsed(k, wires, wires.settle(k.key, outcome))
			}
		}()
		err = next(k)
		var e *Error
		switch {
		case err == nil:
			outcome = OutcomeDone
		case errors.As(err, &e):
			outcome = e.Outcome()
		}
		return err
	}
}

const transferOperation = "createTransfer"

// instrument names the receiving account in the body of a createTransfer, whoever wrote it.
func (k *call) instrument() string {
	var body struct {
		Counterparty struct {
			ID string `json:"payment_instrument_id"`
		} `json:"counterparty"`
	}
	if json.Unmarshal(k.body, &body) != nil {
		return ""
	}
	return body.Counterparty.ID
}

// wired reports whether the answer tells of an international wire. Nothing in the request does.
func (k *call) wired() bool {
	var body struct {
		PaymentType string `json:"payment_type"`
	}
	return k.answer.status != 0 && json.Unmarshal(k.answer.body.Bytes(), &body) == nil && body.PaymentType == "INTERNATIONAL_WIRE"
}

func (k *call) overQuota(err error) error {
	e := k.fail(OutcomeNotSent, err)
	var over overQuota
	if errors.As(err, &over) {
		e.RetryAfter = over.wait
	}
	return e
}

// overQuota is a call that was not sent because of a quota.
type overQuota struct {
	name  string
	limit int
	wait  time.Duration // until one is free, at the latest
	free  time.Time     // the same as an instant; zero when all are under way
}

func (o overQuota) Is(target error) bool { return target == ErrQuota }

func (o overQuota) Error() string {
	when := "one is free again at the latest 24 hours after those under way are answered"
	if !o.free.IsZero() {
		when = "one is free again at " + o.free.UTC().Format("2006-01-02 15:04:05 UTC")
	}
	return fmt.Sprintf("not sent: Brex allows %s %s in 24 hours, and this process has used them; %s", thousands(o.limit), o.name, when)
}

func thousands(n int) string {
	s := fmt.Sprint(n)
	if len(s) <= 3 {
		return s
	}
	return s[:len(s)-3] + "," + s[len(s)-3:]
}
