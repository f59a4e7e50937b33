package file

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"
)

// index knows of every row when it was seen last and what was in it. It is a file of records sorted by key, and a log of those that
// came later, which is in memory too. A long log is merged with the sorted records into a new file of them, so that memory does not
// grow with rows.
type index struct {
	base   string // of the names of the files
	extent extent
	recent map[string]entry // the last of each key in the log
}

// extent is what was committed of an index.
type extent struct {
	Merge  int64 `json:"merge"`  // revision at which the files were begun
	Sorted int64 `json:"sorted"` // bytes of the sorted records
	Log    int64 `json:"log"`    // bytes of the log that count: the next commit overwrites what is behind them
}

// entry is what the index knows of a row.
type entry struct {
	content int64 // Row.Content
	version int64 // microseconds of the last change
	scan    int64
	state   int64
	key     string // as ddl.KeyText has it
}

// The states of a row.
const (
	there int64 = iota
	deleted
	erased
)

const (
	headSize   = 5 * 8 // of a record: the numbers of the entry and the length of the key, which follows
	longestKey = 1 << 15
	longestLog = 1 << 15 // keys
)

func openIndex(base string, at extent) (*index, error) {
	x := &index{base: base, extent: at, recent: map[string]entry{}}
	for e, err := range records(x.log(at), at.Log) {
		if err != nil {
			return nil, err
		}
		x.recent[e.key] = e
	}
	return x, nil
}

func (x *index) log(at extent) string    { return fmt.Sprintf("%s.%d.log", x.base, at.Merge) }
func (x *index) sorted(at extent) string { return fmt.Sprintf("%s.%d.index", x.base, at.Merge) }

// find returns what is known of the rows with the keys.
func (x *index) find(keys []string) (map[string]entry, error) {
	known, rest := map[string]entry{}, slices.Sorted(slices.Values(keys))
	for e, err := range records(x.sorted(x.extent), x.extent.Sorted) {
		if err != nil {
			return nil, err
		}
		for len(rest) > 0 && rest[0] < e.key {
			rest = rest[1:]
		}
		if len(rest) == 0 {
			break
		}
		if rest[0] == e.key {
			known[e.key] = e
		}
	}
	for _, key := range keys {
		if e, ok := x.recent[key]; ok {
			known[key] = e
		}
	}
	maps.DeleteFunc(known, func(_ string, e entry) bool { return e.state == erased })
	return known, nil
}

// all yields what is known of all rows, sorted by key.
func (x *index) all() iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		recent := slices.Sorted(maps.Keys(x.recent))
		next := func() bool {
			e := x.recent[recent[0]]
			recent = recent[1:]
			return e.state == erased || yield(e, nil)
		}
		for e, err := range records(x.sorted(x.extent), x.extent.Sorted) {
			for err == nil && len(recent) > 0 && recent[0] < e.key {
				if !next() {
					return
				}
			}
			if known := len(recent) > 0 && recent[0] == e.key; !known && !yield(e, err) {
				return
			}
		}
		for len(recent) > 0 && next() {
		}
	}
}

// write makes what a commit learns durable, and returns the extent that has it. It counts once the manifest says so: see apply.
func (x *index) write(learned []entry, revision int64) (next extent, err error) {
	next = x.extent
	if len(x.recent) >= longestLog {
		next = extent{Merge: revision}
		if next.Sorted, err = x.merge(x.sorted(next)); err != nil {
			return next, err
		}
	}
	if len(learned) == 0 {
		return next, nil
	}
	var b []byte
	for _, e := range learned {
		if len(e.key) > longestKey {
			return next, fmt.Errorf("a key has %d bytes, and may have %d", len(e.key), longestKey)
		}
		b = e.record(b)
	}
	f, err := os.OpenFile(x.log(next), os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return next, err
	}
	_, err = f.WriteAt(b, next.Log)
	next.Log += int64(len(b))
	return next, errors.Join(err, f.Sync(), f.Close())
}

// merge writes a file of all records, and returns its size.
func (x *index) merge(path string) (size int64, err error) {
	err = createFile(path, func(f *os.File) error {
		out := bufio.NewWriterSize(f, 1<<16)
		for e, err := range x.all() {
			if err != nil {
				return err
			}
			n, err := out.Write(e.record(out.AvailableBuffer()))
			if err != nil {
				return err
			}
			size += int64(n)
		}
		return out.Flush()
	})
	return size, err
}

// apply takes up what was committed.
func (x *index) apply(learned []entry, next extent) {
	if next.Merge != x.extent.Merge {
		clear(x.recent)
	}
	x.extent = next
	for _, e := range learned {
		x.recent[e.key] = e
	}
}

// record appends the record of the entry.
func (e entry) record(b []byte) []byte {
	for _, n := range []int64{e.content, e.version, e.scan, e.state, int64(len(e.key))} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return append(b, e.key...)
}

// records yields those in the first bytes of a file.
func records(path string, size int64) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		if size == 0 {
			return
		}
		f, err := os.Open(path)
		if err != nil {
			yield(entry{}, err)
			return
		}
		defer f.Close()
		in := bufio.NewReaderSize(f, headSize+longestKey)
		for at := int64(0); at < size; {
			e, err := readRecord(in)
			if err != nil {
				err = fmt.Errorf("%s does not fit the manifest: %w", path, err)
			}
			if !yield(e, err) || err != nil {
				return
			}
			at += headSize + int64(len(e.key))
		}
	}
}

func readRecord(in *bufio.Reader) (e entry, err error) {
	b, err := in.Peek(headSize)
	if err != nil {
		return e, err
	}
	number := func(i int) int64 { return int64(binary.BigEndian.Uint64(b[8*i:])) }
	e = entry{content: number(0), version: number(1), scan: number(2), state: number(3)}
	if b, err = in.Peek(headSize + int(number(4))); err != nil {
		return e, err
	}
	e.key = string(b[headSize:])
	_, err = in.Discard(len(b))
	return e, err
}
