//go:build soak

package brex_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

const (
	soakGoroutines = 200
	soakRequestLog = 1000 // full before the heap is measured first
)

// TestSoak lets 200 goroutines write and read through one client against a sandbox in which a fifth
// of the calls meets a fault. They write once and then read in rounds, for 60 s or the duration in
// BREX_SOAK, four rounds at least. At the end the sandbox holds exactly one of each object whose
// creation was confirmed, at most one where the outcome is unknown and none where it was refused; no
// list lost or doubled an item. After each round, at rest, no goroutine and no connection is left,
// and the heap is what it was after the first.
//
//	go test -race -tags soak -run TestSoak -v ./brex
func TestSoak(t *testing.T) {
	length := time.Minute
	if text := os.Getenv("BREX_SOAK"); text != "" {
		var err error
		length, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	before := runtime.NumGoroutine()
	server := brextest.NewServer(t, brextest.WithStrictQuery(), brextest.WithChaos(7, 0.2), brextest.WithRequestLog(soakRequestLog))
	serving := runtime.NumGoroutine()
	soak := soaked{made: map[string]brex.Outcome{}}
	soak.connect(t, server)
	soak.prepare(t)

	end := time.Now().Add(length)
	soak.round(func(g int) {
		for i := range 5 {
			soak.write(t, fmt.Sprintf("%d-%d", g, i))
			soak.read(t)
		}
	})
	// A busy heap depends on speed: it holds the requests under way, and what was allocated while the
	// collector was at work. So it is measured at rest, and when what is bounded is full: from the end
	// of the first round on the log holds reads only, and nothing writes any more.
	var heaps []uint64
	for len(heaps) < 4 || time.Now().Before(end) {
		soak.round(func(int) {
			for range 5 {
				soak.read(t)
			}
		})
		require.Len(t, server.Requests(), soakRequestLog)
		soak.rest(t, serving)
		heaps = append(heaps, heap()>>10)
	}
	t.Logf("KiB of heap at rest after each of %d rounds: %d", len(heaps), heaps)
	require.LessOrEqual(t, heaps[len(heaps)-1], heaps[0]+512, "KiB: the heap grows from round to round")

	server.ClearFaults()
	soak.verify(t)
	soak.events.Range(func(kind, n any) bool { t.Logf("%s events: %d", kind, n.(*atomic.Int64).Load()); return true })
	server.Close()
	soak.rest(t, before)
	t.Logf("%d connections dialled, none left; %d goroutines", soak.dialled.Load(), runtime.NumGoroutine())
}

// soaked is what the goroutines of a soak share.
type soaked struct {
	client              *brex.Client
	transport           *http.Transport
	open, dialled       atomic.Int64 // connections
	events              sync.Map     // *atomic.Int64 by kind
	instrument, account string
	users               []string

	mu    sync.Mutex
	made  map[string]brex.Outcome // by name; empty for what was confirmed
	lists atomic.Int64
}

// connect makes the client, which counts its connections.
func (s *soaked) connect(t *testing.T, server *brextest.Server) {
	s.transport = &http.Transport{MaxIdleConnsPerHost: 300, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		s.open.Add(1)
		s.dialled.Add(1)
		return &countedConn{Conn: conn, open: &s.open}, nil
	}}
	window, err := brex.NewWindow(10_000, 10*time.Millisecond)
	require.NoError(t, err)
	s.client, err = brex.New(brex.WithBaseURL(server.URL), brex.WithToken(server.Token()), brex.WithHTTPClient(&http.Client{Transport: s.transport}),
		brex.WithLimiter(window), brex.WithRetryPolicy(brex.RetryPolicy{MaxAttempts: 2, BaseDelay: time.Millisecond, MaxDelay: 20 * time.Millisecond}),
		brex.WithObserver(func(_ context.Context, e brex.Event) {
			n, _ := s.events.LoadOrStore(e.Kind, new(atomic.Int64))
			n.(*atomic.Int64).Add(1)
		}))
	require.NoError(t, err)
}

// round lets every goroutine do its part and waits for all of them.
func (s *soaked) round(part func(goroutine int)) {
	var all sync.WaitGroup
	for g := range soakGoroutines {
		all.Go(func() { part(g) })
	}
	all.Wait()
}

// rest closes the connections and waits until none and no goroutine of theirs is left, which fails
// the test after a minute.
func (s *soaked) rest(t *testing.T, goroutines int) {
	t.Helper()
	s.transport.CloseIdleConnections()
	for end := time.Now().Add(time.Minute); s.open.Load() > 0 || runtime.NumGoroutine() > goroutines; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d connections open, %d goroutines instead of %d\n%s", s.open.Load(), runtime.NumGoroutine(), goroutines,
				stacks[:runtime.Stack(stacks, true)])
		}
		s.transport.CloseIdleConnections() // one can become idle late
	}
}

// prepare looks up what the calls need, in a twin of the sandbox without chaos: the same seed makes the same company.
func (s *soaked) prepare(t *testing.T) {
	ctx := context.Background()
	twin := brextest.NewServer(t, brextest.WithStrictQuery())
	defer twin.Close()
	calm, err := brex.New(brex.WithBaseURL(twin.URL), brex.WithToken(twin.Token()), brex.WithHTTPClient(twin.Client()))
	require.NoError(t, err)
	for u, err := range calm.Users.All(ctx, brex.UserListParams{}) {
		require.NoError(t, err)
		s.users = append(s.users, u.ID)
	}
	account, err := calm.Accounts.PrimaryCash(ctx)
	require.NoError(t, err)
	s.account = account.ID
	for v, err := range calm.Vendors.All(ctx, brex.VendorListParams{}) {
		require.NoError(t, err)
		for _, a := range v.PaymentAccounts {
			if id, ok := brex.PaymentInstrumentID(a); ok {
				s.instrument = id
			}
		}
	}
	if s.instrument == "" || len(s.users) < 10 {
		t.Fatalf("instrument %q, %d users", s.instrument, len(s.users))
	}
}

// write creates a vendor and a transfer with names and keys of their own.
func (s *soaked) write(t *testing.T, id string) {
	ctx := context.Background()
	_, err := s.client.Vendors.Create(ctx, brex.CreateVendorRequest{CompanyName: "vendor " + id}, brex.WithIdempotencyKey(brex.KeyFrom("soak", "vendor", id)))
	s.note(t, "vendor "+id, err)
	_, err = s.client.Transfers.Create(ctx, brex.CreateTransferRequest{Counterparty: brex.CounterpartyVendor(s.instrument), Amount: brex.Money{Amount: 1, Currency: "USD"},
		Description: "soak", ExternalMemo: "transfer " + id, OriginatingAccount: brex.OriginatingAccountCash(s.account)}, brex.WithIdempotencyKey(brex.KeyFrom("soak", "transfer", id)))
	s.note(t, "transfer "+id, err)
}

func (s *soaked) note(t *testing.T, name string, err error) {
	var outcome brex.Outcome
	var e *brex.Error
	switch {
	case errors.As(err, &e):
		outcome = e.Outcome()
		if e.StatusCode/100 == 4 && e.StatusCode != http.StatusTooManyRequests {
			t.Errorf("%s: %v", name, err)
		}
	case err != nil:
		t.Errorf("%s: %v", name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made[name] = outcome
}

// read pages through the users, which nobody changes.
func (s *soaked) read(t *testing.T) {
	var opts []brex.CallOption
	if s.lists.Add(1)%2 == 0 {
		opts = append(opts, brex.WithPrefetch())
	}
	var ids []string
	for u, err := range s.client.Users.All(t.Context(), brex.UserListParams{Limit: 15}, opts...) {
		if err != nil {
			var e *brex.Error
			if !errors.As(err, &e) {
				t.Errorf("users: %v", err)
			}
			return
		}
		ids = append(ids, u.ID)
	}
	if !slices.Equal(ids, s.users) {
		t.Errorf("%d users listed, %d there: %v", len(ids), len(s.users), ids)
	}
}

// verify compares what the callers were told with what the sandbox holds.
func (s *soaked) verify(t *testing.T) {
	ctx := context.Background()
	held := map[string]int{}
	for v, err := range s.client.Vendors.All(ctx, brex.VendorListParams{}) {
		require.NoError(t, err)
		held[v.CompanyName]++
	}
	for x, err := range s.client.Transfers.All(ctx, brex.TransferListParams{}) {
		require.NoError(t, err)
		held[x.ExternalMemo]++
	}
	count := map[brex.Outcome]int{}
	for _, name := range slices.Sorted(maps.Keys(s.made)) {
		outcome := s.made[name]
		count[outcome]++
		least, most := 1, 1
		switch outcome {
		case brex.OutcomeUnknown:
			least = 0
		case brex.OutcomeNotSent, brex.OutcomeRefused:
			least, most = 0, 0
		}
		if held[name] < least || held[name] > most {
			t.Errorf("%s: outcome %q, but %d of it", name, outcome, held[name])
		}
	}
	if len(s.made) != 2000 || count[""] < 1000 {
		t.Errorf("%d writes, %d confirmed", len(s.made), count[""])
	}
	t.Logf("%d writes: %d confirmed, %d unknown, %d refused, %d not sent, %d done; %d lists", len(s.made), count[""],
		count[brex.OutcomeUnknown], count[brex.OutcomeRefused], count[brex.OutcomeNotSent], count[brex.OutcomeDone], s.lists.Load())
}

// heap is what is in use after a collection, in bytes.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// countedConn reports when it is closed.
type countedConn struct {
	net.Conn
	open *atomic.Int64
	once sync.Once
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}
