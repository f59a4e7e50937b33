package brexpg

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/brex-go/sdk/brex/payout"
)

// Runs keeps payout runs, their plans and journals, in PostgreSQL, as payout.Dir does in a folder. A
// run belongs into one of the two and never into both: each looks for earlier payments in its own.
type Runs struct{ pool *pgxpool.Pool }

// NewRuns are the runs in a database. It does no I/O; the tables are made by Migrate.
func NewRuns(pool *pgxpool.Pool) *Runs { return &Runs{pool} }

// Save writes a plan for good. A plan of the same rows of which nothing was sent is replaced, approved
// or not; one that was executed is the run to go on with, and an error.
func (r *Runs) Save(ctx context.Context, plan *payout.Plan) error {
	data, err := plan.Encode()
	if err != nil {
		return err
	}
	if _, err := payout.DecodePlan(data); err != nil {
		return err
	}
	run, err := plan.ID()
	if err != nil {
		return err
	}
	if err := r.replace(ctx, plan.Source); err != nil {
		return err
	}
	const add = `INSERT INTO brex_payout_runs (run, source, company, plan) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`
	tag, err := r.pool.Exec(ctx, add, run, plan.Source, plan.Company.ID, data)
	if err != nil {
		return fmt.Errorf("brexpg: Runs.Save: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return errors.New("brexpg: Runs.Save: another process has just saved a plan of the same rows")
	}
	return nil
}

// replace removes the plan of the same rows, if nothing was sent of it, with its approvals.
func (r *Runs) replace(ctx context.Context, source string) (err error) {
	plans, err := r.plans(ctx, `source = $1`, source)
	if err != nil || len(plans) == 0 {
		return err
	}
	run, err := plans[0].ID()
	if err != nil {
		return err
	}
	journal := NewJournal(r.pool, run)
	lock, err := journal.Lock(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	report, err := payout.ReadReport(ctx, plans[0], journal)
	switch {
	case err != nil:
		return err
	case report.Started || report.Halted != "":
		return fmt.Errorf("brexpg: these rows are a run already that was started: go on with %.16s", run)
	}
	const remove = `DELETE FROM brex_payout_runs WHERE run = $1 AND fence = $2`
	held := lock.(*locked)
	if _, err = held.conn.Exec(ctx, remove, run, held.fence); err != nil {
		err = fmt.Errorf("brexpg: Runs.Save: %w", err)
	}
	return err
}

// plans are those that a condition chooses, oldest first.
func (r *Runs) plans(ctx context.Context, where string, args ...any) (plans []*payout.Plan, err error) {
	type row struct {
		Run  string
		Plan []byte
	}
	rows, err := r.pool.Query(ctx, `SELECT run, plan FROM brex_payout_runs WHERE `+where+` ORDER BY saved_at, run`, args...)
	if err != nil {
		return nil, fmt.Errorf("brexpg: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		return nil, fmt.Errorf("brexpg: %w", err)
	}
	for _, one := range all {
		plan, err := payout.DecodePlan(one.Plan)
		if err != nil {
			return nil, fmt.Errorf("%w (run %.16s)", err, one.Run)
		}
		if id, err := plan.ID(); err != nil || id != one.Run {
			return nil, fmt.Errorf("%w: %.16s is not the id of its plan: it was changed", payout.ErrPlan, one.Run)
		}
		plans = append(plans, plan)
	}
	return plans, nil
}

// Load reads the plan whose id begins with name, which has at least 4 characters. It fails with payout.ErrPlan
// where there is none, or its bytes were changed.
func (r *Runs) Load(ctx context.Context, name string) (*payout.Plan, error) {
	if len(name) < 4 {
		return nil, fmt.Errorf("brexpg: %q is too short for the id of a run; give at least 4 characters", name)
	}
	plans, err := r.plans(ctx, `starts_with(run, $1)`, name)
	switch {
	case err != nil:
		return nil, err
	case len(plans) == 0:
		return nil, fmt.Errorf("%w: there is no run %q in the database", payout.ErrPlan, name)
	case len(plans) > 1:
		return nil, fmt.Errorf("brexpg: %d runs begin with %q", len(plans), name)
	}
	return plans[0], nil
}

// Reports reads the reports of all runs, oldest first: what payout.NewPlan wants as Earlier.
func (r *Runs) Reports(ctx context.Context) (reports []*payout.Report, err error) {
	plans, err := r.plans(ctx, `true`)
	if err != nil {
		return nil, err
	}
	for _, plan := range plans {
		journal, err := r.Journal(plan)
		if err != nil {
			return nil, err
		}
		report, err := payout.ReadReport(ctx, plan, journal)
		if err != nil {
			return nil, err
		}
		reports = append(reports, report)
	}
	return reports, nil
}

// Journal is the journal of a plan, a *Journal.
func (r *Runs) Journal(plan *payout.Plan) (payout.Journal, error) {
	run, err := plan.ID()
	if err != nil {
		return nil, err
	}
	return NewJournal(r.pool, run), nil
}
