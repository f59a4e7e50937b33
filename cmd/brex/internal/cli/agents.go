package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex/agent"
	"github.com/brex-go/sdk/brex/brexmcp"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

const agentsLong = `Say what agents may do with Brex, decide what they ask for, and read what they did.

The folder of --dir, or BREX_AGENTS_DIR, holds the policy, the ledger of what was spent and what
waits, the audit log and the hashes of tokens. Keep it where the agents cannot reach it: an agent
whose host has a shell runs as the user who started it, and could change the policy or approve its
own requests. For such agents run brex mcp serve as another user or on another machine.

With --sandbox the folder is one of its own, and the company a made-up one. Exit code 6 means that a
person, or another person, must decide.`

// agents are the agents of a folder, as the flags of brex agents and brex mcp name it.
type agents struct {
	a                  *App
	dir, policy, audit string

	name      string // --agent
	operation string
	as        string
	yes, all  bool
	approver  bool
}

func (a *App) agentsCommand() *cobra.Command {
	g := &agents{a: a}
	add := leaf("add NAME", "Make a token with which an agent, or a person who approves, reaches brex mcp serve",
		"  brex agents add reporting\n  brex agents add --approver cfo", oneName, g.add)
	revoke := leaf("revoke NAME", "End a token at once", "  brex agents revoke reporting", oneName, g.revoke)
	for _, c := range []*cobra.Command{add, revoke} {
		c.Flags().BoolVar(&g.approver, "approver", false, "the token is of a person who approves")
	}
	start := leaf("start", "End brex agents stop", "  brex agents start", noArgs, g.start)
	start.Flags().BoolVar(&g.yes, "yes", false, "do not ask")
	cmd := group("agents", "Say what agents may do, approve what they ask for, and read what they did",
		g.policyCommand(), g.approvalsCommand(), g.auditCommand(), add, revoke, start,
		leaf("list", "List the agents of the policy, and who has a token", "  brex agents list", noArgs, g.list),
		leaf("stop", "Make every call of every agent fail at once, in all processes of this folder", "  brex agents stop", noArgs, g.stop))
	cmd.Long = agentsLong
	g.flags(cmd)
	return cmd
}

// leaf is a command without flags of its own.
func leaf(use, short, example string, args cobra.PositionalArgs, run func(context.Context, []string) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Example: example, Args: args,
		RunE: func(cmd *cobra.Command, args []string) error { return run(cmd.Context(), args) }}
}

// several takes n words, which what names.
func several(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("%q needs %s", words(cmd), what)
		}
		return nil
	}
}

var oneName = several(1, "one name, of an agent or, with --approver, of an approver of the policy")

func (g *agents) kind() brexmcp.Kind {
	if g.approver {
		return brexmcp.KindApprover
	}
	return brexmcp.KindAgent
}

func (g *agents) add(_ context.Context, args []string) error {
	policy, err := g.load()
	if err != nil {
		return err
	}
	if !g.approver && policy != nil && !slices.Contains(policy.Agents(), args[0]) {
		return usagef("the policy has no agent %q; it has %v", args[0], policy.Agents())
	}
	tokens, err := g.tokens()
	if err != nil {
		return err
	}
	token, err := tokens.Add(g.kind(), args[0])
	if err != nil {
		return err
	}
	g.a.note("this token is shown once, and only its hash is kept")
	_, err = fmt.Fprintln(stdout{g.a.Stdout}, token)
	return err
}

func (g *agents) revoke(_ context.Context, args []string) error {
	tokens, err := g.tokens()
	if err == nil {
		err = tokens.Revoke(g.kind(), args[0])
	}
	if err == nil {
		g.a.note("revoked; an agent over standard input and output needs no token: take it out of the policy")
	}
	return err
}

var tokenColumns = []output.Column[brexmcp.Token]{
	output.Text("name", func(t brexmcp.Token) string { return t.Name }),
	output.Text("kind", func(t brexmcp.Token) string { return string(t.Kind) }),
	output.Text("created", func(t brexmcp.Token) string {
		if t.Created.IsZero() {
			return ""
		}
		return t.Created.Format("2006-01-02")
	}),
}

func (g *agents) list(context.Context, []string) error {
	policy, err := g.load()
	if err != nil {
		return err
	}
	tokens, err := g.tokens()
	if err != nil {
		return err
	}
	all, err := tokens.List()
	if err != nil {
		return err
	}
	if policy != nil {
		for _, name := range policy.Agents() {
			if !slices.ContainsFunc(all, func(t brexmcp.Token) bool { return t.Kind == brexmcp.KindAgent && t.Name == name }) {
				all = append(all, brexmcp.Token{Name: name, Kind: brexmcp.KindAgent})
			}
		}
	}
	return printValues(g.a, tokenColumns, all)
}

// noteStop writes to the log that all agents were stopped or started.
func (g *agents) noteStop(by, what string) error {
	log, err := g.log()
	if err != nil {
		return err
	}
	return log.Append(agent.Record{Kind: agent.KindStop, By: by, User: by, From: "program", Outcome: what, Say: fmt.Sprintf("All agents were %s by %s.", what, by)})
}

func (g *agents) stop(context.Context, []string) error {
	by, err := person()
	if err != nil {
		by = "an unknown user" // who must be able to stop, too
	}
	ledger, err := g.ledger()
	if err != nil {
		return err
	}
	if err := ledger.Stop(by); err != nil {
		return err
	}
	g.a.note("all agents are stopped; a request that was on its way already is not called back; brex agents start ends it")
	return g.noteStop(by, "stopped")
}

func (g *agents) start(ctx context.Context, _ []string) error {
	by, err := person()
	if err == nil && !g.yes {
		err = g.a.confirm(ctx, "all agents may call again")
	}
	if err != nil {
		return err
	}
	ledger, err := g.ledger()
	if err != nil {
		return err
	}
	if err := g.noteStop(by, "started again"); err != nil {
		return err // what cannot be logged does not begin
	}
	return ledger.Start()
}
