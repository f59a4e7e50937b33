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

// TestSoak lets 200 goroutines write and read through one client against a sandbox in which a fifth of the calls meets a fault, for
// 60 s or the duration in BREX_SOAK. At the end the sandbox holds exactly one of each thing whose creation was confirmed, at most
// one where the outcome is unknown and none where it was refused; no list lost or doubled an item; no goroutine and no
// connection is left, and the heap has not grown since the writing ended.
//
//	go test -race -tags soak -run TestSoak -v ./brex
func TestSoak(t *testing.T) {
	const requestLog = 1000 // less than the writing alone sends, so that it is full before the heap is measured
	length := time.Minute
	if text := os.Getenv("BREX_SOAK"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	goroutines := runtime.NumGoroutine()
	server := brextest.NewServer(t, brextest.WithStrictQuery(), brextest.WithChaos(7, 0.2), brextest.WithRequestLog(requestLog))
	var open, dialled atomic.Int64
	transport := &http.Transport{MaxIdleConnsPerHost: 300, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		open.Add(1)
		dialled.Add(1)
		return &countedConn{Conn: conn, open: &open}, nil
	}}
	window, err := brex.NewWindow(10_000, 10*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	var events sync.Map
	client, err := brex.New(brex.WithBaseURL(server.URL), brex.WithToken(server.Token()), brex.WithHTTPClient(&http.Client{Transport: transport}),
		brex.WithLimiter(window), brex.WithRetryPolicy(brex.RetryPolicy{MaxAttempts: 2, BaseDelay: time.Millisecond, MaxDelay: 20 * time.Millisecond}),
		brex.WithObserver(func(_ context.Context, e brex.Event) {
			n, _ := events.LoadOrStore(e.Kind, new(atomic.Int64))
			n.(*atomic.Int64).Add(1)
		}))
	if err != nil {
		t.Fatal(err)
	}

	soak := soaked{client: client, made: map[string]brex.Outcome{}}
	soak.prepare(t)
	ctx, cancel := context.WithTimeout(context.Background(), length)
	defer cancel()
	var writing, all sync.WaitGroup
	for g := range 200 {
		writing.Add(1)
		all.Go(func() {
			for i := range 5 {
				soak.write(t, fmt.Sprintf("%d-%d", g, i))
				soak.read(ctx, t)
			}
			writing.Done()
			for ctx.Err() == nil {
				soak.read(ctx, t)
			}
		})
	}
	writing.Wait() // the sandbox grows until then
	require.Len(t, server.Requests(), requestLog)
	var heaps []uint64
	for ctx.Err() == nil {
		heaps = append(heaps, heap())
		time.Sleep(length / 60)
	}
	all.Wait()
	if n := len(heaps) / 3; n > 0 {
		before, after := slices.Max(heaps[:n]), slices.Max(heaps[len(heaps)-n:])
		t.Logf("heap under load: at most %d KiB in the first third, %d KiB in the last; idle %d KiB", before>>10, after>>10, heap()>>10)
		if after > before+8<<20 {
			t.Errorf("the heap grew from %d to %d KiB", before>>10, after>>10)
		}
	}
	server.ClearFaults()
	soak.verify(t)
	events.Range(func(kind, n any) bool { t.Logf("%s events: %d", kind, n.(*atomic.Int64).Load()); return true })

	transport.CloseIdleConnections()
	server.Close()
	for i := 0; i < 200 && (open.Load() > 0 || runtime.NumGoroutine() > goroutines); i++ {
		time.Sleep(20 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); open.Load() > 0 || n > goroutines {
		stacks := make([]byte, 1<<16)
		t.Errorf("%d connections open, %d goroutines, %d before\n%s", open.Load(), n, goroutines, stacks[:runtime.Stack(stacks, true)])
	}
	t.Logf("%d connections dialled, none left; %d goroutines", dialled.Load(), runtime.NumGoroutine())
}

// soaked is what the goroutines of a soak share.
type soaked struct {
	client              *brex.Client
	instrument, account string
	users               []string

	mu    sync.Mutex
	made  map[string]brex.Outcome // by name; empty for what was confirmed
	lists atomic.Int64
}

// prepare looks up what the calls need, in a twin of the sandbox without chaos: the same seed makes the same company.
func (s *soaked) prepare(t *testing.T) {
	ctx := context.Background()
	twin := brextest.NewServer(t, brextest.WithStrictQuery())
	defer twin.Close()
	calm, err := brex.New(brex.WithBaseURL(twin.URL), brex.WithToken(twin.Token()), brex.WithHTTPClient(twin.Client()))
	if err != nil {
		t.Fatal(err)
	}
	for u, err := range calm.Users.All(ctx, brex.UserListParams{}) {
		if err != nil {
			t.Fatal(err)
		}
		s.users = append(s.users, u.ID)
	}
	account, err := calm.Accounts.PrimaryCash(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s.account = account.ID
	for v, err := range calm.Vendors.All(ctx, brex.VendorListParams{}) {
		if err != nil {
			t.Fatal(err)
		}
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
func (s *soaked) read(ctx context.Context, t *testing.T) {
	var opts []brex.CallOption
	if s.lists.Add(1)%2 == 0 {
		opts = append(opts, brex.WithPrefetch())
	}
	var ids []string
	for u, err := range s.client.Users.All(ctx, brex.UserListParams{Limit: 15}, opts...) {
		if err != nil {
			var e *brex.Error
			if !errors.As(err, &e) && ctx.Err() == nil {
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
		if err != nil {
			t.Fatal(err)
		}
		held[v.CompanyName]++
	}
	for x, err := range s.client.Transfers.All(ctx, brex.TransferListParams{}) {
		if err != nil {
			t.Fatal(err)
		}
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

// countedConn tells when it is closed.
type countedConn struct {
	net.Conn
	open *atomic.Int64
	once sync.Once
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}
