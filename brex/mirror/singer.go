package mirror

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex/wire"
)

// SingerSchema is the JSON Schema of a table's rows, as Singer's SCHEMA message has it: the columns of the documents, and those that
// say when a row was read, changed and found to be gone.
func SingerSchema(t *Table) json.RawMessage {
	properties := map[string]any{}
	for _, c := range t.Columns {
		properties[c.Name] = singerType(c, slices.Contains(t.Key, c.Name))
	}
	for _, name := range []string{SyncedColumn, ChangedColumn, DeletedColumn} {
		properties[name] = singerType(Column{Type: wire.ColumnTime}, false)
	}
	b, err := json.Marshal(map[string]any{"type": "object", "properties": properties, "required": t.Key, "additionalProperties": false})
	if err != nil {
		return nil // strings and maps of them can always be written
	}
	return b
}

func singerType(c Column, required bool) map[string]any {
	s := map[string]any{}
	name := "string"
	switch c.Type {
	case wire.ColumnInteger:
		name = "integer"
	case wire.ColumnDecimal:
		name = "number"
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

// Markdown documents a table: what a row is, how it is read, and its columns.
func Markdown(t *Table) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n%s Key: %s. Read by %s", t.Name, t.Doc, strings.Join(t.Key, ", "), t.List.ID)
	if t.Parent != nil {
		fmt.Fprintf(&b, " for each row of %s", t.Parent.Table)
	}
	if t.Watermark != nil {
		fmt.Fprintf(&b, ", from the last %s on less an overlap", t.Watermark.Column)
	}
	b.WriteString(".\n\n| column | type | |\n| --- | --- | --- |\n")
	for _, c := range t.Columns {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", c.Name, c.Type, strings.ReplaceAll(c.Doc, "|", `\|`))
	}
	for _, child := range t.Children {
		fmt.Fprintf(&b, "\n### %s\n\nOne row for each element of %s.\n\n| column | type | |\n| --- | --- | --- |\n", child.Name, strings.Join(child.Path, "."))
		for _, c := range child.Columns {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", c.Name, c.Type, strings.ReplaceAll(c.Doc, "|", `\|`))
		}
	}
	return b.String()
}
