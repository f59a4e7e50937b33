package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/gen/operations"
)

// cardDurations are the flags of a card's limit, and how often it begins anew.
var cardDurations = map[string]string{"monthly": "MONTHLY", "quarterly": "QUARTERLY", "yearly": "YEARLY", "once": "ONE_TIME"}

// newCardsCreate makes a card for a person, with a limit of its own or that of the person.
func newCardsCreate(a *App, run runFunc) *cobra.Command {
	var owner, name string
	var physical bool
	limits := map[string]*moneyFlag{}
	return daily{
		op: operations.CreateCard, use: "create", short: "Create a card",
		long: `Create a virtual card, or a physical one, for a person. With --monthly, --quarterly, --yearly or --once the
card has a limit of its own; without, the limit of its owner applies.`,
		example: `  brex cards create --owner maya@example.com --name AWS --monthly 500.00USD
  brex cards create --owner "Maya Lopez" --name Conference --once 1200.00USD --dry-run`,
		flags: func(cmd *cobra.Command) {
			nameFlag(a, cmd, &owner, "owner", "users", "the person who holds the card: e-mail, exact name or `id`")
			cmd.Flags().Var(&textValue{&name}, "name", "`name` of the card")
			cmd.Flags().BoolVar(&physical, "physical", false, "a card of plastic; needs a mailing address, see --set")
			for flag, duration := range cardDurations {
				limits[flag] = &moneyFlag{}
				cmd.Flags().Var(limits[flag], flag, "limit of the card, "+strings.ToLower(strings.ReplaceAll(duration, "_", " "))+", such as 500.00USD")
			}
		},
		covers: []string{"card_name", "card_type", "limit_type"},
		fill: func(cmd *cobra.Command, body, defaults map[string]any) error {
			flag, limit, err := oneAmount(limits)
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("body") && !cmd.Flags().Changed("file") {
				if err := needs(cmd, "owner", "name"); err != nil {
					return err
				}
			}
			if owner != "" {
				body["owner"] = map[string]any{"type": "USER", "user_id": ref{"users", owner}}
			}
			if name != "" {
				body["card_name"] = name
			}
			defaults["card_type"], defaults["limit_type"] = "VIRTUAL", "USER"
			if physical {
				body["card_type"] = "PHYSICAL"
			}
			if limit != nil {
				body["limit_type"] = "CARD"
				body["spend_controls"] = map[string]any{"spend_duration": cardDurations[flag], "spend_limit": limit}
			}
			return nil
		},
	}.command(a, run)
}

// newCardsEnd makes the commands that lock and terminate cards; the reason is OTHER unless it is given.
func newCardsEnd(a *App, verb string, run runFunc) *cobra.Command {
	d := daily{op: operations.LockCard, use: "lock CARD...", short: "Lock cards, so that nothing can be bought with them",
		long: `Lock cards: nothing can be bought with them until they are unlocked. A card is named by id, exact name or last four
digits; several may stand side by side, on standard input (-), or in a CSV file (--file). --owner stands for all cards of a person.`,
		example: `  brex cards lock 4242 --reason card-lost
  brex cards lock --owner leaver@example.com
  brex cards list --user-id cuuser_ckrz3n9b9013i01h5hgdyz7jh --jq .[].id | brex cards lock -`, many: true}
	done := "locked or terminated"
	if verb == "terminate" {
		done = "terminated"
		d.op, d.use, d.short, d.long = operations.TerminateCard, "terminate CARD...", "Terminate cards for ever", "Terminate cards. This cannot be undone; to stop one for a while, lock it."
		d.example = "  brex cards terminate 4242 --reason do-not-need-virtual-card"
	}
	d.use += " | --owner USER"
	d.fill = func(_ *cobra.Command, _, defaults map[string]any) error {
		defaults["reason"] = "OTHER"
		return nil
	}
	var owner string
	d.flags = func(cmd *cobra.Command) {
		nameFlag(a, cmd, &owner, "owner", "users", "all cards of this person, by e-mail, exact name or `id`, that are not "+done+" yet")
	}
	cmd := d.command(a, run)
	check, work := cmd.Args, cmd.RunE
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		switch {
		case owner == "":
			return check(cmd, args)
		case len(args) > 0 || cmd.Flags().Changed("file"):
			return usagef("--owner, --file and cards as arguments exclude each other")
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if owner != "" {
			var err error
			if args, err = a.cardsOf(cmd.Context(), owner, verb); err != nil {
				return err
			}
			if len(args) == 0 {
				a.note("nothing to do: %s has no card to %s", owner, verb)
				return nil
			}
		}
		return work(cmd, args)
	}
	return cmd
}

// cardsOf are the ids of the cards of a person that can still be locked or terminated.
func (a *App) cardsOf(ctx context.Context, person, verb string) (ids []string, err error) {
	s, err := a.connect()
	if err != nil {
		return nil, err
	}
	f := s.finder()
	owner, err := f.id(ctx, "users", person)
	if err != nil {
		return nil, err
	}
	cards, err := f.all(ctx, "cards", "")
	if err != nil {
		return nil, err
	}
	for _, c := range cards {
		if canEnd(c, owner, verb) {
			ids = append(ids, c.id())
		}
	}
	return ids, nil
}

// canEnd reports whether a card is the user's, and one that may be locked or terminated.
func canEnd(card object, owner, verb string) bool {
	status := card.text("status")
	return card.at("owner.user_id") == owner && status != "TERMINATED" && (verb != "lock" || status != "LOCKED")
}
