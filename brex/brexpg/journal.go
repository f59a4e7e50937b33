package brexpg

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/brex-go/sdk/brex/internal/journal"
	"github.com/brex-go/sdk/brex/payout"
)

// Journal is a payout.Journal in PostgreSQL. Its run must have been saved, see Runs.Save.
//
// Who locks it has a connection of its own with a session's advisory lock, which ends with the
// connection, and a new number, the fence, which each Append compares in the statement that inserts. So
// a process that was cut off cannot append any more once another has taken over. What it may have
// sent by then is a payment in state Sending: payout.Execute treats it as one of unknown outcome, and
// looks for it before anything is sent again.
//
// A record is as safe as the database's commits: where synchronous_commit is off, it is turned on for the
// journal, but a standby that takes over without what was committed last has lost it. The connection
// must be to PostgreSQL itself or through a pooler that keeps sessions: locks of a session mean nothing
// where transactions share connections.
type Journal struct {
	pool *pgxpool.Pool
	run  string
}

// NewJournal is the journal of the run with this id. It does no I/O.
func NewJournal(pool *pgxpool.Pool, run string) *Journal { return &Journal{pool, run} }

func journalError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: brexpg: %w", payout.ErrJournal, err)
}

// Records reads everything noted so far, also while another process executes the run.
func (j *Journal) Records(ctx context.Context) ([]payout.Record, error) {
	records, _, err := j.read(ctx, j.pool)
	return records, journalError(err)
}

// querier is a pool or a connection.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func (j *Journal) read(ctx context.Context, db querier) ([]payout.Record, journal.Chain, error) {
	rows, err := db.Query(ctx, `SELECT line FROM brex_payout_journal WHERE run = $1 ORDER BY seq`, j.run)
	if err != nil {
		return nil, journal.Chain{}, err
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, journal.Chain{}, err
	}
	text := strings.Join(lines, "")
	records, chain, end, err := journal.Decode[payout.Record](journal.Chain{}, []byte(text))
	if err == nil && end < len(text) { // a row is inserted whole
		err = fmt.Errorf("line %d is damaged", len(records)+1)
	}
	return records, chain, err
}

// Lock makes the caller the only one who may append, or fails with payout.ErrLocked at once. It fails
// when the run was not saved.
func (j *Journal) Lock(ctx context.Context) (payout.LockedJournal, error) {
	pooled, err := j.pool.Acquire(ctx)
	if err != nil {
		return nil, journalError(err)
	}
	l := &locked{journal: j, conn: pooled.Hijack()} // the pool may replace it, so that no number of runs uses it up
	if err := l.begin(ctx); err != nil {
		_ = l.Close() // err says more
		if errors.Is(err, payout.ErrLocked) {
			return nil, err
		}
		return nil, journalError(err)
	}
	return l, nil
}

// locked is a journal whose lock is held by conn.
type locked struct {
	journal *Journal
	conn    *pgx.Conn
	fence   int64
	records []payout.Record
	chain   journal.Chain
	broken  error
}

// settings of the session: commits are on disk, and a machine that is gone is noticed within a minute.
const settings = `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
	UNION ALL SELECT set_config(name, value, false) FROM (VALUES ('tcp_keepalives_idle', '20'), ('tcp_keepalives_interval', '10'),
	('tcp_keepalives_count', '3'), ('idle_session_timeout', '0')) AS s (name, value) WHERE EXISTS (SELECT FROM pg_settings p WHERE p.name = s.name)`

func (l *locked) begin(ctx context.Context) error {
	if _, err := l.conn.Exec(ctx, settings); err != nil {
		return err
	}
	var free bool
	const try = `SELECT pg_try_advisory_lock(hashtextextended(current_schema() || ' brex payout ' || $1, 7305814))`
	if err := l.conn.QueryRow(ctx, try, l.journal.run).Scan(&free); err != nil {
		return err
	}
	if !free {
		return fmt.Errorf("%w (%.16s)", payout.ErrLocked, l.journal.run)
	}
	// This waits for an insert of an earlier holder that is under way, and ends its fence.
	const next = `UPDATE brex_payout_runs SET fence = fence + 1 WHERE run = $1 RETURNING fence`
	err := l.conn.QueryRow(ctx, next, l.journal.run).Scan(&l.fence)
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("run %.16s is not saved in this database", l.journal.run)
	}
	if err != nil {
		return err
	}
	l.records, l.chain, err = l.journal.read(ctx, l.conn)
	return err
}

// Records implements payout.LockedJournal.
func (l *locked) Records(context.Context) ([]payout.Record, error) { return l.records, nil }

// Append inserts one line, and fails where another process has locked the run since.
func (l *locked) Append(ctx context.Context, rec payout.Record) error {
	if l.broken != nil {
		return journalError(fmt.Errorf("an earlier write failed: %w", l.broken))
	}
	if l.broken = l.insert(ctx, rec); l.broken != nil {
		return journalError(l.broken)
	}
	l.records = append(l.records, rec)
	return nil
}

func (l *locked) insert(ctx context.Context, rec payout.Record) error {
	line, chain, err := journal.Encode(l.chain, rec)
	if err != nil {
		return err
	}
	const add = `WITH holder AS (SELECT run FROM brex_payout_runs WHERE run = $1 AND fence = $2 FOR SHARE)
		INSERT INTO brex_payout_journal (run, seq, line) SELECT run, $3, $4 FROM holder`
	tag, err := l.conn.Exec(ctx, add, l.journal.run, l.fence, len(l.records)+1, string(line))
	switch {
	case err != nil:
		return err
	case tag.RowsAffected() != 1:
		return errors.New("another process has taken over the run")
	}
	l.chain = chain
	return nil
}

// Close ends the lock and its connection.
func (l *locked) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	// So that the lock is free when this returns. Where it fails, the lock ends with the connection.
	_, _ = l.conn.Exec(ctx, `SELECT pg_advisory_unlock_all()`)
	_ = l.conn.Close(ctx)
	return nil
}
