package databases

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/webhook"
	"github.com/brex-go/sdk/brex/webhook/storetest"
)

func TestStore(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		run := storetest.Run
		if d.serializable {
			run = storetest.RunStrict
		}
		run(t, func(t *testing.T) func() webhook.Store {
			d := kinds[d.kind](t)
			return func() webhook.Store { return d.store(t) }
		})
	})
}

// Without a busy timeout SQLite fails instead of waiting. That puts deliveries off, and never lets two have one.
func TestSQLiteThatDoesNotWait(t *testing.T) {
	d := kinds["sqlite"](t)
	d.store(t)
	d.dsn, _, _ = strings.Cut(d.dsn, "?")
	for round := range 20 {
		var claimed atomic.Int32
		together(8, func(i int) {
			s, err := webhook.NewSQLStore(d.open(t), d.dialect)
			assert.NoError(t, err)
			if state, _ := s.Begin(t.Context(), claim(fmt.Sprint("msg_", round), fmt.Sprint("t", i), now)); state == webhook.Claimed {
				claimed.Add(1)
			}
		})
		require.LessOrEqual(t, claimed.Load(), int32(1))
	}
}

// What has no room is refused and not cut off: two deliveries would become one.
func TestIDsThatDoNotFit(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		s := d.store(t)
		for _, c := range []webhook.Claim{claim(strings.Repeat("m", 256), "a", now), claim("", "a", now), claim("m\u00fc", "a", now),
			claim("m1", strings.Repeat("T", 65), now), claim("m1", "", now)} {
			_, err := s.Begin(t.Context(), c)
			require.ErrorContains(t, err, "webhook: SQLStore: ")
		}
	})
}

func TestCreateTable(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		// All processes of a service start at once, and each makes sure of its table.
		stores := make([]*webhook.SQLStore, 8)
		for i := range stores {
			s, err := webhook.NewSQLStore(d.open(t), d.dialect, webhook.WithTable(d.schema+".Deliveries_2"))
			require.NoError(t, err)
			stores[i] = s
		}
		together(len(stores), func(i int) { assert.NoError(t, stores[i].CreateTable(t.Context())) })
		c := claim("msg_1", "a", now)
		require.Equal(t, webhook.Claimed, begin(t, stores[0], c))
		require.NoError(t, stores[1].CreateTable(t.Context()), "it may exist, and stays what it is")
		require.NoError(t, stores[2].Done(t.Context(), c))
		require.Equal(t, webhook.Handled, begin(t, stores[3], c))
		require.Equal(t, webhook.Claimed, begin(t, d.store(t), c), "another table")

		// PostgreSQL may fail to make a table that is being made: that it is there is what counts.
		s, err := webhook.NewSQLStore(d.before(t, func(string) error { return errors.New("it is being made") }), d.dialect)
		require.NoError(t, err)
		require.NoError(t, s.CreateTable(t.Context()))

		other, err := webhook.NewSQLStore(d.open(t), d.dialect, webhook.WithTable("no_such_schema.deliveries"))
		require.NoError(t, err)
		require.ErrorContains(t, other.CreateTable(t.Context()), "webhook: making the table: ")
	})
}

func TestPrune(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		s := d.store(t)
		n, err := s.Prune(t.Context(), now)
		require.NoError(t, err)
		require.Zero(t, n)
		const many, batch = 25_000, 1000 // more than Prune takes at once
		db := d.open(t)
		for i := 0; i < many; i += batch {
			rows := make([]string, batch)
			for j := range rows {
				rows[j] = fmt.Sprintf("('old_%d', 'a', 1, %d)", i+j, now.Add(-48*time.Hour).UnixMilli()-int64(i+j))
			}
			_, err := db.ExecContext(t.Context(), "INSERT INTO "+webhook.DefaultTable+" (id, token, done, until_ms) VALUES "+strings.Join(rows, ","))
			require.NoError(t, err)
		}
		handled, abandoned := claim("handled", "a", now), claim("abandoned", "a", now.Add(-time.Hour))
		require.Equal(t, webhook.Claimed, begin(t, s, handled))
		require.NoError(t, s.Done(t.Context(), handled))
		require.Equal(t, webhook.Claimed, begin(t, s, abandoned))

		n, err = s.Prune(t.Context(), now.Add(-24*time.Hour))
		require.NoError(t, err)
		require.EqualValues(t, many, n)
		require.Equal(t, webhook.Handled, begin(t, s, handled))
		n, err = s.Prune(t.Context(), now)
		require.NoError(t, err)
		require.EqualValues(t, 1, n, "abandoned claims, too")
		require.Equal(t, webhook.Handled, begin(t, s, handled))

		// What could still be replayed is kept until it cannot.
		replayable := claim("replayable", "a", now)
		replayable.KeepUntil = now.Add(5 * time.Minute)
		require.Equal(t, webhook.Claimed, begin(t, s, replayable))
		require.NoError(t, s.Done(t.Context(), replayable))
		n, err = s.Prune(t.Context(), now.Add(5*time.Minute))
		require.NoError(t, err)
		require.EqualValues(t, 1, n, "the other one")
		require.Equal(t, webhook.Handled, begin(t, s, replayable))
		n, err = s.Prune(t.Context(), now.Add(5*time.Minute+time.Millisecond))
		require.NoError(t, err)
		require.EqualValues(t, 1, n)
	})
}
