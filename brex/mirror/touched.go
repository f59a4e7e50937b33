package mirror

import (
	"context"
	"errors"
	"slices"

	"github.com/brex-go/sdk/brex"
)

// touched reads first the rows that Touch was told of. A row that is not there is left to the next whole reading.
func (j *job) touched(ctx context.Context) error {
	if j.table.Get == nil || len(j.table.Key) != 1 {
		return nil
	}
	keys, err := j.stream.Touched(ctx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		row, err := j.get(ctx, []string{key})
		switch {
		case err != nil && !errors.Is(err, brex.ErrNotFound):
			return err
		case row != nil && !j.old(row):
			j.add(*row)
		}
		j.settled = append(j.settled, key)
	}
	if len(keys) == 0 {
		return nil
	}
	return j.flush(ctx, j.state)
}

// Touch notes that a row changed, for the next run to read it first. It is for handlers of webhooks, and for whoever has just changed
// something; the row must be one that Brex can be asked for by its id. It makes no request.
func (m *Mirror) Touch(ctx context.Context, company, stream, id string) error {
	t, err := find(stream)
	switch {
	case err != nil:
		return err
	case t.Get == nil || len(t.Key) != 1:
		return errors.New("mirror: Touch: the rows of " + stream + " cannot be read by one id")
	case company == "" || id == "":
		return errors.New("mirror: Touch: the company or the id is empty")
	}
	return m.sink.Touch(ctx, company, stream, id)
}

// TouchTables are the streams whose rows Touch accepts.
func TouchTables() []string {
	var names []string
	for _, t := range Tables() {
		if t.Get != nil && len(t.Key) == 1 {
			names = append(names, t.Name)
		}
	}
	slices.Sort(names)
	return names
}
