package payout

import (
	"context"
	"errors"
	"fmt"

	"github.com/brex-go/sdk/brex/internal/filelock"
	"github.com/brex-go/sdk/brex/internal/journal"
)

// FileJournal is a Journal in a file of mode 0600: one line a record, with a checksum and the hash
// of the line before it, each synced to disk before Append returns. It belongs on a local disk:
// what network file systems promise about locks and syncing differs.
type FileJournal struct{ file journal.File[Record] }

// NewFileJournal is a journal in the file with this path, which need not exist; its directory must.
// It does no I/O.
func NewFileJournal(path string) *FileJournal {
	return &FileJournal{journal.File[Record]{Path: path, Lock: path + ".lock"}}
}

// Path is the path of the file.
func (j *FileJournal) Path() string { return j.file.Path }

// Records reads the file; none when it does not exist.
func (j *FileJournal) Records(context.Context) ([]Record, error) {
	records, err := j.file.Records()
	return records, journalError(err)
}

func journalError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrJournal, err)
}

// Lock locks the file beside it that ends in .lock, by flock(2) or the system's like, which ends
// with the process. Then it reads the journal and cuts off a last line that was not written to its
// end.
func (j *FileJournal) Lock(context.Context) (LockedJournal, error) {
	l, err := j.file.TryLock()
	if errors.Is(err, filelock.ErrBusy) {
		return nil, fmt.Errorf("%w (%s)", ErrLocked, j.file.Path)
	}
	if err != nil {
		return nil, journalError(err)
	}
	return lockedFile{l}, nil
}

type lockedFile struct{ *journal.Locked[Record] }

// Records implements LockedJournal.
func (l lockedFile) Records(context.Context) ([]Record, error) { return l.Locked.Records(), nil }

// Append writes one line and syncs it.
func (l lockedFile) Append(_ context.Context, rec Record) error {
	return journalError(l.Locked.Append(rec))
}
