package file

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
)

// index knows of every row when it was seen last and what was in it. It is a log of records, of which the last of a row counts. Only
// where each stands is in memory.
type index struct {
	path    string
	file    *os.File
	size    int64
	places  map[uint64]int64 // of the last record, by a hash of the key
	records int
}

type entry struct {
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
	x := &index{path: path, file: f, size: size, places: map[uint64]int64{}}
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
		x.set(placeOf(key), at, e.scan < 0)
		at += recordHead + int64(len(key))
	}
	return nil
}

// placeOf is the hash by which a key is found. Reading the key tells when two share one.
func placeOf(key string) uint64 {
	h := hashOf(key)
	return binary.BigEndian.Uint64(h[:])
}

func (x *index) set(hash uint64, at int64, erased bool) {
	if x.records++; erased {
		delete(x.places, hash)
		return
	}
	x.places[hash] = at
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
	records []record
}

type record struct {
	hash   uint64
	at     int64
	erased bool
}

func (x *index) put(u *update, key []string, e entry) {
	text := ddl.KeyText(key)
	u.records = append(u.records, record{placeOf(text), x.size + int64(len(u.bytes)), e.scan < 0})
	u.bytes = appendRecord(u.bytes, e, text)
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
	for _, r := range u.records {
		x.set(r.hash, r.at, r.erased)
	}
}

func (x *index) get(key []string) (e entry, there bool, err error) {
	text := ddl.KeyText(key)
	at, there := x.places[placeOf(text)]
	if !there {
		return e, false, nil
	}
	e, stored, err := x.read(at)
	if err == nil && stored != text {
		err = fmt.Errorf("%s: two rows have the same hash", x.path)
	}
	return e, true, err
}

func (x *index) read(at int64) (entry, string, error) {
	return readRecord(bufio.NewReaderSize(io.NewSectionReader(x.file, at, x.size-at), 128))
}

// all yields what counts.
func (x *index) all() iter.Seq2[entry, keyOrError] {
	return func(yield func(entry, keyOrError) bool) {
		for _, at := range x.places {
			e, key, err := x.read(at)
			if !yield(e, keyOrError{strings.Split(key, "\x00"), err}) || err != nil {
				return
			}
		}
	}
}

type keyOrError struct {
	key []string
	err error
}

// bloated reports whether most of the log no longer counts.
func (x *index) bloated() bool { return x.records > 4*len(x.places)+10_000 }

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
	for e, k := range x.all() {
		if k.err != nil {
			return nil, errors.Join(k.err, y.file.Close())
		}
		y.put(u, k.key, e)
	}
	if err := y.write(u); err != nil {
		return nil, errors.Join(err, y.file.Close())
	}
	y.apply(u)
	return y, nil
}
