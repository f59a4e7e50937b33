package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex/agent"
	"github.com/brex-go/sdk/brex/brexmcp"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

const mcpLong = `Serve Brex to an agent over the Model Context Protocol, on standard input and output. The agent may
do what its part of the policy grants, and nothing without one; see brex agents. Every call is
written to the audit log before anything is sent. The policy is read at the start.

The host starts it: brex mcp config prints the lines for its settings. The agent runs as the same
user, so an agent that has a shell could use the token itself: for such an agent run brex mcp serve
as another user.`

func (a *App) mcpCommand() *cobra.Command {
	g := &agents{a: a}
	config, check := g.configCommand(), leaf("check", "Try everything that brex mcp needs: policy, company, ledger, log and the list of tools",
		"  brex mcp check --agent reporting\n  brex mcp check --sandbox", noArgs, g.check)
	cmd := group("mcp", "Serve Brex to an agent, under a policy", g.serveCommand(), config, check)
	cmd.Long = mcpLong
	cmd.Example = `  brex agents policy init --sandbox && brex mcp config claude --sandbox
  brex mcp --agent reporting`
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return g.stdio(cmd.Context()) }
	g.flags(cmd)
	for _, c := range []*cobra.Command{cmd, config, check} {
		c.Flags().StringVar(&g.name, "agent", "", "`name` of the agent in the policy (default the only one)")
	}
	return cmd
}

// theAgent is the agent that a flag names, or the only one of the policy.
func theAgent(policy *agent.Policy, name string) (string, error) {
	switch {
	case name == "" && policy == nil:
		return "agent", nil // which may search and describe
	case name == "" && len(policy.Agents()) == 1:
		return policy.Agents()[0], nil
	case name == "":
		return "", usagef("--agent is missing: one of %s", strings.Join(policy.Agents(), ", "))
	case policy != nil && !slices.Contains(policy.Agents(), name):
		return "", usagef("--agent %q: the policy has %s", name, strings.Join(policy.Agents(), ", "))
	}
	return name, nil
}

func (g *agents) stdio(ctx context.Context) error {
	guard, policy, _, err := g.guard()
	if err != nil {
		return err
	}
	name, err := theAgent(policy, g.name)
	if err != nil {
		return err
	}
	by, err := person()
	if err != nil {
		return err
	}
	if g.a.Terminal != nil && g.a.Terminal() {
		g.a.note("this waits for an agent's host on standard input; brex mcp config prints the lines for its settings")
	}
	opts := agent.SessionOptions{Via: "stdio", Profile: g.a.flags.profile, User: by}
	if err := brexmcp.ServeStdio(ctx, guard, name, opts, g.a.Stdin, stdout{g.a.Stdout}); ctx.Err() == nil {
		return err
	}
	return nil // the host has ended it
}

const serveLong = `Serve Brex to many agents over HTTP at /mcp, each with a token of brex agents add, and the page
/approvals on which people approve what the agents ask for, each with a token of brex agents add
--approver.

Run it as a user that no agent runs as, so that no agent reaches the Brex token, the policy or the
log. It listens on this machine only; another address needs --tls-cert and --tls-key, and --host
names what it is reached as. Ctrl-C ends it, after the calls under way.`

func (g *agents) serveCommand() *cobra.Command {
	var listen, cert, key string
	var hosts []string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve Brex to agents over HTTP, and the page on which people approve",
		Long:  serveLong,
		Example: `  brex mcp serve
  brex mcp serve --listen 10.0.0.7:2740 --host brex.internal --tls-cert cert.pem --tls-key key.pem`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			local, err := brexmcp.IsLoopback(listen)
			switch {
			case err != nil:
				return usagef("--listen: %v", err)
			case (cert == "") != (key == ""):
				return usagef("--tls-cert and --tls-key go together")
			case !local && cert == "":
				return usagef("--listen %s is not of this machine only, and so needs --tls-cert and --tls-key: tokens would cross the network", listen)
			}
			return g.serve(cmd.Context(), listen, hosts, cert, key)
		},
	}
	f := cmd.Flags()
	f.StringVar(&listen, "listen", "127.0.0.1:2740", "`address` to listen on; port 0 for any that is free")
	f.StringSliceVar(&hosts, "host", nil, "another `name` that the server is reached as; may be repeated")
	f.StringVar(&cert, "tls-cert", "", "`file` with the certificate")
	f.StringVar(&key, "tls-key", "", "`file` with its key")
	return cmd
}

func (g *agents) serve(ctx context.Context, listen string, hosts []string, cert, key string) error {
	guard, _, _, err := g.guard()
	if err != nil {
		return err
	}
	tokens, err := g.tokens()
	if err != nil {
		return err
	}
	by, err := person()
	if err != nil {
		return err
	}
	handler, err := brexmcp.NewHandler(guard, brexmcp.HTTPOptions{Tokens: tokens, Hosts: hosts, Profile: g.a.flags.profile, User: by})
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return usagef("--listen: %v", errors.Unwrap(err))
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: log.New(io.Discard, "", 0)}
	scheme, run := "http", func() error { return server.Serve(l) }
	if cert != "" {
		scheme, run = "https", func() error { return server.ServeTLS(l, cert, key) }
	}
	g.a.note("agents: %s://%s/mcp; people: %s://%s/approvals; Ctrl-C ends it", scheme, l.Addr(), scheme, l.Addr())
	return serveUntil(ctx, server, run)
}

// finding is a line of brex mcp check.
type finding struct {
	Name   string `json:"name"`
	Status string `json:"status"` // ok or fails
	Detail string `json:"detail"`
}

var findingColumns = []output.Column[finding]{
	output.Text("name", func(f finding) string { return f.Name }),
	output.Text("status", func(f finding) string { return f.Status }),
	output.Long(output.Text("detail", func(f finding) string { return f.Detail })),
}

func (g *agents) check(ctx context.Context, _ []string) error {
	rows, err := g.findings(ctx)
	if err != nil {
		return err
	}
	if err := printValues(g.a, findingColumns, rows); err != nil {
		return err
	}
	if i := slices.IndexFunc(rows, func(f finding) bool { return f.Status == "fails" }); i >= 0 {
		return fmt.Errorf("%s: %s", rows[i].Name, rows[i].Detail)
	}
	return nil
}

func (g *agents) findings(ctx context.Context) (rows []finding, err error) {
	add := func(name string, err error, format string, args ...any) {
		f := finding{name, "ok", fmt.Sprintf(format, args...)}
		if err != nil {
			f.Status, f.Detail = "fails", err.Error()
		}
		rows = append(rows, f)
	}
	guard, policy, s, err := g.guard()
	if err != nil {
		return nil, err
	}
	name, err := theAgent(policy, g.name)
	if err != nil {
		return nil, err
	}
	if policy == nil {
		add("policy", errors.New("there is none: brex agents policy init makes one"), "")
	} else {
		scopes, err := policy.Scopes(name)
		add("policy", err, "%s; %s needs the scopes %s", policy.Hash(), name, strings.Join(scopes, " "))
		granted := s.grantedScopes()
		if missing := policy.MissingScopes(granted, name); granted != nil && len(missing) > 0 {
			add("scopes", fmt.Errorf("the login has no scope for %s: brex login with --scopes", strings.Join(missing, ", ")), "")
		} else if granted != nil {
			add("scopes", nil, "the login has a scope for every operation that the policy grants")
		}
	}
	company, err := s.Company.Get(ctx)
	switch {
	case err != nil:
		add("company", err, "")
	case policy != nil && policy.Company() != "" && policy.Company() != company.ID:
		add("company", fmt.Errorf("the token is of %s, and the policy of %s", company.ID, policy.Company()), "")
	default:
		add("company", nil, "%s (%s)", company.LegalName, company.ID)
	}
	if guard.Ledger().Stopped() {
		add("stopped", errors.New("all agents are stopped: brex agents start lets them go on"), "")
	}
	tools, err := listTools(ctx, brexmcp.NewServer(guard, name, agent.SessionOptions{Via: "brex mcp check"}))
	add("tools", err, "%s", strings.Join(tools, " "))
	path, err := g.auditPath()
	if err == nil {
		_, err = agent.VerifyLog(path, nil)
	}
	add("log", err, "%s", path)
	return rows, nil
}

// listTools asks a server for its tools, as a host does.
func listTools(ctx context.Context, server *mcp.Server) (names []string, err error) {
	here, there := mcp.NewInMemoryTransports()
	running, err := server.Connect(ctx, there, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = running.Close() }()
	client, err := mcp.NewClient(&mcp.Implementation{Name: "brex mcp check", Version: "1"}, nil).Connect(ctx, here, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = client.Close() }()
	listed, err := client.ListTools(ctx, nil)
	if err != nil {
		return nil, err
	}
	for _, t := range listed.Tools {
		names = append(names, t.Name)
	}
	return names, nil
}
