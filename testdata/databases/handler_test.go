package databases

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/webhook"
)

var secret = base64.StdEncoding.EncodeToString([]byte("the signing secret of a test"))

// handler is one process that receives webhooks, whose clock stands at a time.
func handler(t *testing.T, s webhook.Store, at time.Time, on func(context.Context, *webhook.TransferProcessed) error) *webhook.Handler {
	t.Helper()
	verifier, err := webhook.NewVerifier(secret)
	require.NoError(t, err)
	h, err := webhook.NewHandler(verifier, webhook.On(on), webhook.WithStore(s), webhook.WithLogger(slog.New(slog.DiscardHandler)),
		webhook.WithClock(func() time.Time { return at }))
	require.NoError(t, err)
	return h
}

// send delivers the event and returns the answer's status.
func send(t *testing.T, h *webhook.Handler, id string, at time.Time) int {
	r, err := webhook.NewRequest(t.Context(), "https://example.com/brex", secret, &webhook.TransferProcessed{TransferID: "dptx_1"},
		webhook.WithID(id), webhook.WithTime(at))
	if !assert.NoError(t, err) {
		return 0
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// 50 copies of a delivery at four processes: the callback runs once, and while it runs the others are put off.
func TestHandlersHandleOnce(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		var calls atomic.Int32
		var handlers []*webhook.Handler
		others := make(chan struct{})
		for range 4 {
			handlers = append(handlers, handler(t, d.store(t), now, func(context.Context, *webhook.TransferProcessed) error {
				calls.Add(1)
				<-others
				return nil
			}))
		}
		var handled, putOff atomic.Int32
		together(50, func(i int) {
			switch status := send(t, handlers[i%len(handlers)], "msg_1", now); status {
			case 200:
				handled.Add(1)
			case 503:
				if putOff.Add(1) == 49 {
					close(others)
				}
			default:
				t.Error(status)
			}
		})
		require.EqualValues(t, 1, calls.Load())
		require.EqualValues(t, 1, handled.Load())
		for _, h := range handlers {
			require.Equal(t, 200, send(t, h, "msg_1", now), "it was handled")
		}
		require.EqualValues(t, 1, calls.Load())
	})
}

func TestFailedCallbackRunsAgain(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		var fails error
		calls := 0
		how := func(context.Context, *webhook.TransferProcessed) error { calls++; return fails }
		here, there := handler(t, d.store(t), now, how), handler(t, d.store(t), now, how)
		fails = errors.New("the ledger is down")
		require.Equal(t, 500, send(t, here, "msg_1", now))
		require.Equal(t, 500, send(t, there, "msg_1", now), "it is free again, for others, too")
		fails = nil
		require.Equal(t, 200, send(t, here, "msg_1", now))
		require.Equal(t, 200, send(t, there, "msg_1", now))
		require.Equal(t, 3, calls)
	})
}

// deaf hears no last word, as when the process dies after the callback.
type deaf struct{ webhook.Store }

func (deaf) Done(context.Context, webhook.Claim) error { return nil }

func TestCrashMeansAtLeastOnce(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		calls := 0
		how := func(context.Context, *webhook.TransferProcessed) error { calls++; return nil }
		require.Equal(t, 200, send(t, handler(t, deaf{d.store(t)}, now, how), "msg_1", now))
		next := d.store(t) // the process after the crash
		end := now.Add(webhook.DefaultTimeout + 10*time.Second)
		require.Equal(t, 503, send(t, handler(t, next, end.Add(-time.Millisecond), how), "msg_1", end), "the claim outlasts the callback")
		require.Equal(t, 200, send(t, handler(t, next, end, how), "msg_1", end))
		require.Equal(t, 200, send(t, handler(t, d.store(t), end, how), "msg_1", end))
		require.Equal(t, 2, calls)
	})
}
