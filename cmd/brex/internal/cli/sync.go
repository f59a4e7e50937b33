package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

const syncLong = `Keep a copy of the company: every list of the API as a table, in an SQLite database, in PostgreSQL or
in files. The first run reads everything; each later one reads what changed, and everything once a
week. A run that is interrupted goes on where it stood. Rows that are gone from Brex are marked in
_deleted_at, never removed, and only after Brex said so for each of them.

Money is in whole minor units in columns named _minor; the views (expenses_view) show exact major
units and the names behind ids. Card numbers, signing secrets, identity documents and links that open
something are never kept; of account numbers the last four characters are.

Exit codes: 0 done, 5 some streams were not read because the token may not, 1 some streams failed.`

// syncFlags are the flags of sync.
type syncFlags struct {
	target  target
	streams choices

	fullEvery, overlap, watch time.Duration
	allow                     int
	accounts                  bool
	exclude, hash             []string
	keep, notify, receipts    string
}

func (a *App) sync() *cobra.Command {
	f := &syncFlags{streams: choices{of: streamNames()}}
	cmd := &cobra.Command{
		Use:   "sync",
		Short: "Keep a copy of the company in SQLite, PostgreSQL or files",
		Long:  syncLong,
		Example: `  brex sync
  brex sync --to sqlite:books.db --streams expenses,users,departments
  brex sync --to postgres:"host=db user=brex dbname=books" --watch 15m
  brex sync --to dir:./lake --format parquet --keep 25mo
  brex sync --receipts ./receipts
  brex sync --sandbox && sqlite3 brex.db "SELECT user_name, original_amount FROM expenses_view LIMIT 5"
  brex sync status`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runSync(cmd.Context(), f) },
	}
	f.target.flags(cmd)
	fl := cmd.Flags()
	f.rules(cmd)
	fl.DurationVar(&f.watch, "watch", 0, "go on, with a run every `interval`")
	fl.StringVar(&f.receipts, "receipts", "", "keep the files of receipts in this `directory` too, like brex receipts download")
	_ = cmd.MarkFlagDirname("receipts") // fails on an unknown flag only
	fl.StringVar(&f.notify, "notify", "", "send what each run did to this `address`, as JSON by POST")
	cmd.AddCommand(a.syncStatus(), a.syncSchema(), a.syncForget())
	return cmd
}

// rules are the flags that say what a copy holds, and how it is kept up to date.
func (f *syncFlags) rules(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.Var(&f.streams, "streams", "only these streams")
	fl.DurationVar(&f.fullEvery, "full-every", mirror.DefaultFullEvery, "read whole lists again after this `time`, to find what is gone; 0 for always")
	fl.DurationVar(&f.overlap, "overlap", mirror.DefaultOverlap, "read again what changed within this `time` before the last change seen")
	fl.IntVar(&f.allow, "allow-deletes", 0, "mark up to so many rows of a stream as deleted, where a run refuses to")
	fl.BoolVar(&f.accounts, "with-account-numbers", false, "keep account numbers whole")
	fl.StringSliceVar(&f.exclude, "exclude", nil, "leave out these columns, such as users.email")
	fl.StringSliceVar(&f.hash, "hash", nil, "keep only a keyed hash of these columns; the key is in "+hashVariable)
	fl.StringVar(&f.keep, "keep", "", "keep only rows of the last `months`, such as 25mo")
	complete(cmd, "streams", f.streams.of)
}

// hashVariable holds the key of --hash.
const hashVariable = "BREX_HASH_KEY"

func streamNames() (names []string) {
	for _, t := range mirror.Tables() {
		names = append(names, t.Name)
	}
	return names
}

// options are what the flags say about the mirror.
func (f *syncFlags) options(a *App, s *session) ([]mirror.Option, error) {
	opts := []mirror.Option{mirror.WithClock(s.now), mirror.WithFullEvery(f.fullEvery), mirror.WithOverlap(f.overlap), mirror.WithAllowDeletes(f.allow)}
	if f.accounts {
		opts = append(opts, mirror.WithAccountNumbers())
	}
	if len(f.exclude) > 0 {
		opts = append(opts, mirror.WithExclude(f.exclude...))
	}
	if len(f.hash) > 0 {
		key := a.Getenv(hashVariable)
		if key == "" {
			return nil, usagef("--hash needs a key of at least 16 characters in %s; keep it, or the hashes change", hashVariable)
		}
		opts = append(opts, mirror.WithHash([]byte(key), f.hash...))
	}
	if f.keep != "" {
		months, err := strconv.Atoi(strings.TrimSuffix(f.keep, "mo"))
		if err != nil || !strings.HasSuffix(f.keep, "mo") || months < 1 {
			return nil, usagef("--keep %q is not a number of months, such as 25mo", f.keep)
		}
		opts = append(opts, mirror.WithKeep(months))
	}
	return opts, nil
}

func (a *App) runSync(ctx context.Context, f *syncFlags) error {
	if f.watch < 0 || f.watch > 0 && f.watch < time.Minute {
		return usagef("--watch %v is too short; give at least 1m", f.watch)
	}
	if err := checkNotify(f.notify); err != nil {
		return err
	}
	if f.receipts != "" && !f.streams.match("expenses") {
		return usagef("--receipts needs the stream expenses: add it to --streams")
	}
	s, err := a.connect()
	if err != nil {
		return err
	}
	opts, err := f.options(a, s)
	if err != nil {
		return err
	}
	sink, err := f.target.openWith(ctx, a.Getenv)
	if err != nil {
		return err
	}
	m, err := mirror.New(s.Client, sink, append(opts, mirror.WithObserver(a.progress.mirror))...)
	if err != nil {
		return errors.Join(usagef("%s", strings.TrimPrefix(err.Error(), "mirror: ")), sink.Close())
	}
	once := func() (mirror.Report, error) {
		report, err := a.syncOnce(ctx, f, m)
		if f.receipts != "" && report.Company != "" && ctx.Err() == nil {
			err = cmp.Or(err, a.syncReceipts(ctx, s, sink, report.Company, f.receipts))
		}
		return report, err
	}
	return errors.Join(a.syncLoop(ctx, f, once), sink.Close())
}

func (a *App) syncLoop(ctx context.Context, f *syncFlags, once func() (mirror.Report, error)) error {
	for {
		report, err := once()
		if f.notify != "" && ctx.Err() == nil {
			if err := notify(ctx, f.notify, report, err); err != nil {
				a.note("--notify: %v", err)
			}
		}
		if f.watch == 0 || ctx.Err() != nil {
			return err
		}
		if err != nil {
			a.note("%v; the next run is in %v", err, f.watch)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(f.watch):
		}
	}
}

// syncOnce runs the mirror and prints what it did.
func (a *App) syncOnce(ctx context.Context, f *syncFlags, m *mirror.Mirror) (mirror.Report, error) {
	report, err := m.Run(ctx, f.streams.values...)
	if report.Company == "" {
		return report, err
	}
	return report, a.syncResult(report, err)
}

// syncResult prints a report, and returns its outcome.
func (a *App) syncResult(report mirror.Report, err error) error {
	var raw []json.RawMessage
	for _, s := range report.Streams {
		object, err := json.Marshal(streamLine(s))
		if err != nil {
			return err
		}
		raw = append(raw, object)
	}
	if err := printRows(a, syncColumns, report.Streams, raw); err != nil {
		return err
	}
	return syncOutcome(report, err)
}

// syncOutcome makes an error of what was not read.
func syncOutcome(report mirror.Report, err error) error {
	failed, skipped := 0, 0
	for _, s := range report.Streams {
		switch s.Status {
		case mirror.StatusFailed:
			failed++
		case mirror.StatusSkipped:
			skipped++
		}
	}
	switch {
	case err != nil:
		return syncError{exitFailure, fmt.Errorf("%d of %d streams failed: %w", failed, len(report.Streams), firstLine(err))}
	case skipped > 0:
		return syncError{exitPartly, fmt.Errorf("%d of %d streams were not read, because the token may not; the others were", skipped, len(report.Streams))}
	}
	return nil
}

// firstLine is the first of several errors.
func firstLine(err error) error {
	if many, ok := err.(interface{ Unwrap() []error }); ok && len(many.Unwrap()) > 0 {
		return many.Unwrap()[0]
	}
	return err
}

// syncError is what a run did not do, with its exit code.
type syncError struct {
	code int
	error
}

func (e syncError) Unwrap() error { return e.error }

// line is a stream's report as JSON.
type line struct {
	Stream      string `json:"stream"`
	Status      string `json:"status"`
	Full        bool   `json:"full"`
	Rows        int    `json:"rows"`
	Added       int    `json:"added"`
	Changed     int    `json:"changed"`
	Deleted     int    `json:"deleted"`
	Repaired    int    `json:"repaired"`
	Unconfirmed int    `json:"unconfirmed"`
	Requests    int    `json:"requests"`
	Note        string `json:"note,omitempty"`
	Error       string `json:"error,omitempty"`
}

func streamLine(s mirror.StreamReport) line {
	l := line{s.Stream, string(s.Status), s.Full, s.Rows, s.Added, s.Changed, s.Deleted, s.Repaired, s.Unconfirmed, s.Requests, s.Note, ""}
	if s.Err != nil {
		l.Error = s.Err.Error()
	}
	return l
}

var syncColumns = append([]output.Column[mirror.StreamReport]{
	output.ID("stream", func(s mirror.StreamReport) string { return s.Stream }),
	output.Text("status", func(s mirror.StreamReport) string { return string(s.Status) }),
	output.Text("rows", func(s mirror.StreamReport) string {
		if s.Status == mirror.StatusSkipped {
			return "" // not read, which is not the same as none
		}
		return strconv.Itoa(s.Rows)
	}),
	output.Text("added", func(s mirror.StreamReport) string { return orBlank(s.Added) }),
	output.Text("changed", func(s mirror.StreamReport) string { return orBlank(s.Changed) }),
	output.Text("deleted", func(s mirror.StreamReport) string { return orBlank(s.Deleted) }),
	output.Text("requests", func(s mirror.StreamReport) string { return orBlank(s.Requests) }),
	output.Long(output.Text("note", func(s mirror.StreamReport) string {
		if s.Err != nil {
			return s.Err.Error()
		}
		return s.Note
	})),
}, output.Wide(
	output.Text("full", func(s mirror.StreamReport) string { return strconv.FormatBool(s.Full) }),
	output.Text("repaired", func(s mirror.StreamReport) string { return orBlank(s.Repaired) }),
	output.Text("unconfirmed", func(s mirror.StreamReport) string { return orBlank(s.Unconfirmed) }),
)...)

func orBlank(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// checkNotify refuses addresses that would show what is in a copy to the network.
func checkNotify(address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	local := err == nil && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1")
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return usagef("--notify must be an address like https://example.com/hook")
	}
	return nil
}

// notify sends what a run did.
func notify(ctx context.Context, address string, report mirror.Report, failure error) error {
	var message struct {
		Company string `json:"company"`
		OK      bool   `json:"ok"`
		Error   string `json:"error,omitempty"`
		Streams []line `json:"streams"`
	}
	message.Company, message.OK = report.Company, failure == nil
	if failure != nil {
		message.Error = failure.Error()
	}
	for _, s := range report.Streams {
		message.Streams = append(message.Streams, streamLine(s))
	}
	return post(ctx, address, message)
}

// post sends an object as JSON. Its errors do not show the address.
func post(ctx context.Context, address string, message any) error {
	body, err := json.Marshal(message)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return errors.New("the address cannot be reached") // the error of net/http shows all of it
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		return fmt.Errorf("the response has status %d", res.StatusCode)
	}
	return nil
}
