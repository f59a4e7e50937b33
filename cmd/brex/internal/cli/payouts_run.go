package cli

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex/brexriver"
	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/payout"
	"github.com/brex-go/sdk/gen/operations"
)

func (p *payouts) approveCommand() *cobra.Command {
	var name string
	var yes bool
	var warnings int
	cmd := &cobra.Command{
		Use:   "approve RUN",
		Short: "Note that you looked at a plan and approve it",
		Long: `Note that you looked at a plan and approve it. The note is signed with a key that is kept with the
program's settings. It records who ran this command on which plan, and is neither a second person nor a
control: whoever can write the folder can make one. The control is the approval that Brex asks for, and
there an admin can by default approve his own payments: see the company's settings in Brex.`,
		Example: `  brex payouts approve 3f2a9c --dir payouts --as "Ada Lovelace"`,
		Args:    oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			plan, journal, err := p.load(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if name == "" {
				name = p.a.Getenv("USER")
			}
			if name == "" {
				return usagef("--as is missing: your name")
			}
			if err := p.summary(plan); err != nil {
				return err
			}
			switch {
			case !yes:
				if err := p.a.confirm(cmd.Context(),
					fmt.Sprintf("%s approves this plan with %d warnings", name,
						len(plan.Warnings))); err != nil {
					return err
				}
				warnings = len(plan.Warnings)
			case warnings != len(plan.Warnings):
				return fmt.Errorf("%w: the plan has %d warnings, --warnings says that %d were looked at", payout.ErrNotApproved, len(plan.Warnings), warnings)
			}
			key, err := p.a.approverKey()
			if err != nil {
				return err
			}
			if err := payout.Approve(cmd.Context(), plan, journal, name, warnings,
				key); err != nil {
				return err
			}
			p.a.note("approved. Next: brex payouts run %s", args[0])
			return nil
		},
	}
	cmd.Flags().StringVar(&name, "as", "", "your `name` (default USER)")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.Flags().IntVar(&warnings, "warnings", 0,
		"with --yes, how many `warnings` of the plan you looked at: all")
	return cmd
}

// approverKey is the key that approvals are signed with, made at its first use. There is none where
// there are no settings.
func (a *App) approverKey() (ed25519.PrivateKey, error) {
	if a.ConfigDir == nil {
		return nil, nil
	}
	dir, err := a.ConfigDir()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "brex", "approver.pem")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newApproverKey(path)
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s is not a key; delete it, and a new one is made", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s is not an Ed25519 key; delete it, and a new one is made", path)
	}
	return key, nil
}

func newApproverKey(path string) (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return key, errors.Join(pem.Encode(f, &pem.Block{Type: "PRIVATE KEY", Bytes: der}), f.Close())
}

type runFlags struct {
	yes     bool
	enqueue bool
	company string
	totals  []money.Money
	resend  []int
}

func (p *payouts) runCommand() *cobra.Command {
	f := &runFlags{}
	cmd := &cobra.Command{
		Use:   "run RUN",
		Short: "Send the payments of an approved plan, or go on with a run that was cut off",
		Long: `Send the payments of an approved plan, or go on with a run that was cut off: it is the same command.

Before anything is sent, Brex's list of transfers is read, and what is in it is not sent again. Ctrl-C
finishes the payments under way. A payment that may have been made and is not in the list is sent
again for 10 minutes, and after that only where --resend-absent names its row: look for its memo in
Brex first.

Without a terminal, --yes needs --company and --expect-total, so that a mix-up pays nothing.
Exit code 6 means that a person must decide.

With --to, --enqueue leaves the run to the workers of brex worker --payouts, after the same questions;
status shows how it goes.`,
		Example: `  brex payouts run 3f2a9c --dir payouts
  brex payouts run 3f2a9c --dir payouts --yes --company cmp_1 --expect-total "1349.95 USD"
  brex payouts run 3f2a9c --dir payouts --resend-absent 7
  brex payouts run 3f2a9c --to postgres:"host=db dbname=books" --enqueue`,
		Args: oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.run(cmd.Context(), f,
				args[0])
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.yes, "yes", false, "do not ask")
	flags.BoolVar(&f.enqueue, "enqueue", false, "with --to, leave it to the workers")
	flags.StringVar(&f.company, "company", "", "`id` of the company that must pay")
	flags.Var(amountsFlag{&f.totals}, "expect-total",
		"what the plan must add up to, once for each currency")
	flags.IntSliceVar(&f.resend, "resend-absent", nil,
		"`rows` to send again that are certainly not in Brex")
	return cmd
}

func (p *payouts) run(ctx context.Context, f *runFlags, name string) error {
	switch {
	case f.enqueue && p.to == "":
		return usagef("--enqueue needs --to: workers share a database, not a folder")
	case f.enqueue && p.a.readOnly:
		return usagef("--enqueue and --read-only exclude each other: a worker would pay")
	case f.enqueue && len(f.resend) > 0:
		return usagef("--enqueue and --resend-absent exclude each other: run it here, once you have looked in Brex")
	}
	plan, journal, err := p.load(ctx, name)
	if err != nil {
		return err
	}
	if err := f.check(plan); err != nil {
		return err
	}
	if err := p.summary(plan); err != nil {
		return err
	}
	s, err := p.a.connect()
	if err != nil {
		return err
	}
	if err := s.may(ctx, operations.CreateTransfer); err != nil {
		return err // before anybody is asked, and before the journal says that a payment begins
	}
	if !f.yes {
		if err := p.a.confirm(ctx, "money is about to leave "+plan.Account.Name); err != nil {
			return err
		}
	}
	if f.enqueue {
		return p.enqueue(ctx, plan, journal)
	}
	s.progress.count("payments", 0) // a run that goes on reports what it does, not what was done before
	report, err := payout.Execute(ctx, s.Client, plan, journal,
		payout.ExecuteOptions{Now: s.now, ResendAbsent: f.resend, OnRow: func(l payout.Line) {
			if l.State != payout.Sending {
				if l.State == payout.Accepted || l.State == payout.Found || l.State == payout.Refused {
					s.progress.step()
				}
				p.a.note("row %d of %d: %s, %v to %s: %s %s %s", l.Row, len(plan.Payments), l.Reference,
					l.Amount, l.Vendor.Name, l.State, l.Transfer, l.Reason)
			}
		}})
	return p.finish(report, err)
}

// enqueue leaves an approved run to the workers.
func (p *payouts) enqueue(ctx context.Context, plan *payout.Plan, journal payout.Journal) error {
	report, err := payout.ReadReport(ctx, plan, journal)
	switch {
	case err != nil:
		return err
	case len(report.Approvals) == 0:
		return fmt.Errorf("%w: run brex payouts approve first", payout.ErrNotApproved)
	case report.Halted != "":
		return fmt.Errorf("%w: %s", payout.ErrHalted, report.Halted)
	}
	job, err := brexriver.Payout(plan)
	if err != nil {
		return err
	}
	duplicate := false
	err = pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		duplicate, err = brexriver.Enqueue(ctx, tx, job)
		return err
	})
	switch {
	case err != nil:
		return err
	case duplicate:
		p.a.note("it was enqueued before, and is not done yet. Next: brex payouts status %s", report.ID[:12])
	default:
		p.a.note("enqueued; a worker with --payouts sends it. Next: brex payouts status %s", report.ID[:12])
	}
	return nil
}

// check compares what the caller expects with the plan. Nobody looks at an unattended run, so that
// it has to say both.
func (f *runFlags) check(plan *payout.Plan) error {
	switch {
	case f.yes && (f.company == "" || len(f.totals) == 0):
		return usagef("--yes needs --company and --expect-total: what is expected, independently of the plan")
	case f.company != "" && f.company != plan.Company.ID:
		return usagef("--company %q: the plan is of %s (%s)", f.company, plan.Company.Name,
			plan.Company.ID)
	case f.totals == nil:
		return nil
	}
	for _, total := range plan.Totals {
		if !slices.ContainsFunc(f.totals, total.Equal) {
			return usagef("--expect-total: the plan adds up to %v", total)
		}
	}
	if len(f.totals) != len(plan.Totals) {
		return usagef("--expect-total: the plan has %d currencies, not %d", len(plan.Totals),
			len(f.totals))
	}
	return nil
}

func (p *payouts) reconcileCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "reconcile RUN",
		Short:   "Ask Brex how the payments of a run ended; nothing is sent",
		Example: `  brex payouts reconcile 3f2a9c --dir payouts`,
		Args:    oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			plan, journal, err := p.load(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			s, err := p.a.connect()
			if err != nil {
				return err
			}
			report, err := payout.Reconcile(cmd.Context(), s.Client, plan, journal, s.now)
			return p.finish(report, err)
		},
	}
}
