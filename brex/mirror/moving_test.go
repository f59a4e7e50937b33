package mirror_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/file"
	"github.com/brex-go/sdk/brex/mirror/internal/sinktest"
)

// between calls a function before the second page of a list is asked for.
type between struct {
	path  string
	pages int
	do    func()
}

func (b *between) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == b.path {
		if b.pages++; b.pages == 2 && b.do != nil {
			b.do()
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

// moving is a company whose rows change between two pages of a list.
type moving struct {
	t      *testing.T
	server *brextest.Server
	client *brex.Client
	hook   *between
	dir    string
	order  []string // ids of the expenses, as they are listed
}

func newMoving(t *testing.T) *moving {
	t.Helper()
	m := &moving{t: t, server: brextest.NewServer(t, brextest.WithSize(brextest.Size{Users: 10, Expenses: 350})), hook: &between{path: "/v1/expenses"}, dir: t.TempDir()}
	var err error
	m.client, err = brex.New(brex.WithToken(m.server.Token()), brex.WithBaseURL(m.server.URL), brex.WithHTTPClient(&http.Client{Transport: m.hook}))
	require.NoError(t, err)
	for e, err := range m.client.Expenses.All(t.Context(), brex.ExpenseListParams{Limit: 100}) {
		require.NoError(t, err)
		m.order = append(m.order, e.ID)
	}
	return m
}

func (m *moving) sync(do func(), opts ...mirror.Option) mirror.StreamReport {
	m.t.Helper()
	m.hook.pages, m.hook.do = 0, do
	sink, err := file.Open(m.dir, file.JSONL)
	require.NoError(m.t, err)
	defer func() { require.NoError(m.t, sink.Close()) }()
	run, err := mirror.New(m.client, sink, append([]mirror.Option{mirror.WithClock(func() time.Time { return brextest.DefaultNow })}, opts...)...)
	require.NoError(m.t, err)
	report, err := run.Run(m.t.Context(), "expenses")
	require.NoError(m.t, err)
	return report.Streams[0]
}

func (m *moving) memo(id, memo string) {
	require.NoError(m.t, m.server.SetRow("expenses", id, json.RawMessage(`{"memo":"`+memo+`"}`)))
}

func (m *moving) lost() int {
	m.hook.do = nil
	sink, err := file.Open(m.dir, file.JSONL)
	require.NoError(m.t, err)
	defer func() { require.NoError(m.t, sink.Close()) }()
	table := tableOf(m.t, "expenses")
	truth, lost := sinktest.Truth(m.t, m.client, table), 0
	copied := sinktest.Copy(m.t, sink, sinktest.Company(m.t, m.client), table)
	for id, object := range truth {
		if copied[id] != object {
			lost++
		}
	}
	return lost
}

// An edit of a row that has been read, while later pages show newer ones, arrives with the next run because of the overlap, and would
// not without.
func TestEditWhileReading(t *testing.T) {
	for name, test := range map[string]struct {
		opts []mirror.Option
		lost int
	}{"overlap": {nil, 0}, "without": {[]mirror.Option{mirror.WithOverlap(0)}, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMoving(t)
			m.sync(nil, test.opts...)
			m.server.Advance(time.Hour)
			for _, id := range m.order[:250] {
				m.memo(id, "first")
			}
			s := m.sync(func() {
				m.server.Advance(time.Minute)
				m.memo(m.order[0], "second")
				m.server.Advance(time.Minute)
				m.memo(m.order[249], "third")
			}, test.opts...)
			require.False(t, s.Full)
			m.sync(nil, test.opts...)
			require.Equal(t, test.lost, m.lost())
		})
	}
}

// A row that moves to a page that was read already, because another one went, is not marked, because Brex is asked for it; the mutant that
// does not ask marks it.
func TestRowMovesWhileReading(t *testing.T) {
	for name, test := range map[string]struct {
		opts   []mirror.Option
		marked int
	}{"asked": {nil, 0}, "mutant": {[]mirror.Option{mirror.Trusting()}, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMoving(t)
			m.sync(nil)
			s := m.sync(func() { require.NoError(t, m.server.RemoveRow("expenses", m.order[3])) }, append(test.opts, mirror.WithFullEvery(0))...)
			require.Equal(t, test.marked, s.Deleted)
			require.Equal(t, test.marked, m.lost())
			if test.marked == 0 {
				s = m.sync(nil, mirror.WithFullEvery(0))
				require.Equal(t, 1, s.Deleted, "the one that went")
				require.Zero(t, m.lost())
			}
		})
	}
}
