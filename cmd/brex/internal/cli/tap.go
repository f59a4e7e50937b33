package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/singer"
)

const tapLong = `Write the rows that changed as Singer messages, for a target such as those of Meltano. The command first
brings the copy of brex sync up to date, so that rows that are gone are known too (in _deleted_at),
then writes what changed in it since --state. The copy is in SQLite or PostgreSQL; if it is lost, all
rows are written once more. _raw has each object as Brex sent it, with its lists, such as line items.
A row that brex sync forget removed is not reported: remove it in the warehouse too.

--config is a JSON object. All its members are optional:
  mirror      where the copy is: sqlite:FILE or postgres:DSN (default BREX_SYNC_TO, or sqlite:brex.db)
  sync        false to write what is in the copy, and ask Brex for nothing
  company_id  the company, where the copy has several and sync is false
  exclude, hash, keep, with_account_numbers
              as the flags of brex sync; give what was given there, or the copy is read anew without it

The token is that of the program, such as BREX_TOKEN. Exit codes: 0 done, 5 some streams were not read
because the token may not, 1 some streams failed; what is there is written.`

// tapOptions are what tap is told.
type tapOptions struct {
	config, catalog, state string
	discover               bool
}

// tapConfig is the file of --config.
type tapConfig struct {
	Mirror  string `json:"mirror"`
	Sync    *bool  `json:"sync"`
	Company string `json:"company_id"`

	Exclude  []string `json:"exclude"`
	Hash     []string `json:"hash"`
	Keep     string   `json:"keep"`
	Accounts bool     `json:"with_account_numbers"`
}

func newTap(a *App, run func(context.Context, *tapOptions) error) *cobra.Command {
	o := &tapOptions{}
	if run == nil {
		run = func(ctx context.Context, o *tapOptions) error { return a.runTap(ctx, o) }
	}
	cmd := &cobra.Command{Use: "tap", Short: "Write changes as Singer messages, for Meltano and warehouses", Long: tapLong, Args: noArgs,
		Example: `  brex tap --discover > catalog.json
  brex tap --config tap.json --catalog catalog.json --state state.json | target-jsonl`,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) }}
	f := cmd.Flags()
	f.StringVar(&o.config, "config", "", "the `file` with the configuration")
	f.StringVar(&o.catalog, "catalog", "", "the `file` with the streams and columns that are chosen; all without it")
	f.StringVar(&o.catalog, "properties", "", "an older name of --catalog")
	f.StringVar(&o.state, "state", "", "the `file` with the state that the target has stored last")
	f.BoolVar(&o.discover, "discover", false, "write the catalog of all streams, and nothing else")
	_ = f.MarkHidden("properties") // fails on an unknown flag only
	return cmd
}

// readJSON reads a file that a flag names, where it does.
func readJSON(flag, name string, into any) error {
	if name == "" {
		return nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return usagef("--%s: %v", flag, err)
	}
	if len(bytes.TrimSpace(text)) == 0 && flag == "state" {
		return nil // what some runners pass before the first state
	}
	if err := json.Unmarshal(text, into); err != nil {
		return usagef("--%s %s is not JSON as it should be: %v", flag, name, err)
	}
	return nil
}

func (a *App) runTap(ctx context.Context, o *tapOptions) error {
	if o.discover {
		return singer.Discover(stdout{a.Stdout})
	}
	var config tapConfig
	var state singer.State
	var catalog *singer.Catalog
	for _, err := range []error{readJSON("config", o.config, &config), readJSON("state", o.state, &state), readJSON("catalog", o.catalog, &catalog)} {
		if err != nil {
			return err
		}
	}
	tap, err := singer.New(catalog, state)
	if err != nil {
		return usagef("%s", strings.TrimPrefix(err.Error(), "singer: "))
	}
	to := target{to: config.Mirror}
	if kind, _, err := to.split(a.Getenv); err != nil || kind == "dir" {
		return usagef("mirror, in the file of --config, must be sqlite:FILE or postgres:DSN")
	}
	if config.Sync != nil && !*config.Sync {
		sink, err := to.reader(ctx, a.Getenv)
		if err != nil {
			return err
		}
		return errors.Join(tap.Write(ctx, stdout{a.Stdout}, sink, config.Company), sink.Close())
	}
	return a.tapSynced(ctx, tap, &to, &config)
}

// tapSynced brings the copy up to date, and writes what changed in it.
func (a *App) tapSynced(ctx context.Context, tap *singer.Tap, to *target, config *tapConfig) (err error) {
	s, err := a.connect()
	if err != nil {
		return err
	}
	f := syncFlags{fullEvery: mirror.DefaultFullEvery, overlap: mirror.DefaultOverlap, accounts: config.Accounts, exclude: config.Exclude, hash: config.Hash, keep: config.Keep}
	opts, err := f.options(a, s)
	if err != nil {
		return err
	}
	sink, err := to.openWith(ctx, a.Getenv)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sink.Close()) }()
	m, err := mirror.New(s.Client, sink, append(opts, mirror.WithObserver(a.progress.mirror))...)
	if err != nil {
		return usagef("%s", strings.TrimPrefix(err.Error(), "mirror: "))
	}
	report, failed := m.Run(ctx, tap.Streams()...)
	if report.Company == "" || ctx.Err() != nil {
		return failed
	}
	if err := tap.Write(ctx, stdout{a.Stdout}, sink.(mirror.Reader), report.Company); err != nil {
		return err
	}
	return syncOutcome(report, failed)
}
