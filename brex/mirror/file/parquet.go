package file

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
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

type parquetWriter struct {
	w       *parquet.GenericWriter[any]
	columns []mirror.Column
	places  []int // of the columns in the file
}

// groupRows is how many rows are in memory, encoded, before they are written.
const groupRows = 1 << 15

func newParquetWriter(w io.Writer, columns []mirror.Column) *parquetWriter {
	schema := ParquetSchema("brex", columns)
	options := []parquet.WriterOption{schema, parquet.Compression(&parquet.Snappy), parquet.MaxRowsPerRowGroup(groupRows)}
	p := &parquetWriter{columns: columns}
	for _, c := range columns {
		leaf, _ := schema.Lookup(c.Name)
		p.places = append(p.places, leaf.ColumnIndex)
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
	_, err := p.w.WriteRows([]parquet.Row{row})
	return err
}

func (p *parquetWriter) close() error { return p.w.Close() }

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

func filterParquet(r *os.File, w io.Writer, key []string, keep selection) (err error) {
	in := parquet.NewGenericReader[any](r)
	defer func() { err = errors.Join(err, in.Close()) }()
	out := parquet.NewGenericWriter[any](w, in.Schema(), parquet.Compression(&parquet.Snappy))
	rows := make([]parquet.Row, 100)
	for {
		n, err := in.ReadRows(rows)
		for i, row := range rows[:n] {
			text := func(name string) string {
				leaf, ok := in.Schema().Lookup(name)
				if !ok || row[leaf.ColumnIndex].IsNull() {
					return ""
				}
				return string(row[leaf.ColumnIndex].ByteArray())
			}
			if keep(pick(key, text), text(mirror.RawColumn)) {
				if _, err := out.WriteRows(rows[i : i+1]); err != nil {
					return err
				}
			}
		}
		if errors.Is(err, io.EOF) {
			return out.Close()
		}
		if err != nil {
			return err
		}
	}
}
