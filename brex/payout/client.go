package payout

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/brex-go/sdk/brex"
)

// Client is what runs need of a *brex.Client. Its token needs the scopes that Scopes lists.
type Client interface {
	Prepare(operation string, params any, opts ...brex.CallOption) (*brex.Prepared, error)
	Send(ctx context.Context, p *brex.Prepared, opts ...brex.CallOption) (json.RawMessage, error)
	Call(ctx context.Context, operation string, params any,
		opts ...brex.CallOption) (json.RawMessage, error)
	CallPages(ctx context.Context, operation string, params any,
		opts ...brex.CallOption) iter.Seq2[*brex.Page[json.RawMessage], error]
}

var _ Client = (*brex.Client)(nil)

// Scopes are the OAuth scopes that planning and executing need.
func Scopes() ([]string, error) {
	return brex.RequiredScopes("createTransfer", "listTransfers", "getTransfersById", "listVendors",
		"listAccounts", "getCompany")
}

// get calls an operation and decodes its response.
func get[T any](ctx context.Context, c Client, operation string, params any) (*T, error) {
	raw, err := c.Call(ctx, operation, params)
	if err != nil {
		return nil, err
	}
	v := new(T)
	if err := json.Unmarshal(raw, v); err != nil {
		return nil, fmt.Errorf("payout: the response of %s: %w", operation, err)
	}
	return v, nil
}

// all reads a list to its end.
func all[T any](ctx context.Context, c Client, operation string, each func(T) error) error {
	for page, err := range c.CallPages(ctx, operation, map[string]any{"limit": 1000}) {
		if err != nil {
			return err
		}
		for _, raw := range page.Items {
			var v T
			if err := json.Unmarshal(raw, &v); err != nil {
				return fmt.Errorf("payout: an item of %s: %w", operation, err)
			}
			if err := each(v); err != nil {
				return err
			}
		}
	}
	return nil
}

// company is the company that the token belongs to.
func company(ctx context.Context, c Client) (*brex.Company, error) {
	return get[brex.Company](ctx, c, "getCompany", nil)
}

// account is the cash account with this id, the primary one for "".
func account(ctx context.Context, c Client, id string) (*brex.CashAccount, error) {
	page, err := get[brex.Page[brex.CashAccount]](ctx, c, "listAccounts", nil)
	if err != nil {
		return nil, err
	}
	for _, a := range page.Items {
		if a.ID == id || id == "" && a.Primary {
			return &a, nil
		}
	}
	if id == "" {
		return nil, Problems{{Message: "the company has no primary business account; name the account that pays"}}
	}
	return nil, Problems{{Message: fmt.Sprintf("there is no business account %q", id)}}
}
