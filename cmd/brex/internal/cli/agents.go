package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/agent"
	"github.com/brex-go/sdk/brex/brexmcp"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

const agentsLong = `Say what agents may do with Brex, decide what they ask for, and read what they did.

The folder of --dir, or BREX_AGENTS_DIR, holds the policy, the ledger of what was spent and what waits,
the audit log and the hashes of tokens. Keep it where the agents cannot reach it: an agent whose host
has a shell runs as the user who started it, and could change the policy or approve its own requests.
For such agents run brex mcp serve as another user or on another machine.

With --sandbox the folder is one of its own, and the company a made-up one.
Exit code 6 means that a person, or another person, must decide.`

// agents is the folder of the agents, as the flags name it.
type agents struct {
	a                  *App
	dir, policy, audit string
}

func (a *App) agentsCommand() *cobra.Command {
	g := &agents{a: a}
	cmd := group("agents", "Say what agents may do, approve what they ask for, and read what they did",
		g.policyCommand(), g.approvalsCommand(), g.auditCommand(), g.addCommand(), g.listCommand(), g.revokeCommand(), g.stopCommand(), g.startCommand())
	cmd.Long = agentsLong
	g.flags(cmd)
	return cmd
}

// flags adds what brex agents and brex mcp have in common.
func (g *agents) flags(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVar(&g.dir, "dir", "", "`folder` of the agents (default BREX_AGENTS_DIR, or agents in the program's settings)")
	f.StringVar(&g.policy, "policy", "", "`file` with the policy (default policy.yaml in the folder)")
	f.StringVar(&g.audit, "audit", "", "`folder` of the audit log (default BREX_AUDIT, or audit in the folder)")
	_ = cmd.MarkPersistentFlagDirname("dir") // fails on an unknown flag only
	_ = cmd.MarkPersistentFlagFilename("policy", "yaml")
	_ = cmd.MarkPersistentFlagDirname("audit")
}

func (a *App) usesSandbox() bool {
	return a.flags.sandbox || a.flags.sandboxData != "" || a.flags.sandboxSeed.set
}

func (g *agents) folder() (string, error) {
	switch dir := g.a.Getenv("BREX_AGENTS_DIR"); {
	case g.dir != "":
		return filepath.Abs(g.dir)
	case dir != "":
		return filepath.Abs(dir)
	case g.a.ConfigDir == nil:
		return "", usagef("--dir is missing: name a folder of your own for the policy, the ledger and the log, or set BREX_AGENTS_DIR")
	}
	dir, err := g.a.ConfigDir()
	if g.a.usesSandbox() {
		return filepath.Join(dir, "brex", "agents-sandbox"), err
	}
	return filepath.Join(dir, "brex", "agents"), err
}

// path is a file of the folder, or what a flag names instead.
func (g *agents) path(given, name string) (string, error) {
	if given != "" {
		return filepath.Abs(given)
	}
	dir, err := g.folder()
	return filepath.Join(dir, name), err
}

func (g *agents) policyPath() (string, error) { return g.path(g.policy, "policy.yaml") }

func (g *agents) auditPath() (string, error) {
	given := g.audit
	if given == "" && !g.a.usesSandbox() {
		given = g.a.Getenv(auditVariable)
	}
	return g.path(given, "audit")
}

func (g *agents) tokens() (*brexmcp.Tokens, error) {
	path, err := g.path("", "tokens.json")
	return brexmcp.OpenTokens(path), err
}

func (g *agents) ledger() (*agent.Ledger, error) {
	path, err := g.path("", "ledger")
	if err != nil {
		return nil, err
	}
	l, err := agent.OpenLedger(path)
	if err == nil {
		g.a.atEnd = append(g.a.atEnd, func(context.Context) error { return l.Close() })
	}
	return l, err
}

func (g *agents) log() (*agent.Log, error) {
	path, err := g.auditPath()
	if err != nil {
		return nil, err
	}
	return g.a.openLog(path)
}

// auditVariable names the folder of the log that the program writes people's changes to.
const auditVariable = "BREX_AUDIT"

// logKeys are the files of the key pair that signs a log's checkpoints: beside it, not in it.
func logKeys(log string) (signer, verifier string) { return log + ".key", log + ".pub" }

// openLog opens a log, which this program signs.
func (a *App) openLog(path string) (*agent.Log, error) {
	signerFile, verifierFile := logKeys(path)
	text, err := os.ReadFile(signerFile)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = newLogKey(signerFile, verifierFile)
	}
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s is not a key that signs checkpoints", signerFile)
	}
	log, err := agent.OpenLog(path, agent.LogOptions{Signer: signer})
	if err == nil {
		a.atEnd = append(a.atEnd, func(context.Context) error { return log.Close() })
	}
	return log, err
}

// newLogKey makes a key pair. Of two processes at once, one makes it.
func newLogKey(signerFile, verifierFile string) ([]byte, error) {
	signer, verifier, err := agent.NewLogKey("brex-audit")
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(signerFile), 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(signerFile), ".key-*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(signer)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	switch err := os.Link(f.Name(), signerFile); {
	case errors.Is(err, fs.ErrExist):
		return os.ReadFile(signerFile)
	case err != nil:
		return nil, err
	}
	return []byte(signer), os.WriteFile(verifierFile, []byte(verifier+"\n"), 0o600)
}

// load reads the policy. Without a file there is none, which denies everything.
func (g *agents) load() (*agent.Policy, error) {
	path, err := g.policyPath()
	if err != nil {
		return nil, err
	}
	p, err := agent.LoadPolicy(path)
	if errors.Is(err, fs.ErrNotExist) && g.policy == "" {
		g.a.note("there is no policy, so that agents may search and describe only; make one with brex agents policy init")
		return nil, nil
	}
	return p, err
}

// guard connects and lets agents use the connection.
func (g *agents) guard() (*agent.Guard, *agent.Policy, *session, error) {
	policy, err := g.load()
	if err != nil {
		return nil, nil, nil, err
	}
	g.a.agentsOnly = true // the guard writes the log
	s, err := g.a.connect()
	if err != nil {
		return nil, nil, nil, err
	}
	ledger, err := g.ledger()
	if err != nil {
		return nil, nil, nil, err
	}
	log, err := g.log()
	if err != nil {
		return nil, nil, nil, err
	}
	var decider agent.Decider // not a nil *agent.Policy, which is one
	if policy != nil {
		decider = policy
	}
	guard, err := agent.NewGuard(s.Client, decider, ledger, log)
	return guard, policy, s, err
}

// person is the operating-system user: not USER, which anybody can set.
func person() (string, error) {
	u, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("the operating-system user is not known: %w", err)
	}
	return u.Username, nil
}

// personLog are the options of a client whose changes are written to BREX_AUDIT.
func (a *App) personLog() ([]brex.Option, error) {
	path := a.Getenv(auditVariable)
	if path == "" || a.agentsOnly {
		return nil, nil
	}
	name, err := person()
	if err != nil {
		return nil, err
	}
	log, err := a.openLog(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", auditVariable, err)
	}
	via := "brex"
	if a.usesSandbox() {
		via = "brex --sandbox"
	}
	return log.WithLog(name, via), nil
}

// tokenKind is whom a token of a command is for.
func tokenKind(approver bool) brexmcp.Kind {
	if approver {
		return brexmcp.KindApprover
	}
	return brexmcp.KindAgent
}

// oneName takes the name of an agent or an approver.
func oneName(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("%q needs one name, of an agent or, with --approver, of an approver of the policy", words(cmd))
	}
	return nil
}

func (g *agents) addCommand() *cobra.Command {
	var approver bool
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Make a token with which an agent, or a person who approves, reaches brex mcp serve",
		Long: `Make a token with which an agent, or with --approver a person who approves, reaches brex mcp serve. It is
printed once, and only its hash is kept.`,
		Example: `  brex agents add reporting
  brex agents add --approver cfo`,
		Args: oneName,
		RunE: func(_ *cobra.Command, args []string) error {
			policy, err := g.load()
			if err != nil {
				return err
			}
			if !approver && policy != nil && !slices.Contains(policy.Agents(), args[0]) {
				return usagef("the policy has no agent %q; it has %v", args[0], policy.Agents())
			}
			tokens, err := g.tokens()
			if err != nil {
				return err
			}
			token, err := tokens.Add(tokenKind(approver), args[0])
			if err != nil {
				return err
			}
			g.a.note("this token is shown once; keep it as a secret")
			_, err = fmt.Fprintln(stdout{g.a.Stdout}, token)
			return err
		},
	}
	cmd.Flags().BoolVar(&approver, "approver", false, "the token is of a person who approves")
	return cmd
}

func (g *agents) revokeCommand() *cobra.Command {
	var approver bool
	cmd := &cobra.Command{
		Use:     "revoke NAME",
		Short:   "End a token at once",
		Example: `  brex agents revoke reporting`,
		Args:    oneName,
		RunE: func(_ *cobra.Command, args []string) error {
			tokens, err := g.tokens()
			if err != nil {
				return err
			}
			if err := tokens.Revoke(tokenKind(approver), args[0]); err != nil {
				return err
			}
			g.a.note("revoked; an agent over standard input and output needs no token: take it out of the policy")
			return nil
		},
	}
	cmd.Flags().BoolVar(&approver, "approver", false, "the token is of a person who approves")
	return cmd
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

func (g *agents) listCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the agents of the policy, and who has a token",
		Example: `  brex agents list`,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
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
		},
	}
}

// noteStop writes to the log that all agents were stopped or started.
func (g *agents) noteStop(by, what string) error {
	log, err := g.log()
	if err != nil {
		return err
	}
	return log.Append(agent.Record{Kind: agent.KindStop, By: by, User: by, From: "program", Outcome: what, Say: fmt.Sprintf("All agents were %s by %s.", what, by)})
}

func (g *agents) stopCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "stop",
		Short:   "Make every call of every agent fail at once, in all processes of this folder",
		Example: `  brex agents stop`,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
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
		},
	}
}

func (g *agents) startCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:     "start",
		Short:   "End brex agents stop",
		Example: `  brex agents start`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			by, err := person()
			if err != nil {
				return err
			}
			if !yes {
				if err := g.a.confirm(cmd.Context(), "all agents may call again"); err != nil {
					return err
				}
			}
			if err := g.noteStop(by, "started again"); err != nil {
				return err
			}
			ledger, err := g.ledger()
			if err != nil {
				return err
			}
			return ledger.Start()
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}
