package brextest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

func send(t testing.TB, client *http.Client, r *http.Request) string {
	resp, err := client.Do(r)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	if resp.StatusCode != 200 {
		t.Errorf("status %d: %s", resp.StatusCode, body)
	}
	return string(body)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	auth := []string{"Authorization", "Bearer " + s.Token()}
	list := func() result { return s.raw("GET", "/v2/users?limit=2", "", auth...) }
	normal := list()

	s.FailNext("listUsers", brextest.Status(503, `{"type":"UNAVAILABLE"}`), 2)
	require.Equal(t, 2, s.PendingFaults())
	for range 2 {
		got := list()
		require.Equal(t, 503, got.Status)
		require.Equal(t, `{"type":"UNAVAILABLE"}`, string(got.Body))
		require.NotEmpty(t, got.Header.Get("X-Brex-Trace-Id"))
	}
	require.Equal(t, normal.Body, list().Body, "then all is well again")

	s.FailNext("listUsers", brextest.RetryAfter(1500*time.Millisecond), 1)
	got := list()
	require.Equal(t, []any{429, "2"}, []any{got.Status, got.Header.Get("Retry-After")})
	requireBrexShaped(t, got)

	s.FailNext("*", brextest.HTML(502), 1)
	got = list()
	require.Equal(t, 502, got.Status)
	require.Contains(t, got.Header.Get("Content-Type"), "text/html")
	require.Contains(t, string(got.Body), "<html>")

	s.FailNext("", brextest.EmptyBody(), 1)
	got = list()
	require.Equal(t, 200, got.Status)
	require.Empty(t, got.Body)

	s.FailNext("listUsers", brextest.TruncatedJSON(), 1)
	got = list()
	require.Equal(t, 200, got.Status)
	require.False(t, json.Valid(got.Body))

	s.FailNext("listUsers", brextest.Rewrite(func(b []byte) []byte {
		return []byte(strings.ReplaceAll(string(b), `"ACTIVE"`, `"ON_LEAVE"`))
	}), 1)
	require.Contains(t, string(list().Body), "ON_LEAVE")

	s.FailNext("getMe", brextest.Status(500, ""), 1)
	require.Equal(t, normal.Body, list().Body, "other operations are not touched")
	s.ClearFaults()
	require.Zero(t, s.PendingFaults())
	require.Equal(t, 200, s.get("/v2/users/me").Status)

	require.PanicsWithValue(t, `brextest: "ListUsers" is not an operation of the Brex API`, func() { s.FailNext("ListUsers", brextest.EmptyBody(), 1) })
	require.Panics(t, func() { s.FailNext("listUsers", brextest.EmptyBody(), 0) })
}

// TestResets prove whether something was done by looking.
func TestResets(t *testing.T) {
	t.Parallel()
	s := brextest.NewServer(t, small)
	h := &sandbox{Handler: s.Handler, t: t}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	create := func(name string) (*http.Response, error) {
		r, err := http.NewRequest("POST", s.URL+"/v1/vendors", strings.NewReader(`{"company_name":"`+name+`"}`))
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+s.Token())
		r.Header.Set("Idempotency-Key", name)
		return client.Do(r)
	}
	s.FailNext("createVendor", brextest.ResetBeforeAccept(), 1)
	_, err := create("Before")
	require.ErrorIs(t, err, syscall.ECONNRESET)
	require.Empty(t, h.all("/v1/vendors?name=before"))

	s.FailNext("createVendor", brextest.ResetAfterAccept(), 1)
	_, err = create("After")
	require.ErrorIs(t, err, syscall.ECONNRESET)
	require.Len(t, h.all("/v1/vendors?name=after"), 1)
	resp, err := create("After")
	require.NoError(t, err)
	require.Equal(t, 200, resp.StatusCode)
	require.NoError(t, resp.Body.Close())
	require.Len(t, h.all("/v1/vendors?name=after"), 1, "the key made it safe to send again")

	var statuses []int
	for _, r := range s.Requests() {
		if r.OperationID == "createVendor" {
			statuses = append(statuses, r.Status)
		}
	}
	require.Equal(t, []int{0, 0, 200}, statuses)
}

func TestHang(t *testing.T) {
	t.Parallel()
	s := brextest.NewServer(t, small)
	s.FailNext("listUsers", brextest.Hang(), 2)
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, "GET", s.URL+"/v2/users", nil)
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() {
		_, err := s.Client().Do(r)
		done <- err
	}()
	require.Eventually(t, func() bool { return s.PendingFaults() == 1 }, time.Minute, time.Millisecond)
	cancel()
	require.True(t, errors.Is(<-done, context.Canceled))

	// One that nobody gives up is let go by Close.
	r, err = http.NewRequest("GET", s.URL+"/v2/users", nil)
	require.NoError(t, err)
	go func() {
		_, err := s.Client().Do(r)
		done <- err
	}()
	require.Eventually(t, func() bool { return s.PendingFaults() == 0 }, time.Minute, time.Millisecond)
	s.Close()
	require.Error(t, <-done)
}

func TestRequests(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small, brextest.WithRequestLog(3))
	s.do("POST", "/v1/vendors", `{"company_name":"Logged"}`, "Idempotency-Key", "k")
	s.get("/v2/users?limit=1&status[]=ACTIVE")
	s.raw("GET", "/nope", "")
	log := s.Requests()
	require.Len(t, log, 3)
	require.Equal(t, "createVendor", log[0].OperationID)
	require.Equal(t, `{"company_name":"Logged"}`, string(log[0].Body))
	require.Equal(t, "k", log[0].Header.Get("Idempotency-Key"))
	require.Equal(t, []any{"GET", "/v2/users", "listUsers", 200}, []any{log[1].Method, log[1].Path, log[1].OperationID, log[1].Status})
	require.Equal(t, []string{"ACTIVE"}, log[1].Query["status[]"])
	require.Equal(t, []any{"", 404}, []any{log[2].OperationID, log[2].Status})

	log[0].Body[0], log[0].Header["X"] = 'X', nil // ours to change
	require.Equal(t, byte('{'), s.Requests()[0].Body[0])

	s.get("/v2/users/me")
	log = s.Requests()
	require.Len(t, log, 3, "the log is bounded")
	require.Equal(t, []string{"listUsers", "", "getMe"}, []string{log[0].OperationID, log[1].OperationID, log[2].OperationID})
	s.do("PUT", "/v2/users/x", `{"metadata":{"a":"`+strings.Repeat("b", 100_000)+`"}}`)
	require.Less(t, len(s.Requests()[2].Body), 20_000)
	s.ResetRequests()
	require.Empty(t, s.Requests())

	quiet := newSandbox(t, small, brextest.WithRequestLog(0))
	quiet.raw("GET", "/nope", "")
	require.Empty(t, quiet.Requests())
}

func TestClock(t *testing.T) {
	t.Parallel()
	at := time.Date(2031, 5, 6, 7, 8, 9, 0, time.FixedZone("", 3600))
	s := newSandbox(t, small, brextest.WithClock(func() time.Time { return at }))
	require.Equal(t, at.UTC(), s.Now())
	require.LessOrEqual(t, s.all("/v1/expenses")[0]["purchased_at"].(string), "2031-05-06T06:08:09.000Z")
	require.Greater(t, s.all("/v1/expenses")[0]["purchased_at"].(string), "2031-05-04")
	s.Advance(time.Hour)
	at = at.Add(time.Minute)
	require.Equal(t, at.Add(time.Hour).UTC(), s.Now())
	require.Panics(t, func() { s.Advance(-1) })

	// A clock of its own moves transfers without Advance.
	b := bankOf(s)
	id := s.do("POST", "/v1/transfers", b.pay(b.wire, 100, ""), key("k")...).json(t)["id"].(string)
	at = at.Add(24 * time.Hour)
	require.Equal(t, "PROCESSED", s.get("/v1/transfers/" + id).json(t)["status"])
}

// TestServerFailsOnABadOption: at once, and through the test.
func TestServerFailsOnABadOption(t *testing.T) {
	t.Parallel()
	var failed recorder
	require.Nil(t, brextest.NewServer(&failed, brextest.WithData(nil)))
	require.Equal(t, "%v", failed.format)
}

type recorder struct{ format string }

func (*recorder) Helper()                          {}
func (*recorder) Cleanup(func())                   {}
func (*recorder) Logf(string, ...any)              {}
func (*recorder) Errorf(string, ...any)            {}
func (r *recorder) Fatalf(format string, _ ...any) { r.format = format }
