package brex

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The promise of the package doc, for the race detector: one client, its services, one Window and one iterator are
// used by many goroutines at once, with everything on that a client can have, and each gets its own results.
func TestConcurrentUse(t *testing.T) {
	var log lockedBuffer
	var events atomic.Int64
	options := []Option{WithLimiter(window(t, 10_000, time.Second)), WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
		WithObserver(func(context.Context, Event) { events.Add(1) }), WithToken("concurrent-use"), WithoutValidation()}
	rt := roundTrip(func(r *http.Request) (*http.Response, error) {
		switch {
		case r.Method == http.MethodPost:
			return reply(200, `{"id":"`+r.Header.Get("Idempotency-Key")+`"}`), nil
		case r.URL.Path == "/v2/users":
			n, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
			next := ""
			if n < 4 {
				next = strconv.Itoa(n + 1)
			}
			return reply(200, `{"items":[{"id":"u`+strconv.Itoa(n)+`"}],"next_cursor":"`+next+`"}`), nil
		default:
			return reply(200, `{"id":"`+r.URL.Path[len("/v1/things/"):]+`"}`), nil
		}
	})
	client, twin := newTestClient(t, rt, options...), newTestClient(t, rt, options...)
	want := []string{"u0", "u1", "u2", "u3", "u4"}
	plain, ahead := client.Users.All(t.Context(), UserListParams{}), twin.Users.All(t.Context(), UserListParams{}, WithPrefetch())
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			key := "key-" + strconv.Itoa(i)
			for range 10 {
				users := plain
				if i%2 == 0 {
					users = ahead
				}
				var ids []string
				for u, err := range users {
					if err != nil {
						t.Error(err)
						return
					}
					ids = append(ids, u.ID)
				}
				if !slices.Equal(ids, want) {
					t.Errorf("goroutine %d read %v", i, ids)
				}
				var response Response
				transfer, err := client.Transfers.Create(t.Context(), CreateTransferRequest{}, WithIdempotencyKey(key), WithResponse(&response))
				if err != nil || transfer.ID != key || response.IdempotencyKey != key {
					t.Errorf("goroutine %d made %+v, %v", i, transfer, err)
				}
				if got, err := send(t.Context(), twin, opRead); err != nil || got.ID != "thing_1" {
					t.Errorf("%+v, %v", got, err)
				}
			}
		})
	}
	all.Wait()
	if events.Load() == 0 {
		t.Error("no event")
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}
