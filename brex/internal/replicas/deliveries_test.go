//go:build databases && linux

package replicas

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexredis"
	"github.com/brex-go/sdk/brex/webhook"
)

var secret = base64.StdEncoding.EncodeToString([]byte("the signing secret of a test"))

// clock is ten times as fast as others, so that the claims of those who were killed end soon.
func clock(epoch time.Time) func() time.Time {
	return func() time.Time { return epoch.Add(10 * time.Since(epoch)) }
}

func (c child) store() (webhook.Store, error) {
	if c.Redis {
		return brexredis.NewStore(redisClient(c.Server), "webhooks:")
	}
	db, err := sql.Open("pgx", c.Server)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(20)
	s, err := webhook.NewSQLStore(db, webhook.Postgres)
	if err != nil {
		return nil, err
	}
	return s, s.CreateTable(context.Background())
}

// generous lets everyone have every delivery.
type generous struct{ webhook.Store }

func (generous) Begin(context.Context, webhook.Claim) (webhook.State, error) {
	return webhook.Claimed, nil
}

// receive prints where it listens, and then the id of each delivery that it handles.
func (c child) receive() {
	store, err := c.store()
	must(err)
	if c.Old != "" {
		store = generous{store}
	}
	verifier, err := webhook.NewVerifier(secret)
	must(err)
	h, err := webhook.NewHandler(verifier, webhook.WithStore(store), webhook.WithClock(clock(c.Epoch)), webhook.WithTimeout(20*time.Second),
		webhook.WithLogger(slog.New(slog.DiscardHandler)), webhook.On(func(ctx context.Context, e *webhook.TransferProcessed) error {
			time.Sleep(rand.N(5 * time.Millisecond))
			fmt.Println(e.TransferID)
			return nil
		}))
	must(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	fmt.Println(l.Addr())
	must(http.Serve(l, h))
}

// handling is that of one delivery by one process.
type handling struct{ process *exec.Cmd }

// receivers are replicas that receive webhooks, and what they handled.
type receivers struct {
	t     *testing.T
	child child

	mu      sync.Mutex
	at      []string // addresses
	running []*exec.Cmd
	killed  map[*exec.Cmd]bool
	handled map[string][]handling
	readers sync.WaitGroup
}

func (r *receivers) start(i int) {
	cmd := r.child.start(r.t)
	out, err := cmd.StdoutPipe()
	require.NoError(r.t, err)
	require.NoError(r.t, cmd.Start())
	lines := bufio.NewScanner(out)
	require.True(r.t, lines.Scan())
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at[i], r.running[i] = lines.Text(), cmd
	r.readers.Go(func() {
		for lines.Scan() {
			r.mu.Lock()
			r.handled[lines.Text()] = append(r.handled[lines.Text()], handling{cmd})
			r.mu.Unlock()
		}
		_ = cmd.Wait()
	})
}

func (r *receivers) kill(i int) {
	r.mu.Lock()
	cmd := r.running[i]
	r.killed[cmd] = true
	r.mu.Unlock()
	require.NoError(r.t, cmd.Process.Kill())
}

// deliver sends a delivery until somebody says that it was handled.
func (r *receivers) deliver(id string) {
	for {
		r.mu.Lock()
		to := r.at[rand.IntN(len(r.at))]
		r.mu.Unlock()
		req, err := webhook.NewRequest(r.t.Context(), "http://"+to, secret, &webhook.TransferProcessed{TransferID: id},
			webhook.WithID("msg_"+id), webhook.WithTime(clock(r.child.Epoch)()))
		must(err)
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(rand.N(100 * time.Millisecond))
	}
}

// deliveries returns how many were handled more than once though no process was killed over them, and how many by one that was.
func deliveries(t *testing.T, kind, mutant string) (twice, again int) {
	many, kills := 400, 8
	if long {
		many, kills = 10_000, 40
	}
	_, address := server(t, kind, "", false)
	r := &receivers{t: t, child: child{Deliveries: true, Redis: strings.HasPrefix(kind, "redis"), Server: address, Old: mutant, Epoch: time.Now()},
		at: make([]string, 4), running: make([]*exec.Cmd, 4), killed: map[*exec.Cmd]bool{}, handled: map[string][]handling{}}
	for i := range r.at {
		r.start(i)
	}
	queue := make(chan string)
	var senders sync.WaitGroup
	for range 24 {
		senders.Go(func() {
			for id := range queue {
				r.deliver(id)
			}
		})
	}
	ids := rand.Perm(3 * many)
	for n, id := range ids {
		queue <- fmt.Sprint("dptx_", id%many)
		if n%(len(ids)/kills) == len(ids)/kills/2 {
			r.kill(n % 4)
			r.start(n % 4)
		}
	}
	close(queue)
	senders.Wait()
	for i := range r.at {
		r.mu.Lock()
		cmd := r.running[i]
		r.mu.Unlock()
		require.NoError(t, cmd.Process.Kill()) // they have nothing left to do
	}
	r.readers.Wait()
	require.Len(t, r.handled, many)
	for _, list := range r.handled {
		for _, h := range list[:len(list)-1] {
			if r.killed[h.process] {
				again++
			} else {
				twice++
			}
		}
	}
	return twice, again
}

// Each of many deliveries, all of which come three times, is handled once; by a process that was killed before it could say so, once
// more by another.
func TestDeliveries(t *testing.T) {
	for _, kind := range []string{"postgres", "redis, appendfsync always"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			twice, again := deliveries(t, kind, "")
			t.Logf("%d handled twice, %d again after a kill, in %v", twice, again, time.Since(start))
			require.Zero(t, twice)
		})
	}
}

func TestDeliveriesWithoutClaims(t *testing.T) {
	if long {
		t.Skip("the short form shows it")
	}
	twice, _ := deliveries(t, "redis", "Begin")
	require.NotZero(t, twice)
}
