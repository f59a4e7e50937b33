package webhook_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/webhook"
)

// Brex's scheme is that of Standard Webhooks: its library and this package accept each other's signatures, and nothing else.
func TestStandardWebhooks(t *testing.T) {
	now := time.Now() // their library knows no other clock
	for _, secret := range []string{secretA, secretB, "whsec_" + secretC} {
		theirs, err := standardwebhooks.NewWebhook(secret)
		require.NoError(t, err)
		for _, body := range []string{processed, "{}", "{\"event_type\":\"\u00e9\u2028\"}\r\n", "\x00\xff", string(sized(1 << 16))} {
			r, err := webhook.NewRequest(t.Context(), "https://example.com", secret, body, webhook.WithTime(now))
			require.NoError(t, err)
			require.NoError(t, theirs.Verify([]byte(body), r.Header), "ours, theirs")
			require.Error(t, theirs.Verify([]byte(body+" "), r.Header))

			id := "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
			signature, err := theirs.Sign(id, now, []byte(body))
			require.NoError(t, err)
			h := http.Header{}
			h.Set(standardwebhooks.HeaderWebhookID, id)
			h.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
			h.Set(standardwebhooks.HeaderWebhookSignature, signature)
			require.NoError(t, webhook.Verify([]byte(body), h, []string{secret}), "theirs, ours")
			require.ErrorIs(t, webhook.Verify([]byte(body+" "), h, []string{secret}), webhook.ErrNoValidSignature)

			same, err := webhook.Sign(secret, id, now, []byte(body))
			require.NoError(t, err)
			require.Equal(t, signature, same)
		}
	}
}

// The trap: their library takes an empty secret, and then anyone can sign.
func TestEmptySecretForgesThereAndNotHere(t *testing.T) {
	forger, err := standardwebhooks.NewWebhook("")
	require.NoError(t, err, "when this fails, the trap is gone, and the package's documentation can say so")
	now := time.Now()
	signature, err := forger.Sign("msg_1", now, []byte(processed))
	require.NoError(t, err)
	h := http.Header{}
	h.Set(webhook.HeaderID, "msg_1")
	h.Set(webhook.HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	h.Set(webhook.HeaderSignature, signature)
	require.NoError(t, forger.Verify([]byte(processed), h))
	for _, secret := range []string{"", "whsec_", " "} {
		require.ErrorIs(t, webhook.Verify([]byte(processed), h, []string{secret}), webhook.ErrNoSecret)
	}
}
