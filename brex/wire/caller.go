package wire

import (
	"context"
	"strconv"
)

// Request is one call of an operation, before it is encoded as HTTP.
type Request struct {
	Op    *Operation
	Path  []string // values of the path parameters, in the order of Op.PathParams, not escaped
	Query Query
	Body  any // encoded as JSON; nil for none

	Options []CallOption // of this call
}

// CallOption is an option of one call. A Caller accepts the options of its own package and refuses
// any other; package brex has those of brex.Client.
type CallOption interface {
	// CallOption marks the type and does nothing.
	CallOption()
}

// Caller carries out requests. The generated clients send everything through one, which
// brex.Client.Caller returns.
type Caller interface {
	// Call sends req and decodes the response into out: a pointer, a Target, or nil for operations
	// without a response.
	Call(ctx context.Context, req *Request, out any) error
}

// Target is an out of Caller.Call that controls how it is decoded.
type Target interface {
	// Into returns the pointer to decode a body of size bytes into.
	Into(size int) any
	// Missing returns the member whose absence shows that the response is not what was asked for,
	// or "".
	Missing(body []byte) string
	// Page returns the number of items decoded, and whether there are more pages.
	Page() (items int, more bool)
}

// Do calls an operation that returns a T.
func Do[T any](ctx context.Context, c Caller, req *Request) (*T, error) {
	out := new(T)
	if err := c.Call(ctx, req, out); err != nil {
		return nil, err
	}
	return out, nil
}

// DoPage calls an operation that returns a page of T.
func DoPage[T any](ctx context.Context, c Caller, req *Request) (*Page[T], error) {
	t := pageTarget[T]{limit: req.Op.PageLimit, id: req.Op.ResultID}
	if given, ok := req.Query.Lookup("limit"); ok {
		if n, err := strconv.Atoi(given); err == nil && n > 0 {
			t.limit = n
		}
	}
	if t.limit <= 0 {
		t.limit = 100
	}
	if err := c.Call(ctx, req, &t); err != nil {
		return nil, err
	}
	return &t.page, nil
}

// DoList calls an operation that returns a bare JSON array.
func DoList[T any](ctx context.Context, c Caller, req *Request) ([]T, error) {
	var out []T
	if err := c.Call(ctx, req, &out); err != nil {
		return nil, err
	}
	return out, nil
}
