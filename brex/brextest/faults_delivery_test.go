package brextest_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/webhook"
	"github.com/brex-go/sdk/brex/wire"
)

// fire makes a transfer event with a number in it.
func (s *sandbox) fire(n int) string {
	s.t.Helper()
	e, err := s.FireEvent("TRANSFER_FAILED", m{"event_type": "TRANSFER_FAILED", "transfer_id": fmt.Sprint("t", n), "company_id": "c"})
	require.NoError(s.t, err)
	return e.ID
}

// story is what a receiver was told, in order: when, and which transfer.
func (r *receiver) story(since time.Time) string {
	var b strings.Builder
	for _, d := range r.deliveries() {
		_, after, _ := strings.Cut(string(d.Body), `"transfer_id":"`)
		id, _, _ := strings.Cut(after, `"`)
		fmt.Fprintf(&b, "%v %s; ", d.At.Sub(since), id)
	}
	return strings.TrimSuffix(b.String(), "; ")
}

// TestDuplicateDelivery: the same webhook twice is handled once by package
// webhook, and counts as one attempt when it fails.
func TestDuplicateDelivery(t *testing.T) {
	t.Parallel()
	var r receiver
	s := subscribed(t, &r, hookURL, transferEvents)
	secrets, err := webhook.NewVerifier(wire.NewSecret(s.WebhookSecrets()[0]))
	require.NoError(t, err)
	handled := 0
	r.handler, err = webhook.NewHandler(secrets,
		webhook.On(func(context.Context, *webhook.TransferFailed) error { handled++; return nil }))
	require.NoError(t, err)

	s.FailNext(brextest.WebhookDelivery, brextest.Duplicate(), 1)
	require.Equal(t, 1, s.PendingFaults())
	id := s.fire(1)
	require.Equal(t, 2, s.DeliverPending())
	got := r.deliveries()
	require.Len(t, got, 2)
	require.Equal(t, []string{id, id}, []string{got[0].ID, got[1].ID})
	require.Equal(t, got[0].Body, got[1].Body)
	require.Equal(t, got[0].Header, got[1].Header)
	require.Equal(t, 1, handled, "twice received, once handled")
	d := eventOf(t, s, id).Deliveries[0]
	require.True(t, d.Delivered && d.Next.IsZero())
	require.Equal(t, []brextest.Attempt{{At: s.Now(), Status: 200, Fault: "duplicate"}, {At: s.Now(), Status: 200, Fault: "duplicate", Repeat: true}}, d.Attempts)
	s.fire(2)
	require.Equal(t, 1, s.DeliverPending(), "then all is well again")

	failing := receiver{respond: func(n int) int { return map[bool]int{true: 500, false: 200}[n <= 2] }}
	s = subscribed(t, &failing, hookURL, transferEvents)
	start := s.Now()
	s.FailNext(brextest.WebhookDelivery, brextest.Duplicate(), 1)
	s.fire(1)
	s.Advance(time.Hour)
	require.Equal(t, "0s t1; 0s t1; 5s t1", failing.story(start), "the second copy uses up no retry")
}

// TestLateDelivery: by the company's clock, and what happens meanwhile comes
// first.
func TestLateDelivery(t *testing.T) {
	t.Parallel()
	var r receiver
	s := subscribed(t, &r, hookURL, transferEvents)
	start := s.Now()
	s.FailNext(brextest.WebhookDelivery, brextest.DeliverLate(10*time.Minute), 1)
	id := s.fire(1)
	require.Zero(t, s.DeliverPending())
	d := eventOf(t, s, id).Deliveries[0]
	require.Equal(t, start.Add(10*time.Minute), d.Next)
	require.Equal(t, "deliver-late 10m0s", d.Held)
	s.Advance(time.Minute)
	s.fire(2)
	s.Advance(time.Hour)
	require.Equal(t, "1m0s t2; 10m0s t1", r.story(start), "its timestamp is when it was sent")
	d = eventOf(t, s, id).Deliveries[0]
	require.True(t, d.Delivered)
	require.Equal(t, []string{"", "deliver-late 10m0s"}, []string{d.Held, d.Attempts[0].Fault})

	// Asked for again, it waits no longer.
	s.FailNext(brextest.WebhookDelivery, brextest.DeliverLate(10*time.Minute), 1)
	id = s.fire(3)
	s.DeliverPending()
	require.NoError(t, s.ResendEvent(id))
	require.Equal(t, 1, s.DeliverPending())

	// Every one late, and none for ever.
	r.got = nil
	start = s.Now()
	s.AddRule(brextest.Rule{Operation: brextest.WebhookDelivery, Fault: brextest.DeliverLate(time.Minute)})
	s.fire(4)
	s.Advance(time.Hour)
	require.Equal(t, "1m0s t4", r.story(start))
}

// TestOutOfOrderDelivery: until a later event has been sent, or an hour.
func TestOutOfOrderDelivery(t *testing.T) {
	t.Parallel()
	var r receiver
	s := subscribed(t, &r, hookURL, transferEvents)
	start := s.Now()
	s.fire(1)
	s.FailNext(brextest.WebhookDelivery, brextest.Duplicate(), 1) // for the first
	s.FailNext(brextest.WebhookDelivery, brextest.DeliverOutOfOrder(), 1)
	s.fire(2)
	require.Equal(t, 2, s.DeliverPending(), "an earlier event overtakes nothing")
	s.Advance(time.Minute)
	s.fire(3)
	require.Equal(t, 2, s.DeliverPending())
	require.Equal(t, "0s t1; 0s t1; 1m0s t3; 1m0s t2", r.story(start))

	// Several in one go.
	r.got = nil
	s.FailNext(brextest.WebhookDelivery, brextest.DeliverOutOfOrder(), 2)
	for n := range 4 {
		s.fire(n)
	}
	s.DeliverPending()
	require.Equal(t, "1m0s t2; 1m0s t3; 1m0s t0; 1m0s t1", r.story(start))

	// Nothing follows.
	r.got = nil
	s.FailNext(brextest.WebhookDelivery, brextest.DeliverOutOfOrder(), 1)
	s.fire(9)
	s.Advance(time.Hour - 1)
	require.Empty(t, r.deliveries())
	s.Advance(1)
	require.Equal(t, "1h1m0s t9", r.story(start))
}

// TestLostDeliveries are sent again: one that the receiver never saw, and one
// that it has handled.
func TestLostDeliveries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault brextest.Fault
		want  string
	}{{brextest.ResetBeforeAccept(), "5s t1"}, {brextest.ResetAfterAccept(), "0s t1; 5s t1"}} {
		var r receiver
		s := subscribed(t, &r, hookURL, transferEvents)
		start := s.Now()
		s.FailNext(brextest.WebhookDelivery, c.fault, 1)
		id := s.fire(1)
		require.Equal(t, 1, s.DeliverPending())
		d := eventOf(t, s, id).Deliveries[0]
		require.False(t, d.Delivered)
		require.Zero(t, d.Attempts[0].Status)
		require.Contains(t, d.Attempts[0].Error, "the connection was closed before")
		s.Advance(time.Hour)
		require.Equal(t, c.want, r.story(start))
		require.True(t, eventOf(t, s, id).Deliveries[0].Delivered)
	}
}

// TestDeliveryRules choose the webhook, and refuse what cannot happen.
func TestDeliveryRules(t *testing.T) {
	t.Parallel()
	var r receiver
	s := subscribed(t, &r, hookURL, transferEvents)
	seen := []string{}
	s.AddRule(brextest.Rule{Operation: brextest.WebhookDelivery, Fault: brextest.ResetBeforeAccept(), Match: func(q brextest.Request) bool {
		seen = append(seen, q.OperationID+" "+q.Method+" "+q.Path+" "+q.Header.Get("Webhook-Id"))
		return bytes.Contains(q.Body, []byte(`"t2"`))
	}})
	s.AddRule(brextest.Rule{Fault: brextest.ResetBeforeAccept()}) // for calls
	first := s.fire(1)
	s.fire(2)
	s.DeliverPending()
	require.Equal(t, "0s t1", r.story(s.Now()))
	require.Equal(t, "webhookDelivery POST "+hookURL+" "+first, seen[0])
	s.ClearFaults()
	s.Advance(time.Hour)
	require.Len(t, r.deliveries(), 2)

	for _, bad := range []brextest.Rule{
		{Operation: brextest.WebhookDelivery, Fault: brextest.Status(500, "")},
		{Operation: brextest.WebhookDelivery, Fault: brextest.Latency(time.Second)},
		{Operation: brextest.WebhookDelivery, Fault: brextest.DeliverLate(0)},
		{Operation: "listUsers", Fault: brextest.DeliverLate(time.Second)},
		{Operation: "*", Fault: brextest.DeliverOutOfOrder()},
	} {
		require.Panics(t, func() { s.AddRule(bad) }, "%v", bad)
	}
	_, err := brextest.NewHandler(brextest.WithChaos(1, 1, brextest.DeliverLate(0)))
	require.ErrorContains(t, err, "not above zero")

	var v verdictTB
	s.Expect(&v, brextest.Call{Op: brextest.WebhookDelivery})
	require.Contains(t, v.end(), "Handler.Events says what was delivered")
}

// TestDeliveryFaultsByControl: the same for programs in other languages.
func TestDeliveryFaultsByControl(t *testing.T) {
	t.Parallel()
	var r receiver
	s := subscribed(t, &r, hookURL, transferEvents, brextest.WithControl())
	c, start := control{t, s.Handler}, s.Now()
	c.ok("POST", "faults", `{"fault":"duplicate","operation":"webhookDelivery","count":1}`)
	c.ok("POST", "faults", `{"fault":"deliver-late","operation":"webhookDelivery","delay":"1m","count":1}`)
	c.ok("POST", "faults", `{"fault":"deliver-out-of-order","operation":"webhookDelivery","count":1}`)
	c.ok("POST", "faults", `{"fault":"deliver-late","operation":"webhookDelivery","delay":"7d","skip":9}`)
	c.fails(400, "POST", "faults", `{"fault":"html","operation":"webhookDelivery"}`, "html 503 cannot happen to webhookDelivery: a webhook on its way")
	c.fails(400, "POST", "faults", `{"fault":"deliver-late","operation":"webhookDelivery","delay":"0s"}`, "not above zero")
	for n := range 4 {
		s.fire(n)
	}
	c.ok("POST", "deliver", "")
	require.Equal(t, "0s t0; 0s t0; 0s t3; 0s t2", r.story(start))
	c.ok("POST", "clock", `{"advance":"1m"}`)
	require.Equal(t, "0s t0; 0s t0; 0s t3; 0s t2; 1m0s t1", r.story(start))
	raw := c.send(nil, "GET", "events", "").Body.String()
	require.Contains(t, raw, `"fault":"deliver-late 1m0s"`)
	require.Contains(t, raw, `"repeat":true`)
}

// TestChaosOfDeliveries: the same seed makes the same mess, everything arrives
// in the end, and what the receiver has handled twice has the same id.
func TestChaosOfDeliveries(t *testing.T) {
	t.Parallel()
	const events = 60
	story := func(seed uint64, others bool, paused ...string) (string, *receiver, *sandbox) {
		var r receiver
		s := subscribed(t, &r, hookURL, []string{"TRANSFER_FAILED"})
		hooked := new(bytes.Buffer) // so that the subscription itself meets no chaos
		require.NoError(t, s.Snapshot(hooked))
		h, err := brextest.NewHandler(brextest.WithSnapshot(hooked), brextest.WithChaos(seed, 0.5), brextest.WithWebhookClient(&http.Client{Transport: &r}))
		require.NoError(t, err)
		s = &sandbox{Handler: h, t: t}
		start := s.Now()
		for n := range events {
			s.fire(n)
			if paused != nil {
				continue
			}
			if others {
				s.FailNext("getMe", brextest.Status(500, ""), 1)
				s.raw("GET", "/v2/users/me", "")
			}
			s.Advance(time.Minute)
		}
		s.Advance(24 * time.Hour)
		return r.story(start), &r, s
	}
	first, r, s := story(7, false)
	again, _, _ := story(7, true)
	require.Equal(t, first, again, "whatever else is called")
	other, _, _ := story(8, false)
	require.NotEqual(t, first, other)
	_, _, late := story(7, false, "nothing is sent before the end")
	for i, e := range late.Events() {
		for j, d := range e.Deliveries {
			require.Equal(t, s.Events()[i].Deliveries[j].Attempts[0].Fault, d.Attempts[0].Fault, "whatever is sent in between")
		}
	}

	met := map[string]int{}
	for _, e := range s.Events() {
		for _, d := range e.Deliveries {
			require.True(t, d.Delivered, "%v", d)
			for _, a := range d.Attempts {
				met[strings.Fields(a.Fault + " none")[0]]++
			}
		}
	}
	for _, fault := range []string{"none", "duplicate", "reset-before-accept", "reset-after-accept", "deliver-late", "deliver-out-of-order"} {
		require.NotZero(t, met[fault], "no %s in %v", fault, met)
	}
	ids, overtaken, last := map[string]string{}, 0, ""
	for _, d := range r.deliveries() {
		if body, known := ids[d.ID]; known {
			require.Equal(t, body, string(d.Body))
		} else if ids[d.ID] = string(d.Body); d.ID < last { // ids grow with time
			overtaken++
		} else {
			last = d.ID
		}
	}
	require.Len(t, ids, events)
	require.Greater(t, len(r.deliveries()), events)
	require.Greater(t, overtaken, 3)
}

// TestResendDuringDelivery: what is asked for while it is on its way is sent
// once more.
func TestResendDuringDelivery(t *testing.T) {
	t.Parallel()
	var r receiver
	s := subscribed(t, &r, hookURL, transferEvents)
	id := s.fire(1)
	r.respond = func(n int) int {
		if n == 1 {
			require.NoError(t, s.ResendEvent(id))
		}
		return 200
	}
	s.DeliverPending()
	s.DeliverPending()
	require.Zero(t, s.DeliverPending())
	require.Len(t, r.deliveries(), 2)
}

// TestHeldDeliveriesAreSaved: a snapshot has them too.
func TestHeldDeliveriesAreSaved(t *testing.T) {
	t.Parallel()
	var r receiver
	s := subscribed(t, &r, hookURL, transferEvents)
	start := s.Now()
	s.FailNext(brextest.WebhookDelivery, brextest.DeliverOutOfOrder(), 1)
	s.fire(1)
	s.DeliverPending()
	h, err := brextest.NewHandler(brextest.WithSnapshot(strings.NewReader(snapshotOf(t, s))), brextest.WithWebhookClient(&http.Client{Transport: &r}))
	require.NoError(t, err)
	s = &sandbox{Handler: h, t: t}
	s.fire(2)
	require.Equal(t, 2, s.DeliverPending())
	require.Equal(t, "0s t2; 0s t1", r.story(start))
}
