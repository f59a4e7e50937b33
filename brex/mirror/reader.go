package mirror

import (
	"context"
	"iter"
	"time"
)

// Copied is a row of a copy, with when it was read.
type Copied struct {
	Row
	Synced  time.Time // when it was last read from Brex
	Changed time.Time // when its content was first seen as it is
	Deleted time.Time // when it was found to be gone, zero while it is there
}

// At is when the row changed last, or was found to be gone.
func (c *Copied) At() time.Time {
	if c.Deleted.After(c.Changed) {
		return c.Deleted
	}
	return c.Changed
}

// Reader is a copy that can be read back. The sinks of the packages sqlite, postgres and memory are.
type Reader interface {
	// States returns what the streams of all companies committed last.
	States(ctx context.Context) ([]State, error)
	// Rows yields the rows of a company's table that changed, or were found to be gone, at since or later, in the order of that
	// time: Copied.At. The copy must not be used otherwise meanwhile.
	Rows(ctx context.Context, company string, t *Table, since time.Time) iter.Seq2[Copied, error]
}

// Restorer returns a function that makes a table's rows of what is stored of them.
func Restorer(t *Table) func(Stored) (Row, error) {
	r := newRows(t, &privacy{accountNumbers: true}) // what no copy may hold was left out when it was stored
	return func(s Stored) (Row, error) {
		row, err := r.row(s.Raw, s.Key[0])
		if err != nil {
			return Row{}, err
		}
		return *row, nil
	}
}
