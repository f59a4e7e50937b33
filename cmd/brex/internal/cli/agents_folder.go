package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/agent"
	"github.com/brex-go/sdk/brex/brexmcp"
)

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
	if g.audit == "" && !g.a.usesSandbox() {
		return g.path(g.a.Getenv(auditVariable), "audit")
	}
	return g.path(g.audit, "audit")
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

// auditVariable names the folder of the log that the program writes people's changes to.
const auditVariable = "BREX_AUDIT"

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

// logKeys are the files of the key pair that signs a log's checkpoints: beside it, not in it.
func logKeys(log string) (signer, verifier string) { return log + ".key", log + ".pub" }

// logSigner signs the checkpoints of a log. It makes the keys if there are none.
func logSigner(path string) (note.Signer, error) {
	signerFile, verifierFile := logKeys(path)
	text, err := os.ReadFile(signerFile)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = newLogKey(signerFile, verifierFile)
	}
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("%s is not a key that signs checkpoints", signerFile)
	}
	return signer, nil
}

// openLog opens a log, which this program signs.
func (a *App) openLog(path string) (*agent.Log, error) {
	signer, err := logSigner(path)
	if err != nil {
		return nil, err
	}
	log, err := agent.OpenLog(path, agent.LogOptions{Signer: signer})
	if err == nil {
		a.atEnd = append(a.atEnd, func(context.Context) error { return log.Close() })
	}
	return log, err
}

// newLogKey makes a key pair, the signer last. Of two processes at once, one makes it.
func newLogKey(signerFile, verifierFile string) ([]byte, error) {
	signer, verifier, err := agent.NewLogKey("brex-audit")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(signerFile), 0o700)
	}
	if err != nil {
		return nil, err
	}
	next, err := os.CreateTemp(filepath.Dir(signerFile), ".key-*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(next.Name()) }()
	_, err = next.WriteString(signer + "\n")
	if err = errors.Join(err, next.Close()); err == nil {
		err = os.Link(next.Name(), signerFile) // whole, or not at all
	}
	if errors.Is(err, fs.ErrExist) {
		return os.ReadFile(signerFile)
	}
	if err == nil {
		err = os.WriteFile(verifierFile, []byte(verifier+"\n"), 0o600)
	}
	return []byte(signer), err
}
