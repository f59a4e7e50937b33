package brextest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// TestSubscriptionsDecide: what is paused waits, what is deleted is dropped,
// what nobody asked for is only logged.
func TestSubscriptionsDecide(t *testing.T) {
	t.Parallel()
	var r receiver
	s := subscribed(t, &r, hookURL, []string{"TRANSFER_FAILED"})
	id := s.all("/v1/webhooks")[0]["id"].(string)
	fire := func(kind string) {
		_, err := s.FireEvent(kind, nil)
		require.NoError(t, err)
	}
	status := func(v string) {
		body := `{"url":"http://localhost/moved","event_types":["TRANSFER_FAILED"],"status":"` + v + `"}`
		require.Equal(t, 200, s.do("PUT", "/v1/webhooks/"+id, body).Status)
	}
	fire("TRANSFER_PROCESSED")
	require.Zero(t, s.DeliverPending())
	require.Empty(t, s.Events()[0].Deliveries)
	require.ErrorContains(t, s.ResendEvent(s.Events()[0].ID), "no subscription wanted")

	fire("TRANSFER_FAILED")
	status("INACTIVE")
	fire("TRANSFER_FAILED")
	require.Zero(t, s.DeliverPending())
	s.Advance(time.Hour)
	status("ACTIVE")
	require.Equal(t, 1, s.DeliverPending(), "what happened during the pause is not told")
	events := s.Events()
	require.Equal(t, "http://localhost/moved", events[1].Deliveries[0].URL)

	fire("TRANSFER_FAILED")
	require.Equal(t, 200, s.do("DELETE", "/v1/webhooks/"+id, "").Status)
	require.Zero(t, s.DeliverPending())
	require.Len(t, r.deliveries(), 1)
}

// TestDestinations: a subscription must not make the sandbox send requests
// into somebody's network.
func TestDestinations(t *testing.T) {
	t.Parallel()
	attempt := func(url string, opts ...brextest.Option) (sent int, problem string) {
		var r receiver
		s := subscribed(t, &r, url, transferEvents, opts...)
		_, err := s.FireEvent("TRANSFER_FAILED", nil)
		require.NoError(t, err)
		s.DeliverPending()
		d := s.Events()[0].Deliveries[0]
		require.True(t, d.Delivered || d.Next.IsZero(), "what may not be sent is not tried again")
		return len(r.deliveries()), d.Attempts[0].Error
	}
	for _, url := range []string{"http://localhost:1/", "https://127.0.0.1/x", "http://[::1]:80/", "http://127.9.9.9/"} {
		sent, problem := attempt(url)
		require.Equal(t, 1, sent, "%s: %s", url, problem)
	}
	for _, url := range []string{"http://10.0.0.1/", "https://example.com/", "http://169.254.169.254/latest", "http://localhost.example.com/", "http://0.0.0.0/", "http://127.0.0.1.nip.io/"} {
		sent, problem := attempt(url)
		require.Zero(t, sent, url)
		require.Contains(t, problem, "not sent")
	}
	sent, _ := attempt("https://Hooks.Example.com/x", brextest.WithWebhookHosts("hooks.example.com"))
	require.Equal(t, 1, sent)
	sent, _ = attempt("https://other.example.com/x", brextest.WithWebhookHosts("hooks.example.com"))
	require.Zero(t, sent)
	sent, _ = attempt("https://other.example.com/x", brextest.WithWebhookHosts("*"))
	require.Equal(t, 1, sent)
	_, err := brextest.NewHandler(brextest.WithWebhookHosts("http://x/"))
	require.ErrorContains(t, err, "not a host name")
	_, err = brextest.NewHandler(brextest.WithWebhookClient(nil))
	require.Error(t, err)
}

// TestDefaultWebhookClient goes over the loopback network.
func TestDefaultWebhookClient(t *testing.T) {
	t.Parallel()
	hits := make(chan string, 2)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits <- r.URL.Path
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer app.Close()
	s := newSandbox(t, small)
	s.do("POST", "/v1/webhooks", `{"url":"`+app.URL+`/hook","event_types":["TRANSFER_FAILED"]}`, key("k")...)
	_, err := s.FireEvent("TRANSFER_FAILED", nil)
	require.NoError(t, err)
	s.DeliverPending()
	require.Equal(t, "/hook", <-hits)
	require.Empty(t, hits, "redirects are not followed")
	require.Equal(t, 307, s.Events()[0].Deliveries[0].Attempts[0].Status)
}

func TestBackgroundDelivery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{received: make(chan string, 10), respond: func(n int) int {
			if n == 1 {
				return 503
			}
			return 200
		}}
		h, err := brextest.NewHandler(small, brextest.WithClock(time.Now), brextest.WithBackgroundDelivery(), brextest.WithWebhookClient(&http.Client{Transport: r}))
		require.NoError(t, err)
		defer h.Close()
		client := clientOf(t, h)
		_, err = client.Webhooks.Create(t.Context(), brex.CreateWebhookRequest{URL: hookURL, EventTypes: []brex.WebhookEventType{"TRANSFER_FAILED"}})
		require.NoError(t, err)
		start := time.Now()
		e, err := h.FireEvent("TRANSFER_FAILED", nil)
		require.NoError(t, err)
		require.Equal(t, e.ID, <-r.received)
		require.Zero(t, time.Since(start))
		require.Equal(t, e.ID, <-r.received)
		require.Equal(t, 5*time.Second, time.Since(start).Round(time.Second))
	})
}
