package cli

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// rowPath is where the control API has a row.
func rowPath(args []string) string {
	return "state/" + url.PathEscape(args[0]) + "/" + url.PathEscape(args[1])
}

// sandboxEdit sets members of a row.
func (a *App) sandboxEdit() *cobra.Command {
	var set []string
	var add bool
	cmd := &cobra.Command{Use: "edit TABLE ID", Short: "Set members of a row, as somebody at Brex would",
		Long: paragraphs(`Set members of a row of the sandbox and print the row. A member that is text stays text, one that is an amount is
written as 12.50USD, and any other value is JSON, or text where it is not JSON. With --add, a row that is not there is made of the members.`),
		Example: `  brex sandbox edit expenses expense_cl3khzfnr00000k92bdjtmmes --set memo="Team lunch"
  brex sandbox edit cash_accounts dpacc_cl3khzfnr00000k92bdjtmmes --set available_balance=0.00USD`,
		Args: exactly(2, "a table and the id of a row; brex sandbox tables names the tables"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(set) == 0 {
				return usagef("%q needs --set MEMBER=VALUE", words(cmd))
			}
			return a.editRow(cmd.Context(), args, set, add)
		}}
	cmd.Flags().StringArrayVar(&set, "set", nil, "set a member: `MEMBER=VALUE`, members of members after a dot, items of a list as [0]; may be repeated")
	cmd.Flags().BoolVar(&add, "add", false, "make the row where it is not there")
	completeFirst(cmd, a.sandboxTables)
	return cmd
}

// sandboxRemove removes a row.
func (a *App) sandboxRemove() *cobra.Command {
	cmd := &cobra.Command{Use: "remove TABLE ID", Short: "Remove a row, as if it had never been there",
		Long: paragraphs(`Remove a row of the sandbox. With a transfer go its cash transactions and what it did to the balances. What other
objects say about the row stays.`),
		Example: "  brex sandbox remove vendors vendor_cl3khzfnr00000k92bdjtmmes",
		Args:    exactly(2, "a table and the id of a row; brex sandbox tables names the tables"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := a.startedSandbox()
			if err != nil {
				return err
			}
			if _, err := controlCall(cmd.Context(), r, http.MethodDelete, rowPath(args), nil); err != nil {
				return err
			}
			a.note("removed %s from %s", args[1], args[0])
			return nil
		}}
	completeFirst(cmd, a.sandboxTables)
	return cmd
}

// sandboxTables names the tables of the sandbox that runs, none where none does.
func (a *App) sandboxTables() (names []string) {
	r, err := a.running()
	if err != nil || r == nil {
		return nil
	}
	text, err := controlCall(context.Background(), r, http.MethodGet, "state", nil)
	var state struct {
		Tables []struct {
			Name string `json:"name"`
		} `json:"tables"`
	}
	if err != nil || json.Unmarshal(text, &state) != nil {
		return nil
	}
	for _, t := range state.Tables {
		names = append(names, t.Name)
	}
	return names
}

// editRow reads the row, because a member of a member is set by sending all of the outer one.
func (a *App) editRow(ctx context.Context, args, set []string, add bool) error {
	r, err := a.startedSandbox()
	if err != nil {
		return err
	}
	row, changed := map[string]any{}, map[string]any{}
	text, err := controlCall(ctx, r, http.MethodGet, rowPath(args), nil)
	if err == nil {
		var v any
		if v, err = decodeJSON(text); err == nil {
			row, _ = v.(map[string]any)
		}
	} else if errors.As(err, new(noObjectError)) && add && slices.Contains(a.sandboxTables(), args[0]) {
		err = nil
	}
	if err != nil {
		return err
	}
	for _, s := range set {
		path, value, ok := strings.Cut(s, "=")
		if !ok || path == "" {
			return usagef("--set %q: write MEMBER=VALUE", s)
		}
		steps := strings.Split(strings.ReplaceAll(path, "[", ".["), ".")
		v, err := setFree(row, steps, path, value)
		if err != nil {
			return err
		}
		row = v.(map[string]any)
		changed[steps[0]] = row[steps[0]]
	}
	if _, err := controlCall(ctx, r, http.MethodPut, rowPath(args), changed); err != nil {
		return err
	}
	return a.control(ctx, http.MethodGet, rowPath(args), nil)
}

// setFree returns what stands at a place once the value is in it. What stands there says how the value is written: a row of the
// sandbox has no document.
func setFree(have any, steps []string, path, value string) (any, error) {
	if len(steps) == 0 {
		return freeValue(have, path, value)
	}
	if index, ok := strings.CutPrefix(steps[0], "["); ok {
		list, _ := have.([]any)
		n, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
		if err != nil || n < 0 || n > len(list) {
			return nil, usagef("--set %s: %s must be the place in a list, from [0] to [%d] here", path, steps[0], len(list))
		}
		if n == len(list) {
			list = append(list, nil)
		}
		list[n], err = setFree(list[n], steps[1:], path, value)
		return list, err
	}
	o, isObject := have.(map[string]any)
	if !isObject && have != nil {
		return nil, usagef("--set %s: %s is a member of something that has none", path, steps[0])
	}
	if o == nil {
		o = map[string]any{}
	}
	v, err := setFree(o[steps[0]], steps[1:], path, value)
	o[steps[0]] = v
	return o, err
}

func freeValue(have any, path, value string) (any, error) {
	if value == "null" {
		return nil, nil
	}
	if _, isText := have.(string); isText {
		return value, nil
	}
	if amountOf(have) != nil || amountWithCode.MatchString(value) && have == nil {
		if v, err := moneyValue(value); err == nil || amountOf(have) != nil && !strings.HasPrefix(value, "{") {
			if err != nil {
				return nil, usagef("--set %s=%s: %v", path, value, err)
			}
			return v, nil
		}
	}
	v, err := decodeJSON([]byte(value))
	if err == nil {
		return v, nil
	}
	if have != nil {
		return nil, usagef("--set %s=%s: must be JSON, as what is there: %v", path, value, err)
	}
	return value, nil
}
