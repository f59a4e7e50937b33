package brexmcp

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/agent"
)

// messages are what an agent's host should not send, with the code of the error, whether the id is
// in it, and the rule of the record.
var messages = []struct {
	text  string
	code  int
	id    bool
	rule  string
	quiet bool // without a response
}{
	{text: `[{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"brex_search","arguments":{}}}]`, code: -32600, rule: "batch"},
	{text: `[]`, code: -32600, rule: "batch"},
	{text: `{"jsonrpc":"2.0","id":7,`, code: -32700, rule: "message"},
	{text: `{"jsonrpc":"2.0","id":7,"method":"ping"} {}`, code: -32700, rule: "message"},
	{text: `7`, code: -32600, rule: "message"},
	{text: `{"jsonrpc":"1.0","id":7,"method":"ping"}`, code: -32600, rule: "message"},
	{text: `{"jsonrpc":"2.0","id":{},"method":"ping"}`, code: -32600, rule: "message"},
	{text: `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"` + strings.Repeat("a", maxMessage) + `"}}`, code: -32600, rule: "message"},
	{text: `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":5}}`, code: -32602, id: true, rule: "parameters"},
	{text: `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":[]}`, code: -32602, id: true, rule: "parameters"},
	{text: `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":null}`, code: -32602, id: true, rule: "parameters"},
	{text: `{"jsonrpc":"2.0","id":7,"method":"tools\/call"}`, code: -32602, id: true, rule: "parameters"},
	{text: `{"jsonrpc":"2.0","method":"tools/call","params":{"name":"brex_search"}}`, code: -32602, rule: "parameters", quiet: true},
}

// refusals are the rules of what was refused.
func (f *fixture) refusals(t *testing.T) (rules []string) {
	for _, r := range f.records(t) {
		if r.Kind == agent.KindRefused {
			rules = append(rules, r.Rule)
		}
	}
	return rules
}

// A line that is not a message, or is not one that a tool can be called with, has an error as its
// response and a record, and the next line is served.
func TestOddLines(t *testing.T) {
	t.Parallel()
	f := newFixture(t, true)
	in, to := io.Pipe()
	out, from := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- ServeStdio(context.Background(), f.guard, "reader", agent.SessionOptions{Via: "stdio"}, in, from)
	}()
	responses := json.NewDecoder(out)
	send := func(line string) {
		_, err := io.WriteString(to, line+"\n")
		require.NoError(t, err)
	}
	send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-03-26","capabilities":{},"clientInfo":{"name":"odd","version":"1"}}}`)
	require.NotNil(t, receive(t, responses)["result"])
	send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	var rules []string
	for _, m := range messages {
		send("\r\n" + m.text)
		if rules = append(rules, m.rule); m.quiet {
			continue
		}
		got := receive(t, responses)
		require.EqualValues(t, m.code, got["error"].(map[string]any)["code"], "%.100s: %v", m.text, got)
		if id, ok := got["id"]; !m.id {
			require.True(t, ok && id == nil, "%.100s: %v", m.text, got)
		} else {
			require.EqualValues(t, 7, id)
		}
		require.Equal(t, rules, f.refusals(t))
	}
	send(`{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"brex_search","arguments":{}}}`)
	require.NotNil(t, receive(t, responses)["result"])
	require.Equal(t, rules, f.refusals(t))
	_, err := io.WriteString(to, `[`) // without an end of the line
	require.NoError(t, err)
	require.NoError(t, to.Close())
	require.EqualValues(t, -32600, receive(t, responses)["error"].(map[string]any)["code"])
	require.NoError(t, <-ended)
}

// The same over HTTP.
func TestOddPosts(t *testing.T) {
	t.Parallel()
	s := serve(t)
	header := map[string]string{"Authorization": "Bearer " + s.payer, "Content-Type": "application/json",
		"Accept": "application/json, text/event-stream", "Mcp-Protocol-Version": "2025-03-26"}
	var rules []string
	for _, m := range messages {
		status := 400
		if len(m.text) > maxMessage {
			status = 413
		}
		rules = append(rules, m.rule)
		require.Equal(t, status, s.post(t, "POST", "/mcp", m.text, header), "%.100s", m.text)
		require.Equal(t, rules, s.refusals(t))
	}
	require.Equal(t, 200, s.post(t, "POST", "/mcp", `{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"brex_search","arguments":{}}}`, header))
	require.Equal(t, rules, s.refusals(t))
}

// A message that cannot be noted is refused all the same.
func TestOddLinesWithoutALog(t *testing.T) {
	t.Parallel()
	f := newFixture(t, true)
	require.NoError(t, f.guard.Log().Close())
	var out strings.Builder
	require.NoError(t, ServeStdio(context.Background(), f.guard, "reader", agent.SessionOptions{Via: "stdio"}, strings.NewReader("[]\n"), &out))
	require.Contains(t, out.String(), `"code":-32603`)
	require.Contains(t, out.String(), "the audit log cannot be used")
}
