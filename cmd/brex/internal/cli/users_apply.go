package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/gen/operations"
)

// applyOptions are what brex users apply is told.
type applyOptions struct {
	file    string
	disable countValue // how many people may be disabled; 0 for a twentieth
	write   writeOptions
}

// applyColumns are the columns of an HR file, with the member of a user that each sets, and the kind of objects it names.
var applyColumns = map[string]struct{ member, kind string }{
	"email": {"email", ""}, "first_name": {"first_name", ""}, "last_name": {"last_name", ""},
	"manager": {"manager_id", "users"}, "department": {"department_id", "departments"}, "location": {"location_id", "locations"},
	"title": {"title_id", "titles"}, "legal_entity": {"legal_entity_id", "legal-entities"},
}

// newUsersApply makes Brex's users those of an HR file.
func newUsersApply(a *App, run func(context.Context, *applyOptions) error) *cobra.Command {
	o := &applyOptions{}
	if run == nil {
		run = func(ctx context.Context, o *applyOptions) error { return applyRun(ctx, a, o) }
	}
	cmd := &cobra.Command{Use: "apply --file FILE", Short: "Make the users those of an HR file",
		Long: paragraphs(`Compare the users with a CSV file of all people of the company, show the difference, and carry it out: people who are
missing are invited, changed ones changed, those who are not in the file disabled, and their cards locked first.

The columns are email, which must be there, first_name and last_name, which an invitation needs, and manager, department, location, title and
legal_entity, by name, e-mail or id. A column that is not there, and an empty cell, change nothing. Names of users who exist stay as they are:
Brex has no way to change them.

More than a twentieth of the users is never disabled unless --disable says the very number: a file that was cut off must not lock
everybody out. The user of the token is never disabled.`),
		Example: `  brex users apply --file hr.csv --dry-run
  brex users apply --file hr.csv --disable 12`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.file == "" {
				return usagef("%q needs --file, a CSV file of all people", words(cmd))
			}
			return run(cmd.Context(), o)
		}}
	cmd.Flags().StringVar(&o.file, "file", "", "the CSV `file`, or - for standard input")
	cmd.Flags().Var(&o.disable, "disable", "disable this many people, where that is more than a twentieth")
	o.write.bind(cmd, &brex.Operation{Access: brex.AccessMoney})
	return cmd
}

// people is the comparison of the users with a file.
type people struct {
	s     *session
	users []object
	rows  []map[string]string

	locks, disables, changes, invites []*row
}

func applyRun(ctx context.Context, a *App, o *applyOptions) error {
	header, records, err := a.readCSV(o.file)
	if err != nil {
		return err
	}
	for _, c := range header {
		if _, ok := applyColumns[c]; !ok {
			return usagef("--file %s: the column %q is not known; there are: %s", o.file, c, "email, first_name, last_name, manager, department, location, title, legal_entity")
		}
	}
	if !slices.Contains(header, "email") || len(records) == 0 {
		return usagef("--file %s: it must have a column email, and at least one row", o.file)
	}
	s, err := a.connect()
	if err != nil {
		return err
	}
	p := &people{s: s, rows: records}
	if p.users, err = s.finder().all(ctx, "users", ""); err != nil {
		return err
	}
	if err := p.compare(ctx, o); err != nil {
		return err
	}
	return p.carryOut(ctx, a, o)
}

// compare finds what has to be done.
func (p *people) compare(ctx context.Context, o *applyOptions) error {
	here := map[string]object{}
	for _, u := range p.users {
		here[strings.ToLower(u.text("email"))] = u
	}
	wanted := map[string]bool{}
	for i, r := range p.rows {
		email := strings.ToLower(r["email"])
		switch {
		case !strings.Contains(email, "@"):
			return usagef("row %d: %q is not an e-mail", i+1, r["email"])
		case wanted[email]:
			return usagef("row %d: %s is there twice", i+1, r["email"])
		}
		wanted[email] = true
		if err := p.person(ctx, i, r, here[email]); err != nil {
			return err
		}
	}
	var gone []object
	for _, u := range p.users {
		if !wanted[strings.ToLower(u.text("email"))] && p.present(u) {
			gone = append(gone, u)
		}
	}
	return p.leave(ctx, o, gone)
}

// present reports whether a user is neither disabled nor gone.
func (p *people) present(u object) bool {
	return !slices.Contains([]string{"DISABLED", "DELETED", "CLOSED"}, u.text("status"))
}

// person plans what one row asks for. u is the user as Brex has it; nil for none.
func (p *people) person(ctx context.Context, i int, r map[string]string, u object) error {
	body := map[string]any{}
	for column, c := range applyColumns {
		value := r[column]
		switch {
		case value == "":
		case c.kind != "":
			id, err := p.s.finder().id(ctx, c.kind, value)
			if err != nil {
				return usagef("row %d, %s: %v", i+1, column, err)
			}
			if u == nil || u.text(c.member) != id {
				body[c.member] = id
			}
		case u == nil:
			body[c.member] = value
		}
	}
	switch {
	case u == nil:
		for _, member := range []string{"first_name", "last_name"} {
			if body[member] == nil {
				return usagef("row %d: %s is new, so %s is needed", i+1, r["email"], member)
			}
		}
		return p.plan(ctx, &p.invites, "invite "+r["email"], operations.CreateUser, "", body)
	case !p.present(u):
		body["status"] = "ACTIVE"
		return p.plan(ctx, &p.changes, "enable "+r["email"], operations.UpdateUser, u.id(), body)
	case len(body) > 0:
		return p.plan(ctx, &p.changes, "change "+r["email"], operations.UpdateUser, u.id(), body)
	}
	return nil
}

// leave plans the end of those who are not in the file.
func (p *people) leave(ctx context.Context, o *applyOptions, gone []object) error {
	n := 0
	for _, u := range p.users {
		if p.present(u) {
			n++
		}
	}
	if len(gone)*20 > n && len(gone) != o.disable.n {
		return usagef("%d of %d users are not in the file and would be disabled; if that is meant, add --disable %d", len(gone), n, len(gone))
	}
	if len(gone) == 0 {
		return nil
	}
	me, err := p.s.Users.Me(ctx, brex.UserMeParams{})
	if err != nil {
		return fmt.Errorf("whose token it is cannot be found out, so nobody is disabled: %w", err)
	}
	cards, err := p.s.finder().all(ctx, "cards", "")
	if err != nil {
		return err
	}
	for _, u := range gone {
		if u.id() == me.ID {
			return usagef("%s, whose token this is, is not in the file", u.text("email"))
		}
		for _, c := range cards {
			if canEnd(c, u.id(), "lock") {
				label := fmt.Sprintf("lock %s, ending %s, of %s", c.text("card_name"), c.text("last_four"), u.text("email"))
				if err := p.plan(ctx, &p.locks, label, operations.LockCard, c.id(), map[string]any{"reason": "OTHER"}); err != nil {
					return err
				}
			}
		}
		if err := p.plan(ctx, &p.disables, "disable "+u.text("email"), operations.UpdateUser, u.id(), map[string]any{"status": "DISABLED"}); err != nil {
			return err
		}
	}
	return nil
}

// plan adds a request.
func (p *people) plan(ctx context.Context, to *[]*row, label string, op *brex.Operation, id string, body map[string]any) error {
	r := &request{op: op, params: map[string]any{}, body: body}
	if id != "" {
		r.params["id"] = id
	}
	prepared, err := r.prepare(ctx, p.s, "")
	if err != nil {
		return fmt.Errorf("%s: %w", label, err)
	}
	*to = append(*to, &row{label: label, req: r, p: prepared})
	return nil
}

// carryOut shows the difference, asks, and sends: cards are locked first, then people disabled, the others follow.
func (p *people) carryOut(ctx context.Context, a *App, o *applyOptions) error {
	groups := [][]*row{p.locks, p.disables, p.changes, p.invites}
	all := slices.Concat(groups...)
	if len(all) == 0 {
		a.note("nothing to do: the users are those of the file")
		return nil
	}
	if o.write.dryRun {
		return printRows(a, planColumns, all, plansOf(all))
	}
	if err := a.showPlan(all, o.write.yes); err != nil {
		return err
	}
	a.note("%d card(s) to lock, %d to disable, %d to change, %d to invite", len(p.locks), len(p.disables), len(p.changes), len(p.invites))
	if err := a.allow(ctx, p.s, &o.write, preparedOf(all)); err != nil {
		return err
	}
	failed := 0
	for _, group := range groups {
		failed += send(ctx, p.s, group)
	}
	if err := printRows(a, outcomeColumns, all, outcomesOf(all)); err != nil {
		return err
	}
	if failed > 0 {
		return partlyError{fmt.Sprintf("%d of %d steps did not succeed; run it again: it does what is still to do", failed, len(all))}
	}
	return nil
}

// send sends rows, a few at a time, and counts those that did not succeed.
func send(ctx context.Context, s *session, rows []*row) (failed int) {
	s.progress.count("rows", len(rows))
	err := brex.Each(ctx, rows, func(ctx context.Context, one *row) error {
		defer s.progress.step()
		one.raw, one.err = s.Send(ctx, one.p)
		return one.err
	})
	var each *brex.EachError
	if !errors.As(err, &each) {
		return 0
	}
	for _, f := range each.Failed {
		rows[f.Index].err = f.Err // also of those that were never begun
	}
	return len(each.Failed)
}

func preparedOf(rows []*row) []*brex.Prepared {
	all := make([]*brex.Prepared, len(rows))
	for i, r := range rows {
		all[i] = r.p
	}
	return all
}
