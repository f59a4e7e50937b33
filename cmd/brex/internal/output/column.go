package output

import (
	"time"

	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/wire"
)

// heading says how a column looks.
type heading struct {
	name string // as the API spells it; the CSV header, and in capitals the table's
	wide bool   // not in the table of a list: in CSV and for single objects only
	long bool   // never shortened in a table: ids, which people copy
	kind kind
}

// Column is one column of a table or a CSV file, for rows of type T. Text, ID, Amount, At, Day and
// Secret make columns; Long and Wide change how they look.
type Column[T any] struct {
	heading
	value func(T) cell
}

func headings[T any](columns []Column[T]) []heading {
	all := make([]heading, len(columns))
	for i, c := range columns {
		all[i] = c.heading
	}
	return all
}

// cells takes rows apart.
func cells[T any](columns []Column[T], rows []T) [][]cell {
	all := make([][]cell, len(rows))
	for i, row := range rows {
		all[i] = make([]cell, len(columns))
		for j, c := range columns {
			all[i][j] = c.value(row)
		}
	}
	return all
}

type kind int

const (
	kindText  kind = iota
	kindMoney      // aligned right in tables; two columns, amount and currency, in CSV
)

// cell is a value in a column. One of its members is set, or none when there is no value.
type cell struct {
	text   string
	at     time.Time // a point in time: the day in a table, RFC 3339 in CSV
	money  *money.Money
	secret wire.Secret
}

// table is the cell in a table. times is true where there is room for the time of day.
func (c cell) table(show, times bool) string {
	switch {
	case c.money != nil:
		return Clean(c.money.String())
	case !c.at.IsZero() && times:
		return c.at.UTC().Format(time.RFC3339)
	case !c.at.IsZero():
		return c.at.UTC().Format(time.DateOnly)
	}
	return Clean(c.plain(show))
}

func (c cell) plain(show bool) string {
	switch {
	case show && !c.secret.IsZero():
		return c.secret.Reveal()
	case !c.secret.IsZero():
		return c.secret.String()
	}
	return c.text
}

// Text is a column of strings. name is spelled as the API spells it: it heads CSV files, and in capitals the tables.
func Text[T any](name string, f func(T) string) Column[T] {
	return Column[T]{heading: heading{name: name}, value: func(v T) cell { return cell{text: f(v)} }}
}

// ID is a column of ids, which people copy: a table never shortens them.
func ID[T any](name string, f func(T) string) Column[T] { return Long(Text(name, f)) }

// Amount is a column of amounts of money; nil means that there is none. CSV has a second column for the currency.
func Amount[T any](name string, f func(T) *money.Money) Column[T] {
	return Column[T]{heading: heading{name: name, kind: kindMoney}, value: func(v T) cell { return cell{money: f(v)} }}
}

// At is a column of points in time: in UTC, the day alone in the table of a list.
func At[T any](name string, f func(T) wire.Time) Column[T] {
	return Column[T]{heading: heading{name: name}, value: func(v T) cell { return cell{at: f(v).Time} }}
}

// Day is a column of dates.
func Day[T any](name string, f func(T) wire.Date) Column[T] {
	return Column[T]{heading: heading{name: name}, value: func(v T) cell { return cell{text: f(v).String()} }}
}

// Secret is a column of secrets, shown in full only with Options.ShowSecrets.
func Secret[T any](name string, f func(T) wire.Secret) Column[T] {
	return Column[T]{heading: heading{name: name}, value: func(v T) cell { return cell{secret: f(v)} }}
}

// Long keeps a column from being shortened in tables.
func Long[T any](c Column[T]) Column[T] {
	c.long = true
	return c
}

// Wide keeps columns out of the tables of lists: CSV and single objects have them.
func Wide[T any](columns ...Column[T]) []Column[T] {
	for i := range columns {
		columns[i].wide = true
	}
	return columns
}
