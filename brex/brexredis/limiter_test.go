//go:build databases && linux

package brexredis_test

import (
	"context"
	"math"
	"os"
	"strconv"
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

// A Redis that may have forgotten what was sent closes the bucket until what was granted, and took as long as it may to come, has its
// response and not for longer; one that is away lets all wait.
func TestLimiterAndItsServer(t *testing.T) {
	const window = time.Second
	s := servertest.Redis(t)
	client := open(t, s)
	opts := []brexredis.LimiterOption{brexredis.WithLimit(3, window), brexredis.WithAttempt(window)}
	l := limiter(t, client, "client/account", opts...)
	closed := func(why string) {
		t.Helper()
		start := time.Now()
		require.NoError(t, l.Acquire(t.Context()), why)
		require.GreaterOrEqual(t, time.Since(start), 2*window-50*time.Millisecond, why)
		start = time.Now()
		require.NoError(t, limiter(t, client, "client/account", opts...).Acquire(t.Context()))
		require.Less(t, time.Since(start), window/2, why)
	}
	closed("it is new")
	require.NoError(t, client.FlushAll(t.Context()).Err())
	closed("it was emptied")
	s.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), window/2)
	defer cancel()
	err := l.Acquire(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "brexredis: waiting for the limiter's server: ")
	s.Start(t)
	closed("it restarted")
	require.NoError(t, client.ScriptFlush(t.Context()).Err())
	time.Sleep(4 * window)
	start := time.Now()
	require.NoError(t, l.Acquire(t.Context()))
	require.Less(t, time.Since(start), window/2, "it knows all that was sent")

	wrong := redis.NewClient(&redis.Options{Network: "unix", Addr: s.Socket(), Password: "hunter2", Username: "nobody"})
	defer wrong.Close()
	err = limiter(t, wrong, "client/account", opts...).Acquire(t.Context())
	require.ErrorContains(t, err, "brexredis: the limiter's server: WRONGPASS")
	require.NotContains(t, err.Error(), "hunter2")

	for _, command := range []string{"info", "zadd", "evalsha"} {
		require.NoError(t, client.Do(t.Context(), "ACL", "SETUSER", command, "on", ">hunter2", "~*", "+@all", "-"+command).Err())
		user := redis.NewClient(&redis.Options{Network: "unix", Addr: s.Socket(), Password: "hunter2", Username: command})
		defer user.Close()
		err = limiter(t, user, "client/account", opts...).Acquire(t.Context())
		require.ErrorContains(t, err, "brexredis: the limiter's server: ", "it may not run "+command)
	}

	for _, f := range []func() (*brexredis.Limiter, error){
		func() (*brexredis.Limiter, error) { return brexredis.NewLimiter(nil, "bucket") },
		func() (*brexredis.Limiter, error) { return brexredis.NewLimiter(client, "") },
		func() (*brexredis.Limiter, error) {
			return brexredis.NewLimiter(client, "bucket", brexredis.WithShare(0))
		},
	} {
		_, err := f()
		require.ErrorContains(t, err, "brexredis: ")
	}
}

// What brex.Window does after refusals, the shared one does too.
func TestPenalty(t *testing.T) {
	client := open(t, servertest.Redis(t))
	text, err := os.ReadFile("limiter.lua")
	require.NoError(t, err)
	keys := []string{"slots", "cuts"}
	const minute = int64(time.Minute / time.Microsecond)
	now := func() int64 {
		at, err := client.Time(t.Context()).Result()
		require.NoError(t, err)
		return at.UnixMicro()
	}
	penalize := func(granted int64, retryAfter time.Duration) {
		t.Helper()
		err := client.Eval(t.Context(), string(text), keys, "penalize", 100, minute, retryAfter.Microseconds(), granted).Err()
		require.ErrorIs(t, err, redis.Nil)
	}
	check := func(pause, until time.Duration, cut, strikes string) {
		t.Helper()
		at := float64(now())
		require.InDelta(t, pause.Microseconds(), client.ZScore(t.Context(), "slots", "pause").Val()-at, 5e5)
		cuts := client.HGetAll(t.Context(), "cuts").Val()
		end, err := strconv.ParseFloat(cuts["until"], 64)
		require.NoError(t, err)
		require.InDelta(t, until.Microseconds(), end-at, 5e5)
		require.Equal(t, []string{cut, strikes}, []string{cuts["cut"], cuts["strikes"]})
	}
	client.ZAdd(t.Context(), "slots", redis.Z{Score: math.Inf(1), Member: "run:x"})
	for i := range 30 {
		client.ZAdd(t.Context(), "slots", redis.Z{Score: float64(now() + minute), Member: i})
	}
	before := now()
	penalize(before, 7*time.Second)
	check(7*time.Second, 67*time.Second, "29", "1")
	penalize(before, 9*time.Second) // it was in flight when the other was refused
	check(9*time.Second, 67*time.Second, "28", "1")
	penalize(now()+minute, 0)
	check(9*time.Second, 120*time.Second, "29", "2")
	client.ZRemRangeByScore(t.Context(), "slots", "-inf", "(+inf")
	penalize(now()+minute, 0) // nothing got through: the cut alone would let too many go again
	check(4*time.Second, 244*time.Second, "10", "3")
	client.HSet(t.Context(), "cuts", "until", now()-61*minute/60)
	penalize(now()+minute, time.Second)
	check(4*time.Second, 61*time.Second, "10", "1")
}
