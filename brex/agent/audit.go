package agent

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/brex-go/sdk/brex/internal/filelock"
)

// ErrLog is the error of a log that cannot be written or trusted. What cannot be logged is not sent.
var ErrLog = errors.New("agent: the audit log cannot be used")

// LogOptions are the settings of a log. The zero value is of use.
type LogOptions struct {
	// NoSync leaves out the sync to disk after each record: a crash of the machine can lose records
	// of requests that were sent. For tests.
	NoSync bool
	// MaxFile is the size from which the log goes on in another file, in bytes; 64 MiB if 0.
	MaxFile int64
	// Signer signs checkpoints, see NewLogKey. nil for none: then changes of the last records, and a
	// cut of the end, are not found.
	Signer note.Signer
	// Every is the number of records after which a checkpoint is signed; 256 if 0. Close signs one,
	// too.
	Every int
	// Export is called with each checkpoint. One that has left the machine proves that the log up to
	// it was not changed since by anybody, the holder of the key included.
	Export func(checkpoint []byte) error
	// Now is the clock; time.Now if nil.
	Now func() time.Time
}

// Log is an audit log: JSON Lines in files of a directory, each line with the SHA-256 of the line
// before it. Several processes may write it at once. Files are never changed and never removed by
// this package.
type Log struct {
	dir  string
	opts LogOptions

	mu     sync.Mutex
	lock   filelock.Lock
	line   bytes.Buffer // the record that is written
	file   *os.File
	opened os.FileInfo // of file
	tail   tail
	signed int64 // sequence number of the last checkpoint of this process
	broken error // the first failure
}

// tail is the end of the log.
type tail struct {
	name string // of the file
	path string // of the same, as follow looks at it
	size int64
	seq  int64
	hash string // of the last line

	until int64 // read no further than this record; 0 for the end

	rotated bool // the last line says that the log goes on in the next file
}

const (
	logPrefix, logSuffix = "audit-", ".jsonl"
	checkpointName       = "checkpoint"
	lockName             = "lock"
	maxLine              = 1 << 20
)

func logName(first int64) string { return fmt.Sprintf("%s%012d%s", logPrefix, first, logSuffix) }

// OpenLog opens a log, and makes its directory with mode 0700 if it does not exist. A last line
// that a crash cut off is removed: what it would have reported was not sent.
func OpenLog(dir string, opts LogOptions) (*Log, error) {
	if opts.MaxFile == 0 {
		opts.MaxFile = 64 << 20
	}
	if opts.Every == 0 {
		opts.Every = 256
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	l := &Log{dir: dir, opts: opts, lock: filelock.Lock{Path: filepath.Join(dir, lockName)}}
	err := privateDir(dir)
	if err == nil {
		err = l.locked(l.load)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLog, err)
	}
	l.signed = l.tail.seq
	return l, nil
}

// NewLogKey returns a key pair for checkpoints, in the encoding of golang.org/x/mod/sumdb/note.
// name is who signs, such as "brex-audit.example.com". Keep the signer key where the agents cannot
// read it.
func NewLogKey(name string) (signer, verifier string, err error) { return note.GenerateKey(nil, name) }

// locked calls f while no other process writes the log.
func (l *Log) locked(f func() error) (err error) {
	if err := waitLock(context.Background(), l.lock.Try); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.lock.Unlock()) }()
	return f()
}

// load reads the end of the log.
func (l *Log) load() error {
	names, err := logFiles(l.dir)
	if err != nil {
		return err
	}
	t := tail{name: logName(1)}
	if len(names) > 0 {
		t.name = names[len(names)-1]
		// The file's name is the number of its first record, and the file before it ends with the hash
		// that the first line has.
		if _, err := fmt.Sscanf(t.name, logPrefix+"%d", &t.seq); err != nil {
			return fmt.Errorf("%s is not a file of a log", t.name)
		}
		t.seq--
		if len(names) > 1 {
			before := tail{name: names[len(names)-2]}
			if err := before.read(l.dir, nil); err != nil {
				return err
			}
			t.hash = before.hash
		}
	}
	f, err := os.OpenFile(filepath.Join(l.dir, t.name), os.O_RDWR|os.O_CREATE|filelock.OpenFlags, 0o600)
	if err != nil {
		return err
	}
	if l.file != nil {
		_ = l.file.Close() // nothing is buffered
	}
	l.file = f
	if l.opened, err = f.Stat(); err != nil {
		return err
	}
	if err := t.read(l.dir, f); err != nil {
		return err
	}
	t.path = filepath.Join(l.dir, t.name)
	l.tail = t
	if err := l.checkSigned(); err != nil {
		return err
	}
	return filelock.SyncDir(l.dir)
}

// logFiles returns the names of the files of a log, in their order.
func logFiles(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), logPrefix) && strings.HasSuffix(e.Name(), logSuffix) {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, err
}

// read goes on from what is known to the end of the file. If it may be written, a torn line is cut
// off.
func (t *tail) read(dir string, f *os.File) error {
	write := f != nil
	if f == nil {
		var err error
		if f, err = os.Open(filepath.Join(dir, t.name)); err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
	}
	data, err := io.ReadAll(io.NewSectionReader(f, t.size, 1<<40))
	if err != nil {
		return err
	}
	for len(data) > 0 && (t.until == 0 || t.seq < t.until) {
		end := bytes.IndexByte(data, '\n') + 1
		if end == 0 {
			if !write {
				return fmt.Errorf("%s ends within a line", t.name)
			}
			return f.Truncate(t.size)
		}
		t.after(data[:end], bytes.Contains(data[:end], rotateMark))
		data = data[end:]
	}
	return nil
}

// rotateMark is in records of KindRotate only: quotes in strings are escaped.
var rotateMark = []byte(`"kind":"` + string(KindRotate) + `"`)

func (t *tail) after(line []byte, rotated bool) {
	sum := sha256.Sum256(line)
	t.hash, t.size, t.seq, t.rotated = hex.EncodeToString(sum[:]), t.size+int64(len(line)), t.seq+1, rotated
}

// Append writes a record and syncs it to disk. It sets the version, the number, the time and the
// hash. After an error, whether the record was written is not known, and the log accepts no other.
func (l *Log) Append(r Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return fmt.Errorf("%w: an earlier write failed: %w", ErrLog, l.broken)
	}
	err := l.locked(func() error {
		if err := l.follow(); err != nil {
			return err
		}
		if err := l.write(&r); err != nil {
			return err
		}
		if l.tail.size >= l.opts.MaxFile {
			if err := l.rotate(); err != nil {
				return err
			}
		}
		if l.tail.seq-l.signed >= int64(l.opts.Every) {
			return l.checkpoint()
		}
		return nil
	})
	if err != nil {
		l.broken = err
		return fmt.Errorf("%w: %w", ErrLog, err)
	}
	return nil
}

// follow reads what other processes have written since.
func (l *Log) follow() error {
	there, err := os.Lstat(l.tail.path)
	switch {
	case err != nil:
		return err
	case !os.SameFile(l.opened, there):
		return fmt.Errorf("%s was replaced", l.tail.name)
	case there.Size() < l.tail.size:
		return fmt.Errorf("%s lost lines that were there", l.tail.name)
	case there.Size() > l.tail.size:
		if err := l.tail.read(l.dir, l.file); err != nil {
			return err
		}
	}
	if l.tail.rotated {
		return l.load() // another process has begun the next file
	}
	return nil
}

func (l *Log) write(r *Record) error {
	r.Version, r.Seq, r.At, r.Prev = recordVersion, l.tail.seq+1, l.opts.Now().UTC(), l.tail.hash
	l.line.Reset()
	if err := r.encode(&l.line); err != nil {
		return err
	}
	line := l.line.Bytes()
	if len(line) > maxLine {
		return errors.New("a record is longer than 1 MiB")
	}
	if _, err := l.file.WriteAt(line, l.tail.size); err != nil {
		return err
	}
	if !l.opts.NoSync {
		if err := l.file.Sync(); err != nil {
			return err
		}
	}
	l.tail.after(line, r.Kind == KindRotate)
	return nil
}

// rotate goes on in another file.
func (l *Log) rotate() error {
	last := Record{Kind: KindRotate}.withSentence(nil)
	if err := l.write(&last); err != nil {
		return err
	}
	next := tail{name: logName(l.tail.seq + 1), seq: l.tail.seq, hash: l.tail.hash}
	next.path = filepath.Join(l.dir, next.name)
	f, err := os.OpenFile(next.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_ = l.file.Close() // nothing is buffered
	l.file, l.tail = f, next
	if l.opened, err = f.Stat(); err != nil {
		return err
	}
	return filelock.SyncDir(l.dir)
}

// checkpointText is what a checkpoint signs: the number of records and the hash of the last.
func checkpointText(origin string, seq int64, hash string) string {
	sum, _ := hex.DecodeString(hash) // of our own making
	return fmt.Sprintf("%s\n%d\n%s\n", origin, seq, base64.StdEncoding.EncodeToString(sum))
}

// Checkpoint signs the log as it is, writes the checkpoint beside it and exports it. It does nothing
// without a Signer.
func (l *Log) Checkpoint() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.locked(func() error {
		if err := l.follow(); err != nil {
			return err
		}
		return l.checkpoint()
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLog, err)
	}
	return nil
}

func (l *Log) checkpoint() error {
	if l.opts.Signer == nil || l.tail.seq == 0 {
		return nil
	}
	text, err := note.Sign(&note.Note{Text: checkpointText(l.opts.Signer.Name(), l.tail.seq, l.tail.hash)}, l.opts.Signer)
	if err == nil {
		err = replaceFile(filepath.Join(l.dir, checkpointName), text)
	}
	if err == nil && l.opts.Export != nil {
		err = l.opts.Export(text)
	}
	if err != nil {
		return fmt.Errorf("the checkpoint: %w", err)
	}
	l.signed = l.tail.seq
	return nil
}

// Close signs a last checkpoint and closes the files.
func (l *Log) Close() error {
	err := l.Checkpoint()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = errors.New("it is closed")
	return errors.Join(err, l.file.Close(), l.lock.Close())
}
