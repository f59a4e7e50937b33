package journaltest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/payout"
	"github.com/brex-go/sdk/brex/payout/journaltest"
)

// kinds are a sound journal in memory, and broken ones with the check that must fail.
var kinds = map[string]string{
	"none": "(keeps|locked|broken|cut)", "ends with its process": "killed", "drops a record": "keeps", "reverses": "keeps",
	"keeps the lock": "keeps", "no lock": "locked", "another error": "locked", "goes on": "broken", "no fence": "cut",
}

const brokenBy = "JOURNALTEST_BROKEN_BY"

// TestBroken runs the suite in a process for each kind.
func TestBroken(t *testing.T) {
	if kind := os.Getenv(brokenBy); kind != "" {
		journaltest.Test(t, journaltest.Suite{
			Place: func(testing.TB) string { return newPlace(kind) }, Open: openJournal,
			Cut: func(_ testing.TB, name string) { at(name).unlock() },
		})
		return
	}
	for kind, check := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBroken$/^"+check+"$", "-test.v")
			cmd.Env = append(os.Environ(), brokenBy+"="+kind)
			out, err := cmd.CombinedOutput()
			if kind == "none" {
				require.NoError(t, err, string(out))
				require.Contains(t, string(out), "--- PASS: TestBroken/cut")
				return
			}
			require.Error(t, err)
			require.Contains(t, string(out), "--- FAIL: TestBroken/"+check)
		})
	}
}

func init() { journaltest.Child(openJournal) }

var places sync.Map // by name

func newPlace(kind string) string {
	p := &place{kind: kind}
	name := fmt.Sprintf("%p", p)
	places.Store(name, p)
	return name
}

// at is a place; in another process it is empty.
func at(name string) *place {
	p, _ := places.LoadOrStore(name, &place{})
	return p.(*place)
}

func openJournal(name string) (payout.Journal, error) { return at(name), nil }

// place is a journal in memory. Its fence is the number of the latest lock, 0 while there is none.
type place struct {
	kind string

	mu      sync.Mutex
	records []payout.Record
	locks   int
	fence   int
}

func (p *place) Records(context.Context) ([]payout.Record, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := slices.Clone(p.records)
	if p.kind == "reverses" {
		slices.Reverse(all)
	}
	return all, nil
}

func (p *place) Lock(context.Context) (payout.LockedJournal, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fence != 0 && p.kind == "another error" {
		return nil, errors.New("busy")
	}
	if p.fence != 0 && p.kind != "no lock" {
		return nil, payout.ErrLocked
	}
	p.locks++
	p.fence = p.locks
	return &holder{place: p, fence: p.fence}, nil
}

func (p *place) unlock() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fence = 0
}

type holder struct {
	*place
	fence  int
	broken bool
}

func (h *holder) Append(ctx context.Context, rec payout.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	lost := h.fence != h.place.fence && h.kind != "no fence"
	if h.broken || lost || ctx.Err() != nil {
		h.broken = h.kind != "goes on"
		return fmt.Errorf("%w: lost or broken", payout.ErrJournal)
	}
	if h.kind != "drops a record" || len(h.records) != 11 {
		h.records = append(h.records, rec)
	}
	return nil
}

func (h *holder) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fence == h.place.fence && h.kind != "keeps the lock" {
		h.place.fence = 0
	}
	return nil
}
