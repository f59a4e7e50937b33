package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/brex-go/sdk/brex/internal/filelock"
)

// maxSize bounds what is read of a journal, in bytes.
const maxSize = 256 << 20

// File is a journal in a file of mode 0600, each record synced to disk before Append returns. It
// belongs on a local disk: what network file systems promise about locks and syncing differs.
type File[T any] struct {
	Path string                            // of the file, which need not exist; its directory must
	Lock string                            // path of the file that is locked
	Open func(path string) (Handle, error) // nil for os.OpenFile; tests let writes fail

	// Cache makes the File keep what it has read, so that a Locked reads only what other processes
	// have added since, and the locked file open. It is then not safe for concurrent use.
	Cache bool
	read  state[T]
	lock  filelock.Lock
}

// state is what is known of a journal: its records, its chain and where the next line begins.
type state[T any] struct {
	records []T
	chain   Chain
	end     int64
}

// Handle is what a journal needs of an *os.File.
type Handle interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Truncate(size int64) error
	Sync() error
}

func open(path string) (Handle, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}

// Records reads the file, without its lock; none when it does not exist.
func (j *File[T]) Records() ([]T, error) {
	f, err := os.Open(j.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	s, err := state[T]{}.after(f)
	return s.records, err
}

// after is the state with the lines that the file has beyond it.
func (s state[T]) after(r io.ReaderAt) (state[T], error) {
	data, err := io.ReadAll(io.NewSectionReader(r, s.end, maxSize+1-s.end))
	switch {
	case err != nil:
		return s, err
	case s.end+int64(len(data)) > maxSize:
		return s, errors.New("it is larger than 256 MiB")
	}
	more, chain, end, err := Decode[T](s.chain, data)
	if err != nil {
		return s, err
	}
	return state[T]{append(s.records, more...), chain, s.end + int64(end)}, nil
}

// Locked is a journal that this process alone may write.
type Locked[T any] struct {
	journal *File[T]
	file    Handle
	unlock  func() error
	state   state[T]
	broken  error // the first failure: nothing is known about the end of the file after it
}

// TryLock locks the journal, by flock(2) or the system's like, which ends with the process, or fails
// with filelock.ErrBusy at once. Then it reads the file and cuts off a last line that was not
// written to its end.
func (j *File[T]) TryLock() (*Locked[T], error) {
	unlock, err := j.tryLock()
	if err != nil {
		return nil, err
	}
	l := &Locked[T]{journal: j, unlock: unlock}
	if err := l.load(); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (j *File[T]) tryLock() (unlock func() error, err error) {
	if !j.Cache {
		return filelock.Try(j.Lock)
	}
	j.lock.Path = j.Lock
	return j.lock.Unlock, j.lock.Try()
}

// Close closes what Cache keeps open. The File can be used again.
func (j *File[T]) Close() error { return j.lock.Close() }

func (l *Locked[T]) load() (err error) {
	opener := l.journal.Open
	if opener == nil {
		opener = open
	}
	if l.file, err = opener(l.journal.Path); err != nil {
		return err
	}
	known := l.journal.read
	if l.state, err = known.after(l.file); err != nil {
		return err
	}
	if l.journal.Cache && l.state.end == known.end && known.end > 0 {
		return l.shorter() // nothing new, and this process has synced what it knows
	}
	// What was read may not be on the disk yet, when who wrote it died before the sync; nor the
	// file's name.
	err = errors.Join(l.file.Truncate(l.state.end), l.file.Sync(),
		filelock.SyncDir(filepath.Dir(l.journal.Path)))
	if err == nil {
		l.keep()
	}
	return err
}

// shorter refuses a file that has lost lines that were read before, and cuts off a torn line.
func (l *Locked[T]) shorter() error {
	end := make([]byte, 1)
	if _, err := l.file.ReadAt(end, l.state.end-1); err != nil || end[0] != '\n' {
		return fmt.Errorf("it lost lines that were there: %w", errTorn)
	}
	return l.file.Truncate(l.state.end)
}

func (l *Locked[T]) keep() {
	if l.journal.Cache {
		l.journal.read = l.state
	}
}

// Records are the records noted so far. They must not be changed.
func (l *Locked[T]) Records() []T { return l.state.records }

// Append writes one line and syncs it. After an error nothing more is appended, and whether the
// record was noted is not known.
func (l *Locked[T]) Append(rec T) error {
	if l.broken != nil {
		return fmt.Errorf("an earlier write failed: %w", l.broken)
	}
	text, next, err := Encode(l.state.chain, rec)
	if err == nil {
		_, err = l.file.WriteAt(text, l.state.end)
	}
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		l.broken = err
		return err
	}
	l.state = state[T]{append(l.state.records, rec), next, l.state.end + int64(len(text))}
	l.keep()
	return nil
}

// Close ends the lock.
func (l *Locked[T]) Close() error {
	var err error
	if l.file != nil {
		err = l.file.Close()
	}
	return errors.Join(err, l.unlock())
}
