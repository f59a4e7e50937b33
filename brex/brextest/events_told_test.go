package brextest_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/webhook"
)

// TestToldAfterTheClockMoved does what a user does: subscribe, pay, let a day and a month pass. A receiver with its own, real clock
// accepts each delivery; the events keep the times of the company's.
func TestToldAfterTheClockMoved(t *testing.T) {
	t.Parallel()
	s := brextest.NewServer(t, small, brextest.WithStrictQuery())
	client, err := brex.New(brex.WithToken(s.Token()), brex.WithBaseURL(s.URL))
	require.NoError(t, err)
	source, err := webhook.NewSecretCache(func(ctx context.Context) ([]brex.Secret, error) {
		list, err := client.Webhooks.Secrets(ctx)
		return webhook.UsableSecrets(list), err
	})
	require.NoError(t, err)
	told := map[string]int{}
	var sent []time.Time
	handler, err := webhook.NewHandler(source, webhook.On(func(ctx context.Context, e *webhook.TransferProcessed) error {
		d, _ := webhook.DeliveryFrom(ctx)
		told[e.TransferID]++
		sent = append(sent, d.Timestamp)
		return nil
	}))
	require.NoError(t, err)
	app := httptest.NewServer(handler)
	t.Cleanup(app.Close)
	s.Advance(60 * 24 * time.Hour) // what the seed has under way, so that nothing else is told

	_, err = client.Webhooks.Create(t.Context(), brex.CreateWebhookRequest{URL: app.URL,
		EventTypes: []brex.WebhookEventType{webhook.TypeTransferProcessed}})
	require.NoError(t, err)
	box := &sandbox{t: t, Handler: s.Handler}
	bank := bankOf(box)
	for _, passes := range []time.Duration{24 * time.Hour, 30 * 24 * time.Hour} {
		id := box.do("POST", "/v1/transfers", bank.pay(bank.wire, 700, ""), key(passes.String())...).json(t)["id"].(string)
		began, before := time.Now().Add(-time.Second), len(sent)
		s.Advance(passes)
		require.Equal(t, 1, told[id], "after %v", passes)
		require.Len(t, sent, before+1)
		require.WithinRange(t, sent[before], began, time.Now(), "sent now")
		e := s.Events()[len(s.Events())-1]
		require.True(t, e.Deliveries[0].Delivered)
		require.Len(t, e.Deliveries[0].Attempts, 1)
		require.Equal(t, e.At, e.Deliveries[0].Attempts[0].At)
		require.True(t, e.At.After(brextest.DefaultNow), "it happened on the company's clock")
		require.NotEqual(t, e.At.Unix(), sent[before].Unix())
	}
}
