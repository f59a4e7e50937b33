package databases

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/webhook"
)

func TestStates(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		s, other := d.store(t), d.store(t)
		a, b := claim("msg_1", "a", now), claim("msg_1", "b", now)
		require.Equal(t, webhook.Claimed, begin(t, s, a))
		require.Equal(t, webhook.Busy, begin(t, other, b))
		require.Equal(t, webhook.Claimed, begin(t, other, claim("msg_2", "b", now)))

		// Who does not hold the claim can neither end it nor give it up, not even one whose token is the same but for case.
		for _, stranger := range []webhook.Claim{b, claim("msg_1", "A", now)} {
			require.NoError(t, other.Release(t.Context(), stranger))
			require.ErrorIs(t, other.Done(t.Context(), stranger), webhook.ErrClaimLost)
			require.Equal(t, webhook.Busy, begin(t, other, b))
		}
		require.NoError(t, s.Release(t.Context(), a))
		require.Equal(t, webhook.Claimed, begin(t, other, b))
		require.ErrorIs(t, s.Done(t.Context(), a), webhook.ErrClaimLost)
		require.NoError(t, other.Done(t.Context(), b))
		require.Equal(t, webhook.Handled, begin(t, s, a))
		require.NoError(t, other.Release(t.Context(), b), "done is done")
		require.ErrorIs(t, other.Done(t.Context(), b), webhook.ErrClaimLost)
		require.Equal(t, webhook.Handled, begin(t, s, claim("msg_1", "c", now.Add(24*time.Hour))))
	})
}

// Whoever had the claim died: at its end somebody else gets it, and the dead one, should it rise again, nothing. Times are kept to
// the millisecond.
func TestClaimsEnd(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		db := d.open(t)
		s, err := webhook.NewSQLStore(db, d.dialect)
		require.NoError(t, err)
		require.NoError(t, s.CreateTable(t.Context()))
		dead := claim("msg_1", "dead", now)
		require.Equal(t, webhook.Claimed, begin(t, s, dead))
		require.NoError(t, db.Close())

		s = d.store(t) // the next process
		end := now.Add(time.Minute)
		require.Equal(t, webhook.Busy, begin(t, s, claim("msg_1", "early", end.Add(-time.Millisecond))))
		require.Equal(t, webhook.Busy, begin(t, s, claim("msg_1", "back", now.Add(-time.Hour))))
		next := claim("msg_1", "next", end)
		require.Equal(t, webhook.Claimed, begin(t, s, next))
		require.Equal(t, webhook.Busy, begin(t, s, claim("msg_1", "late", end)))
		require.NoError(t, s.Release(t.Context(), dead))
		require.ErrorIs(t, s.Done(t.Context(), dead), webhook.ErrClaimLost)
		require.Equal(t, webhook.Busy, begin(t, s, claim("msg_1", "late", end)))
		require.NoError(t, s.Done(t.Context(), next))
		require.Equal(t, webhook.Handled, begin(t, d.store(t), claim("msg_1", "later", end.Add(time.Hour))))
	})
}

func TestOneOfManyWins(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		stores := []*webhook.SQLStore{d.store(t), d.store(t), d.store(t), d.store(t)}
		for round := range 5 {
			id := fmt.Sprint("msg_", round)
			_, _ = winner(t, stores, id, now)
			// The winner died, and all find its claim stale.
			later := now.Add(time.Minute)
			c, s := winner(t, stores, id, later)
			require.NoError(t, s.Release(t.Context(), c))
			// Released: as if nobody had had it.
			c, s = winner(t, stores, id, later)
			require.NoError(t, s.Done(t.Context(), c))
			for _, s := range stores {
				require.Equal(t, webhook.Handled, begin(t, s, claim(id, "more", later)))
			}
		}
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

// Claims that come and go in 50 goroutines: never are two in force, and nothing fails but what a database refuses
// that was asked to be strict.
func TestClaimsComeAndGo(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		stores := []*webhook.SQLStore{d.store(t), d.store(t), d.store(t), d.store(t)}
		var inside, handled [8]atomic.Int32
		together(50, func(i int) {
			s := stores[i%len(stores)]
			for round := range inside {
				c := claim(fmt.Sprint("msg_", round), rand.Text(), now)
				state, err := s.Begin(t.Context(), c)
				if err != nil {
					assert.True(t, d.serializable, err)
					continue
				}
				if state != webhook.Claimed {
					continue
				}
				assert.EqualValues(t, 1, inside[round].Add(1), "two are inside")
				inside[round].Add(-1)
				if round%2 == 0 {
					assert.NoError(t, s.Release(t.Context(), c))
				} else {
					handled[round].Add(1)
					assert.NoError(t, s.Done(t.Context(), c))
				}
			}
		})
		for round := range handled {
			require.EqualValues(t, round%2, handled[round].Load())
		}
	})
}

func TestIDs(t *testing.T) {
	visible := ""
	for c := byte('!'); c < 0x7f; c++ {
		if !strings.ContainsRune(`"{}`, rune(c)) {
			visible += string(rune(c))
		}
	}
	long := strings.Repeat("m", 254)
	onEach(t, func(t *testing.T, d database) {
		s := d.store(t)
		for _, id := range []string{"m", "msg_1", "MSG_1", "Msg_1", visible, long + "1", long + "2", long, "';--", "msg\\", "%", "_"} {
			c := claim(id, "a", now)
			require.Equal(t, webhook.Claimed, begin(t, s, c), id)
			require.Equal(t, webhook.Busy, begin(t, s, claim(id, "b", now)), id)
			require.NoError(t, s.Done(t.Context(), c))
			require.Equal(t, webhook.Handled, begin(t, s, c), id)
		}
		// The longest token that a claim may have.
		c := claim("token", strings.Repeat("T", 64), now)
		require.Equal(t, webhook.Claimed, begin(t, s, c))
		require.NoError(t, s.Done(t.Context(), c))

		// What has no room is refused and not cut off: two deliveries would become one.
		for _, c := range []webhook.Claim{claim(long+"12", "a", now), claim("", "a", now), claim("m\u00fc", "a", now),
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
