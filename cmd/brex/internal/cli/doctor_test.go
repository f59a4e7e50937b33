package cli

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// examined runs doctor against a server, and gives the states by operation or area.
func examined(t *testing.T, s setup, code int, args ...string) map[string]string {
	t.Helper()
	if s.now == nil {
		s.now = time.Now
	}
	r := s.run(t, append([]string{"doctor", "-o", "json"}, args...)...)
	require.Equal(t, code, r.code, "%s %s", r.out, r.err)
	if code != exitOK {
		assert.Contains(t, r.fails(t, code), "checks are not all right")
	}
	states := map[string]string{}
	for _, c := range objects(t, r.out) {
		name, _ := c["operation"].(string)
		if name == "" {
			name = c["area"].(string)
		}
		if state := c["state"].(string); strings.HasPrefix(state, "changes: ") {
			assert.Equal(t, true, c["ok"])
			states["changes "+name] = state
			continue
		}
		states[name] = c["state"].(string)
		assert.Equal(t, c["state"] == stateWorks || c["state"] == "not checked" && name == "clock", c["ok"], "%v", c)
	}
	return states
}

func TestDoctorAllRight(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	states := examined(t, on(server.URL, server.Token()), exitOK)
	assert.Len(t, states, len(probes)+3+8, "8 APIs have operations that change something")
	for name, state := range states {
		want := stateWorks
		if strings.HasPrefix(name, "changes ") {
			want = stateUntried
		}
		assert.Equal(t, want, state, name)
	}
	require.Len(t, server.Requests(), len(probes))
	for _, r := range server.Requests() {
		assert.Equal(t, http.MethodGet, r.Method)
	}
	apis := map[string]bool{}
	for _, op := range probes {
		apis[op.API] = true
	}
	assert.Len(t, apis, 10, "every API has a probe")
	r := sandbox(t, "doctor").ok(t)
	assert.Contains(t, r.out, "the sandbox has its own")
	assert.Empty(t, r.err)
	for _, format := range []string{"csv", "jsonl"} {
		assert.Contains(t, sandbox(t, "doctor", "-o", format).ok(t).out, "listExpenses")
	}
}

func TestDoctorScopesAndRoles(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery(), brextest.WithToken("bxt_few", "users.readonly", "expenses.card.readonly"))
	states := examined(t, on(server.URL, "bxt_few"), exitAuth)
	assert.Equal(t, stateWorks, states["token"])
	assert.Equal(t, stateWorks, states["listUsers"])
	assert.Equal(t, stateWorks, states["listExpenses"])
	assert.Equal(t, stateScope, states["listTransfers"])
	assert.Equal(t, stateScope, states["listTrips"])

	states = examined(t, on(server.URL, server.TokenFor(brextest.RoleEmployee)), exitAuth)
	assert.Equal(t, stateWorks, states["token"])
	assert.Equal(t, stateRole, states["listTransfers"])
	assert.Equal(t, stateBusiness, states["listVendors"], "Brex answers both alike")
	examined(t, on(server.URL, "bxt_few"), exitOK, "--api", "expenses")
}

func TestDoctorBusinessAccount(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery(), brextest.WithoutBusinessAccount())
	states := examined(t, on(server.URL, server.Token()), exitAuth)
	assert.Equal(t, stateWorks, states["token"])
	assert.Equal(t, stateBusiness, states["listAccounts"])
	assert.Equal(t, stateBusiness, states["listVendors"])
	assert.Equal(t, stateWorks, states["listTransfers"])
	// One area alone does not prove anything about the token.
	states = examined(t, on(server.URL, server.Token()), exitAuth, "--api", "payments")
	assert.Equal(t, stateWorks, states["token"])
}

func TestDoctorDeadToken(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	states := examined(t, on(server.URL, "bxt_dead"), exitAuth)
	for name, state := range states {
		if name != "host" && name != "clock" && !strings.HasPrefix(name, "changes ") {
			assert.Equal(t, stateToken, state, name)
		}
	}
	assert.Equal(t, stateWorks, states["host"])
	// A single 401 is not enough, whatever it says.
	states = examined(t, on(server.URL, "bxt_dead"), exitAuth, "--api", "expenses")
	assert.Equal(t, stateUnclear, states["token"])
	assert.Equal(t, stateUnclear, states["listExpenses"])
	server.FailNext("getMe", brextest.Status(401, `{"message":"Invalid or Revoked Token"}`), 1)
	states = examined(t, on(server.URL, server.Token()), exitAuth)
	assert.Equal(t, stateWorks, states["token"])
	assert.Equal(t, stateEither, states["getMe"])
	server.FailNext("", brextest.Status(403, `{"message":"no"}`), len(probes))
	states = examined(t, on(server.URL, server.Token()), exitAuth)
	assert.Equal(t, stateUnclear, states["token"])
	assert.Equal(t, stateEither, states["listUsers"])
}

func TestDoctorTroubles(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	server.FailNext("listTrips", brextest.RetryAfter(0), 1)
	server.FailNext("listFields", brextest.HTML(500), 1)
	server.FailNext("listUsers", brextest.ResetBeforeAccept(), 20)
	states := examined(t, on(server.URL, server.Token()), exitFailure)
	assert.Equal(t, stateLimited, states["listTrips"])
	assert.Equal(t, stateFailing, states["listFields"])
	assert.Equal(t, stateUnreachable, states["listUsers"])
	assert.Equal(t, stateWorks, states["listCardsByUserId"])

	server.FailNext("listTrips", brextest.RetryAfter(0), 1)
	server.FailNext("listFields", brextest.Status(403, `{"message":"no"}`), 1)
	examined(t, on(server.URL, server.Token()), exitAuth)
}

func TestDoctorNobodyAnswers(t *testing.T) {
	asked := httptest.NewServer(http.NotFoundHandler())
	asked.Close()
	states := examined(t, on(asked.URL, "bxt_x"), exitFailure)
	assert.Equal(t, stateUnreachable, states["host"])
	assert.Equal(t, stateUnreachable, states["listTrips"])
	assert.Equal(t, "not checked", states["clock"])
	assert.Contains(t, setup{}.run(t, "doctor").fails(t, exitUsage), "no token")
}

// What every probe will meet is asked twice. The limiter of the client, which would wait for a minute after each 429, is not used.
func TestDoctorLimitedEverywhere(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer server.Close()
	var out, errs bytes.Buffer
	env := on(server.URL, "bxt_x").env
	app := &App{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Now: time.Now, Getenv: func(name string) string { return env[name] }}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	assert.Equal(t, exitFailure, app.Run(ctx, []string{"doctor", "-o", "json"}), errs.String())
	assert.EqualValues(t, 2, asked.Load())
	for _, c := range objects(t, out.String())[3:] {
		if c["operation"] == nil {
			assert.Equal(t, stateUntried, c["state"], "%v", c)
			continue
		}
		assert.Equal(t, stateLimited, c["state"], "%v", c)
	}
	assert.Contains(t, out.String(), "not asked, after two such responses")
}

// A server that knows none of the paths says nothing about the token.
func TestDoctorElsewhere(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	states := examined(t, on(server.URL, "bxt_x"), exitFailure)
	assert.Equal(t, "not checked", states["token"])
	assert.Equal(t, stateFailing, states["listUsers"])
	assert.Contains(t, on(server.URL, "bxt_x").run(t, "doctor").out, "is this the API, and is --base-url right?")
}

// A login that cannot be renewed is told apart by why.
func TestDoctorIssuer(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery(), brextest.WithOAuthClient("c", "", "http://127.0.0.1/callback"))
	now := time.Now()
	s := machine(t, server.URL)
	s.now = func() time.Time { return now }
	s.browser = visit
	s.run(t, "login", "--client-id", "c", "--issuer", server.URL+brextest.IssuerPath).ok(t)
	states := examined(t, s, exitAuth) // it reads what the list commands show, and no more
	assert.Equal(t, stateWithheld, states["changes payments"])
	now = now.Add(2 * time.Hour)
	server.Advance(2 * time.Hour)

	server.FailNext(brextest.OAuthToken, brextest.Status(400, `{"error":"invalid_client"}`), 100)
	states = examined(t, s, exitFailure)
	assert.Equal(t, stateFailing, states["getMe"])
	assert.Equal(t, stateUntried, states["changes payments"])
	assert.Equal(t, stateFailing, states["listTrips"])
	server.ClearFaults()
	server.RevokeOAuth()
	states = examined(t, s, exitAuth)
	assert.Equal(t, stateToken, states["token"])
	assert.Equal(t, stateToken, states["getMe"])
	assert.Equal(t, stateToken, states["listTrips"])
	for _, r := range server.Requests() {
		assert.True(t, r.Method == http.MethodGet || r.OperationID == brextest.OAuthToken, "%s %s", r.Method, r.Path)
	}
}

func TestDoctorClock(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	for _, test := range []struct {
		off  time.Duration
		says string
	}{{3 * time.Minute, "ahead"}, {-time.Hour, "behind"}} {
		s := on(server.URL, server.Token())
		s.now = func() time.Time { return time.Now().Add(test.off) }
		assert.Equal(t, stateClock, examined(t, s, exitFailure)["clock"])
		assert.Contains(t, s.run(t, "doctor").out, test.says)
	}
}

// What the login was granted tells a missing scope from a missing role, whatever the words.
func TestDoctorKnowsTheScopes(t *testing.T) {
	op := probes[2]
	require.Equal(t, "listUsers", op.ID)
	for _, test := range []struct {
		granted []string
		want    string
	}{{[]string{"users.readonly"}, stateRole}, {[]string{"cards"}, stateScope}, {nil, stateEither}} {
		state, _ := refusal(op, apiError(403, "no"), tokenWorks, test.granted)
		assert.Equal(t, test.want, state)
	}
}

func apiError(status int, message string) *brex.Error {
	return &brex.Error{StatusCode: status, Message: message}
}
