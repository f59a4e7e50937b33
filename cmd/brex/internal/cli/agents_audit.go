package cli

import (
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

func (g *agents) auditCommand() *cobra.Command {
	return group("audit", "Read and check the log of what agents did", g.auditList(), g.auditVerify(), g.auditExport())
}

// recordFilter are the flags that choose records.
type recordFilter struct{ agent, operation string }

func (f *recordFilter) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.agent, "agent", "", "only of this `name`")
	cmd.Flags().StringVar(&f.operation, "operation", "", "only of this `operation`")
}

func (f *recordFilter) keep(r agent.Record) bool {
	return (f.agent == "" || r.Agent == f.agent) && (f.operation == "" || r.Operation == f.operation)
}

func (g *agents) auditList() *cobra.Command {
	var filter recordFilter
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the records, each as a sentence",
		Example: `  brex agents audit list --agent reporting`,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			path, err := g.existingLog()
			if err != nil {
				return err
			}
			var rows []agent.Record
			for r, err := range agent.ReadLog(path) {
				if err != nil {
					return err
				}
				if filter.keep(r) {
					rows = append(rows, r)
				}
			}
			return printValues(g.a, recordColumns, rows)
		},
	}
	filter.flags(cmd)
	return cmd
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

func (g *agents) auditVerify() *cobra.Command {
	var checkpoints []string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check that no record was changed, removed or added",
		Long: `Check that no record was changed, removed or added: each line has the hash of the one before it, and
checkpoints are signed with a key beside the log. Give checkpoints that have left the machine with
--checkpoint: against them even the holder of that key cannot have changed what came before. What came
after the last known checkpoint is not proved.

Exit code 6: the log is whole, and has requests that were allowed and whose outcome is not in it. Look for
their keys in Brex.`,
		Example: `  brex agents audit verify --checkpoint 2026-11-30.checkpoint`,
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return g.verify(checkpoints) },
	}
	cmd.Flags().StringSliceVar(&checkpoints, "checkpoint", nil, "`file` with a checkpoint that was kept elsewhere; may be repeated")
	return cmd
}

func (g *agents) verify(checkpoints []string) error {
	path, err := g.existingLog()
	if err != nil {
		return err
	}
	_, public := logKeys(path)
	key, err := os.ReadFile(public)
	if err != nil {
		return fmt.Errorf("the key that checkpoints are checked with cannot be read: %w", err)
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	if err != nil {
		return fmt.Errorf("%s is not a key", public)
	}
	var texts [][]byte
	for _, name := range checkpoints {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		texts = append(texts, text)
	}
	v, err := agent.VerifyLog(path, note.VerifierList(verifier), texts...)
	if err != nil {
		return err
	}
	g.a.note("%d records in %d files follow each other; the last checkpoint covers the first %d", v.Records, v.Files, v.Checkpoint)
	if v.Torn {
		g.a.note("the last line was cut off, as a crash does")
	}
	if len(v.Open) > 0 {
		var open []string
		for _, r := range v.Open {
			open = append(open, strings.TrimSpace(r.ID+" "+r.Operation+" "+r.Key))
		}
		return openError{fmt.Errorf("%d requests were allowed and have no outcome: %s", len(v.Open), strings.Join(open, ", "))}
	}
	return nil
}

// openError reports requests whose outcome is not known.
type openError struct{ error }

func (g *agents) auditExport() *cobra.Command {
	var filter recordFilter
	cmd := &cobra.Command{
		Use:     "export",
		Short:   "Write the records as CSV or, with -o json, as JSON",
		Example: `  brex agents audit export > audit.csv`,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			path, err := g.existingLog()
			if err != nil {
				return err
			}
			format := agent.ExportCSV
			if g.a.flags.output == output.JSON {
				format = agent.ExportJSON
			}
			return agent.ExportLog(path, stdout{g.a.Stdout}, format, filter.keep)
		},
	}
	filter.flags(cmd)
	return cmd
}
