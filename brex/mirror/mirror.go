package mirror

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/gen/tables"
)

// Mirror copies a company into a sink. Make one with New. One run at a time writes to a sink.
type Mirror struct {
	client  *brex.Client
	sink    Sink
	privacy privacy

	now     func() time.Time
	log     *slog.Logger
	observe func(Event)

	overlap      time.Duration // subtracted from the time of the last change
	dayOverlap   time.Duration // subtracted from the last posted day
	fullEvery    time.Duration
	full         bool
	allowDeletes int
	grant        string
	keepMonths   int
	from, to     time.Time // of the rows that are copied, zero for all
	workers      int
	batch        int

	trusting bool // a mutant for tests: rows that a scan did not show are marked without asking for them
}

// The defaults.
const (
	DefaultOverlap   = 24 * time.Hour
	DefaultFullEvery = 7 * 24 * time.Hour
	defaultDays      = 7 * 24 * time.Hour
	defaultWorkers   = 4
	defaultBatch     = 5000
)

// Option configures a Mirror.
type Option func(*Mirror) error

// New makes a mirror of the company that the client's token belongs to. It does no I/O.
func New(client *brex.Client, sink Sink, opts ...Option) (*Mirror, error) {
	if client == nil || sink == nil {
		return nil, errors.New("mirror: New: the client or the sink is nil")
	}
	m := &Mirror{client: client, sink: sink, now: time.Now, log: slog.New(slog.DiscardHandler), observe: func(Event) {},
		overlap: DefaultOverlap, dayOverlap: defaultDays, fullEvery: DefaultFullEvery, workers: defaultWorkers, batch: defaultBatch}
	for _, opt := range opts {
		if opt == nil {
			return nil, errors.New("mirror: New: an option is nil")
		}
		if err := opt(m); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Tables lists the tables of all streams, parents before those that are read for each of their rows. They are read only.
func Tables() []*Table { return slices.Clone(tables.All) }

// WithLogger logs what a run does: streams that begin, end, are skipped or fail, and rows that are marked as deleted.
func WithLogger(log *slog.Logger) Option {
	return func(m *Mirror) error {
		if log == nil {
			return errors.New("mirror: WithLogger: the logger is nil")
		}
		m.log = log
		return nil
	}
}

// WithObserver calls f for each Event. Streams run concurrently, and so does f.
func WithObserver(f func(Event)) Option {
	return func(m *Mirror) error {
		if f == nil {
			return errors.New("mirror: WithObserver: the function is nil")
		}
		m.observe = f
		return nil
	}
}

// WithClock takes the time from now instead of the machine's clock. It goes into _synced_at and decides when a list is due to be
// read whole; which changes are read depends on Brex's times alone.
func WithClock(now func() time.Time) Option {
	return func(m *Mirror) error {
		if now == nil {
			return errors.New("mirror: WithClock: the function is nil")
		}
		m.now = now
		return nil
	}
}

// WithOverlap sets how long before the last change seen a reading begins, 24 hours by default. Changes that are made while a list
// is read can be missed by that reading, and are found by the next one within the overlap: keep it longer than a run.
func WithOverlap(d time.Duration) Option {
	return func(m *Mirror) error {
		if d < 0 {
			return fmt.Errorf("mirror: WithOverlap: %v is negative", d)
		}
		m.overlap, m.dayOverlap = d, max(d, defaultDays)
		if d == 0 {
			m.dayOverlap = 0
		}
		return nil
	}
}

// WithFullEvery sets how often a list that can be narrowed is read whole all the same, every 168 hours by default: that finds rows
// that are gone, and changes that left the time of the last change as it was. With 0 every run reads everything.
func WithFullEvery(d time.Duration) Option {
	return func(m *Mirror) error {
		if d < 0 {
			return fmt.Errorf("mirror: WithFullEvery: %v is negative", d)
		}
		m.fullEvery, m.full = d, d == 0
		return nil
	}
}

// WithAllowDeletes lets a run mark up to n rows of each stream as deleted, where it would refuse to: more than 20 rows and a tenth
// of the stream, or all of it. Rows that only another user, or other rights, saw are then looked at too: use it when the token has
// changed for good.
func WithAllowDeletes(n int) Option {
	return func(m *Mirror) error {
		if n < 0 {
			return fmt.Errorf("mirror: WithAllowDeletes: %d is negative", n)
		}
		m.allowDeletes = n
		return nil
	}
}

// WithGrant names the rights that the token has, such as its client and scopes. When the name changes, the next whole reading of a
// stream marks nothing as deleted, because what it does not see may only be out of sight.
func WithGrant(name string) Option {
	return func(m *Mirror) error { m.grant = name; return nil }
}

// WithAccountNumbers keeps account numbers whole, instead of their last four characters.
func WithAccountNumbers() Option {
	return func(m *Mirror) error { m.privacy.accountNumbers = true; return nil }
}

// WithExclude leaves columns empty, each named stream.column. The members behind them are left out of _raw too. Rows that are there
// already lose them in the next run, which reads everything.
func WithExclude(columns ...string) Option {
	return func(m *Mirror) error { return m.privacy.hideAll("WithExclude", columns, dropped) }
}

// WithHash replaces the values of columns, each named stream.column, and of the members behind them in _raw by their HMAC-SHA256
// under the key, in hexadecimal digits: rows can still be counted and joined by them. Columns of a key cannot be hashed.
func WithHash(key []byte, columns ...string) Option {
	return func(m *Mirror) error {
		if len(key) < 16 {
			return errors.New("mirror: WithHash: the key has less than 16 bytes, so that values can be found by trying")
		}
		m.privacy.key = slices.Clone(key)
		return m.privacy.hideAll("WithHash", columns, hashed)
	}
}

// WithKeep keeps only rows of the last n months: expenses by purchase, transactions and statements by day, transfers and trips by
// creation. Older ones are not copied, and are removed when they grow older.
func WithKeep(months int) Option {
	return func(m *Mirror) error {
		if months < 1 {
			return fmt.Errorf("mirror: WithKeep: %d months; it must be at least 1", months)
		}
		m.keepMonths = months
		return nil
	}
}

// WithRange copies only rows from a time on up to another: expenses by purchase, transactions and statements by day, and so on, see
// Table.Age. Tables whose rows do not age are copied whole. It is for exports; in a copy that is kept, rows outside the range would look gone.
func WithRange(from, to time.Time) Option {
	return func(m *Mirror) error {
		if !from.Before(to) {
			return fmt.Errorf("mirror: WithRange: from %v to %v; it must begin before it ends", from, to)
		}
		m.from, m.to = from, to
		return nil
	}
}

// Event is something that happened in a run.
type Event struct {
	Kind         EventKind
	StreamReport          // so far
	Key          []string // of the row that is marked as deleted
}

// EventKind says what an Event reports.
type EventKind string

const (
	EventBegin     EventKind = "begin"     // a stream begins
	EventPage      EventKind = "page"      // a page was read
	EventCommit    EventKind = "commit"    // rows were written
	EventTombstone EventKind = "tombstone" // a row is marked as deleted by the next commit: Key
	EventDone      EventKind = "done"      // a stream was read to its end
	EventSkipped   EventKind = "skipped"   // a stream was not read: Err
	EventFailed    EventKind = "failed"    // a stream was not read to its end: Err
)

// Report is what a run did.
type Report struct {
	Company string
	Streams []StreamReport
}

// StreamReport is what a run did with one stream.
type StreamReport struct {
	Stream   string
	Status   Status
	Full     bool // the list was read whole
	Rows     int  // objects read
	Requests int
	Changes
	Repaired    int            // rows that only reading the whole list found changed
	Unconfirmed int            // rows that the list did not show and that were not marked, see Note
	Note        string         // why rows were not marked, or a reading began anew
	Misfits     map[string]int // values by column that were of another type than documented: null there, kept in _raw
	Err         error          // why the stream was skipped or failed
	Took        time.Duration
}

// Requests is the number of requests of the run, repeated ones counted once.
func (r Report) Requests() int {
	n := 0
	for _, s := range r.Streams {
		n += s.Requests
	}
	return n
}

// Skipped are the streams that were not read because the token may not.
func (r Report) Skipped() []StreamReport {
	return slices.DeleteFunc(slices.Clone(r.Streams), func(s StreamReport) bool { return s.Status != StatusSkipped })
}

// find is the table of a stream.
func find(name string) (*Table, error) {
	i := slices.IndexFunc(tables.All, func(t *Table) bool { return t.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("mirror: %q is not a stream; there are %s", name, streamNames())
	}
	return tables.All[i], nil
}

func streamNames() string {
	var names []string
	for _, t := range tables.All {
		names = append(names, t.Name)
	}
	slices.Sort(names)
	return fmt.Sprintf("%v", names)
}

// retention is the time before which rows are not kept, zero for none.
func (m *Mirror) retention() time.Time {
	if m.keepMonths == 0 {
		return time.Time{}
	}
	return m.now().UTC().AddDate(0, -m.keepMonths, 0)
}
