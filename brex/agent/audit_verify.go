package agent

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// Verification is what VerifyLog found.
type Verification struct {
	Records    int64
	Files      int
	Checkpoint int64    // number of the last record that a checkpoint covers; 0 for none
	Torn       bool     // the last line was cut off, as a crash does
	Open       []Record // requests that were allowed and have no outcome: look for their key at Brex
}

// VerifyLog reads a whole log and checks that every line follows the one before it, and that the
// checkpoints are of it: the one beside it and those given, which Export got. The error names the
// first line that is not right. A change after the last checkpoint that is known, or of the whole
// log and its checkpoint by the holder of the key, is not found.
func VerifyLog(dir string, verifiers note.Verifiers, checkpoints ...[]byte) (Verification, error) {
	var v Verification
	beside, err := os.ReadFile(filepath.Join(dir, checkpointName))
	switch {
	case err == nil && verifiers != nil:
		checkpoints = append(checkpoints[:len(checkpoints):len(checkpoints)], beside)
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return v, fmt.Errorf("%w: %w", ErrLog, err)
	}
	want := map[int64]string{} // hash by number
	for _, text := range checkpoints {
		seq, hash, err := openCheckpoint(text, verifiers)
		if err != nil {
			return v, fmt.Errorf("%w: a checkpoint: %w", ErrLog, err)
		}
		if other, ok := want[seq]; ok && other != hash {
			return v, fmt.Errorf("%w: two checkpoints of record %d differ", ErrLog, seq)
		}
		want[seq], v.Checkpoint = hash, max(v.Checkpoint, seq)
	}
	open := map[string]Record{}
	var order []string
	s := &scan{dir: dir, verification: &v, want: want}
	for r, err := range s.records() {
		if err != nil {
			return v, fmt.Errorf("%w: %w", ErrLog, err)
		}
		switch {
		case (r.Kind == KindDecision || r.Kind == KindPerson) && r.Verdict == Allow:
			open[r.ID], order = r, append(order, r.ID)
		case r.Kind == KindOutcome:
			delete(open, r.ID)
		}
	}
	if v.Records < v.Checkpoint {
		return v, fmt.Errorf("%w: it ends at record %d, and a checkpoint covers %d: the end was cut off", ErrLog, v.Records, v.Checkpoint)
	}
	for _, id := range order {
		if r, ok := open[id]; ok {
			v.Open = append(v.Open, r)
		}
	}
	return v, nil
}

// openCheckpoint returns the number of records of a checkpoint and the hash of the last, in hex.
func openCheckpoint(text []byte, verifiers note.Verifiers) (seq int64, hash string, err error) {
	n, err := note.Open(text, verifiers)
	if err != nil {
		return 0, "", err
	}
	if origin, _, _ := strings.Cut(n.Text, "\n"); origin != n.Sigs[0].Name || strings.Count(n.Text, "\n") != 3 {
		return 0, "", errNotOfLog
	}
	return checkpointOf(n.Text)
}

var errNotOfLog = errors.New("it is not of a log")

// checkpointOf reads the text of a checkpoint, whose signature it does not check.
func checkpointOf(text string) (seq int64, hash string, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 {
		return 0, "", errNotOfLog
	}
	seq, err = strconv.ParseInt(lines[1], 10, 64)
	sum, wrong := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || wrong != nil || seq < 1 {
		return 0, "", errNotOfLog
	}
	return seq, hex.EncodeToString(sum), nil
}

// scan reads a log from its beginning.
type scan struct {
	dir          string
	verification *Verification
	want         map[int64]string
	tail         tail
}

// records yields the records, or the first error.
func (s *scan) records() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		names, err := logFiles(s.dir)
		if err != nil {
			yield(Record{}, err)
			return
		}
		for i, name := range names {
			if !s.file(name, i == len(names)-1, yield) {
				return
			}
		}
	}
}

func (s *scan) file(name string, last bool, yield func(Record, error) bool) bool {
	if name != logName(s.tail.seq+1) {
		return yield(Record{}, fmt.Errorf("%s should be %s: a file is missing or was added", name, logName(s.tail.seq+1))) && false
	}
	f, err := os.Open(filepath.Join(s.dir, name))
	if err != nil {
		return yield(Record{}, err) && false
	}
	defer func() { _ = f.Close() }()
	s.verification.Files++
	in := bufio.NewReaderSize(f, 64<<10)
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			rest, more := in.ReadBytes('\n')
			line, err = append(bytes.Clone(line), rest...), more
		}
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return true
		}
		if errors.Is(err, io.EOF) && last {
			s.verification.Torn = true
			return true
		}
		var r Record
		if err == nil {
			r, err = s.line(line)
		}
		if err != nil {
			return yield(Record{}, fmt.Errorf("%s, line %d: %w", name, n, err)) && false
		}
		if !yield(r, nil) {
			return false
		}
	}
}

// line checks one line.
func (s *scan) line(line []byte) (Record, error) {
	r, err := decodeRecord(line)
	switch {
	case err != nil:
		return r, err
	case r.Seq != s.tail.seq+1 || r.Prev != s.tail.hash:
		return r, fmt.Errorf("it is number %d and does not follow record %d: lines were removed, added or changed", r.Seq, s.tail.seq)
	}
	s.tail.after(line, r.Kind == KindRotate)
	s.verification.Records = s.tail.seq
	if hash, ok := s.want[s.tail.seq]; ok && hash != s.tail.hash {
		return r, errors.New("it is not the one that a checkpoint covers: this line or one before it was changed")
	}
	return r, nil
}

// ReadLog yields the records of a log in their order, checking that each follows the one before it.
func ReadLog(dir string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		s := &scan{dir: dir, verification: new(Verification)}
		for r, err := range s.records() {
			if err != nil {
				err = fmt.Errorf("%w: %w", ErrLog, err)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// ExportFormat is a format of ExportLog.
type ExportFormat string

// The formats.
const (
	ExportCSV  ExportFormat = "csv"
	ExportJSON ExportFormat = "json" // one array
)

// exportColumns are the columns of CSV, and what they hold.
var exportColumns = []struct {
	name  string
	value func(Record) string
}{
	{"seq", func(r Record) string { return strconv.FormatInt(r.Seq, 10) }},
	{"ts", func(r Record) string { return r.At.Format(time.RFC3339Nano) }},
	{"kind", func(r Record) string { return string(r.Kind) }},
	{"id", func(r Record) string { return r.ID }},
	{"agent", func(r Record) string { return r.Agent }},
	{"via", func(r Record) string { return r.Via }},
	{"tool", func(r Record) string { return r.Tool }},
	{"op", func(r Record) string { return r.Operation }},
	{"access", func(r Record) string { return r.Access }},
	{"amount", func(r Record) string { return r.Args["amount"] }},
	{"payee", func(r Record) string { return r.Args["payee"] }},
	{"verdict", func(r Record) string { return string(r.Verdict) }},
	{"rule", func(r Record) string { return r.Rule }},
	{"policy", func(r Record) string { return r.Policy }},
	{"key", func(r Record) string { return r.Key }},
	{"outcome", func(r Record) string { return r.Outcome }},
	{"by", func(r Record) string { return r.By }},
	{"say", func(r Record) string { return r.Say }},
}

// ExportLog writes the records for which keep is true; all if keep is nil. It stops at the first
// line that is not right.
func ExportLog(dir string, w io.Writer, format ExportFormat, keep func(Record) bool) error {
	write, end, err := exporter(w, format)
	if err != nil {
		return err
	}
	for r, err := range ReadLog(dir) {
		if err != nil {
			return err
		}
		if keep != nil && !keep(r) {
			continue
		}
		if err := write(r); err != nil {
			return err
		}
	}
	return end()
}

func exporter(w io.Writer, format ExportFormat) (write func(Record) error, end func() error, err error) {
	switch format {
	case ExportCSV:
		out := csv.NewWriter(w)
		row := make([]string, len(exportColumns))
		for i, c := range exportColumns {
			row[i] = c.name
		}
		err := out.Write(row)
		return func(r Record) error {
			for i, c := range exportColumns {
				row[i] = c.value(r)
			}
			return out.Write(row)
		}, func() error { out.Flush(); return out.Error() }, err
	case ExportJSON:
		separator := "[\n"
		return func(r Record) error {
				line, err := json.Marshal(r)
				if err == nil {
					_, err = fmt.Fprintf(w, "%s%s", separator, line)
				}
				separator = ",\n"
				return err
			}, func() error {
				if separator == "[\n" {
					_, err := io.WriteString(w, "[]\n")
					return err
				}
				_, err := io.WriteString(w, "\n]\n")
				return err
			}, nil
	}
	return nil, nil, fmt.Errorf("%w: %q is not a format; formats are csv and json", ErrLog, format)
}
