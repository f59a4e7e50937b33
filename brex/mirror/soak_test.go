package mirror_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/file"
	"github.com/brex-go/sdk/brex/mirror/internal/sinktest"
	"github.com/brex-go/sdk/brex/mirror/sqlite"
)

// soakStreams are expenses and twelve others.
var soakStreams = []string{"expenses", "users", "departments", "locations", "titles", "legal_entities", "vendors", "transfers", "cards",
	"card_transactions", "cash_accounts", "cash_transactions", "linked_accounts"}

// child is what a process that is to be killed works on.
type child struct {
	URL, Token, Sink, Place string
	Full, Trusting, Bare    bool
	Streams                 []string // those of the soak without any
}

// sinks opens a sink by its kind and place. Other files add kinds.
var sinks = map[string]func(place string) (mirror.Sink, error){
	"sqlite":  func(place string) (mirror.Sink, error) { return sqlite.Open(place) },
	"csv":     func(place string) (mirror.Sink, error) { return file.Open(place, file.CSV) },
	"jsonl":   func(place string) (mirror.Sink, error) { return file.Open(place, file.JSONL) },
	"parquet": func(place string) (mirror.Sink, error) { return file.Open(place, file.Parquet) },
	"export":  func(place string) (mirror.Sink, error) { return file.NewExport(place, file.Parquet) },
}

var (
	// places makes a place for a sink of a kind, a path unless another file knows better.
	places = map[string]func(testing.TB) string{}
	// soakKinds are the sinks of the long form.
	soakKinds = []string{"sqlite", "csv", "jsonl", "parquet"}
	atEnd     = func() {}
)

func TestMain(m *testing.M) {
	if text := os.Getenv("BREX_MIRROR_CHILD"); text != "" {
		if err := syncOnce(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	atEnd()
	os.Exit(code)
}

// syncOnce is one run in a process of its own, which says which rows it marks.
func syncOnce(text string) error {
	var c child
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return err
	}
	client, err := brex.New(brex.WithToken(c.Token), brex.WithBaseURL(c.URL))
	if err != nil {
		return err
	}
	sink, err := sinks[c.Sink](c.Place)
	if err != nil {
		return err
	}
	defer sink.Close()
	opts := []mirror.Option{mirror.WithObserver(func(e mirror.Event) {
		if e.Kind == mirror.EventTombstone {
			fmt.Println(e.Stream + " " + strings.Join(e.Key, " "))
		}
	})}
	if c.Streams == nil {
		c.Streams = soakStreams
		opts = append(opts, mirror.BatchOf(500))
	}
	if c.Full {
		opts = append(opts, mirror.WithFullEvery(0))
	}
	if c.Trusting {
		opts = append(opts, mirror.Trusting())
	}
	if c.Bare {
		opts = append(opts, mirror.WithOverlap(0))
	}
	m, err := mirror.New(client, sink, opts...)
	if err != nil {
		return err
	}
	_, err = m.Run(context.Background(), c.Streams...)
	return err
}

// soak is a company that changes while it is copied.
type soak struct {
	t      *testing.T
	server *brextest.Server
	client *brex.Client
	sink   child

	mu      sync.Mutex
	rng     *rand.Rand
	live    map[string][]string        // ids by table
	removed map[string]map[string]bool // by table
	edited  map[string]bool            // expenses
	changed int
	runs    int // each permits perRun changes, so that what is removed stays below what the guard refuses, however slow the machine is

	marked, wrong int
}

func newSoak(t *testing.T, kind string, size brextest.Size) *soak {
	t.Helper()
	server := brextest.NewServer(t, brextest.WithSize(size), brextest.WithClock(time.Now), brextest.WithRequestLog(0))
	s := &soak{t: t, server: server, client: sinktest.Client(t, server), rng: rand.New(rand.NewPCG(1, 2)), live: map[string][]string{},
		removed: map[string]map[string]bool{}, edited: map[string]bool{}}
	s.sink = child{URL: server.URL, Token: server.Token(), Sink: kind, Place: t.TempDir() + "/copy"}
	if place := places[kind]; place != nil {
		s.sink.Place = place(t)
	}
	for _, name := range changing {
		s.removed[name] = map[string]bool{}
		for id := range sinktest.Truth(t, s.client, tableOf(t, name)) {
			s.live[name] = append(s.live[name], id)
		}
	}
	return s
}

// changing are the tables whose rows come and go.
var changing = []string{"expenses", "vendors", "departments", "card_transactions"}

func tableOf(t testing.TB, name string) *mirror.Table {
	t.Helper()
	for _, table := range mirror.Tables() {
		if table.Name == name {
			return table
		}
	}
	require.Fail(t, name)
	return nil
}

// change edits, adds or removes one row.
func (s *soak) change() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed++
	name := changing[0]
	if s.rng.IntN(4) == 0 {
		name = changing[s.rng.IntN(len(changing))]
	}
	i := s.rng.IntN(len(s.live[name]))
	id := s.live[name][i]
	switch what := s.rng.IntN(10); {
	case what == 0 && len(s.live[name]) > 20:
		s.live[name] = append(s.live[name][:i], s.live[name][i+1:]...)
		s.removed[name][id] = true // before it is, so that a mark that is seen at once is right
		delete(s.edited, id)
		return s.server.RemoveRow(name, id)
	case what == 1:
		added := fmt.Sprintf("new_%d", s.changed)
		s.live[name] = append(s.live[name], added)
		return s.server.SetRow(name, added, s.members(name))
	}
	if name == "expenses" {
		s.edited[id] = true
	}
	return s.server.SetRow(name, id, s.members(name))
}

// members are those of an edit, and enough for a new row.
func (s *soak) members(name string) json.RawMessage {
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	memo := "change " + strconv.Itoa(s.changed)
	members := map[string]any{"description": memo}
	switch name {
	case "expenses":
		members = map[string]any{"memo": memo, "updated_at": now, "purchased_at": now, "expense_type": "CARD", "status": "DRAFT"}
	case "vendors":
		members = map[string]any{"company_name": memo}
	case "departments":
		members["name"] = "é " + memo
	case "card_transactions":
		members["posted_at_date"], members["initiated_at_date"] = now[:10], now[:10]
	}
	b, err := json.Marshal(members)
	require.NoError(s.t, err)
	return b
}

const perRun = 80

// permitted reports whether there may be another change before the next process starts.
func (s *soak) permitted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed < perRun*s.runs
}

// run starts a process and kills it after a while, zero for never.
func (s *soak) run(full bool, after time.Duration) {
	s.mu.Lock()
	s.runs++
	s.mu.Unlock()
	c := s.sink
	c.Full = full
	text, err := json.Marshal(c)
	require.NoError(s.t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "BREX_MIRROR_CHILD="+string(text))
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	require.NoError(s.t, err)
	require.NoError(s.t, cmd.Start())
	killed := false
	if after > 0 {
		killer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		defer killer.Stop()
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		name, id, _ := strings.Cut(lines.Text(), " ")
		s.mu.Lock()
		s.marked++
		if !s.removed[name][id] {
			s.wrong++
		}
		s.mu.Unlock()
	}
	err = cmd.Wait()
	killed = err != nil && cmd.ProcessState.ExitCode() == -1
	if !killed {
		require.NoError(s.t, err, errs.String())
	}
}

// storm changes the company while processes are started and killed.
func (s *soak) storm(kills int, longest, pause time.Duration) {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(pause):
				if !s.permitted() {
					continue
				}
				if err := s.change(); err != nil {
					s.t.Error(err)
					return
				}
			}
		}
	})
	for n := range kills {
		s.run(n%3 != 0, 10*time.Millisecond+time.Duration(s.rng64(int64(longest))))
	}
	s.run(true, 0)
	close(stop)
	wg.Wait()
}

func (s *soak) rng64(n int64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rng.Int64N(n)
}

// lost counts edited expenses whose copy is not what Brex has, after two runs that read what changed and a pause in the changes.
func (s *soak) lost() int {
	s.run(false, 0)
	s.run(false, 0)
	truth, copied := sinktest.Truth(s.t, s.client, tableOf(s.t, "expenses")), s.copied("expenses")
	lost := 0
	for id := range s.edited {
		if copied[id] != truth[id] {
			lost++
		}
	}
	return lost
}

func (s *soak) copied(name string) map[string]string {
	sink, err := sinks[s.sink.Sink](s.sink.Place)
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, sink.Close()) }()
	return sinktest.Copy(s.t, sink, sinktest.Company(s.t, s.client), tableOf(s.t, name))
}

// equal compares all streams after whole readings of what stands still.
func (s *soak) equal() {
	s.run(true, 0)
	s.run(true, 0)
	for _, name := range soakStreams {
		require.Equal(s.t, sinktest.Truth(s.t, s.client, tableOf(s.t, name)), s.copied(name), name)
	}
}

// soakSize is the number of kills and the company of a test, small unless BREX_SOAK_KILLS, BREX_SOAK_EXPENSES and BREX_SOAK_SINK say
// otherwise.
func soakSize() (kills int, size brextest.Size, longest time.Duration, kinds []string) {
	if n, err := strconv.Atoi(os.Getenv("BREX_SOAK_KILLS")); err == nil {
		kinds := soakKinds
		if some := os.Getenv("BREX_SOAK_SINK"); some != "" {
			kinds = strings.Split(some, ",")
		}
		expenses := 50_000
		if n, err := strconv.Atoi(os.Getenv("BREX_SOAK_EXPENSES")); err == nil {
			expenses = n
		}
		return n, brextest.Size{Users: 200, Expenses: expenses, CardTransactions: expenses / 10, Vendors: 3000, Departments: 3000}, 3 * time.Second, kinds
	}
	return 8, brextest.Size{Users: 30, Expenses: 2500, CardTransactions: 1500, CashTransactions: 100, Vendors: 300, Departments: 200},
		600 * time.Millisecond, []string{"sqlite", "jsonl"}
}

// A copy whose process is killed at any moment, of a company that changes all the time, ends as the company is: nothing lost, nothing
// twice, nothing marked that is there. make mirror-soak runs the long form.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for some seconds")
	}
	kills, size, longest, kinds := soakSize()
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			s := newSoak(t, kind, size)
			s.storm(kills, longest, 4*time.Millisecond)
			lost := s.lost()
			t.Logf("%d kills, %d changes, %d expenses edited, %d rows marked, %d of them wrongly, %d edits lost", kills, s.changed, len(s.edited), s.marked, s.wrong, lost)
			require.Zero(t, lost, "edits that never arrived")
			require.Zero(t, s.wrong, "rows marked that were there")
			s.equal()
			require.Positive(t, s.marked)
		})
	}
}

// The long form finds what it is for: a mirror without the overlap loses edits, and one that does not ask marks rows that are there.
func TestKilledMutants(t *testing.T) {
	kills, size, longest, _ := soakSize()
	if os.Getenv("BREX_SOAK_KILLS") == "" {
		t.Skip("TestEditWhileReading and TestRowMovesWhileReading are the short form")
	}
	t.Run("no overlap", func(t *testing.T) {
		s := newSoak(t, "sqlite", size)
		s.sink.Bare = true
		s.storm(min(kills, 40), longest, 4*time.Millisecond)
		require.Positive(t, s.lost())
	})
	t.Run("not asked", func(t *testing.T) {
		s := newSoak(t, "sqlite", size)
		s.sink.Trusting = true
		s.storm(min(kills, 40), longest, 4*time.Millisecond)
		require.Positive(t, s.wrong)
	})
}
