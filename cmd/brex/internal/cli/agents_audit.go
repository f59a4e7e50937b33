package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/brex-go/sdk/brex/agent"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

var recordColumns = []output.Column[agent.Record]{
	output.Text("seq", func(r agent.Record) string { return fmt.Sprint(r.Seq) }),
	output.Text("at", func(r agent.Record) string { return r.At.Format("2006-01-02 15:04:05") }),
	output.Long(output.Text("say", func(r agent.Record) string { return r.Say })),
}

const verifyLong = `Check that no record was changed, removed or added: each line has the hash of the one before it, and
checkpoints are signed with a key beside the log. Give checkpoints that have left the machine with
--checkpoint: against them even the holder of that key cannot have changed what came before. What
came after the last known checkpoint is not proved.

Exit code 6: the log is whole, and has requests that were allowed and whose outcome is not in it.
Look for their keys in Brex.`

func (g *agents) auditCommand() *cobra.Command {
	list := leaf("list", "List the records, each as a sentence", "  brex agents audit list --agent reporting", noArgs, g.listRecords)
	export := leaf("export", "Write the records as CSV or, with -o json, as JSON", "  brex agents audit export > audit.csv", noArgs, g.exportRecords)
	for _, c := range []*cobra.Command{list, export} {
		c.Flags().StringVar(&g.name, "agent", "", "only of this `name`")
		c.Flags().StringVar(&g.operation, "operation", "", "only of this `operation`")
	}
	var checkpoints []string
	verify := leaf("verify", "Check that no record was changed, removed or added", "  brex agents audit verify --checkpoint 2026-11-30.checkpoint", noArgs,
		func(context.Context, []string) error { return g.verify(checkpoints) })
	verify.Long = verifyLong
	verify.Flags().StringSliceVar(&checkpoints, "checkpoint", nil, "`file` with a checkpoint that was kept elsewhere; may be repeated")
	replace := leaf("replace", "Begin a new log in place of one that does not verify, which is kept", "  brex agents audit replace", noArgs, g.replaceLog)
	replace.Long = replaceLong
	replace.Flags().BoolVar(&g.yes, "yes", false, "do not ask")
	return group("audit", "Read and check the log of what agents did", list, verify, replace, export)
}

const replaceLong = `Begin a new log in place of one that does not verify. Such a log accepts no record, so that
every call of every agent is refused. Find out first who changed it and what it hides: compare it
with a copy or an export, and look at what agents did in Brex.

Nothing is deleted: the old log is renamed, and stays beside the new one. The first record of the
new log names you, the old log's folder and its SHA-256, which is that of the lines that
sha256sum audit-*.jsonl checkpoint prints. Running servers must be started again.`

func (g *agents) replaceLog(ctx context.Context, _ []string) error {
	path, err := g.existingLog()
	if err != nil {
		return err
	}
	by, err := person()
	if err != nil {
		return err
	}
	signer, err := logSigner(path)
	if err != nil {
		return err
	}
	verifiers, key, err := logVerifiers(path)
	if err == nil && !g.yes {
		err = g.a.confirm(ctx, "the log in "+path+" is set aside if it does not verify, and a new one begins")
	}
	if err != nil {
		return err
	}
	folder, err := agent.ReplaceLog(path, agent.Person{Name: by, User: by, From: "program"}, verifiers, agent.LogOptions{Signer: signer})
	if err != nil {
		return err
	}
	g.a.note("the old log is in %s; brex agents audit verify --audit with that folder names the error", folder)
	_, kept := logKeys(folder)
	return os.WriteFile(kept, key, 0o600)
}

// keep reports whether the flags choose a record.
func (g *agents) keep(r agent.Record) bool {
	return (g.name == "" || r.Agent == g.name) && (g.operation == "" || r.Operation == g.operation)
}

func (g *agents) existingLog() (string, error) {
	path, err := g.auditPath()
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", usagef("there is no log in %s; --audit names another folder", path)
	}
	return path, nil
}

func (g *agents) listRecords(context.Context, []string) error {
	path, err := g.existingLog()
	if err != nil {
		return err
	}
	var rows []agent.Record
	for r, err := range agent.ReadLog(path) {
		if err != nil {
			return err
		}
		if g.keep(r) {
			rows = append(rows, r)
		}
	}
	return printValues(g.a, recordColumns, rows)
}

func (g *agents) exportRecords(context.Context, []string) error {
	path, err := g.existingLog()
	if err != nil {
		return err
	}
	format := agent.ExportCSV
	if g.a.flags.output == output.JSON {
		format = agent.ExportJSON
	}
	return agent.ExportLog(path, stdout{g.a.Stdout}, format, g.keep)
}

// openError reports requests whose outcome is not known.
type openError struct{ error }

// logVerifiers are what checkpoints of a log are checked with, and the key as its file has it.
func logVerifiers(path string) (note.Verifiers, []byte, error) {
	_, public := logKeys(path)
	key, err := os.ReadFile(public)
	if err != nil {
		return nil, nil, fmt.Errorf("the key that checkpoints are checked with cannot be read: %w", err)
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	if err != nil {
		return nil, nil, fmt.Errorf("%s is not a key", public)
	}
	return note.VerifierList(verifier), key, nil
}

func (g *agents) verify(checkpoints []string) error {
	path, err := g.existingLog()
	if err != nil {
		return err
	}
	verifiers, _, err := logVerifiers(path)
	if err != nil {
		return err
	}
	var texts [][]byte
	for _, name := range checkpoints {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		texts = append(texts, text)
	}
	v, err := agent.VerifyLog(path, verifiers, texts...)
	if errors.Is(err, agent.ErrLog) {
		return fmt.Errorf("%w; find out who changed it, and see brex agents audit replace --help", err)
	}
	if err != nil {
		return err
	}
	g.a.note("%d records in %d files follow each other; the last checkpoint covers the first %d", v.Records, v.Files, v.Checkpoint)
	if v.Torn {
		g.a.note("the last line was cut off, as a crash does")
	}
	var open []string
	for _, r := range v.Open {
		open = append(open, strings.TrimSpace(r.ID+" "+r.Operation+" "+r.Key))
	}
	if len(open) > 0 {
		return openError{fmt.Errorf("%d requests were allowed and have no outcome: %s", len(open), strings.Join(open, ", "))}
	}
	return nil
}
