package mirror

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/gen/tables"
)

// run is one run of a mirror.
type run struct {
	*Mirror
	company  string
	identity string // of the token, empty where it cannot be found out
	rules    privacy
	jobs     map[string]*job

	again func() (string, error) // the identity, asked for once more

	requests atomic.Int64 // that belong to no stream
}

// Run reads the streams, all without names, and the streams whose rows they are read for. It returns what it did, also with an
// error, which joins those of all streams that failed; a stream that the token may not read is skipped, and is not an error.
func (m *Mirror) Run(ctx context.Context, streams ...string) (Report, error) {
	chosen, err := choose(streams)
	if err != nil {
		return Report{}, err
	}
	r := &run{Mirror: m, jobs: map[string]*job{}}
	if err := r.whose(ctx); err != nil {
		return Report{}, err
	}
	r.rules = m.privacy
	if r.rules.forgotten, err = m.sink.Notes(ctx, r.company, Forgotten); err != nil {
		return Report{}, err
	}
	r.again = sync.OnceValues(func() (string, error) { return r.identify(ctx) })
	for _, t := range chosen {
		r.jobs[t.Name] = &job{run: r, table: t, report: StreamReport{Stream: t.Name}}
	}
	for _, level := range [][]*Table{levelOf(chosen, false), levelOf(chosen, true)} {
		r.each(level, func(j *job) { j.read(ctx) })
	}
	r.each(chosen, func(j *job) { j.decide(ctx) })
	report := Report{Company: r.company}
	var failed []error
	for _, t := range chosen {
		j := r.jobs[t.Name]
		j.end()
		if l, ok := j.stream.(Leaser); ok {
			l.Release()
		}
		report.Streams = append(report.Streams, j.report)
		if j.report.Status == StatusFailed {
			failed = append(failed, fmt.Errorf("mirror: %s: %w", t.Name, j.report.Err))
		}
	}
	report.Streams[0].Requests += int(r.requests.Load())
	return report, errors.Join(failed...)
}

// choose finds the tables of the streams and of their parents, all for none.
func choose(names []string) ([]*Table, error) {
	if len(names) == 0 {
		return tables.All, nil
	}
	wanted := map[string]bool{}
	for _, name := range names {
		t, err := find(name)
		if err != nil {
			return nil, err
		}
		wanted[name] = true
		if t.Parent != nil {
			wanted[t.Parent.Table] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(tables.All), func(t *Table) bool { return !wanted[t.Name] }), nil
}

func levelOf(all []*Table, children bool) []*Table {
	return slices.DeleteFunc(slices.Clone(all), func(t *Table) bool { return (t.Parent != nil) != children })
}

// each works on the tables, several at a time.
func (r *run) each(all []*Table, f func(*job)) {
	var wg sync.WaitGroup
	free := make(chan struct{}, r.workers)
	for _, t := range all {
		free <- struct{}{}
		wg.Go(func() {
			f(r.jobs[t.Name])
			<-free
		})
	}
	wg.Wait()
}

// whose finds out which company and which user the token belongs to, and what it may see.
func (r *run) whose(ctx context.Context) error {
	company, err := r.idOf(ctx, "getCompany")
	if err != nil {
		return fmt.Errorf("mirror: the company that the token belongs to: %w", err)
	}
	r.company = company
	r.identity, err = r.identify(ctx)
	return err
}

func (r *run) idOf(ctx context.Context, operation string) (string, error) {
	r.requests.Add(1)
	raw, err := r.client.Call(ctx, operation, nil)
	if err != nil {
		return "", err
	}
	var object struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(raw, &object); err != nil || object.ID == "" {
		return "", fmt.Errorf("%s: the response has no id", operation)
	}
	return object.ID, nil
}

// sights are lists that only some roles may read. The API tells neither the role nor the scopes of a token; what it may read does.
var sights = []string{"listTransfers", "listVendors", "listPrimaryCardTransactions"}

// identify names the token's user and rights. It is empty where the user cannot be found out, and then nothing is marked.
func (r *run) identify(ctx context.Context) (string, error) {
	user, err := r.idOf(ctx, "getMe")
	if denied(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("mirror: the user that the token belongs to: %w", err)
	}
	name := []string{r.company, user, r.grant}
	for _, operation := range sights {
		r.requests.Add(1)
		_, err := r.client.Call(ctx, operation, map[string]any{"limit": 1})
		if err != nil && !denied(err) {
			return "", fmt.Errorf("mirror: what the token may read: %w", err)
		}
		name = append(name, fmt.Sprintf("%s %t", operation, err == nil))
	}
	sum := sha256.Sum256([]byte(strings.Join(name, "; ")))
	return hex.EncodeToString(sum[:8]), nil
}

// denied reports whether the token may not do it: its scopes, its user's role, or a feature that is not enabled.
func denied(err error) bool {
	return errors.Is(err, brex.ErrForbidden) || errors.Is(err, brex.ErrUnauthorized)
}

// job is the work on one stream in a run.
type job struct {
	*run
	table     *Table
	rows      *rows
	stream    Stream
	state     State // as it will be committed with the batch
	committed State
	report    StreamReport

	pending map[string]int // place in the batch by key
	batch   []Row
	settled []string
	seen    []string  // keys of the rows of a narrow reading, for the streams below
	before  time.Time // the last success before this run
	resumed bool
	long    bool // rows may have moved between the pages of the reading
}

func (j *job) event(kind EventKind, key ...string) {
	j.observe(Event{kind, j.report, key})
}

// end logs and reports how it went.
func (j *job) end() {
	if j.rows != nil && len(j.rows.misfits) > 0 {
		j.report.Misfits = j.rows.misfits
		j.log.Warn("mirror: values of another type than documented", "stream", j.table.Name, "columns", j.rows.misfits)
	}
	level, kind := slog.LevelInfo, EventDone
	switch j.report.Status {
	case StatusSkipped:
		level, kind = slog.LevelWarn, EventSkipped
	case StatusFailed:
		level, kind = slog.LevelError, EventFailed
	}
	attrs := []any{"stream", j.table.Name, "status", j.report.Status, "full", j.report.Full, "rows", j.report.Rows,
		"requests", j.report.Requests, "added", j.report.Added, "changed", j.report.Changed, "deleted", j.report.Deleted}
	if j.report.Err != nil {
		attrs = append(attrs, "error", j.report.Err.Error())
	}
	if j.report.Note != "" {
		attrs = append(attrs, "note", j.report.Note)
	}
	j.log.Log(context.Background(), level, "mirror: stream", attrs...)
	j.event(kind)
}

// stop ends the work on the stream, and keeps why for those who ask for the state.
func (j *job) stop(ctx context.Context, status Status, err error) {
	j.report.Status, j.report.Err = status, err
	if j.stream == nil || ctx.Err() != nil || errors.Is(err, ErrConcurrent) {
		return
	}
	next := j.committed
	next.Company, next.Stream, next.Status, next.Error = j.company, j.table.Name, status, err.Error()
	if err := j.commit(ctx, Batch{}, next); err != nil {
		j.report.Status, j.report.Err = StatusFailed, errors.Join(j.report.Err, err)
	}
}

// commit writes a batch with a state.
func (j *job) commit(ctx context.Context, b Batch, next State) error {
	if next.Reading != nil {
		reading := *next.Reading // which goes on changing
		next.Reading = &reading
	}
	next.Revision = j.committed.Revision + 1
	b.Rewrite = b.Rewrite || j.committed.Rules != "" && j.committed.Rules != j.fingerprint()
	b.Scan, b.At, b.State = j.state.Scan, j.now().UTC().Truncate(time.Microsecond), next
	changes, err := j.stream.Commit(ctx, b)
	if err != nil {
		return err
	}
	j.committed = next
	j.report.Changes.add(changes)
	j.event(EventCommit)
	return nil
}
