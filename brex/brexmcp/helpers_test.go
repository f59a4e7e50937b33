package brexmcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/agent"
	"github.com/brex-go/sdk/brex/brextest"
)

// fixture is a company under a policy.
type fixture struct {
	guard                   *agent.Guard
	api                     *brex.Client
	audit                   string
	wire                    atomic.Int64 // requests other than reads
	company, account, payee string
	url                     string
	token                   string
}

var instrument = regexp.MustCompile(`"payment_instrument_id":"([^"]+)"`)

const policyText = `version: 1
company: %s
zone: UTC
agents:
  reader:
    calls: 1000/min
    expenses: {level: read, fields: all, expand: [merchant]}
    users: {level: read, fields: [id, first_name, email]}
  payer:
    calls: 1000/min
    vendors: read
    transfers:
      operations: [createTransfer, listTransfers]
      fields: all
      max: 2500.00 USD
      per_day: 5000.00 USD
      per_month: 6000.00 USD
      payees: [%s]
      from: [%s]
      memo: INV-[0-9]{4,10}
      hours: any
      approve_above: 500.00 USD
      approvers: [cfo]
      after_untrusted: allow
`

func newFixture(t testing.TB, withPolicy bool) *fixture {
	t.Helper()
	f := &fixture{audit: filepath.Join(t.TempDir(), "audit")}
	s := brextest.NewServer(t, brextest.WithSize(brextest.Size{Users: 12, Vendors: 8}), brextest.WithRequestHook(func(r brextest.Request) {
		if r.Method != "GET" {
			f.wire.Add(1)
		}
	}))
	client, err := brex.New(brex.WithBaseURL(s.URL), brex.WithToken(s.Token()), brex.WithLimiter(nil))
	require.NoError(t, err)
	f.api, f.url, f.token = client, s.URL, s.Token()
	company, err := client.Company.Get(t.Context())
	require.NoError(t, err)
	accounts, err := client.Accounts.ListCash(t.Context())
	require.NoError(t, err)
	f.company, f.account = company.ID, accounts.Items[0].ID
	for raw, err := range client.CallAll(t.Context(), "listVendors", nil) {
		require.NoError(t, err)
		if found := instrument.FindSubmatch(raw); found != nil {
			f.payee = string(found[1])
			break
		}
	}
	var decider agent.Decider
	if withPolicy {
		decider, err = agent.ParsePolicy("policy.yaml", fmt.Appendf(nil, policyText, f.company, f.payee, f.account),
			func(string) ([]byte, error) { return nil, errors.New("there is no file") })
		require.NoError(t, err)
	}
	ledger, err := agent.OpenLedger(filepath.Join(t.TempDir(), "ledger"))
	require.NoError(t, err)
	log, err := agent.OpenLog(f.audit, agent.LogOptions{NoSync: true})
	require.NoError(t, err)
	t.Cleanup(func() { _ = errors.Join(ledger.Close(), log.Close()) })
	f.guard, err = agent.NewGuard(client, decider, ledger, log)
	require.NoError(t, err)
	return f
}

// transfer are the parameters of a payment in cents.
func (f *fixture) transfer(cents int64, memo string) map[string]any {
	return map[string]any{"counterparty": map[string]any{"type": "VENDOR", "payment_instrument_id": f.payee},
		"amount": map[string]any{"amount": cents, "currency": "USD"}, "description": memo, "external_memo": memo,
		"originating_account": map[string]any{"type": "BREX_CASH", "id": f.account}}
}

// records reads the log.
func (f *fixture) records(t testing.TB) (all []agent.Record) {
	t.Helper()
	for r, err := range agent.ReadLog(f.audit) {
		require.NoError(t, err)
		all = append(all, r)
	}
	return all
}

// client is a host of an agent.
func (f *fixture) client(t testing.TB, name string) *mcp.ClientSession {
	t.Helper()
	here, there := mcp.NewInMemoryTransports()
	running, err := NewServer(f.guard, name, agent.SessionOptions{Via: "test"}).Connect(t.Context(), there, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = running.Close() })
	c, err := mcp.NewClient(&mcp.Implementation{Name: "host", Version: "1"}, nil).Connect(t.Context(), here, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// use calls a tool and returns its text.
func use(t testing.TB, c *mcp.ClientSession, tool string, arguments any) (text string, failed bool) {
	t.Helper()
	r, err := c.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: arguments})
	require.NoError(t, err)
	require.Len(t, r.Content, 1)
	return r.Content[0].(*mcp.TextContent).Text, r.IsError
}

// wire is the line protocol of a server: what is written to it, and its responses.
func wire(t testing.TB, s *mcp.Server) (to io.Writer, from *json.Decoder) {
	t.Helper()
	requests, in := io.Pipe()
	out, responses := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, &mcp.IOTransport{Reader: requests, Writer: responses}) }()
	t.Cleanup(func() {
		stop()
		_ = errors.Join(in.Close(), responses.Close())
		<-ended
	})
	from = json.NewDecoder(out)
	_, err := io.WriteString(in, `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"odd","version":"1"}}}`+"\n")
	require.NoError(t, err)
	require.NotNil(t, receive(t, from)["result"])
	_, err = io.WriteString(in, `{"jsonrpc":"2.0","method":"notifications/initialized"}`+"\n")
	require.NoError(t, err)
	return in, from
}

func receive(t testing.TB, from *json.Decoder) map[string]any {
	t.Helper()
	got := make(chan error, 1)
	var m map[string]any
	go func() { got <- from.Decode(&m) }()
	select {
	case err := <-got:
		require.NoError(t, err)
	case <-time.After(2 * time.Minute): // longer than any load
		require.Fail(t, "no response")
	}
	return m
}

func marshal(t testing.TB, v any) json.RawMessage {
	t.Helper()
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return data
}
