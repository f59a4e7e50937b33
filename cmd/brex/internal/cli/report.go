package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/memory"
	"github.com/brex-go/sdk/brex/mirror/report"
)

const reportLong = `Figures of a company: what they count, what they leave out and when each list was read stands below
them. Amounts are exact, and those of different currencies are never added. Times are in UTC.

The rows come from the API, or with --from-mirror from the copy that brex sync keeps; --mirror says
where that is. A list that cannot be read is named, and the exit code is 5.`

// reportOptions are what a report is told.
type reportOptions struct {
	report.Options
	mirror   target
	copied   bool // read from the mirror
	company  string
	html     string
	window   window
	days     int // of the time without flags, 0 for all
	above    moneyFlag
	reminder reminder
}

// reportKind is one report.
type reportKind struct {
	name, short, long, example string
	member                     string // by which the time goes, empty for none
	days                       int
	streams                    []string
	make                       func(context.Context, *report.Source, *reportOptions) (*report.Report, error)
}

func reportKinds() []reportKind {
	return []reportKind{
		{"spend", "Add up what was spent, by merchant, category, department, user or month", "", "brex report spend --by category --month 2026-10\n  brex report spend --by month --from 2026-01-01 --html spend.html --from-mirror",
			"purchased_at", 365, []string{"expenses", "departments", "users", "vendors"},
			func(ctx context.Context, s *report.Source, o *reportOptions) (*report.Report, error) {
				return s.Spend(ctx, o.Options)
			}},
		{"subscriptions", "Find merchants that charge again and again, and rises of their prices", "", "brex report subscriptions --columns merchant,every,last,change,a_year --sort -change",
			"purchased_at", 400, []string{"expenses", "users"},
			func(ctx context.Context, s *report.Source, o *reportOptions) (*report.Report, error) {
				return s.Subscriptions(ctx, o.Options)
			}},
		{"missing-receipts", "List expenses without a receipt, and remind people of them", remindLong, "brex report missing-receipts --above 75USD\n  brex report missing-receipts --from 30d --remind",
			"purchased_at", 90, []string{"expenses", "users"},
			func(ctx context.Context, s *report.Source, o *reportOptions) (*report.Report, error) {
				return s.MissingReceipts(ctx, o.Options)
			}},
		{"limits", "Show how far limits are used", "", "brex report limits --sort -used_percent", "", 0, []string{"spend_limits", "cards"},
			func(ctx context.Context, s *report.Source, _ *reportOptions) (*report.Report, error) {
				return s.Limits(ctx)
			}},
		{"cash", "Show the balances of business accounts by day", "", "brex report cash --from 90d --html cash.html", "posted_at_date", 30, []string{"cash_accounts", "cash_transactions"},
			func(ctx context.Context, s *report.Source, o *reportOptions) (*report.Report, error) {
				return s.Cash(ctx, o.Options)
			}},
		{"vendors", "List what vendors were paid in a year; not a tax figure", "", "brex report vendors --year 2026 -o csv > paid.csv", "", 0, []string{"transfers", "expenses", "vendors"},
			func(ctx context.Context, s *report.Source, o *reportOptions) (*report.Report, error) {
				return s.Vendors(ctx, o.Year)
			}},
	}
}

func (a *App) reports() *cobra.Command {
	cmd := group("report", "Figures: spend, subscriptions, missing receipts, limits, balances, vendors")
	cmd.Long = reportLong
	for _, k := range reportKinds() {
		cmd.AddCommand(newReport(a, k, nil))
	}
	return cmd
}

// newReport makes the command of a report.
func newReport(a *App, k reportKind, run func(context.Context, *cobra.Command, *reportOptions) error) *cobra.Command {
	o := &reportOptions{days: k.days, window: window{member: k.member}}
	if run == nil {
		run = func(ctx context.Context, cmd *cobra.Command, o *reportOptions) error {
			return a.runReport(ctx, cmd, k, o)
		}
	}
	cmd := &cobra.Command{Use: k.name, Short: k.short, Long: strings.TrimSpace(k.short + ".\n\n" + k.long), Example: "  " + k.example, Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), cmd, o) }}
	f := cmd.Flags()
	f.BoolVar(&o.copied, "from-mirror", false, "read the copy that brex sync keeps, instead of the API")
	f.StringVar(&o.mirror.to, "mirror", "", "where the copy is: sqlite:FILE or postgres:DSN (default "+targetVariable+", or sqlite:brex.db); implies --from-mirror")
	f.StringVar(&o.company, "company", "", "`id` of the company, where the copy has several")
	f.StringVar(&o.html, "html", "", "write a page with charts, for mail and print, to this `file`")
	if k.member != "" {
		o.window.flags(cmd)
		cmd.Long += fmt.Sprintf("\n\nWithout --from, --to and --month it is about the last %d days.", k.days)
	}
	switch k.name {
	case "spend":
		f.StringVar(&o.By, "by", "merchant", strings.Join(report.Groups(), ", "))
		complete(cmd, "by", report.Groups())
	case "vendors":
		f.IntVar(&o.Year, "year", 0, "the `year` (default the present one)")
	case "missing-receipts":
		f.Var(&o.above, "above", "leave out expenses of at most this `amount`, such as 75USD, where they are in its currency")
		o.reminder.flags(cmd)
	}
	return cmd
}

// prepare reads the flags, so far as they need no company.
func (o *reportOptions) prepare(cmd *cobra.Command, k reportKind) error {
	o.Above = amountOf(o.above.value)
	if k.name == "spend" && !slices.Contains(report.Groups(), o.By) {
		return usagef("--by %q is not one of %s", o.By, strings.Join(report.Groups(), ", "))
	}
	if k.name == "vendors" && cmd.Flags().Changed("year") && (o.Year < 1000 || o.Year > 9999) {
		return usagef("--year %d is not a year, such as 2026", o.Year)
	}
	if err := o.window.check(cmd); err != nil {
		return err
	}
	o.copied = o.copied || o.mirror.to != ""
	return o.reminder.check()
}

// times resolves the time that the report is about.
func (o *reportOptions) times(cmd *cobra.Command, now time.Time) error {
	if o.days > 0 {
		if err := o.window.resolve(cmd, now); err != nil {
			return err
		}
		if !o.window.on() {
			o.window.start = now.UTC().AddDate(0, 0, -o.days).Truncate(24 * time.Hour)
		}
	}
	o.From, o.To = o.window.start, o.window.end
	if o.Year == 0 {
		o.Year = now.UTC().Year()
	}
	return nil
}

func (a *App) runReport(ctx context.Context, cmd *cobra.Command, k reportKind, o *reportOptions) error {
	if err := o.prepare(cmd, k); err != nil {
		return err
	}
	reader, now, err := a.reportReader(ctx, cmd, k, o)
	if err != nil {
		return err
	}
	r, err := a.makeReport(ctx, k, o, reader, now)
	if err = errors.Join(err, reader.Close()); err != nil {
		return err
	}
	show := func() error { return a.showReport(r, o) }
	if o.reminder.on {
		show = func() error { return o.reminder.remind(ctx, a, r, now()) }
	}
	if err := show(); err != nil {
		return err
	}
	if unread := r.Unread(); len(unread) > 0 {
		return syncError{exitPartly, fmt.Errorf("%s could not be read, so the figures may lack rows or names: %s", unread[0].Name, unread[0].Err)}
	}
	return nil
}

// copyReader is a copy that can be read and closed.
type copyReader interface {
	mirror.Sink
	mirror.Reader
}

func (a *App) makeReport(ctx context.Context, k reportKind, o *reportOptions, reader copyReader, now func() time.Time) (*report.Report, error) {
	source, err := report.Open(ctx, reader, o.company, now)
	if err != nil {
		return nil, usagef("%s", strings.TrimPrefix(err.Error(), "report: "))
	}
	return k.make(ctx, source, o)
}

// reportReader is the copy, or what the API says now in memory.
func (a *App) reportReader(ctx context.Context, cmd *cobra.Command, k reportKind, o *reportOptions) (copyReader, func() time.Time, error) {
	if o.copied {
		if err := o.times(cmd, a.Now()); err != nil {
			return nil, nil, err
		}
		reader, err := o.mirror.reader(ctx, a.Getenv)
		return reader, a.Now, err
	}
	s, err := a.connect()
	if err != nil {
		return nil, nil, err
	}
	if err := o.times(cmd, s.now()); err != nil {
		return nil, nil, err
	}
	// More is read than is counted, so that the report alone decides: a day around the time, up to now for balances, and two years
	// before the one in which a bill was paid.
	from, to := o.From.AddDate(0, 0, -1), s.now().AddDate(1, 0, 0)
	if k.name == "vendors" {
		from = time.Date(o.Year-2, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if !o.To.IsZero() && k.name != "cash" {
		to = o.To.AddDate(0, 0, 1)
	}
	opts := []mirror.Option{mirror.WithClock(s.now), mirror.WithObserver(a.progress.mirror)}
	if k.name != "limits" && from.Year() > 1 {
		opts = append(opts, mirror.WithRange(from, to))
	}
	sink := memory.New()
	m, err := mirror.New(s.Client, sink, opts...)
	if err != nil {
		return nil, nil, err
	}
	done, err := m.Run(ctx, k.streams...)
	if done.Company == "" || ctx.Err() != nil {
		return nil, nil, errors.Join(err, ctx.Err())
	}
	return sink, s.now, nil // what failed stands in the states
}

// reader opens a copy that can be read back.
func (t *target) reader(ctx context.Context, getenv func(string) string) (copyReader, error) {
	kind, _, err := t.split(getenv)
	if err != nil {
		return nil, usagef("--mirror must be sqlite:FILE or postgres:DSN")
	}
	if kind == "dir" {
		return nil, usagef("a copy in files cannot be read back; use sqlite:FILE or postgres:DSN")
	}
	sink, err := t.existing(ctx, getenv)
	if err != nil {
		return nil, err
	}
	return sink.(copyReader), nil
}
