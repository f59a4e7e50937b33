package cli

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/wire"
)

// apiOptions are what brex api is told.
type apiOptions struct {
	method, path string
	query        []string
	input        string
	write        writeOptions
}

// newAPI sends any request, also one that no document knows.
func newAPI(a *App, run func(context.Context, *apiOptions) error) *cobra.Command {
	o := &apiOptions{}
	if run == nil {
		run = func(ctx context.Context, o *apiOptions) error { return apiRun(ctx, a, o) }
	}
	cmd := &cobra.Command{Use: "api METHOD PATH", Short: "Send any request, also one that no document knows yet",
		Long: paragraphs(`Send a request to a path of the API and print the response as JSON. It goes through the same pipeline as every other
command: retries, limits, the token for Brex's hosts only. What is in the documents is checked as brex call does; anything else that is not a
GET counts as something that moves money, and is asked about.`),
		Example: `  brex api GET /v2/cards --query limit=5
  brex api POST /v2/titles --input title.json
  brex api POST /v2/something_new --input - --dry-run`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("%q needs a method and a path, such as GET /v2/cards", words(cmd))
			}
			return nil
		},
		ValidArgsFunction: completeAPI,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.method, o.path = strings.ToUpper(args[0]), args[1]
			return run(cmd.Context(), o)
		}}
	cmd.Annotations = map[string]string{operationNote: "api"}
	f := cmd.Flags()
	f.StringArrayVar(&o.query, "query", nil, "query parameter, as `NAME=VALUE`; may be repeated")
	f.StringVar(&o.input, "input", "", "send the JSON in this `file`, or in standard input with -")
	o.write.bind(cmd, &brex.Operation{Method: "POST", Access: brex.AccessMoney})
	return cmd
}

// completeAPI completes methods, and the paths of the documents.
func completeAPI(_ *cobra.Command, args []string, typed string) (found []cobra.Completion, _ cobra.ShellCompDirective) {
	for _, op := range brex.Operations() {
		switch {
		case len(args) == 0:
			found = append(found, op.Method)
		case len(args) == 1 && strings.EqualFold(op.Method, args[0]) && strings.HasPrefix(op.Path, typed):
			found = append(found, cobra.CompletionWithDesc(op.Path, op.Summary))
		}
	}
	slices.Sort(found)
	return slices.Compact(found), cobra.ShellCompDirectiveNoFileComp
}

// request is the request as the pipeline has it: the operation of the documents whose path it is, or one of its own.
func (o *apiOptions) request(a *App) (*brex.Operation, map[string]any, error) {
	if !slices.Contains([]string{"GET", "POST", "PUT", "DELETE", "PATCH"}, o.method) {
		return nil, nil, usagef("%q is not a method; there are GET, POST, PUT, DELETE and PATCH", o.method)
	}
	u, err := url.Parse(o.path)
	if err != nil || u.Host != "" || u.Scheme != "" || u.Fragment != "" || !strings.HasPrefix(u.Path, "/") || strings.Contains(u.Path, "//") ||
		slices.ContainsFunc(strings.Split(u.Path, "/"), func(step string) bool { return step == "." || step == ".." }) {
		return nil, nil, usagef("%q must be a path, such as /v2/cards; the host is that of --base-url", o.path)
	}
	params := map[string]any{}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, nil, usagef("%q: its query cannot be read: %v", o.path, err)
	}
	for _, q := range o.query {
		name, value, ok := strings.Cut(q, "=")
		if !ok || name == "" {
			return nil, nil, usagef("--query %q: write NAME=VALUE", q)
		}
		query.Add(name, value)
	}
	if query.Has("body") {
		return nil, nil, usagef("a query parameter cannot be named body here; --input gives the body")
	}
	for name, values := range query {
		all := make([]any, len(values))
		for i, v := range values {
			all[i] = v
		}
		if params[name] = any(all); len(all) == 1 {
			params[name] = all[0]
		}
	}
	if o.input != "" {
		given := o.input
		if given != "-" {
			given = "@" + given
		}
		_, text, err := a.readFlag("--input", given)
		if err != nil {
			return nil, nil, usagef("--input %s: %v", o.input, err)
		}
		if params["body"], err = decodeJSON(text); err != nil {
			return nil, nil, usagef("--input %s: it is not JSON: %v", o.input, err)
		}
	}
	if op, ids := documented(o.method, u.EscapedPath()); op != nil {
		for i, p := range op.PathParams {
			params[p.Name] = ids[i]
		}
		return op, params, nil
	}
	return nil, params, nil
}

// documented finds the operation of a path, one without parameters first, and the ids in the path.
func documented(method, path string) (found *brex.Operation, ids []string) {
	got := strings.Split(strings.TrimRight(path, "/"), "/")
	for _, op := range brex.Operations() {
		want := strings.Split(op.Path, "/")
		if op.Method != method || len(want) != len(got) {
			continue
		}
		var here []string
		fits := true
		for i, step := range want {
			if strings.HasPrefix(step, "{") && got[i] != "" {
				id, err := url.PathUnescape(got[i])
				here, fits = append(here, id), fits && err == nil
				continue
			}
			plain, err := url.PathUnescape(got[i]) // the host reads p%61n as pan, and so must the guards
			fits = fits && err == nil && step == plain
		}
		if fits && (found == nil || len(here) < len(ids)) {
			found, ids = op, here
		}
	}
	return found, ids
}

func apiRun(ctx context.Context, a *App, o *apiOptions) error {
	op, params, err := o.request(a)
	if err != nil {
		return err
	}
	a.rawResponse()
	if op == nil {
		return o.undocumented(ctx, a, params)
	}
	r := &request{op: op, params: params, write: o.write}
	if body, ok := params["body"]; ok {
		delete(params, "body")
		if r.body, ok = body.(map[string]any); !ok {
			return usagef("--input %s: must be one JSON object", o.input)
		}
	}
	return r.one(ctx, a)
}

// rawResponse makes JSON the format where a table would be: a path may give anything.
func (a *App) rawResponse() {
	if a.flags.output == "table" && len(a.flags.columns) == 0 {
		a.flags.output = "json"
	}
}

// undocumented sends what no document knows. It has no idempotency that is known, so only a GET is repeated by itself.
func (o *apiOptions) undocumented(ctx context.Context, a *App, params map[string]any) error {
	u, _ := url.Parse(o.path) // request has read it
	op := &brex.Operation{API: "unknown", ID: "undocumented", Action: "unknown/" + o.method + " " + u.Path, Method: o.method, Path: u.EscapedPath(),
		Result: wire.AnyResult, Idempotency: wire.IdempotencyNone, Access: brex.AccessMoney}
	if o.method == "GET" {
		op.Access = brex.AccessRead
	}
	req := &wire.Request{Op: op}
	body, hasBody := params["body"]
	if hasBody {
		op.Body, req.Body = "any", body
	}
	p := &brex.Prepared{Operation: op, Method: o.method, Path: op.Path, Key: o.write.key}
	for _, name := range sortedNames(params) {
		if name == "body" {
			continue
		}
		values, isList := params[name].([]any)
		if !isList {
			values = []any{params[name]}
		}
		for _, v := range values {
			req.Query.String(name, v.(string))
		}
	}
	p.Query = req.Query.Encode(time.RFC3339Nano)
	if hasBody {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		p.Body = text
	}
	if o.write.key != "" {
		req.Options = append(req.Options, brex.WithIdempotencyKey(o.write.key))
	}
	if o.write.dryRun || a.flags.curl {
		s, err := a.unsent()
		if err != nil {
			return err
		}
		return a.showRequest(s, p, o.write.key)
	}
	s, err := a.connect()
	if err != nil {
		return err
	}
	if err := a.allow(ctx, s, &o.write, []*brex.Prepared{p}); err != nil {
		return err
	}
	var raw json.RawMessage
	if err := s.Caller().Call(ctx, req, &raw); err != nil {
		return err
	}
	if len(raw) == 0 {
		a.note("%s: done; there is nothing to show", op.ID)
		return nil
	}
	return unprinted(p, printObject(a, nil, struct{}{}, raw))
}
