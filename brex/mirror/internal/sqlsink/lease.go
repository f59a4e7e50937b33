package sqlsink

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/brex-go/sdk/brex/mirror"
)

// lease is a connection that has streams to itself. They commit on it, so that a commit fails when the
// lease was lost with the connection. All streams of a sink share one, and take turns.
type lease struct {
	mu   sync.Mutex // held while something is done on conn
	conn *sql.Conn
	held map[string]bool // by name of the stream: a session could take the same lock twice
}

func (s *stream) name() string { return s.company + " " + s.table.Name }

// Lease implements mirror.Leaser, where the database has such locks.
func (s *stream) Lease(ctx context.Context) error {
	if s.sink.d.Lease == "" {
		return nil
	}
	err := s.take(ctx)
	for n := 0; n < 4 && errors.Is(err, mirror.ErrConcurrent) && ctx.Err() == nil; n++ {
		time.Sleep(250 * time.Millisecond) // a process that was killed is noticed when its last statement ends
		err = s.take(ctx)
	}
	if err != nil {
		return s.explain(err)
	}
	if err := s.load(ctx); err != nil { // anew: another run may have had the stream meanwhile
		s.Release()
		return err
	}
	return nil
}

func (s *stream) take(ctx context.Context) error {
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	l := s.sink.lease
	if l == nil {
		conn, err := s.sink.db.Conn(ctx)
		if err != nil {
			return err
		}
		l = &lease{conn: conn, held: map[string]bool{}}
		s.sink.lease = l
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	free := false
	var err error
	if !l.held[s.name()] {
		err = l.conn.QueryRowContext(ctx, s.sink.d.Lease, s.name()).Scan(&free)
	}
	switch {
	case free:
		l.held[s.name()], s.lease = true, l
		return nil
	case err == nil:
		err = mirror.ErrConcurrent
	default:
		s.sink.lease = nil // its connection may be of no use; who holds something by it finds out at the next commit
	}
	s.sink.drop(l)
	return err
}

// drop gives a connection back by which nothing is held any more.
func (s *Sink) drop(l *lease) {
	if len(l.held) > 0 {
		return
	}
	if s.lease == l {
		s.lease = nil
	}
	_ = l.conn.Close() // to the pool, which notices when it is of no use
}

// Release implements mirror.Leaser.
func (s *stream) Release() {
	l := s.lease
	if l == nil {
		return
	}
	s.lease = nil
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	// Without a context, since it must happen. When it fails, the connection is gone, and the lock with it.
	if _, err := l.conn.ExecContext(context.Background(), s.sink.d.Return, s.name()); err != nil && s.sink.lease == l {
		s.sink.lease = nil
	}
	delete(l.held, s.name())
	s.sink.drop(l)
}

// begun runs f in a transaction, on the connection that has the stream where it is leased.
func (s *stream) begun(ctx context.Context, f func(context.Context, transaction) error) error {
	if s.lease == nil {
		return s.sink.begun(ctx, s.name(), f)
	}
	s.lease.mu.Lock()
	defer s.lease.mu.Unlock()
	err := s.sink.begunOn(ctx, s.lease.conn, s.name(), f)
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		err = fmt.Errorf("the connection was lost, and with it the stream: %w", err)
	}
	return err
}
