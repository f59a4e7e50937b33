package brex

import (
	"encoding/json"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBackfillResumes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(7, 7))
		l := &ledger{rows: spread(rnd, 5000, wholeOf, 0.5), page: 50, latency: 100 * time.Millisecond, order: newestFirst,
			fail: errors.New("down"), failAt: 70}
		var saved []byte
		save := func(c Checkpoint) {
			b, err := json.Marshal(c)
			require.NoError(t, err)
			saved = b
		}
		all := map[string]bool{}
		var err error
		for x, e := range backfill(t.Context(), l.ranged(), wholeOf, BackfillOptions{OnCheckpoint: save}, nil) {
			if err = e; err == nil {
				all[x.id] = true
			}
		}
		require.ErrorContains(t, err, "down")
		require.Less(t, len(all), 5000)
		require.NotNil(t, saved, "some part was done by then")

		l.fail = nil
		var c Checkpoint
		require.NoError(t, json.Unmarshal(saved, &c))
		rest, err := Collect(backfill(t.Context(), l.ranged(), TimeRange{}, BackfillOptions{Resume: c, OnCheckpoint: save}, nil))
		require.NoError(t, err)
		for _, x := range rest {
			all[x.id] = true
		}
		require.Len(t, all, 5000, "nothing is lost")
		require.Less(t, len(rest), 5000, "what was done is not given again")
		require.JSONEq(t, `{"remaining":[]}`, string(saved))
		require.NoError(t, json.Unmarshal(saved, &c))
		got, err := Collect(backfill(t.Context(), l.ranged(), TimeRange{}, BackfillOptions{Resume: c}, nil))
		require.NoError(t, err)
		require.Empty(t, got, "a finished backfill has nothing to resume")
	})
}

// From every checkpoint on, another run gives what was not given before it, whatever has arrived in between.
func TestBackfillResumesFromEveryCheckpoint(t *testing.T) {
	for seed := range seeds(40) {
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 6))
			l := &ledger{rows: spread(rnd, 150, wholeOf, rnd.Float64()), page: 1 + rnd.IntN(10), latency: 50 * time.Millisecond, order: anyOrder(rnd), include: [2]bool{true, true}}
			want := ids(l.rows)
			resumed(t, rnd, l, want, func(opts BackfillOptions) iter.Seq2[row, error] {
				opts.Workers = 1 + rnd.IntN(8)
				return backfill(t.Context(), l.ranged(), wholeOf, opts, nil)
			})
		})
	}
}

// resumed reads a ledger to the end, and then on from each checkpoint that was met, saved as JSON, while rows arrive.
func resumed(t *testing.T, rnd *rand.Rand, l *ledger, want []string, read func(BackfillOptions) iter.Seq2[row, error]) (checkpoints int) {
	type saved struct {
		json  []byte
		given []row
	}
	var given []row
	var all []saved
	for x, err := range read(BackfillOptions{OnCheckpoint: func(c Checkpoint) {
		b, err := json.Marshal(c)
		require.NoError(t, err)
		all = append(all, saved{b, slices.Clone(given)})
	}}) {
		require.NoError(t, err)
		given = append(given, x)
	}
	require.Equal(t, want, ids(given))
	checkpoints = len(all)
	arrived := arrivals(rnd, wholeOf)
	for i, s := range all {
		var c Checkpoint
		require.NoError(t, json.Unmarshal(s.json, &c))
		for range rnd.IntN(3) * 10 {
			arrived(l)
		}
		rest, err := Collect(read(BackfillOptions{Resume: c}))
		require.NoError(t, err)
		have := map[string]bool{}
		for _, x := range rest {
			require.False(t, have[x.id], "checkpoint %d: %s came twice", i, x.id)
			have[x.id] = true
		}
		for _, x := range s.given {
			have[x.id] = true
		}
		for _, id := range want {
			require.True(t, have[id], "checkpoint %d: %s is missing", i, id)
		}
		if i == len(all)-1 {
			require.Empty(t, rest, "a finished backfill has nothing to resume")
			require.JSONEq(t, `{"remaining":[]}`, string(s.json))
		}
	}
	return checkpoints
}
