package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// dryRequest is a request that was not sent. It holds neither a token nor any other header.
type dryRequest struct {
	Operation string          `json:"operation"`
	Method    string          `json:"method"`
	Path      string          `json:"path"`
	Query     url.Values      `json:"query"`
	Key       string          `json:"idempotency_key,omitempty"` // only one that was given: the others are new for each call
	Body      json.RawMessage `json:"body"`
}

var errDryRun = errors.New("a dry run sends nothing")

// capture is a transport that keeps the first request and sends none.
type capture struct{ request *dryRequest }

// RoundTrip implements http.RoundTripper.
func (c *capture) RoundTrip(r *http.Request) (*http.Response, error) {
	got := &dryRequest{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.Query()}
	if r.Body != nil {
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if len(body) > 0 {
			got.Body = body
		}
	}
	c.request = got
	return nil, errDryRun
}

// prepare makes the request as a call would, with all its checks, and sends nothing.
func (a *App) prepare(ctx context.Context, op *brex.Operation, params json.RawMessage, opts []brex.CallOption) (*dryRequest, error) {
	var c capture
	client, err := brex.New(append(slices.Clone(a.ClientOptions), brex.WithToken("dry-run"), brex.WithHTTPClient(&http.Client{Transport: &c}), brex.WithLimiter(nil),
		brex.WithRetryPolicy(brex.RetryPolicy{MaxAttempts: 1}))...)
	if err != nil {
		return nil, err
	}
	if _, err = client.Call(ctx, op.Action, params, opts...); c.request == nil {
		return nil, err // what is wrong with the parameters
	}
	c.request.Operation = op.ID
	return c.request, nil
}

// printRequest prints a request that was not sent.
func (a *App) printRequest(got *dryRequest, key string) error {
	got.Key = key
	if a.flags.output.Raw() {
		raw, err := json.Marshal(got)
		if err != nil {
			return err
		}
		return printObject(a, nil, struct{}{}, raw)
	}
	var b bytes.Buffer
	line := got.Path
	if len(got.Query) > 0 {
		line += "?" + got.Query.Encode()
	}
	fmt.Fprintf(&b, "%s %s\n", got.Method, line)
	if key != "" {
		fmt.Fprintf(&b, "Idempotency-Key: %s\n", key)
	}
	if got.Body != nil {
		body, err := output.JSONLine(got.Body, a.flags.showSecrets)
		if err != nil {
			return err
		}
		b.WriteByte('\n')
		if err := json.Indent(&b, body, "", "  "); err != nil {
			return err
		}
		b.WriteByte('\n')
	}
	_, err := stdout{a.Stdout}.Write(b.Bytes())
	return err
}
