package brex

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"

	"github.com/brex-go/sdk/brex/wire"
)

// Prepared is a request that has been checked and encoded, but not sent. Client.Prepare makes it,
// Client.Send sends it, and WithGuard shows it before it is sent. It holds exactly the bytes that
// Send sends, and neither a token nor a host. It can be stored as JSON, to be sent by another
// process; the JSON names the operation by its operationId. Printing a Prepared shows neither query
// nor body.
type Prepared struct {
	Operation *Operation      // must not be changed
	Method    string          // HTTP method
	Path      string          // escaped, with the ids filled in
	Query     string          // encoded, without the question mark; empty if there is none
	Body      json.RawMessage // the exact bytes; nil for none
	Key       string          // idempotency key; empty unless the method is POST or PUT
}

// Prepare returns the request that Call would send, with the same checks and the same errors, and
// sends nothing. The request of a POST or PUT gets its idempotency key now: that of
// WithIdempotencyKey, or a random one. Other options belong to Send.
func (c *Client) Prepare(operation string, params any, opts ...CallOption) (*Prepared, error) {
	op, ok := LookupOperation(operation)
	if !ok {
		return nil, unknownOperation(operation)
	}
	k := &call{ctx: context.Background(), op: op, build: c.named(params), opts: optionsOf(opts)}
	if o := k.opts; o.err == nil && (o.header != nil || o.response != nil || o.noRetry || o.prefetch) {
		k.opts.err = usageError("Prepare accepts WithIdempotencyKey only; give other options to Send")
	}
	if err := k.encode(c.caller.cfg); err != nil {
		return nil, k.fail(OutcomeNotSent, err)
	}
	if err := k.chooseKey(); err != nil {
		return nil, k.fail(OutcomeNotSent, err)
	}
	return k.prepared(), nil
}

// Send sends a prepared request: exactly its bytes, to its path, under its key, with the retries,
// limits and guards of every call. It returns the response as Call does. The request is checked
// again, since it may have been stored in between. Sending it a second time sends the same request
// under the same key; whether Brex carries it out again depends on how long it remembers keys,
// which is not documented.
func (c *Client) Send(ctx context.Context, p *Prepared, opts ...CallOption) (json.RawMessage, error) {
	if p == nil || p.Operation == nil {
		return nil, usageError("Send: the prepared request is nil, or has no operation")
	}
	op, ok := LookupOperation(p.Operation.ID)
	if !ok {
		return nil, unknownOperation(p.Operation.ID)
	}
	o := optionsOf(opts)
	if o.key != "" {
		o.fail(usageError("Send: the prepared request has its idempotency key; prepare another one for another key"))
	}
	o.key = p.Key
	return c.callRaw(&call{ctx: ctx, op: op, build: p.build, opts: o})
}

// build puts the prepared request into a call, after the checks that its parts passed when it was
// prepared.
func (p *Prepared) build(k *call) error {
	if p.Method != k.op.Method {
		return usageError("the prepared request is a %s; %s is a %s", p.Method, k.op.ID, k.op.Method)
	}
	ids, err := pathIDs(k.op, p.Path)
	if err != nil {
		return err
	}
	if k.path, err = expandPath(k.op, ids); err != nil {
		return err
	}
	query, err := url.ParseQuery(p.Query)
	if err != nil {
		return usageError("the query of the prepared request cannot be read")
	}
	if query.Has("limit") {
		if err := checkLimit(query.Get("limit"), k.op.PageLimit); err != nil {
			return err
		}
	}
	if len(p.Body) == 0 && k.op.Body != "" || len(p.Body) > 0 && k.op.Body == "" {
		return usageError("the prepared request must have a body exactly where %s takes one", k.op.ID)
	}
	if p.Key == "" && k.writes() {
		return usageError("the prepared request has no idempotency key")
	}
	if p.Key != "" {
		if err := checkKey(p.Key); err != nil {
			return err
		}
	}
	k.query = p.Query
	if len(p.Body) > 0 {
		k.body = p.Body
	}
	return nil
}

// pathIDs reads the ids out of an escaped path of the operation.
func pathIDs(op *wire.Operation, path string) ([]string, error) {
	want, got := strings.Split(op.Path, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, usageError("the path of the prepared request is not one of %s, %s", op.ID, op.Path)
	}
	var ids []string
	for i, part := range want {
		if !strings.HasPrefix(part, "{") {
			if part != got[i] {
				return nil, usageError("the path of the prepared request is not one of %s, %s", op.ID, op.Path)
			}
			continue
		}
		id, err := url.PathUnescape(got[i])
		if err != nil {
			return nil, usageError("%s in the path of the prepared request cannot be unescaped", part)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// prepared is what the call is about to send.
func (k *call) prepared() *Prepared {
	return &Prepared{Operation: k.op, Method: k.op.Method, Path: k.path, Query: k.query, Body: append(json.RawMessage(nil), k.body...), Key: k.key}
}

// preparedJSON is a Prepared as JSON. The body is kept as a string of bytes, since encoding/json
// rewrites JSON inside JSON.
type preparedJSON struct {
	Operation string `json:"operation"`
	Method    string `json:"method"`
	Path      string `json:"path"`
	Query     string `json:"query,omitempty"`
	Body      string `json:"body,omitempty"`
	Key       string `json:"idempotency_key,omitempty"`
}

// MarshalJSON returns the request in a form that UnmarshalJSON reads back byte for byte. It
// contains the body.
func (p Prepared) MarshalJSON() ([]byte, error) {
	if p.Operation == nil {
		return nil, usageError("the prepared request has no operation")
	}
	return json.Marshal(preparedJSON{p.Operation.ID, p.Method, p.Path, p.Query, string(p.Body), p.Key})
}

// UnmarshalJSON reads what MarshalJSON returned. Send checks it.
func (p *Prepared) UnmarshalJSON(text []byte) error {
	var in preparedJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	op, ok := LookupOperation(in.Operation)
	if !ok {
		return unknownOperation(in.Operation)
	}
	*p = Prepared{Operation: op, Method: in.Method, Path: in.Path, Query: in.Query, Key: in.Key}
	if in.Body != "" {
		p.Body = json.RawMessage(in.Body)
	}
	return nil
}

// String returns the operation and the sizes, without ids, query and body.
func (p Prepared) String() string {
	id, path := "", ""
	if p.Operation != nil {
		id, path = p.Operation.ID, p.Operation.Path
	}
	return fmt.Sprintf("brex.Prepared(%s, %s %s, %d bytes, key %s)", id, p.Method, path, len(p.Body), p.Key)
}

// Format prints String for every verb.
func (p Prepared) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }

// LogValue returns String, because structured logs would otherwise show the body.
func (p Prepared) LogValue() slog.Value { return slog.StringValue(p.String()) }
