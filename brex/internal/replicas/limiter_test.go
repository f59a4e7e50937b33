//go:build databases && linux

package replicas

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brexpg"
	"github.com/brex-go/sdk/brex/brexredis"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/internal/servertest"
)

// limiter makes that of a replica.
func (c child) limiter() (brex.Limiter, error) {
	if c.Redis {
		client := redisClient(c.Server)
		if c.Old != "" {
			client.AddHook(mutant(c))
		}
		return brexredis.NewLimiter(client, "client/account", brexredis.WithLimit(c.Requests, c.Window), brexredis.WithAttempt(c.Attempt))
	}
	pool, err := pgxpool.New(context.Background(), c.Server)
	if err != nil {
		return nil, err
	}
	return brexpg.NewLimiter(pool, "client/account", brexpg.WithLimit(c.Requests, c.Window), brexpg.WithAttempt(c.Attempt))
}

// mutant changes the script on its way to Redis.
type mutant child

func (m mutant) DialHook(next redis.DialHook) redis.DialHook { return next }

func (m mutant) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (m mutant) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if args := cmd.Args(); args[0] == "evalsha" {
			script, err := os.ReadFile("../../brexredis/limiter.lua")
			must(err)
			if !strings.Contains(string(script), m.Old) {
				panic("the script has changed: " + m.Old)
			}
			args[0], args[1] = "eval", strings.ReplaceAll(string(script), m.Old, m.New)
		}
		return next(ctx, cmd)
	}
}

type named struct{ name string }

func (n named) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Replica", n.name)
	return http.DefaultTransport.RoundTrip(r)
}

// send sends requests as fast as its limiter allows, until it is killed.
func (c child) send() {
	limiter, err := c.limiter()
	must(err)
	client, err := brex.New(brex.WithToken(c.Token), brex.WithBaseURL(c.Base), brex.WithLimiter(limiter),
		brex.WithHTTPClient(&http.Client{Transport: named{c.Name}}), brex.WithTimeout(c.Attempt))
	must(err)
	for range c.Workers {
		go func() {
			for {
				_, err := client.Company.Get(context.Background(), brex.WithoutRetry())
				if err != nil && !errors.Is(err, brex.ErrRateLimited) {
					fmt.Fprintln(os.Stderr, c.Name, err)
				}
			}
		}()
	}
	select {}
}

// show is eight replicas, or in the short form four, that share the sandbox's own limit.
type show struct {
	server    string
	kills     bool // a replica every 5 s, and the server twice
	replicas  int
	requests  int
	window    time.Duration
	attempt   time.Duration
	windows   int
	killEvery time.Duration
	old, new  string // a mutant of Redis's script
	sql       string // or of PostgreSQL's tables

	mu       sync.Mutex
	first    time.Time
	received map[string]int
	refused  int
}

func newShow(server string, kills bool) *show {
	s := &show{server: server, kills: kills, replicas: 4, requests: 100, window: 2 * time.Second, attempt: time.Second, windows: 3,
		killEvery: 400 * time.Millisecond, received: map[string]int{}}
	if long {
		s.replicas, s.requests, s.window, s.attempt, s.killEvery = 8, 1000, time.Minute, 10*time.Second, 5*time.Second
	}
	return s
}

// sandbox is one whose minute is the window.
func (s *show) sandbox(t *testing.T) (base, token string) {
	start, speed := time.Now(), int64(time.Minute/s.window)
	h, err := brextest.NewHandler(brextest.WithLimits(brextest.Limits{Requests: s.requests}),
		brextest.WithClock(func() time.Time { return start.Add(time.Duration(time.Since(start).Nanoseconds() * speed)) }))
	require.NoError(t, err)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		s.note(r.Header.Get("Replica"), answer.Code)
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	t.Cleanup(web.Close)
	return web.URL, h.Token()
}

func (s *show) note(replica string, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first.IsZero() {
		s.first = time.Now()
	}
	switch {
	case status == http.StatusTooManyRequests:
		s.refused++
	case time.Since(s.first) < time.Duration(s.windows)*s.window:
		s.received[replica]++
	}
}

// run returns the requests of each replica, and how many were refused.
func (s *show) run(t *testing.T) (received []int, refused int) {
	db, address := server(t, s.server, s.sql, s.kills)
	base, token := s.sandbox(t)
	replicas := make([]*exec.Cmd, s.replicas)
	start := func(i int) {
		c := child{Redis: strings.HasPrefix(s.server, "redis"), Server: address, Base: base, Token: token, Name: fmt.Sprint(i),
			Workers: 4, Requests: s.requests, Window: s.window, Attempt: s.attempt, Old: s.old, New: s.new}
		replicas[i] = c.start(t)
		require.NoError(t, replicas[i].Start())
	}
	stop := func(i int) {
		require.NoError(t, replicas[i].Process.Kill())
		_ = replicas[i].Wait()
	}
	for i := range replicas {
		start(i)
	}
	require.Eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return !s.first.IsZero()
	}, 2*s.window+10*time.Second, 10*time.Millisecond)
	end := time.Now().Add(time.Duration(s.windows) * s.window)
	var restarts sync.WaitGroup
	if s.kills {
		restarts.Go(func() { s.restart(t, db) })
	}
	for time.Now().Before(end) {
		time.Sleep(min(s.killEvery, time.Until(end)))
		if i := rand.IntN(s.replicas); s.kills && time.Now().Before(end) {
			stop(i)
			start(i)
		}
	}
	restarts.Wait()
	for i := range replicas {
		stop(i)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range replicas {
		received = append(received, s.received[fmt.Sprint(i)])
	}
	return received, s.refused
}

// restart restarts the server twice: once in its own time, once as power would. The times are not those of full windows.
func (s *show) restart(t *testing.T, db *servertest.Server) {
	time.Sleep(s.window / 4) // while what was sent counts
	for _, end := range []func(){db.Kill, db.Stop} {
		end()
		time.Sleep(s.window / 20) // PostgreSQL's processes notice the death of the first
		db.Start(t)
		time.Sleep(s.window * 5 / 4)
	}
}

func sum(list []int) (n int) {
	for _, i := range list {
		n += i
	}
	return n
}

// Replicas that share a limit are never refused, whoever dies; without deaths they use it; and none is starved.
func TestLimiters(t *testing.T) {
	for _, kills := range []bool{false, true} {
		for _, name := range []string{"postgres", "redis", "redis, appendfsync always"} {
			t.Run(fmt.Sprintf("%s, kills %v", name, kills), func(t *testing.T) {
				t.Parallel()
				s := newShow(name, kills)
				received, refused := s.run(t)
				all, share := sum(received), 0.0
				share = float64(all) / float64(s.windows*s.requests)
				t.Logf("%d in %d windows: %.1f%% of the limit, %d refused, by replica %v", all, s.windows, 100*share, refused, received)
				require.Zero(t, refused)
				require.NotZero(t, all)
				if !kills && long { // how much a window that is over in 2 s lets through is up to the machine
					require.GreaterOrEqual(t, share, 0.95)
				}
				if long {
					require.GreaterOrEqual(t, slices.Min(received)*2*s.replicas, all, "a replica has less than half its share")
				}
			})
		}
	}
}

// And each guard is needed.
func TestLimitersWithoutAGuard(t *testing.T) {
	if long {
		t.Skip("the short form shows it")
	}
	migration, err := os.ReadFile("../../brexpg/migrations/001_limiter.sql")
	require.NoError(t, err)
	_, function, _ := strings.Cut(string(migration), "CREATE FUNCTION brex_limiter_acquire")
	function, _, _ = strings.Cut(function, "END $$;")
	with := func(replace ...string) string {
		for i := 0; i < len(replace); i += 2 {
			require.Contains(t, function, replace[i])
		}
		return "CREATE OR REPLACE FUNCTION brex_limiter_acquire" + strings.NewReplacer(replace...).Replace(function) + "END $$;"
	}
	for name, c := range map[string]*show{
		"postgres: a slot is taken only by its Release": {server: "postgres", sql: with("granted_at + lease", "granted_at + interval '1 microsecond'")},
		"postgres: no lock":                             {server: "postgres", sql: with("PERFORM pg_advisory_xact_lock(hashtextextended(b, 7305814));", "", "INSERT", "PERFORM pg_sleep(0.01); INSERT")},
		"postgres: a slot is free at its Release": {server: "postgres", sql: `CREATE FUNCTION at_once() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN NEW.until := clock_timestamp(); RETURN NEW; END $$;
			CREATE TRIGGER at_once BEFORE UPDATE ON brex_limiter_slots FOR EACH ROW EXECUTE FUNCTION at_once()`},
		"redis: a slot is taken only by its Release": {server: "redis", old: "redis.call('ZADD', slots, micros(now + ARGV[4]), ARGV[6] .. ':' .. micros(i))"},
		"redis: a slot is free at its Release":       {server: "redis", old: "redis.call('ZADD', slots, micros(now + ARGV[2])", new: "redis.call('ZADD', slots, micros(now)"},
		"redis: another run id means nothing":        {server: "redis", old: "pause(ARGV[5])", kills: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShow(c.server, c.kills)
			s.old, s.new, s.sql = c.old, c.new, c.sql
			_, refused := s.run(t)
			require.NotZero(t, refused)
		})
	}
}

// BenchmarkAcquire reports, in one run for both, how long Acquire takes while slots are free.
func BenchmarkAcquire(b *testing.B) {
	for _, kind := range []string{"postgres", "postgres, fsync off", "redis", "redis, appendfsync always"} {
		b.Run(kind, func(b *testing.B) {
			_, address := server(b, kind, "", kind == "postgres")
			limiter, err := child{Redis: strings.HasPrefix(kind, "redis"), Server: address, Requests: 1000, Window: time.Second, Attempt: time.Second}.limiter()
			require.NoError(b, err)
			require.NoError(b, limiter.Acquire(b.Context())) // connects, and waits until a Redis that is new is open
			limiter.Release()
			var took []time.Duration
			for b.Loop() {
				if len(took)%900 == 899 {
					time.Sleep(time.Second + 100*time.Millisecond) // slots stay free
				}
				start := time.Now()
				require.NoError(b, limiter.Acquire(b.Context()))
				took = append(took, time.Since(start))
				limiter.Release()
				time.Sleep(200 * time.Microsecond) // the Release is on its way
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
		})
	}
}
