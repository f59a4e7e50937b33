package mirror

import (
	"fmt"
	"strings"
)

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
