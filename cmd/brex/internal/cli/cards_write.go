package cli

import (
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
		fill: func(cmd *cobra.Command, body map[string]any) error {
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
			if _, given := body["card_type"]; !given {
				body["card_type"] = map[bool]string{false: "VIRTUAL", true: "PHYSICAL"}[physical]
			}
			if _, given := body["limit_type"]; !given {
				body["limit_type"] = map[bool]string{false: "USER", true: "CARD"}[limit != nil]
			}
			if limit != nil {
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
digits; several may stand side by side, on standard input (-), or in a CSV file (--file).`,
		example: `  brex cards lock 4242 --reason card-lost
  brex cards list --user-id cuuser_ckrz3n9b9013i01h5hgdyz7jh --jq .[].id | brex cards lock -`, many: true}
	if verb == "terminate" {
		d.op, d.use, d.short, d.long = operations.TerminateCard, "terminate CARD...", "Terminate cards for ever", "Terminate cards. This cannot be undone; to stop one for a while, lock it."
		d.example = "  brex cards terminate 4242 --reason do-not-need-virtual-card"
	}
	d.fill = func(_ *cobra.Command, body map[string]any) error {
		if _, given := body["reason"]; !given {
			body["reason"] = "OTHER"
		}
		return nil
	}
	return d.command(a, run)
}
