package cli

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
)

func (a *App) sandboxEvents() *cobra.Command {
	var data string
	fire := &cobra.Command{Use: "fire EVENT_TYPE", Short: "Send an event to the webhooks", Args: exactly(1, "the type of an event, such as TRANSFER_FAILED"),
		Example: `  brex sandbox events fire TRANSFER_FAILED`,
		RunE: func(cmd *cobra.Command, args []string) error {
			body := map[string]any{"type": strings.ToUpper(strings.ReplaceAll(args[0], "-", "_"))}
			if data != "" {
				payload, err := a.readJSON("--data", data)
				if err != nil {
					return err
				}
				body["payload"] = payload
			}
			return a.control(cmd.Context(), http.MethodPost, "events", body)
		}}
	fire.Flags().StringVar(&data, "data", "", "the payload, a `JSON` object, or @FILE (default one about the company)")
	completeFirst(fire, eventTypes)
	return group("events", "The sandbox's events", fire, &cobra.Command{Use: "list", Short: "Show the latest events and their deliveries", Args: noArgs,
		Example: "  brex sandbox events list",
		RunE:    a.controlList("events", "events", "at", "type", "id", "deliveries")})
}

// completeFirst lets the shell complete the first argument.
func completeFirst(cmd *cobra.Command, values func() []string) {
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return values(), cobra.ShellCompDirectiveNoFileComp
	}
}

func (a *App) sandboxFaults() *cobra.Command {
	times, delay := countValue{n: 1}, ""
	list := a.controlList("faults", "rules", "operation", "fault", "method", "count", "skip", "rate")
	add := &cobra.Command{Use: "add OPERATION STATUS", Short: "Make the next calls of an operation fail", Args: exactly(2, "an operation and a status, such as createTransfer 503"),
		Example: "  brex sandbox faults add createTransfer 503 --times 2",
		RunE: func(cmd *cobra.Command, args []string) error {
			body := map[string]any{"operation": args[0], "fault": args[1], "count": times.n}
			if status, err := strconv.Atoi(args[1]); err == nil {
				body["fault"], body["status"] = "status", status
			}
			if delay != "" {
				body["delay"] = delay
			}
			r, err := a.startedSandbox()
			if err == nil {
				_, err = controlCall(cmd.Context(), r, http.MethodPost, "faults", body)
			}
			if err != nil {
				return err
			}
			return list(cmd, args)
		}}
	add.Flags().Var(&times, "times", "how many calls fail")
	add.Flags().StringVar(&delay, "delay", "", "how long latency and the like take: a `duration` such as 500ms (default 2s)")
	completeFirst(add, func() (ids []string) {
		for _, op := range brex.Operations() {
			ids = append(ids, op.ID)
		}
		return ids
	})
	return group("faults", "What fails in the sandbox", add,
		&cobra.Command{Use: "list", Short: "Show the faults that are waiting", Args: noArgs, Example: "  brex sandbox faults list",
			RunE: list},
		&cobra.Command{Use: "clear", Short: "Forget all faults", Args: noArgs,
			RunE: func(cmd *cobra.Command, args []string) error {
				r, err := a.startedSandbox()
				if err == nil {
					_, err = controlCall(cmd.Context(), r, http.MethodDelete, "faults", nil)
				}
				if err != nil {
					return err
				}
				return list(cmd, args)
			}})
}

func (a *App) sandboxPurchase() *cobra.Command {
	return &cobra.Command{Use: "purchase CARD AMOUNT MERCHANT", Short: "Charge a card, as a merchant would", Args: exactly(3, "the id of a card, an amount in USD and a merchant"),
		Example: `  brex sandbox purchase ncard_cm8x0olc0rse360vtnrj3vwh4 12.50USD "Blue Bottle"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var amount moneyFlag
			if err := amount.Set(args[1]); err != nil {
				return usagef("%q %v", args[1], err)
			}
			m := amountOf(amount.value)
			if m.Currency != "USD" {
				return usagef("%q: the sandbox's cards pay in USD", args[1])
			}
			return a.control(cmd.Context(), http.MethodPost, "purchases", map[string]any{"card_id": args[0], "amount": m.Amount, "merchant": args[2]})
		}}
}
