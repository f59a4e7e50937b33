package brextest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/webhook"
	"github.com/brex-go/sdk/brex/wire"
)

// receiver is an application that takes webhooks, in process.
type receiver struct {
	mu       sync.Mutex
	got      []delivery
	respond  func(n int) int // the status of the n-th delivery
	handler  http.Handler    // instead, when it is set
	now      func() time.Time
	received chan string // ids, when it is set
}

type delivery struct {
	ID, Type string
	At       time.Time // on the company's clock
	Header   http.Header
	Body     []byte
}

func (r *receiver) RoundTrip(q *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return nil, err
	}
	var event struct {
		Type string `json:"event_type"`
	}
	_ = json.Unmarshal(body, &event)
	r.mu.Lock()
	var at time.Time
	if r.now != nil {
		at = r.now()
	}
	r.got = append(r.got, delivery{q.Header.Get("Webhook-Id"), event.Type, at, q.Header, body})
	n := len(r.got)
	r.mu.Unlock()
	w := httptest.NewRecorder()
	switch {
	case r.handler != nil:
		q2 := httptest.NewRequest("POST", q.URL.String(), nil)
		q2.Header = q.Header
		q2.Body = io.NopCloser(bytes.NewReader(body))
		r.handler.ServeHTTP(w, q2)
	case r.respond != nil:
		w.WriteHeader(r.respond(n))
	}
	if r.received != nil {
		r.received <- q.Header.Get("Webhook-Id")
	}
	resp := w.Result()
	resp.Request = q
	return resp, nil
}

func (r *receiver) deliveries() []delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

func (r *receiver) types() (types []string) {
	for _, d := range r.deliveries() {
		types = append(types, d.Type)
	}
	return types
}

// subscribed is a sandbox with a receiver for the given events.
func subscribed(t *testing.T, r *receiver, url string, events []string, opts ...brextest.Option) *sandbox {
	t.Helper()
	s := newSandbox(t, append([]brextest.Option{small, brextest.WithWebhookClient(&http.Client{Transport: r})}, opts...)...)
	r.now = s.Now
	body, err := json.Marshal(map[string]any{"url": url, "event_types": events})
	require.NoError(t, err)
	require.Equal(t, 200, s.do("POST", "/v1/webhooks", string(body), key("hook")...).Status)
	return s
}

const hookURL = "http://127.0.0.1:9/brex"

var transferEvents = []string{"TRANSFER_PROCESSED", "TRANSFER_FAILED"}

func TestTransferEvents(t *testing.T) {
	t.Parallel()
	var r receiver
	s := subscribed(t, &r, hookURL, append(transferEvents, "USER_UPDATED"))
	s.Advance(30 * 24 * time.Hour) // what the seed has under way arrives
	before := len(r.deliveries())
	b := bankOf(s)
	id := s.do("POST", "/v1/transfers", b.pay(b.ach, 700, ""), key("t")...).json(t)["id"].(string)
	require.Zero(t, s.DeliverPending(), "nothing has happened yet")
	require.Len(t, r.deliveries(), before)
	s.Advance(10 * 24 * time.Hour)
	got := r.deliveries()[before:]
	require.Len(t, got, 1)
	require.JSONEq(t, `{"event_type":"TRANSFER_PROCESSED","transfer_id":"`+id+`","payment_type":"ACH","return_for_id":null,"company_id":"`+
		s.get("/v2/company").json(t)["id"].(string)+`"}`, string(got[0].Body))
	require.Equal(t, 21, got[0].At.Hour(), "when it arrived, not when the clock stopped")
	require.Equal(t, "application/json", got[0].Header.Get("Content-Type"))

	// A failure, and a user: nothing is sent before somebody asks.
	id = s.do("POST", "/v1/transfers", b.pay(b.ach, 700, ""), key("t2")...).json(t)["id"].(string)
	require.NoError(t, s.FailTransfer(id, "INSUFFICIENT_FUNDS"))
	user := s.get("/v2/users/me").json(t)
	department := s.do("POST", "/v2/departments", `{"name":"New"}`).json(t)["id"].(string)
	s.do("PUT", "/v2/users/"+user["id"].(string), `{"department_id":"`+department+`","metadata":{"a":"b"}}`)
	s.do("PUT", "/v2/users/"+user["id"].(string), `{"metadata":{"a":"c"}}`)
	require.Len(t, r.deliveries(), before+1)
	require.Equal(t, 2, s.DeliverPending())
	require.Zero(t, s.DeliverPending())
	got = r.deliveries()[before+1:]
	require.Equal(t, "TRANSFER_FAILED", got[0].Type)
	require.Contains(t, string(got[1].Body), `"updated_attributes":["DEPARTMENT_ID"]`)
	require.Equal(t, s.Now(), got[1].At)
}

// TestSignatures: package webhook, which shares no code with the sandbox,
// takes what it sends, with one secret and with two.
func TestSignatures(t *testing.T) {
	t.Parallel()
	var r receiver
	s := subscribed(t, &r, hookURL, transferEvents)
	client := clientOf(t, s.Handler)
	cache, err := client.Webhooks.Secrets(t.Context())
	require.NoError(t, err)
	require.Len(t, cache, 1)
	old := s.WebhookSecrets()
	require.Equal(t, []string{cache[0].Secret.Reveal()}, old)

	fire := func() delivery {
		_, err := s.FireEvent("TRANSFER_PROCESSED", nil)
		require.NoError(t, err)
		require.Equal(t, 1, s.DeliverPending())
		got := r.deliveries()
		return got[len(got)-1]
	}
	verify := func(d delivery, secrets []string) error {
		return webhook.Verify(d.Body, d.Header, secrets)
	}
	require.NoError(t, verify(fire(), old))

	require.NoError(t, s.RotateWebhookSecret(24*time.Hour))
	both := s.WebhookSecrets()
	require.Len(t, both, 2)
	require.Equal(t, old[0], both[1])
	rows := s.do("GET", "/v1/webhooks/secrets", "")
	require.JSONEq(t, fmt.Sprintf(`[{"secret":%q,"status":"ACTIVE"},{"secret":%q,"status":"PENDING_REVOKE"}]`, both[0], both[1]), string(rows.Body))
	d := fire()
	require.NoError(t, verify(d, old), "who knows only the old one")
	require.NoError(t, verify(d, both[:1]), "who knows only the new one")
	require.Len(t, d.Header["Webhook-Signature"], 1, "one header with two entries")

	s.Advance(24 * time.Hour)
	require.Equal(t, both[:1], s.WebhookSecrets())
	d = fire()
	require.NoError(t, verify(d, both[:1]))
	require.ErrorIs(t, verify(d, old), webhook.ErrNoValidSignature)
	d.Body[len(d.Body)-1] = ' '
	require.ErrorIs(t, verify(d, both[:1]), webhook.ErrNoValidSignature)

	require.NoError(t, s.RotateWebhookSecret(time.Hour))
	require.NoError(t, s.RotateWebhookSecret(time.Hour))
	require.Len(t, s.WebhookSecrets(), 2, "never three")
	require.Error(t, s.RotateWebhookSecret(-1))
}

func TestRetries(t *testing.T) {
	t.Parallel()
	r := receiver{respond: func(n int) int {
		if n < 4 {
			return 500
		}
		return 204
	}}
	s := subscribed(t, &r, hookURL, transferEvents)
	start := s.Now()
	e, err := s.FireEvent("TRANSFER_FAILED", nil)
	require.NoError(t, err)
	s.DeliverPending()
	require.Zero(t, s.DeliverPending(), "the next is not due yet")
	s.Advance(24 * time.Hour)
	var at []time.Duration
	for _, d := range r.deliveries() {
		require.Equal(t, e.ID, d.ID, "the id stays")
		require.Equal(t, r.got[0].Body, d.Body, "and so does the body")
		at = append(at, d.At.Sub(start))
	}
	require.Equal(t, []time.Duration{0, 5 * time.Second, 5*time.Minute + 5*time.Second, 35*time.Minute + 5*time.Second}, at)
	last := eventOf(t, s, e.ID)
	require.True(t, last.Deliveries[0].Delivered)
	require.Len(t, last.Deliveries[0].Attempts, 4)
	require.Equal(t, 500, last.Deliveries[0].Attempts[0].Status)
	require.True(t, last.Deliveries[0].Next.IsZero())

	require.NoError(t, s.ResendEvent(e.ID))
	require.Equal(t, 1, s.DeliverPending())
	require.Equal(t, e.ID, r.deliveries()[4].ID)
	require.Error(t, s.ResendEvent("msg_none"))

	// Given up after the last wait; one attempt only when there is no wait.
	for waits, want := range map[int]int{0: 1, 2: 3} {
		r := receiver{respond: func(int) int { return 302 }}
		s := subscribed(t, &r, hookURL, transferEvents, brextest.WithWebhookRetries(slices.Repeat([]time.Duration{time.Hour}, waits)...))
		e, err := s.FireEvent("TRANSFER_FAILED", nil)
		require.NoError(t, err)
		s.Advance(time.Hour * 24 * 30)
		require.Len(t, eventOf(t, s, e.ID).Deliveries[0].Attempts, want)
	}
	_, err = brextest.NewHandler(brextest.WithWebhookRetries(0))
	require.Error(t, err)
}

func eventOf(t *testing.T, s *sandbox, id string) brextest.Event {
	t.Helper()
	events := s.Events()
	i := slices.IndexFunc(events, func(e brextest.Event) bool { return e.ID == id })
	require.GreaterOrEqual(t, i, 0)
	return events[i]
}

// TestAllEventTypes: each documented payload is what the document says, about
// things that exist, and reaches a handler of package webhook.
func TestAllEventTypes(t *testing.T) {
	t.Parallel()
	var r receiver
	s := newSandbox(t, small, brextest.WithWebhookClient(&http.Client{Transport: &r}))
	docs, err := loadDocuments()
	require.NoError(t, err)
	types := docs["webhooks"].Components.Schemas["WebhookEventType"].Value.Enum
	require.Len(t, types, 20)
	var names []string
	for _, v := range types {
		names = append(names, v.(string))
	}
	body, err := json.Marshal(map[string]any{"url": hookURL, "event_types": names})
	require.NoError(t, err)
	s.do("POST", "/v1/webhooks", string(body), key("k")...)

	var secrets []wire.Secret
	for _, v := range s.WebhookSecrets() {
		secrets = append(secrets, wire.NewSecret(v))
	}
	verifier, err := webhook.NewVerifier(secrets...)
	require.NoError(t, err)
	documented := docs["webhooks"].Components.Schemas["WebhookEvent"].Value.Discriminator.Mapping
	for _, name := range names {
		_, err := s.FireEvent(name, nil)
		require.NoError(t, err)
		s.DeliverPending()
		got := r.deliveries()
		d := got[len(got)-1]
		require.NoError(t, verifier.Verify(d.Body, d.Header))
		event, err := webhook.Parse(d.Body)
		require.NoError(t, err)
		require.Equal(t, name, string(event.Type()))
		_, unknown := event.(*webhook.UnknownEvent)
		ref, known := documented[name]
		require.Equal(t, known, !unknown, name)
		if !known {
			continue
		}
		var value any
		require.NoError(t, json.Unmarshal(d.Body, &value))
		schema := docs["webhooks"].Components.Schemas[ref.Ref[len("#/components/schemas/"):]].Value
		require.NoError(t, schema.VisitJSON(value, openapi3.VisitAsResponse(), openapi3.EnableFormatValidation()), "%s", d.Body)
		switch e := event.(type) {
		case *webhook.TransferProcessed:
			require.Equal(t, 200, s.get("/v1/transfers/"+e.TransferID).Status)
		case *webhook.ExpensePaymentUpdated:
			require.Equal(t, 200, s.get("/v1/expenses/"+e.ExpenseID).Status)
			require.Equal(t, 200, s.get("/v2/cards/"+e.CardID).Status)
		case *webhook.UserUpdated:
			require.Equal(t, 200, s.get("/v2/users/"+e.UserID).Status)
		case *webhook.ReferralCreated:
			require.Equal(t, 200, s.get("/v1/referrals/"+e.ReferralID).Status)
		case *webhook.AccountingRecordReadyForExport:
			require.Equal(t, 200, s.get("/v3/accounting/records/"+e.AccountingRecordIDs[0]).Status)
		}
	}

	_, err = s.FireEvent("TRANSFER_PROCESSED", json.RawMessage(`{"event_type":"TRANSFER_PROCESSED","mine":1}`))
	require.NoError(t, err)
	_, err = s.FireEvent("BRAND_NEW", map[string]any{"event_type": "BRAND_NEW"})
	require.NoError(t, err)
	_, err = s.FireEvent("TRANSFER_PROCESSED", json.RawMessage(`[]`))
	require.ErrorContains(t, err, "not a JSON object")
	_, err = s.FireEvent("", nil)
	require.Error(t, err)
	log := s.Events()
	require.JSONEq(t, `{"event_type":"TRANSFER_PROCESSED","mine":1}`, string(log[len(log)-2].Payload))
}

// TestHandlerOfPackageWebhook: an application as its docs show it, which calls
// the sandbox back from within a delivery.
func TestHandlerOfPackageWebhook(t *testing.T) {
	t.Parallel()
	r := &receiver{}
	s := subscribed(t, r, hookURL, transferEvents)
	client := clientOf(t, s.Handler)
	source, err := webhook.NewSecretCache(func(ctx context.Context) ([]wire.Secret, error) {
		list, err := client.Webhooks.Secrets(ctx)
		return webhook.UsableSecrets(list), err
	})
	require.NoError(t, err)
	var paid []string
	r.handler, err = webhook.NewHandler(source,
		webhook.On(func(ctx context.Context, e *webhook.TransferProcessed) error {
			transfer, err := client.Transfers.Get(ctx, e.TransferID)
			if err != nil {
				return err
			}
			s.Advance(time.Minute) // only moves the clock here
			paid = append(paid, transfer.ID+" "+string(transfer.Status))
			return nil
		}))
	require.NoError(t, err)
	b := bankOf(s)
	s.Advance(30 * 24 * time.Hour)
	paid = nil
	id := s.do("POST", "/v1/transfers", b.pay(b.wire, 5, ""), key("x")...).json(t)["id"].(string)
	s.Advance(7 * 24 * time.Hour)
	require.Equal(t, []string{id + " PROCESSED"}, paid)
}

// TestOtherEvents: users, referrals and accounting records, by what happens to
// them.
func TestOtherEvents(t *testing.T) {
	t.Parallel()
	var r receiver
	s := subscribed(t, &r, hookURL, []string{"REFERRAL_CREATED", "REFERRAL_ACTIVATED", "REFERRAL_APPLICATION_STATUS_CHANGED",
		"ACCOUNTING_RECORD_READY_FOR_EXPORT", "EXPENSE_PAYMENT_UPDATED"})
	referral := s.do("POST", "/v1/referrals", `{"referral_code":"abc","applicant":{"first_name":"A","last_name":"B","email":"a@b.example"}}`).json(t)["id"].(string)
	require.NoError(t, s.ActivateReferral(referral))
	require.Equal(t, 3, s.DeliverPending())
	require.Equal(t, []string{"REFERRAL_CREATED", "REFERRAL_APPLICATION_STATUS_CHANGED", "REFERRAL_ACTIVATED"}, r.types())
	require.JSONEq(t, `{"event_type":"REFERRAL_APPLICATION_STATUS_CHANGED","referral_id":"`+referral+`","application":{"cash":"ACTIVE"}}`, string(r.got[1].Body))

	s.Advance(10 * 24 * time.Hour)
	records := 0
	for _, d := range r.deliveries()[3:] {
		event, err := webhook.Parse(d.Body)
		require.NoError(t, err)
		ready := event.(*webhook.AccountingRecordReadyForExport)
		require.NotEmpty(t, ready.AccountingRecordIDs)
		for _, id := range ready.AccountingRecordIDs {
			records++
			require.Equal(t, "READY_FOR_EXPORT", s.get("/v3/accounting/records/" + id).json(t)["review_status"])
		}
	}
	require.NotZero(t, records)

	// A purchase is told at once, and so is one that is declined.
	card := s.all("/v2/cards")[0]["id"].(string)
	for cents, want := range map[int64]string{100: `"payment_status":"PENDING","payment_status_reason":"APPROVED","payment_type":"PURCHASE"`,
		90_000_000_000: `"payment_status":"DECLINED"`} {
		before := len(r.deliveries())
		id, err := s.Purchase(card, cents, "Blue Bottle")
		require.NoError(t, err)
		require.Equal(t, 1, s.DeliverPending())
		body := string(r.deliveries()[before].Body)
		require.Contains(t, body, want)
		require.Contains(t, body, `"expense_id":"`+id+`"`)
		require.Contains(t, body, `"card_id":"`+card+`"`)
		require.Contains(t, body, `"raw_descriptor":"BLUE BOTTLE"`)
	}
}

// TestVendorsOfExpensesStay: the clock moves the generated expenses, and must
// not move what they refer to.
func TestVendorsOfExpensesStay(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	s.Advance(50 * time.Hour)
	bills := s.all("/v1/expenses?expense_type[]=BILLPAY")
	require.NotEmpty(t, bills)
	for _, e := range bills {
		require.Equal(t, 200, s.get("/v1/vendors/"+e["vendor_id"].(string)).Status)
	}
}
