package cli

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
)

// request is what a command line asks of an operation. Names stand in it as refs until it is known whom to ask.
type request struct {
	op       *brex.Operation
	params   map[string]any // of path and query
	body     map[string]any // nil where the operation takes none
	defaults map[string]any // members of the body where the command line has none
	times    []timeParam
	args     []string // values of the path parameters

	doc      *document // of the body, for set
	set      []string
	bodyText string

	write writeOptions
	many  manyOptions
	list  func() error // reads and prints, where the operation is a list
}

// timeParam is a time among the parameters, which may count from the present.
type timeParam struct {
	name string
	flag *timeFlag
}

// arguments checks how many arguments there are.
func (r *request) arguments(cmd *cobra.Command, args []string) error {
	want := len(r.op.PathParams)
	switch {
	case r.many.file != "" && len(args) < want:
		return nil // the rest is in the file
	case want == 0 && len(args) > 0:
		return noArgs(cmd, args)
	case len(args) == want:
		return nil
	case len(args) < want:
		noun, _ := commandName(r.op)
		missing := r.op.PathParams[len(args)].Name
		if missing == "id" {
			missing = "an id"
		}
		return usagef("%q needs %s; brex %s list prints ids", words(cmd), missing, noun)
	case r.many.bound && want == 1:
		return nil
	}
	return usagef("%q takes %d argument(s), not %d; see %s --help", words(cmd), want, len(args), cmd.CommandPath())
}

// takeArguments puts the arguments into the path.
func (r *request) takeArguments() error {
	for i, p := range r.op.PathParams {
		if i >= len(r.args) {
			return usagef("%s is missing", p.Name)
		}
		if r.args[i] == "" {
			return usagef("%s is empty", strings.ToUpper(p.Name))
		}
		r.params[p.Name] = asRef(namedBy(r.op, p.Name), r.args[i])
	}
	return nil
}

// compose finishes the body: what --body gives, then the flags, then --set, and the defaults for what none of them has.
func (r *request) compose(a *App) error {
	if r.op.Body == "" {
		return nil
	}
	flags := r.body
	r.body = map[string]any{}
	if r.bodyText != "" {
		text, err := a.readJSON("--body", r.bodyText)
		if err != nil {
			return err
		}
		v, err := decodeJSON(text)
		if err != nil {
			return usagef("--body: %v", err)
		}
		r.body = v.(map[string]any) // readJSON has seen that it is one
	}
	maps.Copy(r.body, flags)
	for _, s := range r.set {
		path, value, ok := strings.Cut(s, "=")
		if !ok || path == "" {
			return usagef("--set %q: write MEMBER=VALUE", s)
		}
		if err := r.doc.set(r.body, r.doc.Body(r.op), path, value); err != nil {
			return err
		}
	}
	for name, value := range r.defaults {
		if _, given := r.body[name]; !given {
			r.body[name] = value
		}
	}
	return nil
}

// ready is the request with ids in place of names and times in place of "7d".
func (r *request) ready(ctx context.Context, s *session) (map[string]any, error) {
	params := maps.Clone(r.params)
	for _, t := range r.times {
		if at := t.flag.resolve(s.now()); t.flag.text != "" {
			params[t.name] = at.UTC().Format(time.RFC3339Nano)
		}
	}
	if r.op.Body != "" {
		params["body"] = r.body
	}
	v, err := s.finder().resolve(ctx, params)
	if err != nil {
		return nil, err
	}
	return v.(map[string]any), nil
}

// run does what the command line asks for.
func (r *request) run(ctx context.Context, a *App) error {
	if r.list != nil {
		return r.list()
	}
	if err := r.compose(a); err != nil {
		return err
	}
	if r.many.file != "" || len(r.args) > len(r.op.PathParams) || slices.Equal(r.args, []string{"-"}) {
		return r.runMany(ctx, a)
	}
	if err := r.takeArguments(); err != nil {
		return err
	}
	return r.one(ctx, a)
}

// one sends one request and prints the response.
func (r *request) one(ctx context.Context, a *App) error {
	s, err := a.connectFor(r)
	if err != nil {
		return err
	}
	p, err := r.prepare(ctx, s, r.write.key)
	if err != nil {
		return err
	}
	return a.carryOut(ctx, s, p, &r.write)
}

// connectFor is connect, but a request that is only shown needs no token unless a name has to be looked up.
func (a *App) connectFor(r *request) (*session, error) {
	if (r.write.dryRun || a.flags.curl) && !hasNames(r.params) && !hasNames(r.body) {
		return a.unsent()
	}
	return a.connect()
}

// prepare makes the request with all its checks.
func (r *request) prepare(ctx context.Context, s *session, key string) (*brex.Prepared, error) {
	params, err := r.ready(ctx, s)
	if err != nil {
		return nil, err
	}
	var opts []brex.CallOption
	if key != "" {
		opts = append(opts, brex.WithIdempotencyKey(key))
	}
	return s.Prepare(r.op.ID, params, opts...)
}

// carryOut shows a request, or asks where that is needed and sends it, and prints the response.
func (a *App) carryOut(ctx context.Context, s *session, p *brex.Prepared, w *writeOptions) error {
	if w.dryRun || a.flags.curl {
		return a.showRequest(s, p, w.key)
	}
	if err := a.allow(ctx, s, w, []*brex.Prepared{p}); err != nil {
		return err
	}
	raw, err := s.Send(ctx, p)
	if err != nil {
		return err
	}
	return a.printResult(p.Operation, raw)
}

// printResult prints the response of one operation.
func (a *App) printResult(op *brex.Operation, raw json.RawMessage) error {
	if raw == nil {
		a.note("%s: done; there is nothing to show", op.ID)
		return nil
	}
	return a.printAny(op, raw)
}

// readFlag is the text of a flag that names a file by @ or standard input by -.
func (a *App) readFlag(flag, given string) (source string, text []byte, err error) {
	switch name, isFile := strings.CutPrefix(given, "@"); {
	case given == "-":
		text, err = io.ReadAll(a.Stdin)
		return flag + " -", text, err
	case isFile:
		text, err = os.ReadFile(name)
		return flag + " " + given, text, err
	}
	return flag, []byte(given), nil
}
