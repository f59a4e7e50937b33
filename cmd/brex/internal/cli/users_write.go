package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/gen/operations"
)

// newUsersInvite makes a user, whom Brex invites by e-mail.
func newUsersInvite(a *App, run runFunc) *cobra.Command {
	cmd := daily{
		op: operations.CreateUser, use: "invite EMAIL FIRST LAST", short: "Invite people", many: true,
		long: `Invite a person, by e-mail and name. With --file, each row of a CSV file is a person; its columns are email,
first_name, last_name and other members, where departments, managers and so on may stand by name.`,
		example: `  brex users invite maya@example.com Maya Lopez --manager-id omar@example.com
  brex users invite --file people.csv --dry-run`,
	}.command(a, run)
	inner := cmd.RunE
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) != 3 && (len(args) > 0 || !cmd.Flags().Changed("file") && !cmd.Flags().Changed("body") && !cmd.Flags().Changed("email")) {
			return usagef("%q needs an e-mail, a first and a last name, or --file", words(cmd))
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		for i, flag := range []string{"email", "first-name", "last-name"} {
			if i < len(args) {
				if err := cmd.Flags().Set(flag, args[i]); err != nil {
					return err
				}
			}
		}
		return inner(cmd, nil)
	}
	return cmd
}

// newUsersDisable makes the command that disables people, or lets them in again.
func newUsersDisable(a *App, status string, run runFunc) *cobra.Command {
	d := daily{op: operations.UpdateUser, many: true}
	if status == "DISABLED" {
		d.use, d.short, d.long = "disable USER...", "Disable people", "Disable people: they can no longer sign in or spend. Lock their cards as well: brex cards lock."
		d.example = "  brex users disable maya@example.com\n  brex users disable --file leavers.csv --dry-run"
	} else {
		d.use, d.short = "enable USER...", "Let disabled people in again"
	}
	d.fill = func(_ *cobra.Command, body, _ map[string]any) error {
		body["status"] = status
		return nil
	}
	return d.command(a, run)
}

// newUsersSetLimit sets the monthly limit of people.
func newUsersSetLimit(a *App, run runFunc) *cobra.Command {
	var none bool
	return daily{op: operations.SetUserLimit, use: "set-limit USER...", short: "Set the monthly limit of people", many: true,
		example: `  brex users set-limit maya@example.com --monthly-limit 500.00USD
  brex users set-limit maya@example.com --none`,
		flags: func(cmd *cobra.Command) {
			cmd.Flags().BoolVar(&none, "none", false, "no limit any more")
		},
		fill: func(cmd *cobra.Command, body, _ map[string]any) error {
			_, given := body["monthly_limit"]
			switch {
			case none && given:
				return usagef("--none and --monthly-limit exclude each other")
			case none:
				body["monthly_limit"] = nil
			case !given && !cmd.Flags().Changed("file") && !cmd.Flags().Changed("body"):
				return usagef("%q needs --monthly-limit, such as 500.00USD, or --none", words(cmd))
			}
			return nil
		},
	}.command(a, run)
}

// spendPeriods are the flags of a spend limit, and how often it begins anew.
var spendPeriods = map[string]string{"weekly": "PER_WEEK", "monthly": "PER_MONTH", "quarterly": "PER_QUARTER", "yearly": "PER_YEAR", "once": "ONE_TIME"}

// newSpendLimitsCreate makes a spend limit with its people.
func newSpendLimitsCreate(a *App, run runFunc) *cobra.Command {
	var name, policy string
	var members, owners []string
	limits := map[string]*moneyFlag{}
	return daily{op: operations.CreateSpendLimit, use: "create", short: "Create a spend limit",
		long: `Create a spend limit with its members. What is not said is what Brex's dashboard starts with: a hard limit that only
its members see, without cards of its own. --policy is the expense policy that applies; spend limits that exist show ids.`,
		example: `  brex spend-limits create --name Offsite --monthly 5000.00USD --policy ID --member maya@example.com`,
		flags: func(cmd *cobra.Command) {
			f := cmd.Flags()
			f.Var(&textValue{&name}, "name", "`name` of the spend limit")
			f.Var(&textValue{&policy}, "policy", "`id` of the expense policy that applies")
			f.StringSliceVar(&members, "member", nil, "`people` who may spend from it, by e-mail, exact name or id")
			f.StringSliceVar(&owners, "owner", nil, "`people` who look after it")
			completeObjects(a, cmd, "member", "users")
			completeObjects(a, cmd, "owner", "users")
			for flag, period := range spendPeriods {
				limits[flag] = &moneyFlag{}
				f.Var(limits[flag], flag, "the limit, "+strings.ToLower(strings.ReplaceAll(period, "_", " "))+", such as 5000.00USD")
			}
		},
		covers: []string{"name", "expense_policy_id", "member_user_ids", "owner_user_ids", "period_recurrence_type"},
		fill: func(cmd *cobra.Command, body, defaults map[string]any) error {
			flag, limit, err := oneAmount(limits)
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("body") {
				if err := needs(cmd, "name", "policy"); err != nil {
					return err
				}
				if limit == nil {
					return usagef("%q needs --monthly or another limit, such as --monthly 5000.00USD", words(cmd))
				}
			}
			for member, value := range map[string]any{"expense_visibility": "PRIVATE", "authorization_visibility": "PRIVATE",
				"limit_increase_setting": "DISABLED", "spend_type": "NON_BUDGET_PROVISIONED_CARDS_ALLOWED", "auto_transfer_cards_setting": "DISABLED",
				"auto_create_limit_cards_setting": "DISABLED"} {
				defaults[member] = value
			}
			if name != "" {
				body["name"] = name
			}
			if policy != "" {
				body["expense_policy_id"] = policy
			}
			if members != nil {
				body["member_user_ids"] = refs("users", members)
			}
			if owners != nil {
				body["owner_user_ids"] = refs("users", owners)
			}
			if limit != nil {
				body["period_recurrence_type"] = spendPeriods[flag]
				body["authorization_settings"] = map[string]any{"base_limit": limit, "authorization_type": "HARD", "rollover_refresh_rate": "OFF"}
			}
			return nil
		},
	}.command(a, run)
}
