package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/wire"
)

// errAnew says that the place where an earlier run stood is of no use.
var errAnew = errors.New("mirror: the reading begins anew")

// read brings the stream up to date, except for what is gone.
func (j *job) read(ctx context.Context) {
	began := j.now()
	defer func() { j.report.Took = j.now().Sub(began) }()
	status, err := j.begin(ctx)
	if err != nil {
		j.stop(ctx, status, err)
		return
	}
	if err = j.touched(ctx); err == nil {
		err = j.lists(ctx)
	}
	if errors.Is(err, errAnew) {
		j.report.Note = "Brex no longer knows the place of an earlier run: the list was read from its beginning"
		if err = j.renew(ctx, j.state.Reading.Full); err == nil {
			err = j.lists(ctx)
		}
	}
	switch {
	case err == nil:
		j.report.Status = StatusDone
	case j.skips(ctx, err):
		j.stop(ctx, StatusSkipped, err)
	default:
		if len(j.batch) > 0 && ctx.Err() == nil && !errors.Is(err, ErrConcurrent) {
			err = errors.Join(err, j.flush(ctx, j.state)) // the next run goes on from here
		}
		j.stop(ctx, StatusFailed, err)
	}
}

// skips reports whether the stream is one that the token may not read, which shows before anything was read of it.
func (j *job) skips(ctx context.Context, err error) bool {
	if !denied(err) || j.report.Rows > 0 {
		return false
	}
	if errors.Is(err, brex.ErrForbidden) {
		return true
	}
	_, err = j.idOf(ctx, "getCompany") // 401 means that the feature is off, or that the token is no longer valid
	return err == nil
}

// begin takes up the reading that was under way, or begins one.
func (j *job) begin(ctx context.Context) (status Status, err error) {
	j.rows = newRows(j.table, &j.rules)
	if j.stream, err = j.sink.Begin(ctx, j.company, j.table); err != nil {
		return StatusFailed, err
	}
	if l, ok := j.stream.(Leaser); ok {
		if err := l.Lease(ctx); err != nil {
			j.stream = nil // what became of it is for the run to note that has it
			return StatusFailed, err
		}
	}
	j.committed = j.stream.State()
	j.state = j.committed
	j.state.Company, j.state.Stream = j.company, j.table.Name
	j.before = j.state.LastSuccess
	if p := j.table.Parent; p != nil && j.jobs[p.Table].report.Status != StatusDone {
		parent := j.jobs[p.Table].report
		return parent.Status, fmt.Errorf("%s is read for each row of %s: %w", j.table.Name, p.Table, parent.Err)
	}
	full := j.due()
	rd := j.state.Reading
	if rd == nil || rd.Rules != j.fingerprint() || full && !rd.Full || j.state.Identity != j.identity {
		return StatusFailed, j.renew(ctx, full)
	}
	taken := *rd
	taken.Resumed, taken.Long, j.resumed = true, true, true
	j.state.Reading, j.report.Full = &taken, rd.Full
	j.event(EventBegin)
	return "", nil
}

// renew begins a reading.
func (j *job) renew(ctx context.Context, full bool) error {
	rd := &Reading{Full: full, Rules: j.fingerprint(), Began: j.now()}
	if j.table.Watermark != nil && !full {
		rd.Since = j.since(j.state.Watermark)
	}
	s := &j.state
	other := s.Identity != j.identity || s.Trusted == 0
	if full || other {
		s.Scan++
		s.Undecided = false
	}
	if other {
		s.Identity, s.Trusted = j.identity, s.Scan
	}
	s.Reading = rd
	j.report.Full, j.batch, j.pending = full, nil, nil
	j.event(EventBegin)
	return j.commit(ctx, Batch{}, j.state)
}

// since is where a narrow reading begins.
func (j *job) since(watermark time.Time) time.Time {
	if j.table.Watermark.Days {
		return watermark.Add(-j.dayOverlap)
	}
	return watermark.Add(-j.overlap)
}

// due reports whether the list has to be read whole.
func (j *job) due() bool {
	s, narrow := j.state, j.table.Watermark != nil && !j.state.Watermark.IsZero()
	if p := j.table.Parent; p != nil && j.table.Watermark == nil {
		// Below a stream that is narrowed, only the lists of the rows read now need to be read, unless a run ended between the two.
		parent := j.jobs[p.Table]
		narrow = parent.table.Watermark != nil && !parent.report.Full && !parent.resumed && !s.LastSuccess.Before(parent.before)
	}
	return !narrow || j.full || s.LastFull.IsZero() || s.Rules != j.fingerprint() || j.now().Sub(s.LastFull) >= j.fullEvery
}

// lists reads the stream's list, or the list of each parent, to the end.
func (j *job) lists(ctx context.Context) error {
	rd := j.state.Reading
	if j.table.Parent == nil {
		if err := j.list(ctx, "", rd.Cursor); err != nil {
			return err
		}
		return j.finish(ctx)
	}
	parents, err := j.parents(ctx)
	if err != nil {
		return err
	}
	for _, parent := range parents {
		if parent <= rd.Parent {
			continue
		}
		if parent != rd.Within {
			rd.Within, rd.Cursor = parent, ""
		}
		err := j.list(ctx, parent, rd.Cursor)
		if err != nil && !errors.Is(err, brex.ErrNotFound) { // a parent that went meanwhile has no rows
			return err
		}
		rd.Parent, rd.Cursor = parent, ""
	}
	return j.finish(ctx)
}

// parents are the keys of the rows that the list is read for, sorted.
func (j *job) parents(ctx context.Context) ([]string, error) {
	parent := j.jobs[j.table.Parent.Table]
	if !j.state.Reading.Full && j.table.Watermark == nil {
		slices.Sort(parent.seen)
		return slices.Compact(parent.seen), nil
	}
	var keys []string
	for key, err := range parent.stream.Keys(ctx, 0, math.MaxInt64) {
		if err != nil {
			return nil, err
		}
		keys = append(keys, key[0])
	}
	slices.Sort(keys)
	return keys, nil
}

// list reads one list to its end, from a cursor that an earlier run may have left.
func (j *job) list(ctx context.Context, parent, cursor string) error {
	rd := j.state.Reading
	first := true
	for page, err := range j.pages(ctx, parent, cursor, rd.Since) {
		if err != nil {
			if first && cursor != "" && rd.Resumed && errors.Is(err, brex.ErrInvalid) {
				return errAnew
			}
			return err
		}
		if err := j.take(page.Items, parent); err != nil {
			return err
		}
		j.event(EventPage)
		first = false
		rd.Cursor, rd.Long = page.NextCursor, rd.Long || page.NextCursor != ""
		if len(j.batch) >= j.Mirror.batch && page.NextCursor != "" {
			if err := j.flush(ctx, j.state); err != nil {
				return err
			}
		}
	}
	return nil
}

// take adds the objects of a page to the batch.
func (j *job) take(items []json.RawMessage, parent string) error {
	for _, raw := range items {
		row, err := j.rows.row(raw, parent)
		if err != nil {
			return err
		}
		j.report.Rows++
		if row != nil && !j.old(row) {
			j.add(*row)
		}
	}
	return nil
}

// add puts a row into the batch, in the place of an older reading of the same row.
func (j *job) add(row Row) {
	if j.pending == nil {
		j.pending = map[string]int{}
	}
	if w := j.table.Watermark; w != nil {
		if at := j.mark(&row); at.After(j.state.Reading.High) {
			j.state.Reading.High = at
		}
		if !j.report.Full && len(row.Key) == 1 { // below a list that is read whole, the lists of all rows are
			j.seen = append(j.seen, row.Key[0])
		}
	}
	key := keyText(row.Key)
	if i, ok := j.pending[key]; ok {
		if !row.Version.Before(j.batch[i].Version) {
			j.batch[i] = row
		}
		return
	}
	j.pending[key] = len(j.batch)
	j.batch = append(j.batch, row)
}

// mark is the value of the watermark's column.
func (j *job) mark(row *Row) time.Time { return instantOf(row.Values[j.rows.mark]) }

func instantOf(v any) time.Time {
	switch v := v.(type) {
	case time.Time:
		return v
	case string:
		t, err := time.Parse(time.DateOnly, v)
		if err == nil {
			return t
		}
	}
	return time.Time{}
}

// old reports whether a row is not to be copied because of its age.
func (j *job) old(row *Row) bool {
	if j.rows.age < 0 || j.keepMonths == 0 && j.to.IsZero() {
		return false
	}
	at := instantOf(row.Values[j.rows.age])
	return !at.IsZero() && (at.Before(j.retention()) || !j.to.IsZero() && (at.Before(j.from) || !at.Before(j.to)))
}

// flush commits the batch with a state. Rows that only a whole reading finds changed are committed before it, to be counted.
func (j *job) flush(ctx context.Context, next State) error {
	rows := j.batch
	if w := j.table.Watermark; w != nil && j.report.Full && !j.committed.Watermark.IsZero() {
		missed := slices.Clone(rows)
		missed = slices.DeleteFunc(missed, func(row Row) bool { return !j.missed(&row) })
		rows = slices.DeleteFunc(rows, func(row Row) bool { return j.missed(&row) })
		before := j.report.Changes
		if len(missed) > 0 {
			if err := j.commit(ctx, Batch{Rows: missed}, j.committed); err != nil {
				return err
			}
		}
		j.report.Repaired += j.report.Added - before.Added + j.report.Changed - before.Changed
	}
	if err := j.commit(ctx, Batch{Rows: rows, Settled: j.settled}, next); err != nil {
		return err
	}
	j.batch, j.pending, j.settled = nil, nil, nil
	return nil
}

// missed reports whether a narrow reading would not show the row.
func (j *job) missed(row *Row) bool {
	return j.mark(row).Before(j.since(j.committed.Watermark))
}

// finish commits the end of the reading.
func (j *job) finish(ctx context.Context) error {
	rd, next := j.state.Reading, j.state
	if rd.High.After(next.Watermark) {
		next.Watermark = rd.High
	}
	next.LastSuccess, next.Status, next.Error, next.Reading = j.now(), StatusDone, "", nil
	if rd.Full {
		next.LastFull, next.Rules, next.Undecided = rd.Began, rd.Rules, true
	}
	if err := j.flush(ctx, next); err != nil {
		return err
	}
	j.state, j.long = next, rd.Long
	return nil
}

// pages reads the list of a parent, or the one list there is.
func (j *job) pages(ctx context.Context, parent, cursor string, since time.Time) iter.Seq2[*brex.Page[json.RawMessage], error] {
	op, params := j.table.List, maps.Clone(j.table.Query)
	if params == nil {
		params = map[string]any{}
	}
	if op.PageLimit > 0 {
		params["limit"] = op.PageLimit
	}
	if parent != "" {
		params[j.table.Parent.Param] = parent
	}
	if !since.IsZero() {
		setBound(params, j.table.Watermark.Since, since)
	}
	if w := j.table.Range; w != nil && !j.to.IsZero() { // with a day on both sides: in which zone Brex reads a bound is not documented
		setBound(params, w.Since, j.from.AddDate(0, 0, -1))
		if w.Until != "" {
			setBound(params, w.Until, j.to.AddDate(0, 0, 1))
		}
	}
	if cursor != "" {
		params["cursor"] = cursor
	}
	read := j.client.CallPages(ctx, op.ID, params, brex.WithPrefetch())
	if op.List == "" {
		read = j.single(ctx, params)
	}
	return func(yield func(*brex.Page[json.RawMessage], error) bool) {
		for page, err := range read {
			j.report.Requests++
			if !yield(page, err) {
				return
			}
		}
	}
}

// setBound sets the parameter of a bound, which may be the member of an object.
func setBound(params map[string]any, bound string, at time.Time) {
	name, member, nested := strings.Cut(bound, ".")
	text := at.UTC().Format(wire.LayoutZoned)
	if nested {
		params[name] = map[string]any{member: text}
		return
	}
	params[name] = text
}

// single reads the one object that an operation returns.
func (j *job) single(ctx context.Context, params map[string]any) iter.Seq2[*brex.Page[json.RawMessage], error] {
	return func(yield func(*brex.Page[json.RawMessage], error) bool) {
		raw, err := j.client.Call(ctx, j.table.List.ID, params)
		if err != nil {
			yield(nil, err)
			return
		}
		yield(&brex.Page[json.RawMessage]{Items: []json.RawMessage{raw}}, nil)
	}
}
