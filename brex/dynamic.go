package brex

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/operations"
)

// Operations returns every operation of the API, ordered by API and path. Do not change them.
func Operations() []*Operation { return slices.Clone(operations.All) }

var operationIndex = sync.OnceValue(func() map[string]*Operation {
	index := make(map[string]*Operation, 2*len(operations.All))
	for _, op := range operations.All {
		index[op.ID], index[op.Action] = op, op
	}
	maps.Copy(index, formerIDs)
	return index
})

// formerIDs are the operationIds that the webhooks document of 2025 gave the same operations.
var formerIDs = map[string]*Operation{
	"createSubscription":  operations.CreateWebhookSubscription,
	"listSubscription":    operations.ListWebhookSubscriptions,
	"listSecrets":         operations.ListWebhookSecrets,
	"getSubscriptionById": operations.GetWebhookSubscription,
	"updateSubscription":  operations.UpdateWebhookSubscription,
}

// LookupOperation returns the operation with the action name ("team/get_v2_users_by_id") or the
// present or former operationId ("getUserById").
func LookupOperation(name string) (*Operation, bool) {
	op, ok := operationIndex()[name]
	return op, ok
}

// RequiredScopes returns a smallest set of OAuth scopes that covers the operations, named as for
// Call. If any one of several scopes is enough, it chooses one that other operations need too, and
// a read-only one if that is enough. Operations for which Brex documents no scope, like those of
// receipts and webhooks, add none.
func RequiredScopes(operationNames ...string) ([]string, error) {
	need := map[string]bool{}
	var open [][]string
	for _, name := range operationNames {
		op, ok := LookupOperation(name)
		switch {
		case !ok:
			return nil, unknownOperation(name)
		case len(op.Scopes) == 1:
			need[op.Scopes[0]] = true
		case len(op.Scopes) > 1:
			open = append(open, op.Scopes)
		}
	}
	covered := func(scopes []string) bool { return slices.ContainsFunc(scopes, func(s string) bool { return need[s] }) }
	for _, scopes := range open {
		if covered(scopes) {
			continue
		}
		pick := scopes[0]
		for _, s := range scopes {
			if strings.HasSuffix(s, ".readonly") || strings.HasSuffix(s, ".read") {
				pick = s
			}
		}
		need[pick] = true
	}
	return slices.Sorted(maps.Keys(need)), nil
}

// Call carries out any operation, named by its action ("team/get_v2_users_by_id") or operationId,
// and returns the response as JSON, or nil if the operation has no response. It is for programs
// that learn at run time what to call; others use the typed services.
//
// params are the parameters by name: a map, a struct, or JSON as a string or bytes; nil for none.
// Path and query parameters have their own names, with or without the brackets of a list. The
// members of the request body are beside them, or together under "body". All are checked against
// the operation's document, and by the rules of its typed method, before anything is sent.
// WithoutValidation sends parameters that Brex has added since this version was made. Guards,
// retries, limits and errors are those of every call.
func (c *Client) Call(ctx context.Context, operation string, params any, opts ...CallOption) (json.RawMessage, error) {
	op, ok := LookupOperation(operation)
	if !ok {
		return nil, unknownOperation(operation)
	}
	return c.callRaw(&call{ctx: ctx, op: op, build: c.named(params), opts: optionsOf(opts)})
}

// callRaw carries a call out and returns the response as it came.
func (c *Client) callRaw(k *call) (json.RawMessage, error) {
	var raw json.RawMessage
	if k.op.Result != "" {
		k.out = &raw
	}
	if err := c.caller.do(k); err != nil {
		return nil, err
	}
	return raw, nil
}

// named builds a request of parameters by name.
func (c *Client) named(params any) func(*call) error {
	return func(k *call) error {
		req, err := c.dynamicRequest(k.op, params)
		if err != nil {
			return err
		}
		return k.take(c.caller.cfg, req)
	}
}

// CallPages reads any list operation page by page, with each row as Brex sent it; a list without
// pages is one page. operation and params are those of Call. A cursor among the params is where the
// list begins: with the NextCursor of a page it continues after that page.
func (c *Client) CallPages(ctx context.Context, operation string, params any, opts ...CallOption) iter.Seq2[*Page[json.RawMessage], error] {
	return func(yield func(*Page[json.RawMessage], error) bool) {
		op, ok := LookupOperation(operation)
		if !ok {
			yield(nil, unknownOperation(operation))
			return
		}
		req, err := c.dynamicRequest(op, params)
		if err == nil && op.List == "" {
			err = usageError("%s is not a list; use Call", op.ID)
		}
		if err != nil {
			refused := func(*call) error { return err }
			yield(nil, c.caller.do(&call{ctx: ctx, op: op, build: refused, opts: optionsOf(opts)}))
			return
		}
		req.Options = opts
		start, _ := req.Query.Lookup("cursor")
		pages(ctx, start, opts, func(ctx context.Context, cursor string) (*Page[json.RawMessage], error) {
			return c.rawPage(ctx, *req, cursor)
		})(yield)
	}
}

func (c *Client) rawPage(ctx context.Context, req wire.Request, cursor string) (*Page[json.RawMessage], error) {
	if req.Op.Paginated {
		req.Query = req.Query.With("cursor", cursor)
	}
	if req.Op.List == wire.ListArray {
		items, err := wire.DoList[json.RawMessage](ctx, c.caller, &req)
		return &Page[json.RawMessage]{Items: items}, err
	}
	return wire.DoPage[json.RawMessage](ctx, c.caller, &req)
}

// CallAll reads the rows that CallPages would return, one by one.
func (c *Client) CallAll(ctx context.Context, operation string, params any, opts ...CallOption) iter.Seq2[json.RawMessage, error] {
	return items(c.CallPages(ctx, operation, params, opts...))
}

func unknownOperation(name string) error {
	return usageError("%q is not an operation; brex.Operations lists them, like getUserById or team/get_v2_users_by_id", name)
}
