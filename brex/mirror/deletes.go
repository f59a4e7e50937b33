package mirror

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/brex-go/sdk/brex"
)

const (
	few         = 20   // so many rows may go from any stream that has more
	mostAsked   = 1000 // rows that a run asks for by their ids
	tombstoneBy = 500  // rows in a commit
	rereadings  = 2    // of a list whose objects cannot be asked for by id
)

// decide marks what is gone from a stream whose list was read whole.
//
// That a row was not in the list does not mean that it is gone: rows move between pages while others come and go, and a token sees
// only what its user may. So each is asked for by its id, only rows that this user and these rights have seen before are looked at,
// and where much of a stream would go, nothing is marked.
func (j *job) decide(ctx context.Context) {
	if j.report.Status != StatusDone || !j.committed.Undecided || ctx.Err() != nil {
		return
	}
	err := j.expire(ctx)
	if err == nil {
		err = j.bury(ctx)
	}
	if err != nil {
		j.stop(ctx, StatusFailed, fmt.Errorf("looking for rows that are gone: %w", err))
	}
}

func (j *job) bury(ctx context.Context) error {
	missing, err := j.missing(ctx)
	if err == nil && len(missing) > 0 && j.table.Get == nil && j.long && !j.trusting {
		j.report.Unconfirmed = 0
		missing, err = j.reread(ctx)
	}
	if err != nil {
		return err
	}
	gone := missing
	next := j.committed
	next.Undecided = false
	if len(missing) > 0 {
		if gone, err = j.confirmed(ctx, missing); err != nil {
			return err
		}
	}
	for len(gone) > 0 {
		part := gone[:min(len(gone), tombstoneBy)]
		gone = gone[len(part):]
		for _, key := range part {
			j.event(EventTombstone, key...)
		}
		if err := j.commit(ctx, Batch{Tombstones: part}, j.committed); err != nil {
			return err
		}
	}
	return j.commit(ctx, Batch{}, next)
}

// missing are the keys of rows that the last reading did not see, and that the same user with the same rights saw before. What only
// others saw is among them where a number of rows is allowed to go.
func (j *job) missing(ctx context.Context) ([][]string, error) {
	if j.identity == "" {
		j.report.Note = "whose token it is cannot be found out (getMe is refused): nothing is marked as deleted"
		return nil, nil
	}
	from := j.state.Trusted
	if j.allowDeletes > 0 {
		from = 0
	}
	others, err := count(j.stream.Keys(ctx, 0, from))
	if err != nil {
		return nil, err
	}
	if others > 0 {
		j.refuse(others, "rows that only another user, or other rights, saw: whether they are gone cannot be known with this token")
	}
	var keys [][]string
	for key, err := range j.stream.Keys(ctx, from, j.state.Scan) {
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func count(keys iter.Seq2[[]string, error]) (n int, err error) {
	for _, err := range keys {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// reread reads the list again, twice at most, as long as rows are missing.
func (j *job) reread(ctx context.Context) (missing [][]string, err error) {
	for range rereadings {
		parents := []string{""}
		if j.table.Parent != nil {
			j.state.Reading = &Reading{Full: true}
			if parents, err = j.parents(ctx); err != nil {
				return nil, err
			}
			j.state.Reading = nil
		}
		for _, parent := range parents {
			if err := j.recheck(ctx, parent); err != nil && !errors.Is(err, brex.ErrNotFound) {
				return nil, err
			}
		}
		j.report.Unconfirmed = 0
		if missing, err = j.missing(ctx); err != nil || len(missing) == 0 {
			return nil, err
		}
	}
	return missing, nil
}

// recheck commits the rows of a list once more, page by page.
func (j *job) recheck(ctx context.Context, parent string) error {
	for page, err := range j.pages(ctx, parent, "", time.Time{}) {
		if err != nil {
			return err
		}
		var again []Row
		seen := map[string]bool{}
		for _, raw := range page.Items {
			row, err := j.rows.row(raw, parent)
			if err != nil {
				return err
			}
			if row != nil && !j.old(row) && !seen[keyText(row.Key)] {
				seen[keyText(row.Key)] = true
				again = append(again, *row)
			}
		}
		if err := j.commit(ctx, Batch{Rows: again}, j.committed); err != nil {
			return err
		}
	}
	return nil
}

// confirmed are the keys of the rows that are gone, none where too many would go.
func (j *job) confirmed(ctx context.Context, missing [][]string) (gone [][]string, err error) {
	if now, err := j.again(); err != nil || now != j.identity {
		j.refuse(len(missing), "the token's user or rights changed during the run")
		return nil, err
	}
	live, err := count(j.stream.Keys(ctx, 0, math.MaxInt64))
	if err != nil {
		return nil, err
	}
	gone = missing
	hopeless := len(missing) > mostAsked && j.tooMany(len(missing), live)
	if j.table.Get != nil && !j.trusting && !hopeless {
		if gone, err = j.ask(ctx, missing); err != nil {
			return nil, err
		}
	}
	if j.tooMany(len(gone), live) {
		j.refuse(len(gone), fmt.Sprintf("%d of %d rows would be marked as deleted: allow it where that is so", len(gone), live))
		return nil, nil
	}
	return gone, nil
}

func (j *job) tooMany(n, live int) bool {
	return n > j.allowDeletes && (n > few && n*10 > live || n >= live)
}

func (j *job) refuse(n int, why string) {
	j.report.Unconfirmed += n
	j.report.Note = why
}

// ask reads the objects by their ids. Those that are there are written; what the token may not see is left as it is.
func (j *job) ask(ctx context.Context, missing [][]string) (gone [][]string, err error) {
	var there []Row
	for _, key := range missing {
		row, err := j.get(ctx, key)
		switch {
		case errors.Is(err, brex.ErrNotFound):
			gone = append(gone, key)
		case denied(err):
			j.report.Unconfirmed++
			j.report.Note = "rows that the list did not show may not be read with this token: they are left as they are"
		case err != nil:
			return nil, err
		case row != nil && slices.Equal(row.Key, key):
			there = append(there, *row)
		}
	}
	if len(there) == 0 {
		return gone, nil
	}
	return gone, j.commit(ctx, Batch{Rows: there}, j.committed)
}

// get reads one object by its key.
func (j *job) get(ctx context.Context, key []string) (*Row, error) {
	op, params := j.table.Get, map[string]any{}
	for _, p := range op.PathParams {
		i := slices.Index(j.table.Key, p.Name)
		if i < 0 {
			i = len(key) - 1
		}
		params[p.Name] = key[i]
	}
	for _, p := range op.Query {
		if v, ok := j.table.Query[p.Name]; ok {
			params[p.Name] = v
		}
	}
	j.report.Requests++
	raw, err := j.client.Call(ctx, op.ID, params)
	if err != nil {
		return nil, err
	}
	parent := ""
	if j.table.Parent != nil {
		parent = key[0]
	}
	return j.rows.row(raw, parent)
}
