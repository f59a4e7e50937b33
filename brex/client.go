package brex

import (
	"fmt"
	"os"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/expenses"
)

// Client is the entrance to the Brex API: one field for each kind of thing. It is safe for concurrent use.
type Client struct {
	Expenses *ExpensesService

	caller *caller
}

// New makes a client. It does no I/O. A token is needed: WithToken or WithTokenSource.
func New(opts ...Option) (*Client, error) {
	cfg, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	c := &Client{caller: &caller{cfg: cfg, send: cfg.assemble()}}
	c.Expenses = &ExpensesService{expenses.NewClient(c.caller)}
	return c, nil
}

// NewFromEnv makes a client with the token in BREX_TOKEN and, where it is set, the host in BREX_BASE_URL. Options given come
// after and win.
func NewFromEnv(opts ...Option) (*Client, error) {
	token := os.Getenv("BREX_TOKEN")
	if token == "" {
		return nil, usageError("BREX_TOKEN is not set; make a user token in the Brex dashboard, under Developer, and export it")
	}
	env := []Option{func(c *config) error {
		if err := WithToken(token)(c); err != nil {
			return fmt.Errorf("BREX_TOKEN: %w", err)
		}
		return nil
	}}
	if base := os.Getenv("BREX_BASE_URL"); base != "" {
		env = append(env, WithBaseURL(base))
	}
	return New(append(env, opts...)...)
}

// Caller is the pipeline under the services, for a client of package gen:
//
//	raw := team.NewClient(client.Caller())
//
// Its calls go through the same retries, limits and errors. WithCallOptions gives them options.
func (c *Client) Caller() wire.Caller { return c.caller }

// String names the host and nothing else: a client holds a token.
func (c *Client) String() string { return "brex.Client(" + c.caller.cfg.baseURL.Host + ")" }

// GoString is String, so that no way of printing shows the token.
func (c *Client) GoString() string { return c.String() }
