package databases

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/webhook"
)

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

// The statement worked and the connection broke before the answer: the claim is one's own, and what was noted was noted.
func TestLostAnswers(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		plain := d.store(t)
		broken := errors.New("connection reset")
		var act func() error
		s, err := webhook.NewSQLStore(d.before(t, func(string) error {
			if act == nil {
				return nil
			}
			err := act()
			act = nil
			return errors.Join(err, broken)
		}), d.dialect)
		require.NoError(t, err)
		claims := func(c webhook.Claim) func() error {
			return func() error {
				assert.Equal(t, webhook.Claimed, begin(t, plain, c))
				return nil
			}
		}
		mine := claim("msg_1", "mine", now)
		act = claims(mine)
		require.Equal(t, webhook.Claimed, begin(t, s, mine))

		act = claims(claim("msg_3", "other", now))
		require.Equal(t, webhook.Busy, begin(t, s, claim("msg_3", "mine", now)), "somebody else's is not one's own")

		later := claim("msg_1", "again", mine.Until)
		act = claims(later)
		require.Equal(t, webhook.Claimed, begin(t, s, later), "taken over")
		act = func() error { return plain.Release(t.Context(), later) }
		require.NoError(t, s.Release(t.Context(), later))

		require.Equal(t, webhook.Claimed, begin(t, s, later), "it was given up")
		act = func() error { return plain.Done(t.Context(), later) }
		require.NoError(t, s.Done(t.Context(), later))

		// It was not this one that noted it.
		c, other := claim("msg_2", "mine", now), claim("msg_2", "other", now.Add(time.Hour))
		require.Equal(t, webhook.Claimed, begin(t, s, c))
		require.Equal(t, webhook.Claimed, begin(t, plain, other))
		act = func() error { return plain.Done(t.Context(), other) }
		require.ErrorIs(t, s.Done(t.Context(), c), webhook.ErrClaimLost)
		require.Nil(t, act)
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
