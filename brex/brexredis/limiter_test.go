//go:build databases && linux

package brexredis_test

import (
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brexredis"
	"github.com/brex-go/sdk/brex/internal/servertest"
	"github.com/brex-go/sdk/brex/limitertest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	servertest.Stop()
	os.Exit(code)
}

func open(t testing.TB, s *servertest.Server) *redis.Client {
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: s.Socket()})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

func limiter(t testing.TB, client *redis.Client, bucket string, opts ...brexredis.LimiterOption) *brexredis.Limiter {
	t.Helper()
	l, err := brexredis.NewLimiter(client, bucket, opts...)
	require.NoError(t, err)
	return l
}

func TestLimiterSuite(t *testing.T) {
	s := servertest.Redis(t)
	limit := limitertest.Limit{Requests: 10, Window: 500 * time.Millisecond, Lease: 1500 * time.Millisecond}
	limitertest.Run(t, limit, func(t *testing.T) func() brex.Limiter {
		return func() brex.Limiter {
			return limiter(t, open(t, s), t.Name(), brexredis.WithLimit(limit.Requests, limit.Window), brexredis.WithAttempt(limit.Window))
		}
	})
}
