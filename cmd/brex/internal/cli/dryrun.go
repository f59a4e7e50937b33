package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
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

// prepare makes the request as a call would, with all its checks, and sends nothing. It needs no token.
func (a *App) prepare(op *brex.Operation, params json.RawMessage, opts []brex.CallOption) (*brex.Prepared, error) {
	client, err := brex.New(append(slices.Clone(a.ClientOptions), brex.WithToken("dry-run"))...)
	if err != nil {
		return nil, err
	}
	return client.Prepare(op.Action, params, opts...)
}

// printRequest prints a request that was not sent.
func (a *App) printRequest(p *brex.Prepared, key string) error {
	query, err := url.ParseQuery(p.Query)
	if err != nil {
		return err
	}
	got := dryRequest{Operation: p.Operation.ID, Method: p.Method, Path: p.Path, Query: query, Body: p.Body, Key: key}
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
	_, err = stdout{a.Stdout}.Write(b.Bytes())
	return err
}
