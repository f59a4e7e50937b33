package brex_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// TestWireAgainstTheSandbox sends every operation to the sandbox, where most of the made-up ids are not found. What it must not
// find is a request that the sandbox does not understand, or an answer that the client does not.
func TestWireAgainstTheSandbox(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithSize(brextest.Size{Expenses: 200, CardTransactions: 200}))
	client, err := brex.New(brex.WithToken(server.Token()), brex.WithBaseURL(server.URL), brex.WithLimiter(nil),
		brex.WithRetryPolicy(brex.RetryPolicy{MaxAttempts: 1}))
	require.NoError(t, err)
	worked := 0
	for _, c := range wireCases {
		_, err := c.call(context.Background(), client)
		var e *brex.Error
		switch {
		case err == nil:
			worked++
		case !errors.As(err, &e), !slices.Contains([]int{400, 404, 409}, e.StatusCode):
			t.Errorf("%s: %v", c.operation, err)
		}
	}
	require.Greater(t, worked, 20)
}
