package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/payout"
)

// amountFlag is an amount above zero with its currency, such as 500.00USD.
type amountFlag struct{ into *money.Money }

func (f amountFlag) Type() string { return "amount" }
func (f amountFlag) String() string {
	if f.into == nil || f.into.IsZero() {
		return ""
	}
	return f.into.String()
}
func (f amountFlag) Set(s string) error {
	m, err := parseMoney(s)
	if err != nil || m.Sign() <= 0 {
		return badValue("must be an amount above zero with its currency, such as 500.00USD")
	}
	*f.into = m
	return nil
}

// amountsFlag is amounts of several currencies, one for each use of the flag.
type amountsFlag struct{ into *[]money.Money }

func (f amountsFlag) Type() string   { return "amount" }
func (f amountsFlag) String() string { return "" }
func (f amountsFlag) Set(s string) error {
	var m money.Money
	if err := (amountFlag{&m}).Set(s); err != nil {
		return err
	}
	for _, other := range *f.into {
		if other.Currency == m.Currency {
			return badValue("is given once for each currency")
		}
	}
	*f.into = append(*f.into, m)
	return nil
}

// mapFlag is names of columns in the file by the names that the program knows.
type mapFlag map[string]string

func (m mapFlag) Type() string   { return "name=column" }
func (m mapFlag) String() string { return "" }
func (m mapFlag) Set(s string) error {
	name, own, ok := strings.Cut(s, "=")
	if !ok || own == "" || m[name] != "" {
		return badValue("is a column's name and the file's name of it, such as vendor=Payee, once for each; the columns are " + strings.Join(payout.Columns, ", "))
	}
	m[name] = own
	return nil
}

type planFlags struct {
	csv      payout.CSVOptions
	opts     payout.PlanOptions
	currency string
	retryOf  string
	example  bool
}

func (p *payouts) planCommand() *cobra.Command {
	f := &planFlags{csv: payout.CSVOptions{Columns: map[string]string{}}}
	cmd := &cobra.Command{
		Use:   "plan [FILE]",
		Short: "Check a file of payments, and freeze them in a plan; nothing is paid",
		Long: `Check a file of payments, and freeze them in a plan. Nothing is paid.

The file is CSV with a header and commas; --example prints one to start from, - reads standard input.
Amounts are written 1250.00. What spreadsheets do to numbers, such as dates, decimal commas and lost
zeros, is refused with line and column. vendor is the id or the exact name of a vendor; method is needed
where a vendor can be paid in several ways. Every problem is reported at once.`,
		Example: `  brex payouts plan --example > invoices.csv
  brex payouts plan invoices.csv --dir payouts --expect-total "1349.95 USD"
  brex payouts plan erp.csv --dir payouts --map vendor=Payee --map reference=Document --ignore Due
  brex payouts plan --dir payouts --retry-of 3f2a9c`,
		Args: func(cmd *cobra.Command, args []string) error {
			if want := !f.example && f.retryOf == ""; want != (len(args) == 1) {
				return usagef("%q takes one file, or --retry-of, or --example", words(cmd))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.example {
				_, err := io.WriteString(stdout{p.a.Stdout}, payout.ExampleCSV)
				return err
			}
			return p.plan(cmd.Context(), f, args)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.example, "example", false, "print a file to start from")
	flags.Var(mapFlag(f.csv.Columns), "map", "the file's name of a column, such as vendor=Payee")
	flags.StringArrayVar(&f.csv.Ignore, "ignore", nil, "`column` of the file that is not read")
	flags.StringVar(&f.currency, "currency", "",
		"currency `code` of every row, where the file has no column for it")
	flags.StringVar(&f.opts.Account, "account", "",
		"`id` of the business account that pays (default the primary one)")
	flags.Var(amountsFlag{&f.opts.Totals}, "expect-total",
		"what the rows must add up to, once for each currency")
	flags.Var(amountFlag{&f.opts.MaxPayment}, "max-payment", "largest payment allowed")
	flags.Var(amountFlag{&f.opts.MaxVendor}, "max-vendor", "most that one vendor may get")
	flags.Var(amountFlag{&f.opts.MaxRun}, "max-run", "largest total allowed")
	flags.Var(amountFlag{&f.opts.ManualFrom}, "manual-from",
		"amount from which approval in Brex is asked for (default all)")
	flags.StringVar(&f.retryOf, "retry-of", "",
		"pay again what Brex refused, or what failed, in this `run`")
	return cmd
}

func (p *payouts) plan(ctx context.Context, f *planFlags, args []string) error {
	runs, err := p.store(ctx)
	if err != nil {
		return err
	}
	if f.opts.Earlier, err = runs.Reports(ctx); err != nil {
		return err
	}
	rows, err := p.rows(ctx, runs, f, args)
	if err != nil {
		return p.problems(err)
	}
	s, err := p.a.connect()
	if err != nil {
		return err
	}
	f.opts.Now = s.now
	plan, err := payout.NewPlan(ctx, s.Client, rows, f.opts)
	if err != nil {
		return p.problems(err)
	}
	if err := runs.Save(ctx, plan); err != nil {
		return err
	}
	if err := p.summary(plan); err != nil {
		return err
	}
	id, err := plan.ID()
	if err != nil {
		return err
	}
	p.a.note("planned; nothing is paid. Next: brex payouts approve %s, with %s", id[:12],
		p.where)
	_, err = fmt.Fprintln(stdout{p.a.Stdout}, id)
	return err
}

// rows reads the payments: of the file, or of the run that they are paid again of.
func (p *payouts) rows(ctx context.Context, runs store, f *planFlags, args []string) ([]payout.Row, error) {
	if f.retryOf != "" {
		old, err := runs.Load(ctx, f.retryOf)
		if err != nil {
			return nil, err
		}
		for _, r := range f.opts.Earlier {
			if r.Source == old.Source {
				f.opts.RetryOf = r
				return r.RetryRows()
			}
		}
		return nil, usagef("--retry-of %q: there is no such run", f.retryOf)
	}
	f.csv.Currency = money.Currency(f.currency)
	if args[0] == "-" {
		return payout.ReadCSV(p.a.Stdin, f.csv)
	}
	file, err := os.Open(args[0])
	if err != nil {
		return nil, usagef("%v", err)
	}
	defer func() { _ = file.Close() }()
	return payout.ReadCSV(file, f.csv)
}

// problems writes each problem on a line of its own.
func (p *payouts) problems(err error) error {
	var all payout.Problems
	if !errors.As(err, &all) {
		return err
	}
	for _, one := range all {
		p.a.note("%v", one)
	}
	return fmt.Errorf("nothing is planned: the problems above must be mended first (%d)", len(all))
}
