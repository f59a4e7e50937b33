package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/gen/operations"
)

// memberOptions are what add-member and remove-member are told.
type memberOptions struct {
	limit  string
	people []string
	remove bool
	write  writeOptions
}

// newSpendLimitsMembers makes the commands that let people into a spend limit, and take them out of it.
func newSpendLimitsMembers(a *App, remove bool, run func(context.Context, *memberOptions) error) *cobra.Command {
	o := &memberOptions{remove: remove}
	if run == nil {
		run = func(ctx context.Context, o *memberOptions) error { return membersRun(ctx, a, o) }
	}
	use, short := "add-member LIMIT USER...", "Let people spend from a spend limit"
	if remove {
		use, short = "remove-member LIMIT USER...", "Take people out of a spend limit"
	}
	cmd := &cobra.Command{Use: use, Short: short,
		Long:    paragraphs(short + ". The limit is named by id or exact name, people by id, e-mail or exact name."),
		Example: "  brex spend-limits " + strings.Fields(use)[0] + " Offsite maya@example.com joe@example.com",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usagef("%q needs a spend limit and at least one person", words(cmd))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.limit, o.people = args[0], args[1:]
			return run(cmd.Context(), o)
		}}
	o.write.bind(cmd, operations.UpdateSpendLimit)
	return calls(cmd, operations.UpdateSpendLimit)
}

// membersRun changes the members to what they are now with some more, or without some: Brex takes the whole list.
func membersRun(ctx context.Context, a *App, o *memberOptions) error {
	s, err := a.connect()
	if err != nil {
		return err
	}
	f := s.finder()
	limit, err := f.find(ctx, "spend-limits", o.limit)
	if err != nil {
		return err
	}
	members := append([]string{}, strings.Fields(show(limit["member_user_ids"]))...)
	before := len(members)
	for _, person := range o.people {
		id, err := f.id(ctx, "users", person)
		if err != nil {
			return err
		}
		switch i := slices.Index(members, id); {
		case o.remove && i >= 0:
			members = slices.Delete(members, i, i+1)
		case !o.remove && i < 0:
			members = append(members, id)
		}
	}
	if len(members) == before {
		a.note("nothing to change: %s has %d member(s)", limit.text("name"), before)
		return nil
	}
	r := &request{op: operations.UpdateSpendLimit, params: map[string]any{"id": limit.id()}, body: map[string]any{"member_user_ids": members}, write: o.write}
	p, err := r.prepare(ctx, s, o.write.key)
	if err != nil {
		return err
	}
	return a.carryOut(ctx, s, p, &o.write)
}

// newSpendLimitsSetLimit changes the amount of a spend limit.
func newSpendLimitsSetLimit(a *App, run runFunc) *cobra.Command {
	r := &request{op: operations.UpdateSpendLimit, params: map[string]any{}, body: map[string]any{}}
	run = orRun(a, run)
	cmd := &cobra.Command{Use: "set-limit LIMIT AMOUNT", Short: "Change the amount of a spend limit",
		Example: "  brex spend-limits set-limit Offsite 7500.00USD",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("%q needs a spend limit and an amount, such as 7500.00USD", words(cmd))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var amount moneyFlag
			if err := amount.Set(args[1]); err != nil {
				return usagef("%q %v", args[1], err)
			}
			if err := amount.positive("limit"); err != nil {
				return err
			}
			r.args, r.body["authorization_settings"] = args[:1], map[string]any{"base_limit": amount.value}
			return run(cmd.Context(), r)
		}}
	r.write.bind(cmd, r.op)
	return calls(cmd, r.op)
}

func (a *App) spendLimits() *cobra.Command {
	return group("spend-limits", nounShorts["spend-limits"], newSpendLimitsCreate(a, nil), newSpendLimitsMembers(a, false, nil),
		newSpendLimitsMembers(a, true, nil), newSpendLimitsSetLimit(a, nil))
}
