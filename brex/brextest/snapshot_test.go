package brextest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

func snapshotOf(t *testing.T, s *sandbox) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, s.Snapshot(&b))
	return b.String()
}

// life is what happens to a company at random, the same for the same seed.
type life struct {
	t      *testing.T
	random *rand.Rand
	n      int
}

func (l *life) step(s *sandbox) string {
	l.n++
	auth := []string{"Authorization", "Bearer " + s.Token(), "Idempotency-Key", fmt.Sprint("key-", l.n)}
	send := func(method, target, body string) string {
		r := s.raw(method, target, body, auth...)
		return fmt.Sprintf("%s %s %d %s %s", method, target, r.Status, r.Header.Get("X-Brex-Trace-Id"), r.Body)
	}
	pick := func(path string) string {
		list := ids(s.all(path))
		if len(list) == 0 {
			return "none"
		}
		return list[l.random.IntN(len(list))]
	}
	switch l.random.IntN(15) {
	case 0:
		return send("POST", "/v1/vendors", fmt.Sprintf(`{"company_name":"Vendor %d"}`, l.n))
	case 1:
		return send("DELETE", "/v1/vendors/"+pick("/v1/vendors"), "")
	case 2:
		b := bankOf(s)
		return send("POST", "/v1/transfers", b.pay(b.ach, int64(l.random.IntN(1000)+1), ""))
	case 3:
		id := pick("/v1/transfers")
		return fmt.Sprint(s.FailTransfer(id, "INSUFFICIENT_FUNDS"))
	case 4:
		return send("PUT", "/v2/users/"+pick("/v2/users"), fmt.Sprintf(`{"metadata":{"n":"%d"}}`, l.n))
	case 5:
		return send("POST", "/v2/users/"+pick("/v2/users")+"/limit", fmt.Sprintf(`{"monthly_limit":{"amount":%d,"currency":"USD"}}`, l.n*100))
	case 6:
		return send("PUT", "/v1/expenses/card/"+pick("/v1/expenses/card"), fmt.Sprintf(`{"memo":"memo %d"}`, l.n))
	case 7:
		id, err := s.Purchase(pick("/v2/cards"), int64(l.random.IntN(5000)+1), "Corner Cafe")
		return fmt.Sprint(id, err)
	case 8:
		return send("POST", "/v2/cards/"+pick("/v2/cards")+"/lock", `{"description":"lost","reason":"CARD_LOST"}`)
	case 9:
		record := s.get("/v3/accounting/records?review_status=READY_FOR_EXPORT&limit=1").items(l.t)
		if len(record) == 0 {
			return ""
		}
		return send("POST", "/v3/accounting/records/export-results", fmt.Sprintf(`{"results":[{"result":"SUCCESS","record_id":%q}]}`, record[0]["id"]))
	case 10:
		return send("POST", "/v1/webhooks", `{"url":"http://127.0.0.1:9/","event_types":["TRANSFER_FAILED"]}`)
	case 11:
		require.NoError(l.t, s.RotateWebhookSecret(time.Hour))
		return strings.Join(s.WebhookSecrets(), " ")
	case 12:
		return send("POST", "/v2/departments", fmt.Sprintf(`{"name":"Department %d"}`, l.n))
	case 13:
		return send("POST", "/v1/expenses/card/receipt_match", `{"receipt_name":"a.pdf"}`)
	}
	s.Advance(time.Duration(l.random.IntN(60)) * time.Hour)
	return s.Now().String()
}

var everything = []string{"/v1/expenses?expand[]=merchant&expand[]=user&load_custom_fields=true", "/v2/transactions/card/primary",
	"/v2/accounts/card", "/v2/accounts/cash", "/v2/users", "/v2/cards", "/v1/vendors", "/v1/transfers", "/v2/departments",
	"/v1/webhooks", "/v1/webhooks/secrets", "/v3/accounting/records", "/v2/spend_limits", "/v2/budgets", "/v1/budgets", "/v1/fields",
	"/v1/trips", "/v1/referrals", "/v2/company", "/v1/budget_programs"}

// TestSnapshotIsTheSame: after any life, a sandbox restored from a snapshot
// has the same state in every field, responds the same, and goes on the same.
func TestSnapshotIsTheSame(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("life ", seed), func(t *testing.T) {
			t.Parallel()
			company := []brextest.Option{brextest.WithSeed(seed), small}
			if seed%3 == 2 {
				company = []brextest.Option{brextest.WithData(exportOf(t))}
			}
			behaviour := []brextest.Option{brextest.WithLimits(brextest.Limits{Requests: brextest.None}), brextest.WithWebhookClient(&http.Client{Transport: &receiver{}})}
			s := newSandbox(t, append(company, behaviour...)...)
			l := &life{t, rand.New(rand.NewPCG(seed, 0)), 0}
			for range 40 {
				l.step(s)
			}
			saved := snapshotOf(t, s)
			restored := newSandbox(t, append(behaviour, brextest.WithSnapshot(strings.NewReader(saved)))...)
			require.Empty(t, brextest.SameState(s.Handler, restored.Handler))
			require.Equal(t, s.Now(), restored.Now())
			require.Equal(t, s.Events(), restored.Events())
			for _, target := range everything {
				want, got := s.get(target), restored.get(target)
				requireSame(t, target, string(want.Body), string(got.Body))
				require.Equal(t, want.Header, got.Header, target)
			}
			requireSame(t, "snapshot", snapshotOf(t, s), snapshotOf(t, restored))

			// The same things happen to both from now on.
			twin := &life{t, rand.New(rand.NewPCG(seed, 1)), l.n}
			l.random = rand.New(rand.NewPCG(seed, 1))
			for range 25 {
				requireSame(t, "step", l.step(s), twin.step(restored))
			}
			require.Empty(t, brextest.SameState(s.Handler, restored.Handler))
		})
	}
}

// requireSame shows where long texts part.
func requireSame(t *testing.T, what, want, got string) {
	t.Helper()
	if want == got {
		return
	}
	i := 0
	for i < min(len(want), len(got)) && want[i] == got[i] {
		i++
	}
	from := max(0, i-100)
	t.Fatalf("%s differs at %d:\n%.300s\n%.300s", what, i, want[from:], got[from:])
}

// exportOf writes a company into files, as an export does.
func exportOf(t *testing.T) fstest.MapFS {
	t.Helper()
	s := newSandbox(t, brextest.WithSize(brextest.Size{Expenses: 60, CardTransactions: 40}))
	files := fstest.MapFS{}
	for name, target := range map[string]string{"expenses": "/v1/expenses", "users": "/v2/users", "cards": "/v2/cards", "vendors": "/v1/vendors",
		"transfers": "/v1/transfers", "cash_accounts": "/v2/accounts/cash", "departments": "/v2/departments", "card_transactions": "/v2/transactions/card/primary"} {
		items, err := json.Marshal(s.all(target))
		require.NoError(t, err)
		files[name+".json"] = &fstest.MapFile{Data: items}
	}
	for name, target := range map[string]string{"card_accounts": "/v2/accounts/card", "company": "/v2/company"} {
		files[name+".json"] = &fstest.MapFile{Data: s.get(target).Body}
	}
	return files
}

func TestSnapshotKeepsPromises(t *testing.T) {
	t.Parallel()
	var r receiver
	limits := brextest.WithLimits(brextest.Limits{Transfers: 2})
	s := subscribed(t, &r, hookURL, transferEvents, limits)
	b := bankOf(s)
	first := s.do("POST", "/v1/transfers", b.pay(b.ach, 10, ""), key("k1")...)
	e, err := s.FireEvent("TRANSFER_FAILED", nil)
	require.NoError(t, err)
	s.Advance(time.Hour)
	s.ResetRequests()
	pending, err := s.FireEvent("TRANSFER_FAILED", nil)
	require.NoError(t, err)

	var again receiver
	restored := newSandbox(t, limits, brextest.WithSnapshot(strings.NewReader(snapshotOf(t, s))),
		brextest.WithWebhookClient(&http.Client{Transport: &again}))
	require.Equal(t, string(first.Body), string(restored.do("POST", "/v1/transfers", b.pay(b.ach, 10, ""), key("k1")...).Body), "the key is remembered")
	require.Equal(t, 200, restored.do("POST", "/v1/transfers", b.pay(b.ach, 10, ""), key("k2")...).Status)
	require.Equal(t, 429, restored.do("POST", "/v1/transfers", b.pay(b.ach, 10, ""), key("k3")...).Status, "and the limit")
	require.Equal(t, 1, restored.DeliverPending(), "what was not sent yet is sent")
	require.Equal(t, pending.ID, again.deliveries()[0].ID)
	require.NoError(t, restored.ResendEvent(e.ID))

	// The clock goes on, and never back.
	now := s.Now()
	later := newSandbox(t, brextest.WithSnapshot(strings.NewReader(snapshotOf(t, s))), brextest.WithClock(func() time.Time { return now.Add(48 * time.Hour) }))
	require.Equal(t, now.Add(49*time.Hour), later.Now(), "what Advance added stays")
	earlier := newSandbox(t, brextest.WithSnapshot(strings.NewReader(snapshotOf(t, s))), brextest.WithClock(func() time.Time { return now.Add(-100 * time.Hour) }))
	require.Equal(t, now, earlier.Now())
}

func TestSnapshotRefusals(t *testing.T) {
	t.Parallel()
	good := snapshotOf(t, newSandbox(t, small))
	for name, c := range map[string]struct{ snapshot, want string }{
		"no JSON":       {"hello", "is not a snapshot"},
		"something":     {`{"items":[]}`, "is not a snapshot of a sandbox"},
		"newer":         {strings.Replace(good, `"version":1`, `"version":2`, 1), "version 2"},
		"no company":    {`{"format":"brextest snapshot","version":1}`, "which company"},
		"bad size":      {regexp.MustCompile(`"Users":\d+`).ReplaceAllString(good, `"Users":-7`), "Users is -7"},
		"unknown table": {strings.Replace(good, `"tables":{`, `"tables":{"aliens":{"size":0}`, 1), "aliens is not a table"},
		"bad row":       {strings.Replace(good, `"tables":{`, `"tables":{"titles":{"size":12,"rows":{"99":{"id":"x"}}}`, 1), "there is no row 99"},
		"too small":     {strings.Replace(good, `"tables":{`, `"tables":{"titles":{"size":1,"gone":[0]}`, 1), "titles: has 1 rows"},
		"no id":         {strings.Replace(good, `"tables":{`, `"tables":{"titles":{"size":13,"rows":{"12":{"name":"x"}}}`, 1), "row 12 has no id"},
	} {
		_, err := brextest.NewHandler(brextest.WithSnapshot(strings.NewReader(c.snapshot)))
		require.ErrorContains(t, err, c.want, name)
	}
	for _, o := range []brextest.Option{brextest.WithSeed(1), small, brextest.WithData(os.DirFS("testdata/export"))} {
		_, err := brextest.NewHandler(o, brextest.WithSnapshot(strings.NewReader(good)))
		require.ErrorContains(t, err, "excludes")
	}
	_, err := brextest.NewHandler(brextest.WithSnapshot(nil))
	require.Error(t, err)

	files := exportOf(t)
	loaded := newSandbox(t, brextest.WithData(files))
	files["departments.json"] = &fstest.MapFile{Data: []byte(`[{"id":"x"}]`)}
	require.NoError(t, loaded.Snapshot(io.Discard))
	files["vendors.json"] = &fstest.MapFile{Data: append(files["vendors.json"].Data[:len(files["vendors.json"].Data)-1], `,{"id":"more"}]`...)}
	require.ErrorContains(t, loaded.Snapshot(io.Discard), "vendors: the files of WithData have changed")
}

// FuzzSnapshot: a file that somebody has edited is refused, or works.
func FuzzSnapshot(f *testing.F) {
	var b bytes.Buffer
	h, err := brextest.NewHandler(brextest.WithSize(brextest.Size{Users: 2, Cards: 2, Expenses: 3, CardTransactions: 2, CashTransactions: 2, Vendors: 2, Transfers: 2}))
	require.NoError(f, err)
	require.NoError(f, h.Snapshot(&b))
	f.Add(b.Bytes())
	f.Add([]byte(`{"format":"brextest snapshot","version":1,"seed":1,"made":"2026-11-02T12:00:00Z","files":{}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var asked struct{ Size map[string]int }
		_ = json.Unmarshal(raw, &asked) // if it is JSON at all
		for _, n := range asked.Size {
			if n > 1000 {
				t.Skip() // a company that takes long to make
			}
		}
		h, err := brextest.NewHandler(brextest.WithSnapshot(bytes.NewReader(raw)))
		if err != nil {
			return
		}
		s := &sandbox{Handler: h, t: t, asLoaded: true}
		for _, target := range everything {
			require.Less(t, s.raw("GET", target, "", "Authorization", "Bearer "+s.Token()).Status, 500)
		}
	})
}

func TestReset(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small, brextest.WithChaos(1, 1, brextest.Status(500, "")), brextest.WithLimits(brextest.Limits{Requests: 3}))
	s.ClearFaults()
	first := s.get("/v2/users")
	require.Equal(t, 200, s.do("POST", "/v2/departments", `{"name":"New"}`).Status)
	s.get("/v2/users")
	require.Equal(t, 429, s.get("/v2/users").Status)
	s.Advance(time.Hour)
	_, err := s.FireEvent("USER_UPDATED", nil)
	require.NoError(t, err)
	require.NoError(t, s.Reset())
	require.Equal(t, brextest.DefaultNow, s.Now())
	require.Empty(t, s.Events())
	require.Empty(t, s.Requests())
	require.Equal(t, 500, s.raw("GET", "/v2/users", "").Status, "the chaos is there again")
	s.ClearFaults()
	require.Equal(t, first.Body, s.get("/v2/users").Body)

	restored := newSandbox(t, brextest.WithSnapshot(strings.NewReader(snapshotOf(t, s))))
	at := restored.Now()
	restored.Advance(time.Hour)
	restored.do("POST", "/v2/departments", `{"name":"Newer"}`)
	require.NoError(t, restored.Reset())
	require.Equal(t, at, restored.Now(), "back to the snapshot")
	require.Empty(t, brextest.SameState(s.Handler, restored.Handler))
}
