package wire

import (
	"context"
	"strconv"
)

// Request is one call of an operation, before it becomes HTTP.
type Request struct {
	Op    *Operation
	Path  []string // values of the path parameters, in the order of Op.PathParams, not escaped
	Query Query
	Body  any // encoded as JSON; nil for none

	Options []CallOption // of this call
}

// CallOption sets something of one call. A Caller knows the options of its own package, and refuses any other: those of
// brex.Client are made by the functions of package brex.
type CallOption interface {
	// CallOption does nothing but mark the type.
	CallOption()
}

// Caller carries requests out. The generated clients send everything through one; brex.Client.Caller is the real one.
type Caller interface {
	// Call sends req and decodes the answer into out: a pointer, a Target, or nil for operations that answer nothing.
	Call(ctx context.Context, req *Request, out any) error
}

// Target is an out of Caller.Call that takes part in the decoding.
type Target interface {
	// Into returns the pointer to decode a body of size bytes into.
	Into(size int) any
	// Missing names the member that the response lacks to be what was asked for, or is "".
	Missing(body []byte) string
	// Page is the number of items decoded, and whether the list goes on.
	Page() (items int, more bool)
}

// Do calls an operation that answers a T.
func Do[T any](ctx context.Context, c Caller, req *Request) (*T, error) {
	out := new(T)
	if err := c.Call(ctx, req, out); err != nil {
		return nil, err
	}
	return out, nil
}

// DoPage calls an operation that answers a page of T.
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

// DoList calls an operation that answers a bare JSON array.
func DoList[T any](ctx context.Context, c Caller, req *Request) ([]T, error) {
	var out []T
	if err := c.Call(ctx, req, &out); err != nil {
		return nil, err
	}
	return out, nil
}
