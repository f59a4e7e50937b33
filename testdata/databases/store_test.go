package databases

import (
	"context"
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
		var inside, claimed atomic.Int32
		together(50, func(i int) {
			s := stores[i%len(stores)]
			for round := range 6 {
				c := claim("msg_1", fmt.Sprint("t", i, "x", round), now)
				state, err := s.Begin(t.Context(), c)
				if err != nil {
					assert.True(t, d.serializable, err)
					continue
				}
				if state != webhook.Claimed {
					assert.Equal(t, webhook.Busy, state)
					continue
				}
				assert.EqualValues(t, 1, inside.Add(1), "two are inside")
				claimed.Add(1)
				inside.Add(-1)
				assert.NoError(t, s.Release(t.Context(), c))
			}
		})
		require.NotZero(t, claimed.Load())
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
	})
}

// Two processes find no row, and both insert: the slower one is put off, whatever has become of the delivery meanwhile.
func TestInsertRace(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		first := d.store(t)
		for id, meanwhile := range map[string]func(c webhook.Claim) error{
			"claimed": func(webhook.Claim) error { return nil },
			"handled": func(c webhook.Claim) error { return first.Done(t.Context(), c) },
		} {
			inserts := 0
			s, err := webhook.NewSQLStore(d.before(t, func(string) error {
				inserts++
				c := claim(id, "first", now)
				assert.Equal(t, webhook.Claimed, begin(t, first, c))
				return meanwhile(c)
			}), d.dialect)
			require.NoError(t, err)
			require.Equal(t, webhook.Busy, begin(t, s, claim(id, "second", now)), id)
			require.Equal(t, 1, inserts)
		}
		require.Equal(t, webhook.Busy, begin(t, first, claim("claimed", "third", now)))
		require.Equal(t, webhook.Handled, begin(t, first, claim("handled", "third", now)))
	})
}

// The statement worked and the connection broke before the answer: the claim is one's own.
func TestLostAnswers(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		plain := d.store(t)
		db := d.open(t)
		broken := errors.New("connection reset")
		lost := d.before(t, func(statement string) error {
			var err error
			if strings.HasPrefix(statement, "INSERT") {
				_, err = db.ExecContext(t.Context(), fmt.Sprintf("INSERT INTO %s (id, token, done, until_ms) VALUES ('msg_1', 'mine', 0, %d)",
					webhook.DefaultTable, now.Add(time.Minute).UnixMilli()))
			} else {
				_, err = db.ExecContext(t.Context(), fmt.Sprintf("UPDATE %s SET token = 'mine', until_ms = %d",
					webhook.DefaultTable, now.Add(time.Hour).UnixMilli()))
			}
			return errors.Join(err, broken)
		})
		s, err := webhook.NewSQLStore(lost, d.dialect)
		require.NoError(t, err)
		mine := claim("msg_1", "mine", now)
		require.Equal(t, webhook.Claimed, begin(t, s, mine))
		require.NoError(t, plain.Release(t.Context(), mine))

		require.Equal(t, webhook.Claimed, begin(t, plain, claim("msg_1", "dead", now)))
		mine = claim("msg_1", "mine", now.Add(time.Minute))
		require.Equal(t, webhook.Claimed, begin(t, s, mine))
		require.NoError(t, plain.Done(t.Context(), mine))
	})
}

func TestErrors(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		down := errors.New("database is down")
		failing := ""
		s, err := webhook.NewSQLStore(d.before(t, func(statement string) error {
			if strings.HasPrefix(statement, failing) {
				return down
			}
			return nil
		}), d.dialect)
		require.NoError(t, err)
		calls := func(ctx context.Context) map[string]func() error {
			return map[string]func() error{
				"INSERT": func() error { _, err := s.Begin(ctx, claim("msg_1", "a", now)); return err },
				"UPDATE": func() error { return s.Done(ctx, claim("msg_1", "a", now)) },
				"DELETE": func() error { return s.Release(ctx, claim("msg_1", "a", now)) },
			}
		}
		// There is no table yet.
		failing = "CREATE"
		require.ErrorIs(t, s.CreateTable(t.Context()), down)
		for name, call := range calls(t.Context()) {
			err := call()
			require.ErrorContains(t, err, "webhook: ", name)
			require.ErrorContains(t, err, webhook.DefaultTable, name)
		}
		_, err = s.Prune(t.Context(), now)
		require.ErrorContains(t, err, webhook.DefaultTable)
		failing = "nothing"
		require.NoError(t, s.CreateTable(t.Context()))

		for name, call := range calls(t.Context()) {
			failing = name
			require.ErrorIs(t, call(), down, name)
		}
		failing = "nothing"
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for name, call := range calls(gone) {
			require.ErrorIs(t, call(), context.Canceled, name)
		}
		_, err = s.Prune(gone, now)
		require.ErrorIs(t, err, context.Canceled)
		// Taking a dead claim over.
		require.Equal(t, webhook.Claimed, begin(t, s, claim("msg_2", "dead", now.Add(-time.Hour))))
		failing = "UPDATE"
		_, err = s.Begin(t.Context(), claim("msg_2", "a", now))
		require.ErrorIs(t, err, down)
	})
}
