package singer

import (
	"encoding/json"
	"slices"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
	"github.com/brex-go/sdk/brex/wire"
)

// Keys are the columns that tell a table's rows apart: the company's id, so that several share a warehouse, and the key.
func Keys(t *mirror.Table) []string { return append([]string{mirror.CompanyColumn}, t.Key...) }

// Columns are the columns of a record: those of the documents, and those that say whose a row is, when it was read, changed and found
// to be gone, and what Brex sent.
func Columns(t *mirror.Table) []mirror.Column {
	return slices.DeleteFunc(ddl.Of(t)[0].Columns, func(c mirror.Column) bool { return c.Name == mirror.ScanColumn })
}

// Schema is the JSON Schema of a table's records, as the SCHEMA message has it. chosen says which columns it has, nil for all; those of
// the key are always there.
func Schema(t *mirror.Table, chosen func(column string) bool) json.RawMessage {
	properties, keys := map[string]any{}, Keys(t)
	for _, c := range Columns(t) {
		if key := slices.Contains(keys, c.Name); key || chosen == nil || chosen(c.Name) {
			properties[c.Name] = typeOf(c, key)
		}
	}
	b, err := json.Marshal(map[string]any{"type": "object", "properties": properties, "required": keys, "additionalProperties": false})
	if err != nil {
		return nil // strings and maps of them can always be written
	}
	return b
}

func typeOf(c mirror.Column, required bool) map[string]any {
	s := map[string]any{}
	name := "string"
	switch c.Type {
	case wire.ColumnInteger:
		name = "integer"
	case wire.ColumnDecimal:
		s["format"] = "singer.decimal" // a string, because targets read a number as a float
	case wire.ColumnBoolean:
		name = "boolean"
	case wire.ColumnTime:
		s["format"] = "date-time"
	case wire.ColumnDate:
		s["format"] = "date"
	case wire.ColumnJSON:
		s["type"] = []string{"object", "array", "string", "number", "boolean", "null"}
		return s
	}
	if s["type"] = []string{name, "null"}; required {
		s["type"] = []string{name}
	}
	return s
}
