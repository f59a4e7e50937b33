package payout

import (
	"context"
	"errors"
)

// Journal keeps what was sent in a run, and survives the process. FileJournal is one in a file, package
// brexpg has one in PostgreSQL, and package journaltest checks one. Its errors are ErrLocked or wrap
// ErrJournal.
type Journal interface {
	// Records reads everything noted so far, also while another process executes the run.
	Records(ctx context.Context) ([]Record, error)
	// Lock makes the caller the only one who executes the run, or fails with ErrLocked at once. The
	// lock must end when its process ends, and an Append by a holder that has lost it must fail.
	Lock(ctx context.Context) (LockedJournal, error)
}

// LockedJournal is a journal that may be written. Its methods are not called concurrently.
type LockedJournal interface {
	// Records reads everything noted so far.
	Records(ctx context.Context) ([]Record, error)
	// Append notes a record. When it returns nil, the record survives a crash of the machine. After
	// an error nothing more may be appended under this lock, and whether the record was noted is
	// not known.
	Append(ctx context.Context, rec Record) error
	// Close ends the lock.
	Close() error
}

// ErrLocked says that another process executes the run.
var ErrLocked = errors.New("payout: another process is working on this run")
