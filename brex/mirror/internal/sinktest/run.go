package sinktest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/gen/tables"
)

// Clock is the sandbox's default time.
func Clock(*brex.Client) func() time.Time { return func() time.Time { return brextest.DefaultNow } }

// Run checks a sink. place makes an empty one and returns how to open it again.
func Run(t *testing.T, place func(t *testing.T) Place) {
	for name, test := range map[string]func(*testing.T, Place){
		"whole": whole, "changes": changes, "deletes": deletes, "refusal": refusal, "roles": roles, "companies": companies, "skipped": skipped,
		"interrupted": interrupted, "secrets": secrets, "concurrent": concurrent, "touched": touched, "rules": rules, "forgotten": forgotten, "kept": kept, "rows": rows,
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && !slices.Contains(short, name) {
				t.Skip("takes minutes under the race detector; make check runs it")
			}
			test(t, place(t))
		})
	}
}

// short are the checks of short mode: two runs at once, for the race detector.
var short = []string{"concurrent"}

func stream(t *testing.T, r mirror.Report, name string) mirror.StreamReport {
	t.Helper()
	i := slices.IndexFunc(r.Streams, func(s mirror.StreamReport) bool { return s.Stream == name })
	require.GreaterOrEqual(t, i, 0, name)
	return r.Streams[i]
}

// small is a company that is read fast.
func small(t *testing.T, opts ...brextest.Option) *brextest.Server {
	t.Helper()
	size := brextest.Size{Users: 30, Cards: 10, Expenses: 250, CardTransactions: 150, CashTransactions: 60, Vendors: 30, Transfers: 25}
	return brextest.NewServer(t, append([]brextest.Option{brextest.WithSize(size)}, opts...)...)
}

// A run copies every list; another one finds nothing new, in at most 40 requests.
func whole(t *testing.T, place Place) {
	server := brextest.NewServer(t)
	client := Client(t, server)
	report, err := Sync(t, client, place, nil)
	require.NoError(t, err)
	for _, s := range report.Streams {
		require.Equal(t, mirror.StatusDone, s.Status, s.Stream)
		require.Equal(t, s.Rows, s.Added, s.Stream)
		require.Empty(t, s.Misfits, s.Stream)
	}
	Equal(t, client, place)
	report, err = Sync(t, client, place, nil)
	require.NoError(t, err)
	require.LessOrEqual(t, report.Requests(), 40)
	for _, s := range report.Streams {
		require.Equal(t, mirror.Changes{Same: s.Rows}, s.Changes, s.Stream)
	}
	Equal(t, client, place)
}

// Edits, also late ones, and new rows arrive, with what hangs on them.
func changes(t *testing.T, place Place) {
	server := small(t)
	client := Client(t, server)
	_, err := Sync(t, client, place, nil)
	require.NoError(t, err)
	expenses := Truth(t, client, table(t, "expenses"))
	server.Advance(72 * time.Hour)
	n := 0
	for id := range expenses {
		if n++; n <= 7 {
			require.NoError(t, server.SetRow("expenses", id, json.RawMessage(`{"memo":"é = \"late\"","custom_fields":[]}`)))
		}
	}
	for id := range Truth(t, client, table(t, "vendors")) {
		require.NoError(t, server.SetRow("vendors", id, json.RawMessage(`{"phone":"+1 555 0100"}`)))
		break
	}
	require.NoError(t, server.SetRow("departments", "dep_new", json.RawMessage(`{"name":"Löschzug","description":null}`)))
	report, err := Sync(t, client, place, nil)
	require.NoError(t, err)
	require.False(t, stream(t, report, "expenses").Full)
	require.Equal(t, 1, stream(t, report, "vendors").Changed)
	require.Equal(t, 1, stream(t, report, "departments").Added)
	Equal(t, client, place, "expenses", "vendors", "departments", "card_transactions", "trip_bookings")
	// The sandbox's accounting records change with their expenses and keep the time of their last change: a whole reading repairs them.
	report, err = Sync(t, client, place, nil, mirror.WithFullEvery(0))
	require.NoError(t, err)
	require.Positive(t, stream(t, report, "accounting_records").Repaired)
	require.Zero(t, stream(t, report, "expenses").Repaired)
	Equal(t, client, place)
}

func table(t testing.TB, name string) *mirror.Table {
	t.Helper()
	i := slices.IndexFunc(tables.All, func(x *mirror.Table) bool { return x.Name == name })
	require.GreaterOrEqual(t, i, 0, name)
	return tables.All[i]
}

// What is gone is marked, once, and comes back when it does.
func deletes(t *testing.T, place Place) {
	server := small(t)
	client := Client(t, server)
	_, err := Sync(t, client, place, nil)
	require.NoError(t, err)
	var gone []string
	for id := range Truth(t, client, table(t, "vendors")) {
		if len(gone) < 2 {
			gone = append(gone, id)
			require.NoError(t, server.RemoveRow("vendors", id))
		}
	}
	report, err := Sync(t, client, place, []string{"vendors"})
	require.NoError(t, err)
	require.Equal(t, mirror.Changes{Same: 28, Deleted: 2}, stream(t, report, "vendors").Changes)
	Equal(t, client, place, "vendors")
	report, err = Sync(t, client, place, []string{"vendors"})
	require.NoError(t, err)
	require.Equal(t, mirror.Changes{Same: 28}, stream(t, report, "vendors").Changes)
	require.NoError(t, server.SetRow("vendors", gone[0], json.RawMessage(`{"company_name":"Back","payment_accounts":[]}`)))
	report, err = Sync(t, client, place, []string{"vendors"})
	require.NoError(t, err)
	require.Equal(t, mirror.Changes{Same: 28, Added: 1}, stream(t, report, "vendors").Changes)
	Equal(t, client, place, "vendors")
	// A list that is narrowed marks nothing until it is read whole.
	for id := range Truth(t, client, table(t, "expenses")) {
		require.NoError(t, server.RemoveRow("expenses", id))
		break
	}
	report, err = Sync(t, client, place, []string{"expenses"})
	require.NoError(t, err)
	require.Zero(t, stream(t, report, "expenses").Deleted)
	report, err = Sync(t, client, place, []string{"expenses"}, mirror.WithFullEvery(0))
	require.NoError(t, err)
	require.Equal(t, 1, stream(t, report, "expenses").Deleted)
	Equal(t, client, place, "expenses")
}

// Where much of a stream would go, or all of it, nothing is marked until that is allowed.
func refusal(t *testing.T, place Place) {
	server := small(t)
	client := Client(t, server)
	_, err := Sync(t, client, place, nil)
	require.NoError(t, err)
	n := 0
	for id := range Truth(t, client, table(t, "vendors")) {
		if n++; n <= 21 {
			require.NoError(t, server.RemoveRow("vendors", id))
		}
	}
	for id := range Truth(t, client, table(t, "linked_accounts")) {
		require.NoError(t, server.RemoveRow("linked_accounts", id))
	}
	report, err := Sync(t, client, place, []string{"vendors", "linked_accounts"})
	require.NoError(t, err)
	for name, rows := range map[string]int{"vendors": 21, "linked_accounts": 2} {
		s := stream(t, report, name)
		require.Zero(t, s.Deleted, name)
		require.Equal(t, rows, s.Unconfirmed, name)
		require.Contains(t, s.Note, "would be marked as deleted", name)
	}
	report, err = Sync(t, client, place, []string{"vendors", "linked_accounts"}, mirror.WithAllowDeletes(21))
	require.NoError(t, err)
	require.Equal(t, 21, stream(t, report, "vendors").Deleted)
	require.Equal(t, 2, stream(t, report, "linked_accounts").Deleted)
	Equal(t, client, place, "vendors", "linked_accounts")
}

// What an employee's token does not see is not gone, in the first run or any other, although Brex may say 404.
func roles(t *testing.T, place Place) {
	server := small(t)
	admin, employee := Client(t, server), Client(t, server, server.TokenFor(brextest.RoleEmployee))
	hidden, err := brex.New(brex.WithToken(server.TokenFor(brextest.RoleEmployee)), brex.WithBaseURL(server.URL), brex.WithHTTPClient(&http.Client{Transport: notFound{}}))
	require.NoError(t, err)
	_, err = Sync(t, admin, place, nil)
	require.NoError(t, err)
	for _, client := range []*brex.Client{employee, hidden, hidden, employee} {
		report, err := Sync(t, client, place, nil, mirror.WithFullEvery(0))
		require.NoError(t, err)
		require.NotEmpty(t, report.Skipped())
		for _, s := range report.Streams {
			require.Zero(t, s.Deleted, s.Stream)
		}
	}
	_, err = Sync(t, admin, place, nil, mirror.WithFullEvery(0))
	require.NoError(t, err)
	Equal(t, admin, place)
}

var anID = regexp.MustCompile(`_c[a-z0-9]{20,}$`)

// notFound says 404 where the sandbox says 403, as Brex may.
type notFound struct{}

func (notFound) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && res.StatusCode == http.StatusForbidden && anID.MatchString(r.URL.Path) {
		res.StatusCode = http.StatusNotFound
	}
	return res, err
}

// Two companies share a sink, and neither marks the other's rows.
func companies(t *testing.T, place Place) {
	one, two := small(t), small(t, brextest.WithSeed(2))
	for range 2 {
		for _, server := range []*brextest.Server{one, two} {
			report, err := Sync(t, Client(t, server), place, nil, mirror.WithFullEvery(0))
			require.NoError(t, err)
			for _, s := range report.Streams {
				require.Zero(t, s.Deleted, s.Stream)
			}
		}
	}
	Equal(t, Client(t, one), place)
	Equal(t, Client(t, two), place)
}

// A stream that the token may not read is skipped and said, the others are read, and its state says why.
func skipped(t *testing.T, place Place) {
	server := small(t, brextest.WithToken("few", "companies.readonly", "users.readonly", "departments.readonly", "vendors.readonly"))
	report, err := Sync(t, Client(t, server, "few"), place, []string{"users", "departments", "expenses", "cash_transactions", "vendors"})
	require.NoError(t, err)
	require.Equal(t, mirror.StatusDone, stream(t, report, "users").Status)
	for _, name := range []string{"expenses", "cash_accounts", "cash_transactions"} {
		s := stream(t, report, name)
		require.Equal(t, mirror.StatusSkipped, s.Status, name)
		require.ErrorIs(t, s.Err, brex.ErrForbidden, name)
	}
	sink := place(t)
	defer func() { require.NoError(t, sink.Close()) }()
	states, err := sink.States(t.Context())
	require.NoError(t, err)
	for _, s := range states {
		if s.Stream == "expenses" {
			require.Equal(t, mirror.StatusSkipped, s.Status)
			require.True(t, s.LastSuccess.IsZero(), "not read is not empty")
			require.Contains(t, s.Error, "expenses.card")
			return
		}
	}
	require.Fail(t, "expenses has no state")
}

// One stream's failure stops no other, and the next run goes on where it stood.
func interrupted(t *testing.T, place Place) {
	server := brextest.NewServer(t, brextest.WithSize(brextest.Size{Users: 10, Expenses: 1200}))
	client := Client(t, server)
	server.AddRule(brextest.Rule{Operation: "listExpenses", Fault: brextest.Status(422, ""), Skip: 8})
	report, err := Sync(t, client, place, nil)
	require.ErrorIs(t, err, brex.ErrInvalid)
	require.Equal(t, mirror.StatusFailed, stream(t, report, "expenses").Status)
	require.Equal(t, 800, stream(t, report, "expenses").Added)
	for _, s := range report.Streams {
		if s.Stream != "expenses" {
			require.Equal(t, mirror.StatusDone, s.Status, s.Stream)
		}
	}
	server.ClearFaults()
	report, err = Sync(t, client, place, []string{"expenses"})
	require.NoError(t, err)
	require.Equal(t, 400, stream(t, report, "expenses").Rows, "the pages that were read are not read again")
	Equal(t, client, place)
}
