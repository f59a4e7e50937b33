package file

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/wire"
)

var columns = []mirror.Column{
	{Name: "z_id", Type: wire.ColumnString}, {Name: "amount_minor", Type: wire.ColumnInteger, Currency: "amount_currency"},
	{Name: "amount_currency", Type: wire.ColumnString}, {Name: "rate", Type: wire.ColumnDecimal}, {Name: "on", Type: wire.ColumnBoolean},
	{Name: "at", Type: wire.ColumnTime}, {Name: "day", Type: wire.ColumnDate}, {Name: "more", Type: wire.ColumnJSON},
}

var noon = time.Date(2026, 11, 1, 12, 0, 0, 123000000, time.UTC)

var values = [][]any{
	{"=1+1", int64(-12345), "USD", "-0.000000000000000001", true, noon, "1969-12-31", json.RawMessage(`{"a":[1.10]}`)},
	{"é\n\"", int64(math.MaxInt64), "JPY", "12345678901234567890.5", false, noon, "2026-11-01", json.RawMessage(`null`)},
	{"+1 555", nil, nil, nil, nil, nil, nil, nil},
}

func written(t *testing.T, format Format, d dressing) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := format.writer(&b, columns, d)
	require.NoError(t, err)
	for _, row := range values {
		require.NoError(t, w.write(row))
	}
	require.NoError(t, w.close())
	return b.Bytes()
}

func TestCSV(t *testing.T) {
	records, err := csv.NewReader(bytes.NewReader(written(t, CSV, dressing{guarded: true}))).ReadAll()
	require.NoError(t, err)
	require.Equal(t, [][]string{
		{"z_id", "amount", "amount_currency", "rate", "on", "at", "day", "more"},
		{"'=1+1", "-123.45", "USD", "-0.000000000000000001", "true", "2026-11-01T12:00:00.123Z", "1969-12-31", `{"a":[1.10]}`},
		{"é\n\"", "9223372036854775807", "JPY", "12345678901234567890.5", "false", "2026-11-01T12:00:00.123Z", "2026-11-01", "null"},
		{"'+1 555", "", "", "", "", "", "", ""},
	}, records)
	records, err = csv.NewReader(bytes.NewReader(written(t, CSV, dressing{excel: true}))).ReadAll()
	require.NoError(t, err)
	require.Equal(t, "\ufeffz_id", records[0][0])
	require.Equal(t, "=1+1", records[1][0])
	require.Equal(t, "2026-11-01 12:00:00", records[1][5])
}

func TestJSONL(t *testing.T) {
	lines := bytes.Split(bytes.TrimSpace(written(t, JSONL, dressing{guarded: true})), []byte("\n"))
	require.Len(t, lines, 3)
	require.Equal(t, `{"z_id":"=1+1","amount_minor":-12345,"amount_currency":"USD","rate":-0.000000000000000001,"on":true,"at":"2026-11-01T12:00:00.123Z","day":"1969-12-31","more":{"a":[1.10]}}`, string(lines[0]))
	for _, line := range lines {
		require.True(t, json.Valid(line))
	}
}

// Parquet is read back by the library's own reader; what others read is shown by hand.
func TestParquet(t *testing.T) {
	text := written(t, Parquet, dressing{guarded: true})
	f, err := parquet.OpenFile(bytes.NewReader(text), int64(len(text)))
	require.NoError(t, err)
	rows := make([]parquet.Row, 4)
	n, err := parquet.NewReader(f).ReadRows(rows)
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, 3, n)
	place := func(column string) int {
		leaf, ok := f.Schema().Lookup(column)
		require.True(t, ok, column)
		return leaf.ColumnIndex
	}
	require.Equal(t, "=1+1", rows[0][place("z_id")].String())
	require.Equal(t, int64(-12345), rows[0][place("amount_minor")].Int64())
	require.Equal(t, int64(math.MaxInt64), rows[1][place("amount_minor")].Int64())
	require.Equal(t, int32(-1), rows[0][place("day")].Int32())
	require.Equal(t, noon.UnixMicro(), rows[0][place("at")].Int64())
	require.Equal(t, bytes.Repeat([]byte{0xff}, 16), rows[0][place("rate")].ByteArray(), "-1 in the last digit")
	require.True(t, rows[2][place("amount_minor")].IsNull())
	require.True(t, rows[2][place("on")].IsNull())

	// Readers leave out what the bounds exclude. A decimal has none.
	bounds := func(column string) format.Statistics {
		return f.Metadata().RowGroups[0].Columns[place(column)].MetaData.Statistics
	}
	require.Equal(t, binary.LittleEndian.AppendUint32(nil, math.MaxUint32), bounds("day").MinValue)
	require.Equal(t, int64(1), bounds("day").NullCount)
	require.Equal(t, format.Statistics{NullCount: 1}, bounds("rate"))

	var b bytes.Buffer
	w := newParquetWriter(&b, columns)
	for i := range groupRows + 1 {
		require.NoError(t, w.write(values[i%len(values)]))
	}
	require.NoError(t, w.close())
	f, err = parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
	require.NoError(t, err)
	require.Equal(t, int64(groupRows+1), f.NumRows())
	require.Len(t, f.RowGroups(), 2, "memory does not grow with a file")

	for _, bad := range []string{"0.0000000000000000001", "123456789012345678901"} {
		_, err := unscaled(bad)
		require.ErrorContains(t, err, "digits", bad)
	}
}

// What a commit did not finish is removed when the stream is begun, and a folder is for one format and one process.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	sink, err := Open(dir, JSONL)
	require.NoError(t, err)
	_, err = Open(dir, JSONL)
	require.ErrorIs(t, err, mirror.ErrConcurrent)
	table := mirror.Tables()[0]
	s, err := sink.Begin(context.Background(), "company", table)
	require.NoError(t, err)
	row := mirror.Row{Key: []string{"a"}, Values: make([]any, len(table.Columns)), Children: make([][][]any, len(table.Children)), Raw: json.RawMessage(`{"id":"a"}`)}
	_, err = s.Commit(context.Background(), mirror.Batch{Rows: []mirror.Row{row}, Scan: 1, At: noon, State: mirror.State{Revision: 1}})
	require.NoError(t, err)
	parts := filepath.Join(dir, table.Name, "company")
	require.NoError(t, os.WriteFile(filepath.Join(parts, "part-000000002.jsonl"), []byte("{}\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(parts, "part-000000002.jsonl.tmp123"), nil, 0o600))
	index, err := os.OpenFile(filepath.Join(dir, "_state", "company", table.Name+".0.log"), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = index.WriteString("cut off")
	require.NoError(t, err)
	require.NoError(t, index.Close())
	state := filepath.Join(dir, "_state", "company")
	for _, name := range []string{table.Name + ".7.index", table.Name + ".7.log.tmp1", table.Name + manifestEnd + ".tmp2"} {
		require.NoError(t, os.WriteFile(filepath.Join(state, name), nil, 0o600))
	}
	require.NoError(t, sink.Close())

	_, err = Open(dir, Parquet)
	require.ErrorContains(t, err, "holds jsonl files, not parquet")
	sink, err = Open(dir, JSONL)
	require.NoError(t, err)
	defer func() { require.NoError(t, sink.Close()) }()
	s, err = sink.Begin(context.Background(), "company", table)
	require.NoError(t, err)
	entries, err := os.ReadDir(parts)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	entries, err = os.ReadDir(state)
	require.NoError(t, err)
	require.Len(t, entries, 2, "the manifest and the log")
	n := 0
	for _, err := range s.Keys(context.Background(), 0, math.MaxInt64) {
		require.NoError(t, err)
		n++
	}
	require.Equal(t, 1, n)
	require.Equal(t, int64(1), s.State().Revision)
}

// An index whose log is merged many times says what a map says, also when it is opened again.
func TestIndex(t *testing.T) {
	dir := t.TempDir()
	x, err := openIndex(filepath.Join(dir, "users"), extent{})
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(1, 2))
	want := map[string]entry{}
	key := func() string { return fmt.Sprintf("user_%d\x00é", rng.IntN(2*longestLog)) }
	for revision := range int64(40) {
		var learned []entry
		for range longestLog / 8 {
			e := entry{content: rng.Int64() - rng.Int64(), version: time.Time{}.UnixMicro(), scan: revision, state: rng.Int64N(3), key: key()}
			learned = append(learned, e)
			if want[e.key] = e; e.state == erased {
				delete(want, e.key)
			}
		}
		next, err := x.write(learned, revision+1)
		require.NoError(t, err)
		x.apply(learned, next)
		if revision%7 == 0 {
			_, err := x.write([]entry{{key: "of a commit that failed"}}, revision+2)
			require.NoError(t, err)
			x, err = openIndex(x.base, x.extent)
			require.NoError(t, err)
		}
		require.Less(t, len(x.recent), longestLog+len(learned))
	}
	require.Greater(t, x.extent.Merge, int64(20))
	var sorted []string
	for e, err := range x.all() {
		require.NoError(t, err)
		require.Equal(t, want[e.key], e)
		sorted = append(sorted, e.key)
	}
	require.Equal(t, slices.Sorted(maps.Keys(want)), sorted)
	asked := []string{"a", "zzz"}
	for range 5000 {
		asked = append(asked, key())
	}
	known, err := x.find(asked)
	require.NoError(t, err)
	for _, key := range asked {
		e, ok := known[key]
		_, there := want[key]
		require.Equal(t, there, ok)
		require.Equal(t, want[key], e)
	}
	require.NoError(t, os.Truncate(x.sorted(x.extent), x.extent.Sorted-1))
	_, err = x.find([]string{"zzz"})
	require.ErrorContains(t, err, "does not fit the manifest")
}
