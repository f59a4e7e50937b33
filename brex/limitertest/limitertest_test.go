package limitertest_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/limitertest"
)

// kinds are limiters that break a promise, and the check that notices.
var kinds = map[string]string{
	"none": "", "limit+1": "Shared", "counts from the sending": "Exact", "frees at once": "Exact",
	"shares nothing": "Shared", "takes an ended context": "ContextEnds", "hides the cause": "ContextEnds",
	"loses a slot": "ContextEnds", "makes room": "ReleaseWithoutAcquire", "never expires": "HolderVanishes",
	"expires early": "HolderVanishes", "releases the youngest": "NeverIdle", "ignores a refusal": "Penalize",
	"takes any refusal": "Penalize", "does not cut": "Penalize", "does not pause": "Penalize",
	"cuts for ever": "Penalize", "leaves goroutines": "LeavesNoGoroutines",
}

const brokenBy = "LIMITERTEST_BROKEN_BY"

var limit = limitertest.Limit{Requests: 10, Window: 300 * time.Millisecond, Lease: 900 * time.Millisecond}

// TestBroken runs the suite in a process for each kind.
func TestBroken(t *testing.T) {
	if kind := os.Getenv(brokenBy); kind != "" {
		limitertest.Run(t, limit, func(*testing.T) func() brex.Limiter {
			b := &bucket{kind: kind, slots: map[int]time.Time{}}
			return func() brex.Limiter {
				if kind == "shares nothing" {
					return &holder{bucket: &bucket{kind: kind, slots: map[int]time.Time{}}}
				}
				return &holder{bucket: b}
			}
		})
		return
	}
	for kind, check := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBroken$/^"+check, "-test.v")
			cmd.Env = append(os.Environ(), brokenBy+"="+kind)
			out, err := cmd.CombinedOutput()
			if kind == "none" {
				require.NoError(t, err, string(out))
				return
			}
			require.Error(t, err)
			require.Contains(t, string(out), "--- FAIL: TestBroken/"+check)
		})
	}
}

// bucket is what the limiters of several processes would share.
type bucket struct {
	kind string

	mu              sync.Mutex
	slots           map[int]time.Time // until when each is taken
	next, room, cut int
	pause, cutEnd   time.Time
}

// holder is the limiter of one of them.
type holder struct {
	*bucket
	held []int
}

func (h *holder) try() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	now, lease, most := time.Now(), limit.Lease, limit.Requests+h.room
	for name, until := range h.slots {
		if !until.After(now) {
			delete(h.slots, name)
		}
	}
	switch h.kind {
	case "limit+1":
		most++
	case "never expires":
		lease = time.Hour
	case "expires early":
		lease = limit.Window / 2
	case "counts from the sending":
		lease = limit.Window
	}
	if now.Before(h.cutEnd) {
		most = h.cut
	}
	if now.Before(h.pause) || len(h.slots) >= most {
		return false
	}
	h.next++
	h.slots[h.next] = now.Add(lease)
	h.held = append(h.held, h.next)
	return true
}

func (h *holder) Acquire(ctx context.Context) error {
	for ctx.Err() == nil || h.kind == "takes an ended context" {
		if h.try() {
			if h.kind == "loses a slot" {
				time.Sleep(limit.Window / 10)
				return ctx.Err()
			}
			return nil
		}
		if h.kind == "leaves goroutines" {
			go time.Sleep(time.Minute)
		}
		select {
		case <-ctx.Done():
			return h.ended(ctx)
		case <-time.After(2 * time.Millisecond):
		}
	}
	return h.ended(ctx)
}

func (h *holder) ended(ctx context.Context) error {
	if h.kind == "hides the cause" {
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w", ctx.Err(), context.Cause(ctx))
}

func (h *holder) Release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.held) == 0 {
		if h.kind == "makes room" {
			h.room++
		}
		return
	}
	name := h.held[0]
	if last := len(h.held) - 1; h.kind == "releases the youngest" {
		name, h.held = h.held[last], h.held[:last]
	} else {
		h.held = h.held[1:]
	}
	switch h.kind {
	case "frees at once":
		delete(h.slots, name)
	case "counts from the sending":
	default:
		h.slots[name] = time.Now().Add(limit.Window)
	}
}

func (h *holder) Penalize(retryAfter time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.kind == "ignores a refusal" || retryAfter > limit.Window && h.kind != "takes any refusal" {
		return
	}
	now := time.Now()
	if h.kind != "does not pause" {
		h.pause = now.Add(retryAfter)
	}
	if h.kind == "does not cut" {
		return
	}
	h.cut, h.cutEnd = max(1, len(h.slots)-1), now.Add(retryAfter+limit.Window)
	if h.kind == "cuts for ever" {
		h.cutEnd = now.Add(time.Hour)
	}
}
