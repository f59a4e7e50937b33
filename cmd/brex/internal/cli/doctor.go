package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
	"github.com/brex-go/sdk/gen/documents"
	"github.com/brex-go/sdk/gen/operations"
)

// probes are what doctor asks: reads that cost little, for each area of the API. The first two need least of a token.
var probes = []*brex.Operation{
	operations.GetMe, operations.GetCompany, operations.ListUsers, operations.ListCards,
	operations.ListExpenses,
	operations.ListCardAccounts, operations.ListPrimaryCardTransactions, operations.ListCashAccounts,
	operations.ListVendors, operations.ListTransfers, operations.ListLinkedAccounts,
	operations.ListSpendBudgets, operations.ListSpendLimits,
	operations.ListFields, operations.QueryAccountingRecords, operations.ListTrips, operations.ListReferrals,
	operations.ListWebhookSubscriptions,
}

// check is one line of what doctor found.
type check struct {
	Area      string   `json:"area"`
	Operation string   `json:"operation,omitempty"`
	State     string   `json:"state"`
	OK        bool     `json:"ok"`
	Status    int      `json:"status,omitempty"`
	Scopes    []string `json:"scopes,omitempty"` // any one of them is needed
	Detail    string   `json:"detail,omitempty"`
	TraceID   string   `json:"trace_id,omitempty"`
}

var checkColumns = append([]output.Column[check]{
	output.Text("area", func(c check) string { return c.Area }),
	output.ID("operation", func(c check) string { return c.Operation }),
	output.Long(output.Text("state", func(c check) string { return c.State })),
	output.Long(output.Text("detail", func(c check) string { return c.Detail })),
}, output.Wide(
	output.Text("ok", func(c check) string { return fmt.Sprint(c.OK) }),
	output.Text("status", func(c check) string {
		if c.Status == 0 {
			return ""
		}
		return fmt.Sprint(c.Status)
	}),
	output.Text("scopes", func(c check) string { return sentence(c.Scopes...) }),
	output.Text("trace_id", func(c check) string { return c.TraceID }),
)...)

// doctorError is what ends doctor when something is not right. Its code is that of the worst finding.
type doctorError struct {
	bad, all, code int
}

func (e doctorError) Error() string {
	return fmt.Sprintf("%d of %d checks are not all right", e.bad, e.all)
}

func (a *App) doctor() *cobra.Command {
	api := choices{of: documents.APIs}
	var drift driftFinder
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check the token, the clock, the connection and what each area allows",
		Long: `Check the token, the clock, the connection and what each area allows, by reading only. For
each area it says: works, scope missing, role missing, business account off, token expired or revoked,
rate-limited, unreachable. Brex responds to the first ones alike, so that they are told apart by
all responses together; where even these are not enough, it says so. A proxy that the environment
sets is named.

What may be changed is said as far as it can be known without changing anything: by the scopes of a
login with the browser. Of any other token it is not known. The role of the user decides as well.

With --drift it reads whole pages and lists members, values and types that this version's documents do
not know, never a value itself. They change no exit code: the program shows them all the same.

Exit codes: 0 all right; 3 Brex refuses the token or a part of it; 1 anything else. Leave out with
--api what the token is not meant for.`,
		Example: `  brex doctor
  brex doctor --api team,expenses -o json
  brex doctor --drift
  brex doctor --sandbox`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			opts := []brex.Option{brex.WithLimiter(nil)} // which waits after a 429, and here that is a result
			if drift.wanted {
				opts = append(opts, brex.WithDrift(drift.add), brex.WithDriftEvery(1))
			}
			s, err := a.connect(opts...)
			if err != nil {
				return err
			}
			found := append(a.examine(cmd.Context(), s, &api, drift.wanted), drift.checks()...)
			if err := cmd.Context().Err(); err != nil {
				return err
			}
			var raw []json.RawMessage
			worst := doctorError{all: len(found)}
			for _, c := range found {
				object, err := json.Marshal(c)
				if err != nil {
					return err
				}
				raw = append(raw, object)
				if !c.OK {
					worst.bad++
					worst.code = max(worst.code, stateCodes[c.State], exitFailure)
				}
			}
			if err := printRows(a, checkColumns, found, raw); err != nil {
				return err
			}
			if worst.bad > 0 {
				return worst
			}
			return nil
		},
	}
	cmd.Flags().Var(&api, "api", "only these areas")
	cmd.Flags().BoolVar(&drift.wanted, "drift", false, "also list what Brex sends that this version's documents do not know")
	complete(cmd, "api", api.of)
	return cmd
}

// probed is the result of a probe.
type probed struct {
	op       *brex.Operation
	response brex.Response
	err      error
	at       time.Time
}

// examine sends the probes and judges their results together.
func (a *App) examine(ctx context.Context, s *session, api *choices, whole bool) []check {
	var results []probed
	row := 0 // probes that failed alike, one after the other
	for _, op := range probes {
		if !api.match(op.API) || ctx.Err() != nil {
			continue
		}
		got := probed{op: op}
		if row >= 2 { // it would only take long
			got.err = notAsked{results[len(results)-1].err}
		} else {
			params := map[string]any{}
			switch {
			case op.PageLimit > 0 && whole:
				params["limit"] = op.PageLimit
			case op.PageLimit > 0:
				params["limit"] = 1
			}
			_, got.err = s.Call(ctx, op.Action, params, brex.WithoutRetry(), brex.WithResponse(&got.response))
			if row++; !slices.ContainsFunc(forAll, func(kind error) bool { return errors.Is(got.err, kind) }) {
				row = 0
			}
		}
		got.at = a.Now()
		results = append(results, got)
	}
	token := judgeToken(results)
	proxy := proxyFor(s.base)
	found := []check{a.tokenCheck(s, token), throughProxy(hostCheck(s.base, results), proxy), clockCheck(s, results)}
	granted := s.grantedScopes()
	for _, got := range results {
		found = append(found, throughProxy(judge(got, token, granted), proxy))
	}
	if token != tokenWorks {
		granted = nil // what it was granted says nothing then
	}
	return append(found, changes(api, granted, a.readOnly)...)
}

// forAll are failures that the next probe will meet, too.
var forAll = []error{brex.ErrNoResponse, brex.ErrRateLimited, brex.ErrAuth}

// notAsked is the failure of a probe that was not sent, because the one before failed so.
type notAsked struct{ error }

func (n notAsked) Unwrap() error { return n.error }

func (a *App) tokenCheck(s *session, verdict tokenVerdict) check {
	c := check{Area: "token", State: string(verdict), OK: verdict == tokenWorks, Detail: "from " + s.cred.Source}
	switch verdict {
	case tokenDead:
		c.Detail += "; every area responds with 401: make a new one, or sign in again with brex login"
	case tokenRefused:
		c.Detail += "; everything asked is refused, which scopes and roles can cause as well as the token"
	case tokenUnknown:
		c.Detail += "; no response shows whether it works"
	}
	return c
}

func hostCheck(base string, results []probed) check {
	c := check{Area: "host", State: stateUnreachable, Detail: base}
	if u, err := url.Parse(base); err == nil {
		c.Detail = u.Host
	}
	for _, got := range results {
		if got.response.StatusCode != 0 {
			c.State, c.OK = stateWorks, true
			return c
		}
	}
	if len(results) > 0 {
		c.Detail += "; " + errorWords(results[0].err)
	}
	return c
}

// mostSkew is how far the clock may be off. Webhooks are refused from five minutes on, OAuth logins suffer earlier.
const mostSkew = time.Minute

// clockCheck compares the clock with the Date of a response.
func clockCheck(s *session, results []probed) check {
	c := check{Area: "clock", State: "not checked", OK: true, Detail: "no response had the time"}
	if s.cred.Profile == nil && s.cred.Kind == "" {
		c.Detail = "the sandbox has its own"
		return c
	}
	for _, got := range results {
		date, err := http.ParseTime(got.response.Header.Get("Date"))
		if err != nil {
			continue
		}
		skew := got.at.Sub(date).Round(time.Second)
		c.State, c.Detail = stateWorks, "within a minute of Brex's"
		if skew.Abs() > mostSkew {
			c.State, c.OK = stateClock, false
			c.Detail = fmt.Sprintf("%v ahead of Brex's: set it, or webhooks and logins fail", skew)
			if skew < 0 {
				c.Detail = fmt.Sprintf("%v behind Brex's: set it, or webhooks and logins fail", -skew)
			}
		}
		return c
	}
	return c
}
