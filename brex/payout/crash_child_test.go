package payout

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/brex-go/sdk/brex"
	journalfile "github.com/brex-go/sdk/brex/internal/journal"
)

// The crash test executes runs in a child process that is killed by SIGKILL, at every step and at
// random, and resumed. The sandbox is in the parent and knows what was really paid. What a process
// has written and not synced is lost with it, as when the machine loses power.
//
// BREX_PAYOUT_KILLS is how many kills there are in all; make payout-crash asks for 2,000.

func TestMain(m *testing.M) {
	if os.Getenv("BREX_PAYOUT_CHILD") != "" {
		child()
		return
	}
	os.Exit(m.Run())
}

// crashPoints are the steps of a payment: its journal line being written, its request, its
// response, and the line after it.
var crashPoints = []string{
	"write:SENDING", "torn:SENDING", "written:SENDING", "synced:SENDING", "send", "sent",
	"write:other", "torn:other", "written:other", "synced:other",
}

// crash waits at a step for the parent to kill the process.
type crash struct {
	point string
	left  atomic.Int32
}

func (c *crash) at(point string) {
	if point == c.point && c.left.Add(-1) == 0 {
		fmt.Println("at " + point)
		select {}
	}
}

// powerFile is a file that loses what was not synced when its process dies.
type powerFile struct {
	*os.File
	crash   *crash
	noSync  bool // a mutant: an intent is not synced before it is sent
	pending []byte
	offset  int64
	kind    string
}

func (f *powerFile) WriteAt(p []byte, off int64) (int, error) {
	f.kind = "other"
	if strings.Contains(string(p), `"state":"SENDING"`) {
		f.kind = "SENDING"
	}
	f.crash.at("write:" + f.kind)
	if f.crash.point == "torn:"+f.kind && f.crash.left.Load() == 1 {
		_, _ = f.File.WriteAt(append(slices.Clone(f.pending), p[:len(p)/2]...),
			off-int64(len(f.pending)))
	}
	f.crash.at("torn:" + f.kind)
	if len(f.pending) == 0 {
		f.offset = off
	}
	f.pending = append(f.pending, p...)
	f.crash.at("written:" + f.kind)
	return len(p), nil
}

func (f *powerFile) Sync() error {
	if f.noSync && f.kind == "SENDING" {
		return nil
	}
	if _, err := f.File.WriteAt(f.pending, f.offset); err != nil {
		return err
	}
	f.pending = nil
	if f.kind != "" {
		f.crash.at("synced:" + f.kind)
	}
	return nil
}

// childClient has the steps around a request, and the mutants.
type childClient struct {
	Client
	crash          *crash
	noScan, noMemo bool

	mu    sync.Mutex
	known map[string]bool
}

func (c *childClient) Send(ctx context.Context, p *brex.Prepared,
	opts ...brex.CallOption) (json.RawMessage, error) {
	c.crash.at("send")
	raw, err := c.Client.Send(ctx, p, opts...)
	c.crash.at("sent")
	var t map[string]any
	if err != nil || json.Unmarshal(raw, &t) != nil {
		return raw, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[fmt.Sprint(t["id"])] = true
	if c.noMemo { // nobody sees that it is another one
		var sent struct {
			Memo string `json:"external_memo"`
		}
		_ = json.Unmarshal(p.Body, &sent)
		t["external_memo"] = sent.Memo
		return json.Marshal(t)
	}
	return raw, nil
}

// CallPages of the mutant without a scan shows what the journal knows already, and nothing that it
// does not.
func (c *childClient) CallPages(ctx context.Context, op string, params any,
	opts ...brex.CallOption) iter.Seq2[*brex.Page[json.RawMessage], error] {
	pages := c.Client.CallPages(ctx, op, params, opts...)
	if !c.noScan || op != "listTransfers" {
		return pages
	}
	return func(yield func(*brex.Page[json.RawMessage], error) bool) {
		for page, err := range pages {
			if err == nil {
				page.Items = slices.DeleteFunc(page.Items, func(raw json.RawMessage) bool {
					var t brex.Transfer
					return json.Unmarshal(raw, &t) != nil || !c.known[t.ID]
				})
			}
			if !yield(page, err) {
				return
			}
		}
	}
}

// child executes the run of its environment.
func child() {
	fail := func(err error) {
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
	}
	mutant := os.Getenv("BREX_PAYOUT_MUTANT")
	point, nth, _ := strings.Cut(os.Getenv("BREX_PAYOUT_CRASH"), "@")
	cr := &crash{point: point}
	n, _ := strconv.Atoi(nth)
	cr.left.Store(int32(n))
	client, err := brex.New(brex.WithBaseURL(os.Getenv("BREX_PAYOUT_URL")),
		brex.WithToken(os.Getenv("BREX_PAYOUT_TOKEN")), brex.WithLimiter(nil),
		brex.WithRetryPolicy(brex.RetryPolicy{BaseDelay: time.Millisecond,
			MaxDelay: 2 * time.Millisecond, MaxAttempts: 10}))
	fail(err)
	dir := os.Getenv("BREX_PAYOUT_DIR")
	data, err := os.ReadFile(filepath.Join(dir, "plan.json"))
	fail(err)
	plan, err := DecodePlan(data)
	fail(err)
	start, err := time.Parse(time.RFC3339Nano, os.Getenv("BREX_PAYOUT_NOW"))
	fail(err)
	began := time.Now()

	journal := NewFileJournal(filepath.Join(dir, "run.journal"))
	journal.file.Open = func(path string) (journalfile.Handle, error) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		return &powerFile{File: f, crash: cr, noSync: mutant == "no sync"}, err
	}
	if mutant == "no lock" {
		journal.file.Lock += strconv.Itoa(os.Getpid())
	}
	c := &childClient{Client: client, crash: cr, noScan: mutant == "no scan",
		noMemo: mutant == "no memo check", known: map[string]bool{}}
	records, _ := journal.Records(context.Background()) // Execute says what is wrong with it
	for _, rec := range records {
		c.known[rec.Transfer] = true
	}
	opts := ExecuteOptions{Pause: time.Millisecond, MaxFailures: 20,
		Now: func() time.Time { return start.Add(time.Since(began)) }}
	if os.Getenv("BREX_PAYOUT_RESEND") != "" {
		for i := range plan.Payments {
			opts.ResendAbsent = append(opts.ResendAbsent, i+1)
		}
	}
	fmt.Println("ready")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	_, err = Execute(context.Background(), c, plan, journal, opts)
	for _, known := range []error{ErrLocked, ErrHalted, ErrDecision, ErrStopped, ErrJournal} {
		if errors.Is(err, known) {
			fmt.Println("end", known)
			return
		}
	}
	fmt.Println("end", err)
}
