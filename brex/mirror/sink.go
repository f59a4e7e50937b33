package mirror

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"iter"
	"time"

	"github.com/brex-go/sdk/brex/wire"
)

// Table is the model of a stream's table, see gen/tables.
type Table = wire.Table

// Column is one column of a Table.
type Column = wire.Column

// The columns that every table has besides its own. CompanyColumn is part of every key, so that several companies share a sink.
const (
	CompanyColumn = "_company_id" // id of the company that the row belongs to
	SyncedColumn  = "_synced_at"  // when the row was last read from Brex
	ChangedColumn = "_changed_at" // when its content was first seen as it is
	DeletedColumn = "_deleted_at" // when it was found to be gone; null while it is there
	RawColumn     = "_raw"        // the object as Brex sent it, as JSON with sorted members, less what no copy may hold
	ScanColumn    = "_scan"       // number of the reading that saw the row last
	// PositionColumn is the place of a child table's row in its array, from 0. With the parent's key it is the key.
	PositionColumn = "_position"
)

// ErrConcurrent is returned by Leaser.Lease while another run has the stream, and by Stream.Commit when another run has committed to
// the stream since it began.
var ErrConcurrent = errors.New("mirror: another run writes to this copy: let one finish before the next begins")

// Forgotten is the kind of note that names users who are not to be kept.
const Forgotten = "_forgotten"

// Sink is where a copy is kept. The packages sqlite, postgres, file and memory have sinks.
type Sink interface {
	// Begin makes the tables of a stream ready, adding what is missing and removing nothing, and returns the stream of the company.
	Begin(ctx context.Context, company string, t *Table) (Stream, error)
	// States returns what the streams of all companies committed last.
	States(ctx context.Context) ([]State, error)
	// Note keeps an id, once: that of a row that changed under the name of its stream, until a commit settles it, or that of a user who is
	// not to be kept under Forgotten.
	Note(ctx context.Context, company, kind, id string) error
	// Notes returns the ids that are kept under a kind, sorted.
	Notes(ctx context.Context, company, kind string) ([]string, error)
	// Close ends the use of the sink.
	Close() error
}

// Stream is the table of one stream in a sink, for one company. One goroutine uses it at a time.
type Stream interface {
	// State is what the last commit saved, the zero State before the first.
	State() State
	// Commit writes the rows, marks the tombstones and saves the state, all or nothing.
	Commit(ctx context.Context, b Batch) (Changes, error)
	// Keys yields the keys of the rows that are not marked as deleted and that were seen last by a reading numbered from to before-1.
	// The stream must not be written to meanwhile.
	Keys(ctx context.Context, from, before int64) iter.Seq2[[]string, error]
	// Holding yields the rows, deleted ones too, whose _raw has the text in it.
	Holding(ctx context.Context, text string) iter.Seq2[Stored, error]
}

// Leaser is a Stream that one run at a time can have, of all that share the copy. A run leases each of its streams before it reads
// anything, and releases all of them at its end.
type Leaser interface {
	// Lease takes the stream, and reads its State again. It fails with ErrConcurrent within seconds while another run has it. A lease ends
	// with its process, and after one was lost Commit fails.
	Lease(ctx context.Context) error
	// Release gives the stream back. Without a lease it does nothing.
	Release()
}

// Row is an object as a row.
type Row struct {
	Key    []string // of the key columns, in the table's order
	Values []any    // by column: nil, string (also for decimals, dates as 2006-01-02), int64, bool, time.Time in UTC, json.RawMessage
	// Children has the rows of each child table, by its columns.
	Children [][][]any
	Raw      json.RawMessage
	Version  time.Time // of the last change, where the table says; a stored row with a later one stays
}

// Content is a fingerprint of Raw: rows that have the same say the same.
func (r *Row) Content() int64 {
	sum := sha256.Sum256(r.Raw)
	return int64(binary.BigEndian.Uint64(sum[:]))
}

// Stored is a row as a sink holds it.
type Stored struct {
	Key []string
	Raw json.RawMessage
}

// Batch is what one commit writes.
type Batch struct {
	Rows       []Row      // with distinct keys
	Tombstones [][]string // keys of rows that are gone
	Erase      [][]string // keys of rows to remove for good, wherever they are kept, before Rows are written
	Rewrite    bool       // write also rows that are as they were, because there are new columns; they count as the same
	Settled    []string   // ids that Note kept under the stream, read by now
	Scan       int64      // number of the reading that saw the rows
	At         time.Time  // the time to write into the rows
	State      State
}

// Changes counts what a commit changed.
type Changes struct {
	Added   int // rows that were not there, or were marked as deleted
	Changed int // rows whose content is another than before
	Same    int // rows that are as before
	Deleted int // rows marked as deleted
}

func (c *Changes) add(d Changes) {
	c.Added += d.Added
	c.Changed += d.Changed
	c.Same += d.Same
	c.Deleted += d.Deleted
}

// State is where a stream stands. Sinks keep it as JSON and show its first members as columns.
type State struct {
	Company     string    `json:"company"`
	Stream      string    `json:"stream"`
	Status      Status    `json:"status"`
	LastSuccess time.Time `json:"last_success,omitzero"` // end of the last reading that had no error
	LastFull    time.Time `json:"last_full,omitzero"`    // beginning of the last reading of the whole list
	Watermark   time.Time `json:"watermark,omitzero"`    // the last change seen; the next reading begins there, less an overlap
	Error       string    `json:"error,omitempty"`       // why the last run did not read it, or not to its end
	Revision    int64     `json:"revision"`              // counts commits

	Scan      int64    `json:"scan"`                // number of the reading under way, or done last
	Reading   *Reading `json:"reading,omitempty"`   // where a reading under way stands
	Undecided bool     `json:"undecided,omitempty"` // a whole reading is done, and what is gone has not been looked for
	Identity  string   `json:"identity,omitempty"`  // of the token; changes with its user and rights
	Trusted   int64    `json:"trusted,omitempty"`   // number of the first reading by that identity: what only others saw is never marked
	Rules     string   `json:"rules,omitempty"`     // of the columns, and the rules by which all rows were filtered
}

// Reading is where a reading under way stands.
type Reading struct {
	Full    bool      `json:"full"`
	Since   time.Time `json:"since,omitzero"`
	Cursor  string    `json:"cursor,omitempty"`
	Within  string    `json:"within,omitempty"` // the parent whose list the cursor is of
	Parent  string    `json:"parent,omitempty"` // the last parent that is done
	High    time.Time `json:"high,omitzero"`    // the latest change seen
	Long    bool      `json:"long,omitempty"`   // a list had several pages, between which rows may move, or the reading was taken up by another run
	Resumed bool      `json:"resumed,omitempty"`
	Rules   string    `json:"rules,omitempty"`
	Began   time.Time `json:"began,omitzero"`
}

// Status says how a stream fared in its last run.
type Status string

const (
	StatusDone    Status = "done"    // read to its end
	StatusSkipped Status = "skipped" // not read: the token may not, or the feature is not enabled
	StatusFailed  Status = "failed"  // not read to its end
)
