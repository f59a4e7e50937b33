// Package report makes figures of a copy of a company: what was spent and where, subscriptions, missing receipts, limits,
// balances by day and what vendors were paid.
//
//	source, err := report.Open(ctx, sink, "")           // a mirror in SQLite, PostgreSQL or memory
//	r, err := source.Spend(ctx, report.Options{By: "merchant", From: from, To: to})
//	err = r.HTML(w)                                     // one page that can be mailed and printed
//
// A Report says what its figures count, what was left out and why, with the sums, and when each list was read. What is counted
// and what is left out add up to all rows of the time. Money is exact; amounts of different currencies are never added, so a line
// has one currency.
package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/money"
)

// Options choose what a report counts.
type Options struct {
	By       string       // what Spend groups by: merchant, category, department, user or month
	From, To time.Time    // the first and the last moment, zero for no bound
	Year     int          // of Vendors
	Above    *money.Money // MissingReceipts leaves out expenses of at most this amount, in its currency
}

// Report is figures and what they count.
type Report struct {
	Name    string
	Title   string
	Company string
	Columns []Column
	Lines   []Line
	Totals  []Tally   // of the lines, one for each currency
	Counts  []string  // what the figures count, in sentences
	LeftOut []LeftOut // what they leave out
	Streams []Stream  // what they come from
	Made    time.Time

	bar, whole, series string // columns: of the amount that is drawn, of what it is a part of, and of what has a drawing of its own
	days               bool   // the lines are points in time
}

// Column is a column of a report. The values of a line are a string, an int or *money.Money, as its kind says.
type Column struct {
	Name string
	Kind Kind
}

// Kind is the kind of a column's values.
type Kind string

const (
	Text   Kind = "text"
	Number Kind = "number" // an int, or a string that is a decimal number
	Amount Kind = "amount" // in minor units, as everywhere in brex; nil for none
	ID     Kind = "id"     // a string; people rarely need it
)

// Line is the values of a line, by column.
type Line []any

// Tally is a number of rows, and the sum of their amounts in one currency. Sum is nil for rows that have no amount.
type Tally struct {
	Count int          `json:"count"`
	Sum   *money.Money `json:"sum"`
}

// LeftOut is rows that were not counted.
type LeftOut struct {
	Why string  `json:"why"`
	Of  []Tally `json:"of"`
}

// Stream is a list that a report was made of.
type Stream struct {
	Name string    `json:"stream"`
	Read time.Time `json:"read,omitzero"` // when it was last read without an error, zero for never
	Rows int       `json:"rows"`          // that are there
	Err  string    `json:"error,omitempty"`
}

// Unread are the streams that could not be read, so that figures may lack rows or names.
func (r *Report) Unread() []Stream {
	return slices.DeleteFunc(slices.Clone(r.Streams), func(s Stream) bool { return s.Err == "" })
}

// Value is the value of a line in a column, nil where there is no such column.
func (r *Report) Value(l Line, column string) any {
	i := slices.IndexFunc(r.Columns, func(c Column) bool { return c.Name == column })
	if i < 0 {
		return nil
	}
	return l[i]
}

// Object is a line as a JSON object.
func (r *Report) Object(l Line) (json.RawMessage, error) {
	object := map[string]any{}
	for i, c := range r.Columns {
		object[c.Name] = l[i]
	}
	return json.Marshal(object)
}

// MarshalJSON writes the report as an object: its lines as objects, and what they count.
func (r *Report) MarshalJSON() ([]byte, error) {
	lines := []json.RawMessage{}
	for _, l := range r.Lines {
		object, err := r.Object(l)
		if err != nil {
			return nil, err
		}
		lines = append(lines, object)
	}
	return json.Marshal(struct {
		Report  string            `json:"report"`
		Title   string            `json:"title"`
		Company string            `json:"company"`
		Made    time.Time         `json:"made"`
		Lines   []json.RawMessage `json:"lines"`
		Totals  []Tally           `json:"totals"`
		Counts  []string          `json:"counts"`
		LeftOut []LeftOut         `json:"left_out"`
		Streams []Stream          `json:"streams"`
	}{r.Name, r.Title, r.Company, r.Made, lines, r.Totals, r.Counts, r.LeftOut, r.Streams})
}

// Says is what the figures count and leave out, and when the lists were read, in sentences.
func (r *Report) Says() []string {
	says := slices.Clone(r.Counts)
	if len(r.Totals) > 0 {
		says = append([]string{"Total: " + tallies(r.Totals) + "."}, says...)
	}
	for _, l := range r.LeftOut {
		says = append(says, fmt.Sprintf("Left out, %s: %s.", l.Why, tallies(l.Of)))
	}
	for _, s := range r.Streams {
		read := "never read to its end"
		if !s.Read.IsZero() {
			read = "read at " + s.Read.UTC().Format("2006-01-02 15:04:05 UTC")
		}
		if s.Err != "" {
			says = append(says, fmt.Sprintf("NOT COMPLETE: %s: %s; %s; %d rows are there.", s.Name, strings.TrimSuffix(s.Err, "."), read, s.Rows))
			continue
		}
		says = append(says, fmt.Sprintf("From %s, %s: %d rows.", s.Name, read, s.Rows))
	}
	return says
}

func tallies(all []Tally) string {
	var parts []string
	for _, t := range all {
		if t.Sum == nil {
			parts = append(parts, fmt.Sprintf("%d without an amount", t.Count))
			continue
		}
		parts = append(parts, fmt.Sprintf("%s in %d %s", t.Sum, t.Count, map[bool]string{true: "row", false: "rows"}[t.Count == 1]))
	}
	return strings.Join(parts, ", ")
}

// Source is the copy that reports are made of.
type Source struct {
	reader  mirror.Reader
	company string
	states  []mirror.State
	now     func() time.Time
}

// Open looks for the company in a copy. It may be empty where the copy has only one. now is the clock, nil for the machine's.
func Open(ctx context.Context, reader mirror.Reader, company string, now func() time.Time) (*Source, error) {
	states, err := reader.States(ctx)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, s := range states {
		if !slices.Contains(all, s.Company) {
			all = append(all, s.Company)
		}
	}
	switch {
	case len(all) == 0:
		return nil, errors.New("report: the copy is empty")
	case company == "" && len(all) > 1:
		return nil, fmt.Errorf("report: the copy has several companies; name one of %s", strings.Join(all, ", "))
	case company == "":
		company = all[0]
	case !slices.Contains(all, company):
		return nil, fmt.Errorf("report: the copy has no company %s; there are %s", company, strings.Join(all, ", "))
	}
	states = slices.DeleteFunc(states, func(s mirror.State) bool { return s.Company != company })
	if now == nil {
		now = time.Now
	}
	return &Source{reader, company, states, now}, nil
}

// Company is the id of the company.
func (s *Source) Company() string { return s.company }

func (s *Source) report(name, title string, columns ...Column) *Report {
	return &Report{Name: name, Title: title, Company: s.company, Columns: columns, Made: s.now().UTC(),
		Lines: []Line{}, Totals: []Tally{}, LeftOut: []LeftOut{}}
}

// read calls f for the rows of a stream that are there, and notes in the report how far it was read.
func (s *Source) read(ctx context.Context, r *Report, stream string, f func(record)) error {
	at := slices.IndexFunc(mirror.Tables(), func(t *mirror.Table) bool { return t.Name == stream })
	table := mirror.Tables()[at]
	note := Stream{Name: stream, Err: "it is not in the copy"}
	if i := slices.IndexFunc(s.states, func(st mirror.State) bool { return st.Stream == stream }); i >= 0 {
		st := s.states[i]
		note.Read, note.Err = st.LastSuccess, st.Error
		switch {
		case st.Status == mirror.StatusDone:
			note.Err = ""
		case note.Err == "":
			note.Err = "it is being read for the first time, or that ended early"
		}
	}
	places := map[string]int{}
	for i, c := range table.Columns {
		places[c.Name] = i
	}
	for c, err := range s.reader.Rows(ctx, s.company, table, time.Time{}) {
		if err != nil {
			return fmt.Errorf("report: %w", err)
		}
		if c.Deleted.IsZero() {
			note.Rows++
			f(record{c, places})
		}
	}
	r.Streams = append(r.Streams, note)
	return nil
}

// asOf is when the first stream of a report was read: what happened since is unknown.
func (r *Report) asOf() time.Time {
	if read := r.Streams[0].Read; !read.IsZero() && read.Before(r.Made) {
		return read.UTC()
	}
	return r.Made
}

// record is a row whose columns have names.
type record struct {
	mirror.Copied
	places map[string]int
}

func (r record) text(column string) string { s, _ := r.Values[r.places[column]].(string); return s }
func (r record) time(column string) time.Time {
	t, _ := r.Values[r.places[column]].(time.Time)
	return t
}
func (r record) json(column string) json.RawMessage {
	raw, _ := r.Values[r.places[column]].(json.RawMessage)
	return raw
}

// money is the amount in the columns name_minor and name_currency, nil for none.
func (r record) money(name string) *money.Money {
	n, ok := r.Values[r.places[name+"_minor"]].(int64)
	if !ok {
		return nil
	}
	m := money.New(n, money.Currency(r.text(name+"_currency")))
	return &m
}

// names reads the names behind the ids of a stream. Where it cannot be read, ids stand for names.
func (s *Source) names(ctx context.Context, r *Report, stream string, name func(record) string) (func(id string) string, error) {
	all := map[string]string{}
	err := s.read(ctx, r, stream, func(row record) { all[row.Key[len(row.Key)-1]] = name(row) })
	return func(id string) string {
		switch n := strings.TrimSpace(all[id]); {
		case id == "":
			return "(none)"
		case n != "":
			return n
		}
		return id
	}, err
}

func userName(row record) string { return row.text("first_name") + " " + row.text("last_name") }

// within reports whether a moment lies in the time.
func (o Options) within(t time.Time) bool {
	return !t.IsZero() && !t.Before(o.From) && (o.To.IsZero() || !t.After(o.To))
}

// between is the time in words.
func (o Options) between() string {
	const layout = "2006-01-02 15:04:05"
	switch {
	case o.From.IsZero() && o.To.IsZero():
		return "at any time"
	case o.To.IsZero():
		return "from " + o.From.UTC().Format(layout) + " UTC on"
	case o.From.IsZero():
		return "up to " + o.To.UTC().Format(layout) + " UTC"
	}
	return "from " + o.From.UTC().Format(layout) + " to " + o.To.UTC().Format(layout) + " UTC"
}
