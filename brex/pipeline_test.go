package brex

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/brex-go/sdk/brex/wire"
)

// What the tests of the stages share: operations of each class, clients over a function instead of a network, answers.

const testToken = "bxt_Test-Token_0123456789abcdef"

// One operation of each class that the retry policy knows.
var (
	opRead       = &wire.Operation{ID: "getThing", Method: "GET", Path: "/v1/things/{id}", PathParams: []wire.Param{{Name: "id"}}, Result: "Thing", ResultID: "id", Scopes: []string{"things", "things.readonly"}, Idempotency: wire.IdempotencyNone}
	opPut        = &wire.Operation{ID: "updateThing", Method: "PUT", Path: "/v1/things/{id}", PathParams: []wire.Param{{Name: "id"}}, Result: "Thing", ResultID: "id", Scopes: []string{"things"}, Idempotency: wire.IdempotencyNone}
	opDeclared   = &wire.Operation{ID: "createThing", Method: "POST", Path: "/v1/things", Result: "Thing", ResultID: "id", Scopes: []string{"things"}, Idempotency: wire.IdempotencyRequired}
	opUndeclared = &wire.Operation{ID: "sendThing", Method: "POST", Path: "/v1/things/send", Result: "Thing", ResultID: "id", Scopes: []string{"things"}, Idempotency: wire.IdempotencyNone}
	opDelete     = &wire.Operation{ID: "deleteThing", Method: "DELETE", Path: "/v1/things/{id}", PathParams: []wire.Param{{Name: "id"}}, Scopes: []string{"things"}, Idempotency: wire.IdempotencyNone}
	opList       = &wire.Operation{ID: "listThings", Method: "GET", Path: "/v1/things", Result: "ThingPage", Paginated: true, PageLimit: 100, Idempotency: wire.IdempotencyNone}
	opTwoIDs     = &wire.Operation{ID: "getPart", Method: "GET", Path: "/v1/things/{id}/parts/{part}", PathParams: []wire.Param{{Name: "id"}, {Name: "part"}}, Result: "Thing", ResultID: "id", Idempotency: wire.IdempotencyNone}
	opNoBody     = &wire.Operation{ID: "archiveThing", Method: "POST", Path: "/v1/things/{id}/archive", PathParams: []wire.Param{{Name: "id"}}, Idempotency: wire.IdempotencyNone}

	opClasses = []*wire.Operation{opRead, opPut, opDeclared, opUndeclared, opDelete}
)

type thing struct {
	ID   string `json:"id"`
	Note string `json:"note,omitempty"`
}

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// reply is an answer with a body and header pairs.
func reply(status int, body string, header ...string) *http.Response {
	h := http.Header{"X-Brex-Trace-Id": {"trace-1"}}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: h, ContentLength: int64(len(body)),
		Body: io.NopCloser(strings.NewReader(body))}
}

// newTestClient is a client over rt, without a limiter unless an option sets one.
func newTestClient(t testing.TB, rt http.RoundTripper, opts ...Option) *Client {
	t.Helper()
	client, err := New(append([]Option{WithToken(testToken), WithLimiter(nil), WithHTTPClient(&http.Client{Transport: rt})}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// send calls an operation with the arguments its class takes.
func send(ctx context.Context, client *Client, op *wire.Operation, opts ...CallOption) (*thing, error) {
	req := &wire.Request{Op: op, Options: opts}
	for range op.PathParams {
		req.Path = append(req.Path, "thing_1")
	}
	if (op.Method == "POST" || op.Method == "PUT") && op != opNoBody {
		req.Body = thing{Note: "x"}
	}
	if op.Result == "" {
		return nil, client.caller.Call(ctx, req, nil)
	}
	return wire.Do[thing](ctx, client.caller, req)
}

// asError is the *Error in err; the test fails when there is none.
func asError(t testing.TB, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v (%T), want an *Error", err, err)
	}
	return e
}

// tokenFunc is a token source made of a function.
type tokenFunc func() (*oauth2.Token, error)

func (f tokenFunc) Token() (*oauth2.Token, error) { return f() }

// failingBody gives its text and then an error instead of the end.
type failingBody struct {
	io.Reader
	err error
}

func (b failingBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = b.err
	}
	return n, err
}

func (failingBody) Close() error { return nil }

const transferResponse = `{"id":"dptx_1","payment_type":"ACH","amount":{"amount":100,"currency":"USD"},"status":"SCHEDULED"}`

// pay makes a transfer.
func pay(ctx context.Context, c *Client, opts ...CallOption) error {
	_, err := c.Transfers.Create(ctx, CreateTransferRequest{Counterparty: CounterpartyVendor("pi_1"), Amount: Money{Amount: 100, Currency: "USD"},
		Description: "d", ExternalMemo: "m", OriginatingAccount: OriginatingAccountCash("dpacc_1")}, opts...)
	return err
}
