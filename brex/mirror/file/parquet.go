package file

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/wire"
)

// Decimals have 38 digits, 18 of them after the point.
const (
	precision = 38
	scale     = 18
)

// ParquetSchema is the schema of a table's columns. Every column is optional.
func ParquetSchema(name string, columns []mirror.Column) *parquet.Schema {
	group := parquet.Group{}
	for _, c := range columns {
		group[c.Name] = parquet.Optional(parquetNode(c.Type))
	}
	return parquet.NewSchema(name, group)
}

func parquetNode(t wire.ColumnType) parquet.Node {
	switch t {
	case wire.ColumnInteger:
		return parquet.Int(64)
	case wire.ColumnDecimal:
		return parquet.Decimal(scale, precision, parquet.FixedLenByteArrayType(16))
	case wire.ColumnBoolean:
		return parquet.Leaf(parquet.BooleanType)
	case wire.ColumnTime:
		return parquet.Timestamp(parquet.Microsecond)
	case wire.ColumnDate:
		return parquet.Date()
	case wire.ColumnJSON:
		return parquet.JSON()
	default:
		return parquet.String()
	}
}

// parquetRows is how many rows are held before they are encoded.
const parquetRows = 1000

type parquetWriter struct {
	w       *parquet.GenericWriter[any]
	columns []mirror.Column
	places  []int // of a column in the file, where columns are sorted by name
	rows    []parquet.Row
}

func newParquetWriter(w io.Writer, columns []mirror.Column) *parquetWriter {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	slices.Sort(names)
	options := []parquet.WriterOption{ParquetSchema("brex", columns), parquet.Compression(&parquet.Snappy)}
	p := &parquetWriter{columns: columns}
	for _, c := range columns {
		p.places = append(p.places, slices.Index(names, c.Name))
		if c.Type == wire.ColumnDecimal {
			// The library compares their bytes without a sign: -1 would be the largest, and readers
			// that go by the bounds would leave rows out.
			options = append(options, parquet.SkipPageBounds(c.Name))
		}
	}
	p.w = parquet.NewGenericWriter[any](w, options...)
	return p
}

func (p *parquetWriter) write(values []any) error {
	row := make(parquet.Row, len(values))
	for i, v := range values {
		value, err := parquetValue(v, p.columns[i].Type)
		if err != nil {
			return fmt.Errorf("column %s: %w", p.columns[i].Name, err)
		}
		level := 1
		if value.IsNull() {
			level = 0
		}
		row[p.places[i]] = value.Level(0, level, p.places[i])
	}
	p.rows = append(p.rows, row)
	if len(p.rows) < parquetRows {
		return nil
	}
	return p.flush()
}

func (p *parquetWriter) flush() error {
	_, err := p.w.WriteRows(p.rows)
	p.rows = p.rows[:0]
	return err
}

func (p *parquetWriter) close() error {
	if err := p.flush(); err != nil {
		return err
	}
	return p.w.Close()
}

func parquetValue(v any, to wire.ColumnType) (parquet.Value, error) {
	switch v := v.(type) {
	case int64:
		return parquet.Int64Value(v), nil
	case bool:
		return parquet.BooleanValue(v), nil
	case time.Time:
		if !v.IsZero() {
			return parquet.Int64Value(v.UnixMicro()), nil
		}
	case json.RawMessage:
		if v != nil {
			return parquet.ByteArrayValue(v), nil
		}
	case string:
		switch to {
		case wire.ColumnDate:
			t, err := time.Parse(time.DateOnly, v)
			return parquet.Int32Value(int32(t.Unix() / 86400)), err
		case wire.ColumnDecimal:
			b, err := unscaled(v)
			return parquet.FixedLenByteArrayValue(b), err
		}
		return parquet.ByteArrayValue([]byte(v)), nil
	}
	return parquet.NullValue(), nil
}

// unscaled is a decimal as a big-endian number of two's complement, in units of the last digit.
func unscaled(s string) ([]byte, error) {
	whole, fraction, _ := strings.Cut(s, ".")
	fraction = strings.TrimRight(fraction, "0")
	n, ok := new(big.Int).SetString(whole+fraction+strings.Repeat("0", max(0, scale-len(fraction))), 10)
	if !ok || len(fraction) > scale || len(strings.TrimLeft(n.String(), "-")) > precision {
		return nil, fmt.Errorf("the decimal %s has more than %d digits, or more than %d after the point", s, precision, scale)
	}
	if n.Sign() < 0 {
		n.Add(n, new(big.Int).Lsh(big.NewInt(1), 128))
	}
	return n.FillBytes(make([]byte, 16)), nil
}

func filterParquet(r *os.File, w io.Writer, columns []mirror.Column, key []string, keep selection) (err error) {
	in := parquet.NewGenericReader[any](r)
	defer func() { err = errors.Join(err, in.Close()) }()
	var out *parquet.GenericWriter[any]
	if w != nil {
		out = parquet.NewGenericWriter[any](w, in.Schema(), parquet.Compression(&parquet.Snappy))
	}
	place := map[string]int{}
	for i, path := range in.Schema().Columns() {
		place[path[0]] = i
	}
	rows := make([]parquet.Row, 100)
	for {
		n, err := in.ReadRows(rows)
		for _, row := range rows[:n] {
			text := func(name string) string {
				i, ok := place[name]
				if !ok || row[i].IsNull() {
					return ""
				}
				return string(row[i].ByteArray())
			}
			if !keep(pick(key, text), text(mirror.RawColumn)) || out == nil {
				continue
			}
			if _, err := out.WriteRows([]parquet.Row{row}); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if out == nil {
		return nil
	}
	return out.Close()
}
