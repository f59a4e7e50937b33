package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/file"
	"github.com/brex-go/sdk/brex/mirror/postgres"
	"github.com/brex-go/sdk/brex/mirror/singer"
	"github.com/brex-go/sdk/brex/mirror/sqlite"
	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

func (a *App) syncStatus() *cobra.Command {
	var to target
	prometheus := false
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say when each stream of a copy was read last",
		Example: `  brex sync status
  brex sync status --to dir:./lake -o json
  brex sync status --prometheus > /var/lib/node_exporter/brex.prom`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			sink, err := to.existing(cmd.Context(), a.Getenv)
			if err != nil {
				return err
			}
			states, err := sink.States(cmd.Context())
			if err = errors.Join(err, sink.Close()); err != nil {
				return err
			}
			if prometheus {
				_, err := fmt.Fprint(stdout{a.Stdout}, metrics(states))
				return err
			}
			var raw []json.RawMessage
			for _, s := range states {
				object, err := json.Marshal(map[string]any{"company": s.Company, "stream": s.Stream, "status": s.Status, "last_success": wire.At(s.LastSuccess),
					"last_full": wire.At(s.LastFull), "watermark": wire.At(s.Watermark), "error": s.Error})
				if err != nil {
					return err
				}
				raw = append(raw, object)
			}
			return printRows(a, stateColumns(a.Now()), states, raw)
		},
	}
	to.flags(cmd)
	cmd.Flags().BoolVar(&prometheus, "prometheus", false, "write metrics for Prometheus's text format instead")
	return cmd
}

func stateColumns(now time.Time) []output.Column[mirror.State] {
	return append([]output.Column[mirror.State]{
		output.ID("stream", func(s mirror.State) string { return s.Stream }),
		output.Text("status", func(s mirror.State) string { return string(s.Status) }),
		output.At("last_success", func(s mirror.State) wire.Time { return wire.At(s.LastSuccess) }),
		output.Text("age", func(s mirror.State) string {
			if s.LastSuccess.IsZero() {
				return "never read"
			}
			return now.Sub(s.LastSuccess).Truncate(time.Second).String()
		}),
		output.Long(output.Text("error", func(s mirror.State) string { return s.Error })),
	}, output.Wide(
		output.At("last_full", func(s mirror.State) wire.Time { return wire.At(s.LastFull) }),
		output.At("watermark", func(s mirror.State) wire.Time { return wire.At(s.Watermark) }),
		output.ID("company", func(s mirror.State) string { return s.Company }),
	)...)
}

// metrics are the states in Prometheus's text format.
func metrics(states []mirror.State) string {
	var b strings.Builder
	label := func(s mirror.State) string { return fmt.Sprintf("{company=%q,stream=%q}", s.Company, s.Stream) }
	b.WriteString("# HELP brex_sync_last_success_timestamp_seconds End of the last run that read the stream without an error.\n# TYPE brex_sync_last_success_timestamp_seconds gauge\n")
	for _, s := range states {
		if !s.LastSuccess.IsZero() {
			fmt.Fprintf(&b, "brex_sync_last_success_timestamp_seconds%s %d\n", label(s), s.LastSuccess.Unix())
		}
	}
	b.WriteString("# HELP brex_sync_ok Whether the last run read the stream to its end.\n# TYPE brex_sync_ok gauge\n")
	for _, s := range states {
		ok := 0
		if s.Status == mirror.StatusDone {
			ok = 1
		}
		fmt.Fprintf(&b, "brex_sync_ok%s %d\n", label(s), ok)
	}
	return b.String()
}

func (a *App) syncSchema() *cobra.Command {
	as := "sqlite"
	forms := []string{"sqlite", "postgres", "csv", "parquet", "singer", "markdown"}
	cmd := &cobra.Command{
		Use:   "schema [STREAM...]",
		Short: "Show the tables of a copy",
		Example: `  brex sync schema
  brex sync schema expenses --as postgres
  brex sync schema --as markdown > tables.md`,
		RunE: func(_ *cobra.Command, args []string) error {
			if !slices.Contains(forms, as) {
				return usagef("--as %q is not one of %s", as, strings.Join(forms, ", "))
			}
			for _, name := range args {
				if !slices.Contains(streamNames(), name) {
					return usagef("%q is not a stream; there are %s", name, strings.Join(streamNames(), ", "))
				}
			}
			for _, t := range mirror.Tables() {
				if len(args) > 0 && !slices.Contains(args, t.Name) {
					continue
				}
				if _, err := fmt.Fprintln(stdout{a.Stdout}, schemaOf(t, as)); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&as, "as", as, "in the `form` of sqlite, postgres, csv, parquet, singer or markdown")
	complete(cmd, "as", forms)
	cmd.ValidArgs = streamNames()
	return cmd
}

func schemaOf(t *mirror.Table, as string) string {
	switch as {
	case "sqlite":
		return strings.Join(sqlite.Schema(t), ";\n") + ";\n"
	case "postgres":
		return strings.Join(postgres.Schema(t), ";\n") + ";\n"
	case "csv":
		return t.Name + ": " + strings.Join(file.Header(t.Columns), ",")
	case "parquet":
		return file.ParquetSchema(t.Name, t.Columns).String() + "\n"
	case "singer":
		message, err := json.Marshal(map[string]any{"type": "SCHEMA", "stream": t.Name, "key_properties": singer.Keys(t), "schema": singer.Schema(t, nil)})
		if err != nil {
			return ""
		}
		return string(message)
	}
	return mirror.Markdown(t)
}

func (a *App) syncForget() *cobra.Command {
	var to target
	user := ""
	cmd := &cobra.Command{
		Use:   "forget --user ID",
		Short: "Remove a user from a copy for good",
		Long: `Remove a user from a copy for good, and note it, so that later runs leave the user out. Rows about the
user go: the user, and what names the user as its own, such as expenses and cards. Where other rows
mention the user, as a manager or an approver, the id and the name become null. Brex is not changed.`,
		Example: `  brex sync forget --user cuuser_cl3khzfnr00000k92bdjtmmes`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if user == "" {
				return usagef("--user is missing; brex users list prints ids")
			}
			s, err := a.connect()
			if err != nil {
				return err
			}
			sink, err := to.existing(cmd.Context(), a.Getenv)
			if err != nil {
				return err
			}
			m, err := mirror.New(s.Client, sink, mirror.WithClock(s.now))
			if err != nil {
				return errors.Join(err, sink.Close())
			}
			report, err := m.Forget(cmd.Context(), user)
			if err = errors.Join(err, sink.Close()); err != nil {
				return err
			}
			for _, t := range mirror.Tables() {
				if n, m := report.Removed[t.Name], report.Cleaned[t.Name]; n+m > 0 {
					a.note("%s: %s removed, %s no longer mention the user", t.Name, countRows(n), countRows(m))
				}
			}
			return nil
		},
	}
	to.flags(cmd)
	cmd.Flags().StringVar(&user, "user", "", "`id` of the user")
	return cmd
}
