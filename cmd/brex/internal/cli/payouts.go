package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brexpg"
	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/payout"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

const payoutsLong = `Pay a file of invoices by transfers to vendors, and never knowingly pay one twice.

plan checks a file and freezes every payment, approve notes who looked at it, run sends the
payments. run goes on where a run was cut off. What is not known is looked for in Brex before
anything is sent again, and where nobody can know, a person is asked: exit code 6.

Plans and journals are kept in the folder of --dir, or BREX_PAYOUTS_DIR. Keep it: later plans are
compared with it. --to keeps them in PostgreSQL instead, where run --enqueue leaves a run to the
workers of brex worker. A run belongs in one place: begin and end it there. Each payment asks for
approval in Brex unless --manual-from of plan says otherwise.`

// payouts is a folder or a database with runs, as the flags name it.
type payouts struct {
	a       *App
	dir, to string

	where string        // the flag that names it, for what to do next
	pool  *pgxpool.Pool // of --to
}

func (a *App) payouts() *cobra.Command {
	p := &payouts{a: a}
	cmd := group("payouts", "Pay files of invoices: plan, approve, run, reconcile, report",
		p.planCommand(), p.showCommand(), p.approveCommand(),
		p.runCommand(), p.statusCommand(), p.reconcileCommand(), p.reportCommand(), p.listCommand())
	cmd.Aliases, cmd.Long = []string{"pay"}, payoutsLong
	cmd.PersistentFlags().StringVar(&p.dir, "dir", "",
		"`folder` of plans and journals (default BREX_PAYOUTS_DIR)")
	_ = cmd.MarkPersistentFlagDirname("dir") // fails on an unknown flag only
	cmd.PersistentFlags().StringVar(&p.to, "to", "", "keep them in a database instead, postgres:`DSN`; see brex pg")
	return cmd
}

// store is where runs are kept: a folder or a database.
type store interface {
	Save(ctx context.Context, plan *payout.Plan) error
	Load(ctx context.Context, name string) (*payout.Plan, error)
	Journal(plan *payout.Plan) (payout.Journal, error)
	Reports(ctx context.Context) ([]*payout.Report, error)
}

// folder is a store in a folder.
type folder struct{ *payout.Dir }

func (f folder) Load(_ context.Context, name string) (*payout.Plan, error) { return f.Dir.Load(name) }
func (f folder) Journal(plan *payout.Plan) (payout.Journal, error)         { return f.Dir.Journal(plan) }

// store opens what --to or --dir names.
func (p *payouts) store(ctx context.Context) (store, error) {
	if p.to != "" {
		if p.dir != "" {
			return nil, usagef("--dir and --to exclude each other: a run is kept in one place")
		}
		pool, err := p.a.migrated(ctx, target{to: p.to})
		if err != nil {
			return nil, err
		}
		p.where, p.pool = "the same --to", pool
		return brexpg.NewRuns(pool), nil
	}
	path := p.dir
	if path == "" {
		path = p.a.Getenv("BREX_PAYOUTS_DIR")
	}
	if path == "" {
		return nil, usagef("--dir is missing: name a folder of your own in which plans and journals are kept, or set BREX_PAYOUTS_DIR; --to keeps them in PostgreSQL")
	}
	dir, err := payout.OpenDir(path)
	if err != nil {
		return nil, err
	}
	p.where = "--dir " + dir.Path()
	return folder{dir}, nil
}

// load finds the run that a command names.
func (p *payouts) load(ctx context.Context, name string) (*payout.Plan, payout.Journal, error) {
	runs, err := p.store(ctx)
	if err != nil {
		return nil, nil, err
	}
	plan, err := runs.Load(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	journal, err := runs.Journal(plan)
	return plan, journal, err
}

// printValues writes a list of this program's own values.
func printValues[T any](a *App, columns []output.Column[T], values []T) error {
	raw := make([]json.RawMessage, len(values))
	for i, v := range values {
		var err error
		if raw[i], err = json.Marshal(v); err != nil {
			return err
		}
	}
	return printRows(a, columns, values, raw)
}

// oneRun takes the id of a run.
var oneRun = oneID("brex payouts list")

func (p *payouts) showCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "show RUN",
		Short:   "Show a plan with its payments and warnings",
		Example: `  brex payouts show 3f2a9c --dir payouts`,
		Args:    oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			plan, _, err := p.load(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := p.summary(plan); err != nil {
				return err
			}
			return printValues(p.a, paymentColumns, plan.Payments)
		},
	}
}

// summary writes what a person must see before money moves to standard error.
func (p *payouts) summary(plan *payout.Plan) error {
	id, err := plan.ID()
	if err != nil {
		return err
	}
	say := func(name, format string, args ...any) {
		p.a.note("%-9s %s", name,
			fmt.Sprintf(format, args...))
	}
	largest, first, manual := plan.Payments[0], []string{}, 0
	for _, y := range plan.Payments {
		if c, err := y.Row.Amount.Cmp(largest.Row.Amount); err == nil && c > 0 {
			largest = y
		}
		if y.First {
			first = append(first, y.Vendor.Name)
		}
		if y.Manual {
			manual++
		}
	}
	say("run", "%s", id)
	say("company", "%s (%s)", plan.Company.Name, plan.Company.ID)
	say("token of", "%s (%s)", plan.User.Name, plan.User.ID)
	for _, total := range plan.Totals {
		after, err := plan.Balance.Sub(total)
		if err != nil {
			return err
		}
		say("account", "%s (%s): %v before, %v after", plan.Account.Name, plan.Account.ID,
			plan.Balance, after)
		say("payments", "%d, %v in all; %d ask for approval in Brex", len(plan.Payments), total,
			manual)
	}
	say("largest", "%v to %s", largest.Row.Amount, largest.Vendor.Name)
	if len(first) > 0 {
		more := ""
		if len(first) > 10 {
			first, more = first[:10], fmt.Sprintf(" and %d more", len(first)-10)
		}
		say("new", "never paid before: %s%s", strings.Join(first, ", "), more)
	}
	for _, w := range plan.Warnings {
		say("WARNING", "%v", w)
	}
	return nil
}

func (p *payouts) listCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the runs in the folder or database, oldest first",
		Example: `  brex payouts list --dir payouts`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			runs, err := p.store(cmd.Context())
			if err != nil {
				return err
			}
			reports, err := runs.Reports(cmd.Context())
			if err != nil {
				return err
			}
			return printValues(p.a, runColumns, reports)
		},
	}
}

func (p *payouts) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "status RUN",
		Short:   "Show what is known of a run, also while it is executed",
		Long:    "Show what is known of a run, also while it is executed. Nothing is asked of Brex; see reconcile.",
		Example: `  brex payouts status 3f2a9c --dir payouts`,
		Args:    oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			plan, journal, err := p.load(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			report, err := payout.ReadReport(cmd.Context(), plan, journal)
			if err != nil {
				return err
			}
			return p.finish(report, nil)
		},
	}
}

// finish writes the sums of a report and what needs a person. err is how the run ended.
func (p *payouts) finish(r *payout.Report, err error) error {
	if r == nil {
		return err
	}
	if failed := printValues(p.a, sumColumns, r.Sums); failed != nil {
		return errors.Join(err, failed)
	}
	if r.Stopped != "" && err == nil {
		p.a.note("the last execution ended early: %s", r.Stopped)
	}
	left := r.Undecided()
	for _, l := range left {
		p.a.note("row %d: %v to %s is %s, memo %q: %s", l.Row, l.Amount, l.Vendor.Name, l.State,
			l.Memo, l.Reason)
	}
	switch {
	case err != nil:
		return err
	case r.Halted != "":
		return fmt.Errorf("%w: %s", payout.ErrHalted, r.Halted)
	case len(left) > 0:
		return fmt.Errorf("%w: look for the memos above in Brex", payout.ErrDecision)
	}
	return nil
}

var paymentColumns = append([]output.Column[payout.Payment]{
	output.Text("reference", func(y payout.Payment) string { return y.Row.Reference }),
	output.Text("vendor", func(y payout.Payment) string { return y.Vendor.Name }),
	output.Amount("amount", func(y payout.Payment) *brex.Money { return &y.Row.Amount }),
	output.Text("payment_type", func(y payout.Payment) string { return string(y.Type) }),
	output.Text("approval", func(y payout.Payment) string { return manualText(y.Manual) }),
	output.Text("new", func(y payout.Payment) string { return map[bool]string{true: "never paid before"}[y.First] }),
	output.Long(output.Text("memo", func(y payout.Payment) string { return y.Memo })),
}, output.Wide(
	output.ID("vendor_id", func(y payout.Payment) string { return y.Vendor.ID }),
	output.ID("payment_instrument_id", func(y payout.Payment) string { return y.Instrument }),
	output.ID("idempotency_key", func(y payout.Payment) string { return y.Request.Key }),
)...)

func manualText(manual bool) string {
	if manual {
		return string(brex.ApprovalTypeManual)
	}
	return "none"
}

var runColumns = []output.Column[*payout.Report]{
	output.ID("run", func(r *payout.Report) string { return r.ID[:16] }),
	output.Text("created", func(r *payout.Report) string { return r.Created.Format("2006-01-02 15:04") }),
	output.Text("company", func(r *payout.Report) string { return r.Company.Name }),
	output.Text("payments", func(r *payout.Report) string { return fmt.Sprint(len(r.Lines)) }),
	output.Amount("total", func(r *payout.Report) *brex.Money { return &r.Sums[0].Planned }),
	output.Text("state", func(r *payout.Report) string {
		switch {
		case r.Halted != "":
			return "halted"
		case len(r.Undecided()) > 0:
			return "a person must decide"
		case r.Started && r.Sums[0].Unsent.IsZero():
			return "sent"
		case r.Started:
			return "not finished"
		case len(r.Approvals) > 0:
			return "approved"
		}
		return "planned"
	}),
}

func sumColumn(name string, f func(*payout.Sum) *money.Money) output.Column[payout.Sum] {
	return output.Amount(name, func(s payout.Sum) *money.Money { return f(&s) })
}

var sumColumns = []output.Column[payout.Sum]{
	sumColumn("planned", func(s *payout.Sum) *money.Money { return &s.Planned }),
	sumColumn("unsent", func(s *payout.Sum) *money.Money { return &s.Unsent }),
	sumColumn("refused", func(s *payout.Sum) *money.Money { return &s.Refused }),
	sumColumn("unknown", func(s *payout.Sum) *money.Money { return &s.Unknown }),
	sumColumn("pending", func(s *payout.Sum) *money.Money { return &s.Pending }),
	sumColumn("processed", func(s *payout.Sum) *money.Money { return &s.Processed }),
	sumColumn("failed", func(s *payout.Sum) *money.Money { return &s.Failed }),
}
