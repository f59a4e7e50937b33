package cli

import (
	"time"

	"github.com/brex-go/sdk/brex"
)

// heading says how a column looks.
type heading struct {
	name string // as the API spells it; the CSV header, and in capitals the table's
	wide bool   // not in the table of a list: in CSV and for single objects only
	long bool   // never shortened in a table: ids, which people copy
	kind kind
}

// column is one column of a table or a CSV file.
type column[T any] struct {
	heading
	value func(T) cell
}

func headings[T any](columns []column[T]) []heading {
	all := make([]heading, len(columns))
	for i, c := range columns {
		all[i] = c.heading
	}
	return all
}

// cells takes rows apart.
func cells[T any](columns []column[T], rows []T) [][]cell {
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
	money  *brex.Money
	secret brex.Secret
}

// table is the cell in a table. times is true where there is room for the time of day.
func (c cell) table(show, times bool) string {
	switch {
	case c.money != nil:
		return clean(c.money.String())
	case !c.at.IsZero() && times:
		return c.at.UTC().Format(time.RFC3339)
	case !c.at.IsZero():
		return c.at.UTC().Format(time.DateOnly)
	}
	return clean(c.plain(show))
}

func (c cell) plain(show bool) string {
	switch {
	case c.secret != "" && show:
		return string(c.secret)
	case c.secret != "":
		return c.secret.String()
	}
	return c.text
}

func id[T any](name string, f func(T) string) column[T] {
	return long(text(name, f))
}

func text[T any](name string, f func(T) string) column[T] {
	return column[T]{heading: heading{name: name}, value: func(v T) cell { return cell{text: f(v)} }}
}

func amount[T any](name string, f func(T) *brex.Money) column[T] {
	return column[T]{heading: heading{name: name, kind: kindMoney}, value: func(v T) cell { return cell{money: f(v)} }}
}

func at[T any](name string, f func(T) brex.Time) column[T] {
	return column[T]{heading: heading{name: name}, value: func(v T) cell { return cell{at: f(v).Time} }}
}

func day[T any](name string, f func(T) brex.Date) column[T] {
	return column[T]{heading: heading{name: name}, value: func(v T) cell { return cell{text: f(v).String()} }}
}

func secret[T any](name string, f func(T) brex.Secret) column[T] {
	return column[T]{heading: heading{name: name}, value: func(v T) cell { return cell{secret: f(v)} }}
}

// long keeps a column from being shortened in tables.
func long[T any](c column[T]) column[T] {
	c.long = true
	return c
}

// wide keeps columns out of the tables of lists.
func wide[T any](columns ...column[T]) []column[T] {
	for i := range columns {
		columns[i].wide = true
	}
	return columns
}
