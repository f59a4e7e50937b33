package payout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/brex-go/sdk/brex/internal/filelock"
)

// maxJournal bounds what is read of a journal, in bytes.
const maxJournal = 256 << 20

// FileJournal is a Journal in a file of mode 0600: one line a record, with a checksum and the hash
// of the line before it, each synced to disk before Append returns. It belongs on a local disk:
// what network file systems promise about locks and syncing differs.
type FileJournal struct {
	path, lock string
	open       func(path string) (journalFile, error) // tests let writes fail
}

// journalFile is what FileJournal needs of an *os.File.
type journalFile interface {
	io.Reader
	io.WriterAt
	io.Closer
	Truncate(size int64) error
	Sync() error
}

// NewFileJournal is a journal in the file with this path, which need not exist; its directory must.
// It does no I/O.
func NewFileJournal(path string) *FileJournal {
	return &FileJournal{path: path, lock: path + ".lock", open: openJournal}
}

func openJournal(path string) (journalFile, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}

// Path is the path of the file.
func (j *FileJournal) Path() string { return j.path }

// Records reads the file; none when it does not exist.
func (j *FileJournal) Records(context.Context) ([]Record, error) {
	f, err := os.Open(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrJournal, err)
	}
	defer func() { _ = f.Close() }()
	records, _, _, err := readJournal(f)
	return records, err
}

func readJournal(r io.Reader) ([]Record, chain, int, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxJournal+1))
	switch {
	case err != nil:
		return nil, chain{}, 0, fmt.Errorf("%w: %w", ErrJournal, err)
	case len(data) > maxJournal:
		return nil, chain{}, 0, fmt.Errorf("%w: it is larger than 256 MiB", ErrJournal)
	}
	return decodeJournal(data)
}

// Lock locks the file beside it that ends in .lock, by flock(2) or the system's like, which ends
// with the process. Then it reads the journal and cuts off a last line that was not written to its
// end.
func (j *FileJournal) Lock(context.Context) (LockedJournal, error) {
	unlock, err := filelock.Try(j.lock)
	if errors.Is(err, filelock.ErrBusy) {
		return nil, fmt.Errorf("%w (%s)", ErrLocked, j.path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrJournal, err)
	}
	l := &lockedFile{unlock: unlock}
	if err := l.load(j); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

type lockedFile struct {
	file    journalFile
	unlock  func() error
	records []Record
	chain   chain
	end     int64
	broken  error // the first failure: nothing is known about the end of the file after it
}

func (l *lockedFile) load(j *FileJournal) (err error) {
	if l.file, err = j.open(j.path); err != nil {
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
	var end int
	if l.records, l.chain, end, err = readJournal(l.file); err != nil {
		return err
	}
	l.end = int64(end)
	// What was read may not be on the disk yet, when who wrote it died before the sync; nor the
	// file's name.
	if err := errors.Join(l.file.Truncate(l.end), l.file.Sync(),
		filelock.SyncDir(filepath.Dir(j.path))); err != nil {
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
	return nil
}

// Records implements LockedJournal.
func (l *lockedFile) Records(context.Context) ([]Record, error) { return l.records, nil }

// Append writes one line and syncs it.
func (l *lockedFile) Append(_ context.Context, rec Record) error {
	if l.broken != nil {
		return fmt.Errorf("%w: an earlier write failed: %w", ErrJournal, l.broken)
	}
	text, next, err := l.chain.encode(rec)
	if err == nil {
		_, err = l.file.WriteAt(text, l.end)
	}
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		l.broken = err
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
	l.records = append(l.records, rec)
	l.chain, l.end = next, l.end+int64(len(text))
	return nil
}

// Close ends the lock.
func (l *lockedFile) Close() error {
	var err error
	if l.file != nil {
		err = l.file.Close()
	}
	return errors.Join(err, l.unlock())
}
