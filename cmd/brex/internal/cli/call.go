package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// caller is the command that calls any operation.
type caller struct {
	params string
	all    bool
	free   bool
	write  writeOptions
}

func (a *App) call() *cobra.Command {
	var c caller
	cmd := &cobra.Command{
		Use:   "call ACTION",
		Short: "Call any operation of the API",
		Long: `Call an operation, named by its action name or operationId; brex actions lists them, and brex actions
ACTION says what one takes. Parameters and the members of the request body stand side by side in one
JSON object; they are checked before anything is sent. The response is printed as JSON, unless
--output says otherwise.

Operations that move money, change who can spend, or show card numbers or signing secrets ask first
on a terminal, and need --yes elsewhere; this holds for the sandbox too. Card and account numbers
are hidden unless --show-secrets is given.`,
		Example: `  brex call getMe --sandbox
  brex call team/get_v2_users_by_id --params '{"id":"cuuser_ckrz3n9b9013i01h5hgdyz7jh"}'
  brex call listExpenses --params '{"status":["SETTLED"],"limit":10}'
  brex call listTransfers --all -o jsonl
  brex call createTransfer --params @transfer.json --idempotency-key rent-2026-11 --yes
  brex call createVendor --params @vendor.json --dry-run`,
		Args:              oneAction,
		ValidArgsFunction: completeActions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("output") && !c.write.dryRun {
				a.flags.output = output.JSON
			}
			op := findOperation(args[0])
			if op == nil {
				return usagef("%q is not an operation%s; brex actions lists them", args[0], nearAction(args[0]))
			}
			return c.run(cmd, a, op)
		},
	}
	cmd.Annotations = map[string]string{operationNote: "call"}
	f := cmd.Flags()
	f.StringVar(&c.params, "params", "", "parameters as a `JSON` object, @FILE to read them from a file, or - for standard input")
	f.BoolVar(&c.all, "all", false, "read a list to its end, and print its items instead of one page")
	f.Var(&keyValue{&c.write.key}, "idempotency-key", "`key` that lets Brex recognise a repeated POST or PUT (default a new one)")
	f.BoolVarP(&c.write.yes, "yes", "y", false, "do not ask before money moves or secrets are shown")
	f.Var(&textValue{&c.write.company}, "company", "go on only if the token is of the company with this `id`; --yes needs it where money moves")
	f.BoolVar(&c.write.dryRun, "dry-run", false, "print the request instead of sending it; needs no token")
	f.BoolVar(&c.free, "no-validation", false, "send a body or value that Brex's documents do not know, or refuse")
	return cmd
}

func oneAction(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return usagef("%q needs the name of an operation; brex actions lists them", words(cmd))
	case 1:
		return nil
	}
	return usagef("%q takes one operation, not %d; parameters go into --params", words(cmd), len(args))
}

func (c *caller) run(cmd *cobra.Command, a *App, op *brex.Operation) error {
	if c.all && !op.Paginated {
		return usagef("%s is not a list with pages; leave out --all", op.ID)
	}
	params, err := a.readParams(c.params)
	if err != nil {
		return err
	}
	if c.free {
		a.ClientOptions = append(a.ClientOptions, brex.WithoutValidation())
	}
	var opts []brex.CallOption
	if c.write.key != "" {
		opts = append(opts, brex.WithIdempotencyKey(c.write.key))
	}
	unsent, err := a.unsent()
	if err != nil {
		return err
	}
	request, err := unsent.Prepare(op.Action, params, opts...)
	if err != nil {
		return err // before anybody is asked anything
	}
	if c.write.dryRun || a.flags.curl {
		return a.showRequest(unsent, request, c.write.key)
	}
	s, err := a.connect()
	if err != nil {
		return err
	}
	if err := a.allow(cmd.Context(), s, &c.write, []*brex.Prepared{request}); err != nil {
		return err
	}
	if c.all {
		return a.callAll(cmd.Context(), s, op, params, opts)
	}
	response, err := s.Send(cmd.Context(), request)
	if err != nil {
		return err
	}
	return a.printResponse(op, response)
}

// readParams gives the parameters as a JSON object.
func (a *App) readParams(given string) (json.RawMessage, error) {
	if given == "" {
		return json.RawMessage("{}"), nil
	}
	return a.readJSON("--params", given)
}

// readJSON is the JSON object that a flag gives, @FILE names, or standard input has where it is -.
func (a *App) readJSON(flag, given string) (json.RawMessage, error) {
	source, text, err := a.readFlag(flag, given)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("%s: there is no such file", source)
	}
	if err != nil {
		return nil, usagef("%s: %v", source, err)
	}
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil || object == nil {
		why := "it is something else"
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			why = fmt.Sprintf("%v, at byte %d", err, syntax.Offset)
		}
		return nil, usagef(`%s: must be one JSON object like {"id":"..."}: %s`, source, why)
	}
	return text, nil
}

// printResponse prints the response of one call.
func (a *App) printResponse(op *brex.Operation, response json.RawMessage) error {
	if response == nil {
		a.note("%s: done; it has no response", op.ID)
		return nil
	}
	if err := a.printAny(op, response); err != nil {
		return err
	}
	var page struct {
		Next string `json:"next_cursor"`
	}
	if op.Paginated && json.Unmarshal(response, &page) == nil && page.Next != "" {
		a.note(`there are more: use --all, or "cursor":%q in --params to continue`, page.Next)
	}
	return nil
}

// printAny prints a response. A list is one of rows where columns are shown, or rows chosen or sorted; otherwise it is as Brex sent it.
func (a *App) printAny(op *brex.Operation, response json.RawMessage) error {
	items := []json.RawMessage{response}
	asRows := op.List != "" && a.query == nil && (!a.flags.output.Raw() || len(a.flags.columns) > 0 || a.flags.sort != "")
	if asRows {
		var err error
		if items, err = listItems(response); err != nil {
			return err
		}
	}
	rows, err := objectsOf(items)
	switch {
	case err != nil:
		return fmt.Errorf("%s is done, but its response is not JSON", op.ID)
	case asRows:
		return printRows(a, objectColumns(op), rows, items)
	}
	return printObject(a, objectColumns(op), rows[0], response)
}

// callAll prints the items of a list as they come.
func (a *App) callAll(ctx context.Context, s *session, op *brex.Operation, params json.RawMessage, opts []brex.CallOption) (err error) {
	out := newPrinter(a, objectColumns(op))
	shown := 0
	defer func() {
		if closeErr := out.Close(); err == nil || errors.As(closeErr, new(outputError)) {
			err = closeErr
		}
		switch {
		case err == nil && shown == 0:
			a.note("nothing found")
		case err != nil && shown > 0:
			err = incompleteError{err, shown}
		}
	}()
	for item, err := range s.CallAll(ctx, op.Action, params, opts...) {
		if err != nil {
			return err
		}
		rows, err := objectsOf([]json.RawMessage{item})
		if err != nil {
			return err
		}
		if err := out.Page(rows, []json.RawMessage{item}); err != nil {
			return err
		}
		shown++
	}
	if shown == 0 {
		return out.Page(nil, nil) // an empty list
	}
	return nil
}

// keyValue is an idempotency key.
type keyValue struct{ into *string }

func (v *keyValue) String() string { return "" }
func (v *keyValue) Type() string   { return "key" }
func (v *keyValue) Set(s string) error {
	if s == "" || len(s) > 255 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return badValue("must be 1 to 255 visible ASCII characters")
	}
	*v.into = s
	return nil
}
