package file

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
)

// index knows of every row when it was seen last and what was in it. It is a log of records, of which the last of a row counts; the
// keys stay in the file.
type index struct {
	path    string
	file    *os.File
	size    int64
	entries map[[16]byte]entry
	records int
}

type entry struct {
	at      int64  // place of the record
	content int64  // Row.Content
	version micros // of the last change
	scan    int64
	deleted bool
}

// recordHead is content, version, scan, deleted and the length of the key that follows.
const recordHead = 8 + 8 + 8 + 1 + 4

func hashOf(key string) (h [16]byte) {
	sum := sha256.Sum256([]byte(key))
	copy(h[:], sum[:])
	return h
}

// micros is a time in microseconds since 1970, 0 for none.
type micros int64

func microsOf(t time.Time) micros {
	if t.IsZero() {
		return 0
	}
	return micros(t.UnixMicro())
}

func (m micros) time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(m))
}

// openIndex reads the first size bytes of an index, which are what was committed, and drops the rest.
func openIndex(path string, size int64) (*index, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	x := &index{path: path, file: f, size: size, entries: map[[16]byte]entry{}}
	if err := x.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return x, f.Truncate(size)
}

func (x *index) load() error {
	in := bufio.NewReaderSize(io.NewSectionReader(x.file, 0, x.size), 1<<20)
	for at := int64(0); at < x.size; {
		e, key, err := readRecord(in)
		if err != nil {
			return err
		}
		e.at = at
		at += recordHead + int64(len(key))
		x.records++
		if e.scan < 0 { // erased
			delete(x.entries, hashOf(key))
			continue
		}
		x.entries[hashOf(key)] = e
	}
	return nil
}

func readRecord(r io.Reader) (e entry, key string, err error) {
	var head [recordHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return e, "", err
	}
	e.content = int64(binary.BigEndian.Uint64(head[0:]))
	e.version, e.scan = micros(binary.BigEndian.Uint64(head[8:])), int64(binary.BigEndian.Uint64(head[16:]))
	e.deleted = head[24] == 1
	n := binary.BigEndian.Uint32(head[25:])
	if n > 1<<16 {
		return e, "", errors.New("is not an index")
	}
	b := make([]byte, n)
	_, err = io.ReadFull(r, b)
	return e, string(b), err
}

func appendRecord(dst []byte, e entry, key string) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.content))
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.version))
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.scan))
	deleted := byte(0)
	if e.deleted {
		deleted = 1
	}
	dst = binary.BigEndian.AppendUint32(append(dst, deleted), uint32(len(key)))
	return append(dst, key...)
}

// update is what a commit changes: nothing counts before it is applied.
type update struct {
	bytes   []byte
	entries []struct {
		hash [16]byte
		entry
	}
}

func (x *index) put(u *update, key []string, e entry) {
	text := ddl.KeyText(key)
	e.at = x.size + int64(len(u.bytes))
	u.bytes = appendRecord(u.bytes, e, text)
	u.entries = append(u.entries, struct {
		hash [16]byte
		entry
	}{hashOf(text), e})
}

// write makes an update durable. It counts once the manifest says so.
func (x *index) write(u *update) error {
	if len(u.bytes) == 0 {
		return nil
	}
	if _, err := x.file.WriteAt(u.bytes, x.size); err != nil {
		return err
	}
	return x.file.Sync()
}

func (x *index) apply(u *update) {
	x.size += int64(len(u.bytes))
	x.records += len(u.entries)
	for _, e := range u.entries {
		if e.scan < 0 {
			delete(x.entries, e.hash)
			continue
		}
		x.entries[e.hash] = e.entry
	}
}

func (x *index) get(key []string) (entry, bool) {
	e, ok := x.entries[hashOf(ddl.KeyText(key))]
	return e, ok
}

// key reads the key of an entry.
func (x *index) key(e entry) ([]string, error) {
	_, key, err := readRecord(io.NewSectionReader(x.file, e.at, 1<<17))
	return strings.Split(key, "\x00"), err
}

// bloated reports whether most of the log no longer counts.
func (x *index) bloated() bool { return x.records > 4*len(x.entries)+10_000 }

// copyTo writes an index of what counts to a new file.
func (x *index) copyTo(path string) (*index, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	y, err := openIndex(path, 0)
	if err != nil {
		return nil, err
	}
	u := &update{}
	for _, e := range x.entries {
		key, err := x.key(e)
		if err != nil {
			return nil, errors.Join(err, y.file.Close())
		}
		y.put(u, key, e)
	}
	if err := y.write(u); err != nil {
		return nil, errors.Join(err, y.file.Close())
	}
	y.apply(u)
	return y, nil
}
