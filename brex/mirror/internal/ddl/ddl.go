// Package ddl turns the tables of a mirror into the statements of an SQL database.
package ddl

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/wire"
)

// Version is the layout of the tables that are not generated. A database of a later one is refused.
const Version = 1

// Dialect is what differs between databases.
type Dialect struct {
	Types map[wire.ColumnType]string
	// Major is the expression that shows minor units as an exact number of major units with so many digits after the point.
	Major func(minor string, digits int) string
}

// Table is one table of the database.
type Table struct {
	Name    string
	Key     []string // with the company
	Columns []mirror.Column
}

// Quote quotes an identifier.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// List quotes identifiers and joins them by commas.
func List(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = Quote(name)
	}
	return strings.Join(quoted, ", ")
}

// Column is a column of a name and a type.
func Column(name string, t wire.ColumnType) mirror.Column { return mirror.Column{Name: name, Type: t} }

// Of is the tables of a stream, its own first. Every one has its own columns first, in the order of Row.Values or of a child's values.
func Of(t *mirror.Table) []Table {
	company := Column(mirror.CompanyColumn, wire.ColumnString)
	own := Table{Name: t.Name, Key: append([]string{company.Name}, t.Key...)}
	own.Columns = append(slices.Clone(t.Columns), company, Column(mirror.SyncedColumn, wire.ColumnTime), Column(mirror.ChangedColumn, wire.ColumnTime),
		Column(mirror.DeletedColumn, wire.ColumnTime), Column(mirror.ScanColumn, wire.ColumnInteger), Column(mirror.RawColumn, wire.ColumnJSON))
	all := []Table{own}
	for _, c := range t.Children {
		child := Table{Name: c.Name, Key: []string{company.Name}}
		child.Columns = slices.Clone(c.Columns)
		for _, name := range ParentKey(t) {
			child.Key = append(child.Key, name)
			child.Columns = append(child.Columns, Column(name, wire.ColumnString))
		}
		child.Key = append(child.Key, mirror.PositionColumn)
		child.Columns = append(child.Columns, Column(mirror.PositionColumn, wire.ColumnInteger), company)
		all = append(all, child)
	}
	return all
}

// Lines yields the values of a row and of its children: the place of the table among those of Of, and the values of its columns.
func Lines(row *mirror.Row, company string, synced, changed time.Time, scan int64) iter.Seq2[int, []any] {
	return func(yield func(int, []any) bool) {
		if !yield(0, append(slices.Clone(row.Values), company, synced, changed, nil, scan, row.Raw)) {
			return
		}
		for child, elements := range row.Children {
			for position, values := range elements {
				line := slices.Clone(values)
				for _, k := range row.Key {
					line = append(line, k)
				}
				if !yield(child+1, append(line, int64(position), company)) {
					return
				}
			}
		}
	}
}

// ParentKey names the columns of a child table that hold the key of its parent: expense_id.
func ParentKey(t *mirror.Table) []string {
	names := make([]string, len(t.Key))
	for i, k := range t.Key {
		names[i] = strings.TrimSuffix(t.Name, "s") + "_" + k
	}
	return names
}

// Names are the names of the columns.
func (t Table) Names() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// Create is the statement that makes the table where it is missing.
func (t Table) Create(d Dialect) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE IF NOT EXISTS %s (\n", Quote(t.Name))
	for _, c := range t.Columns {
		fmt.Fprintf(&b, "  %s\n", t.column(d, c)+",")
	}
	fmt.Fprintf(&b, "  PRIMARY KEY (%s)\n)", List(t.Key))
	return b.String()
}

func (t Table) column(d Dialect, c mirror.Column) string {
	s := Quote(c.Name) + " " + d.Types[c.Type]
	if slices.Contains(t.Key, c.Name) {
		s += " NOT NULL"
	}
	return s
}

// Add are the statements that add the columns that a table, which has the named ones, lacks.
func (t Table) Add(d Dialect, has []string) []string {
	var all []string
	for _, c := range t.Columns {
		if !slices.Contains(has, c.Name) {
			all = append(all, fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s", Quote(t.Name), Quote(c.Name), d.Types[c.Type]))
		}
	}
	return all
}

// Insert is the statement that adds a row, or with replace puts it in the place of the one with its key. SQLite finds parameters
// without names faster.
func (t Table) Insert(replace bool) string {
	return t.insert("VALUES (?"+strings.Repeat(", ?", len(t.Columns)-1)+")", replace)
}

// InsertFrom is the statement that puts the rows of another table with these columns in the place of those with their keys.
func (t Table) InsertFrom(other string) string {
	return t.insert("SELECT "+List(t.Names())+" FROM "+Quote(other), true)
}

func (t Table) insert(rows string, replace bool) string {
	s := fmt.Sprintf("INSERT INTO %s (%s) %s", Quote(t.Name), List(t.Names()), rows)
	if !replace {
		return s
	}
	var set []string
	for _, name := range t.Names() {
		set = append(set, Quote(name)+" = excluded."+Quote(name))
	}
	return s + fmt.Sprintf(" ON CONFLICT (%s) DO UPDATE SET %s", List(t.Key), strings.Join(set, ", "))
}
