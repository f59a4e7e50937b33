package brex_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/limitertest"
)

// The suite for everyone's limiters passes for the one that is here.
func TestWindowSuite(t *testing.T) {
	limit := limitertest.Limit{Requests: 10, Window: 300 * time.Millisecond}
	limitertest.Run(t, limit, func(t *testing.T) func() brex.Limiter {
		w, err := brex.NewWindow(limit.Requests, limit.Window)
		require.NoError(t, err)
		return func() brex.Limiter { return w }
	})
}
