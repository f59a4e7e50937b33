// Package singer writes what changed in a mirror as Singer messages, SCHEMA, RECORD and STATE, for targets that load warehouses.
//
// The mirror is the memory of the tap: the state is only a time in it for each stream, up to which a target has the rows. Records are
// upserts by key_properties. A row that is gone is a record with _deleted_at; nothing is ever deleted by a message. Exact decimals are
// strings, money is whole minor units. Changes of the ten minutes before the state are written again, because another machine that
// writes to the mirror may have a clock that is behind.
package singer

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/brex-go/sdk/brex/mirror"
)

// overlap is written again.
const overlap = 10 * time.Minute

// stateEvery is the number of records between two states.
const stateEvery = 1000

// State says what a target has.
type State struct {
	Company   string              `json:"company_id,omitempty"`
	Bookmarks map[string]Bookmark `json:"bookmarks"`
}

// Bookmark says what a target has of a stream.
type Bookmark struct {
	At     time.Time `json:"at"`     // all that changed before it
	Schema string    `json:"schema"` // fingerprint of the columns; with others, all rows are written once more
}

// Catalog is the streams, and in a catalog that is read, which of them and of their columns are chosen.
type Catalog struct {
	Streams []CatalogStream `json:"streams"`
}

// CatalogStream is a stream of a catalog.
type CatalogStream struct {
	ID       string          `json:"tap_stream_id"`
	Stream   string          `json:"stream"`
	Keys     []string        `json:"key_properties"`
	Schema   json.RawMessage `json:"schema"`
	Metadata []Metadata      `json:"metadata"`
}

// Metadata is about a stream, or about the column that its breadcrumb names: properties, and the column.
type Metadata struct {
	Breadcrumb []string       `json:"breadcrumb"`
	Metadata   map[string]any `json:"metadata"`
}

// Discover writes the catalog of all streams.
func Discover(w io.Writer) error {
	c := Catalog{Streams: []CatalogStream{}}
	for _, t := range mirror.Tables() {
		s := CatalogStream{ID: t.Name, Stream: t.Name, Keys: Keys(t), Schema: Schema(t, nil), Metadata: []Metadata{{Breadcrumb: []string{}, Metadata: map[string]any{
			"table-key-properties": Keys(t), "inclusion": "available", "selected-by-default": true, "forced-replication-method": "INCREMENTAL",
			"valid-replication-keys": []string{mirror.ChangedColumn}}}}}
		for _, column := range Columns(t) {
			inclusion := "available"
			if slices.Contains(s.Keys, column.Name) {
				inclusion = "automatic"
			}
			s.Metadata = append(s.Metadata, Metadata{[]string{"properties", column.Name}, map[string]any{"inclusion": inclusion, "selected-by-default": true}})
		}
		c.Streams = append(c.Streams, s)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(c)
}

// Tap writes the changes of the streams that are chosen. Make one with New, for one use.
type Tap struct {
	streams []*stream
	state   State
	every   int // records between two states
}

type stream struct {
	table   *mirror.Table
	columns []int // places in Columns of those that are chosen
	schema  json.RawMessage
	print   string // fingerprint of the schema
}

// New makes a tap of what a catalog chooses, everything where it is nil, that goes on from a state; the zero State is the beginning.
func New(catalog *Catalog, state State) (*Tap, error) {
	t := &Tap{state: state, every: stateEvery}
	if t.state.Bookmarks == nil {
		t.state.Bookmarks = map[string]Bookmark{}
	}
	chosen := map[string]*CatalogStream{}
	if catalog != nil {
		for i, s := range catalog.Streams {
			if !slices.ContainsFunc(mirror.Tables(), func(t *mirror.Table) bool { return t.Name == s.ID }) {
				return nil, fmt.Errorf("singer: the catalog has a stream %q, which there is not", s.ID)
			}
			chosen[s.ID] = &catalog.Streams[i]
		}
	}
	for _, table := range mirror.Tables() {
		c := chosen[table.Name]
		if catalog != nil && (c == nil || !c.selects()) {
			continue
		}
		s := &stream{table: table}
		keep := func(column string) bool { return catalog == nil || c.selects("properties", column) }
		for i, column := range Columns(table) {
			if slices.Contains(Keys(table), column.Name) || keep(column.Name) {
				s.columns = append(s.columns, i)
			}
		}
		s.schema = Schema(table, keep)
		sum := sha256.Sum256(s.schema)
		s.print = hex.EncodeToString(sum[:8])
		t.streams = append(t.streams, s)
	}
	if len(t.streams) == 0 {
		return nil, errors.New("singer: the catalog selects no stream")
	}
	return t, nil
}

// selects reports whether the catalog chooses the stream, or the column that the breadcrumb names.
func (c *CatalogStream) selects(breadcrumb ...string) bool {
	for _, m := range c.Metadata {
		if !slices.Equal(m.Breadcrumb, breadcrumb) {
			continue
		}
		if selected, ok := m.Metadata["selected"].(bool); ok {
			return selected
		}
		selected, _ := m.Metadata["selected-by-default"].(bool)
		return selected
	}
	return len(breadcrumb) > 0 // a column that the catalog does not mention
}

// Streams are the names of the streams that are chosen.
func (t *Tap) Streams() (names []string) {
	for _, s := range t.streams {
		names = append(names, s.table.Name)
	}
	return names
}

// Write writes what changed for a company since the state. The company may be empty where the mirror has only one.
func (t *Tap) Write(ctx context.Context, w io.Writer, from mirror.Reader, company string) error {
	states, err := from.States(ctx)
	if err != nil {
		return err
	}
	var all []string
	for _, s := range states {
		if !slices.Contains(all, s.Company) {
			all = append(all, s.Company)
		}
	}
	company = cmp.Or(company, t.state.Company)
	if company == "" && len(all) == 1 {
		company = all[0]
	}
	switch {
	case company == "":
		return fmt.Errorf("singer: the mirror has %d companies: name the one that is meant", len(all))
	case !slices.Contains(all, company):
		return fmt.Errorf("singer: the mirror has nothing of company %s", company)
	case t.state.Company != "" && t.state.Company != company:
		return fmt.Errorf("singer: the state is of company %s, and not of %s", t.state.Company, company)
	}
	t.state.Company = company
	out := bufio.NewWriter(w)
	for _, s := range t.streams {
		var read time.Time // up to which the mirror has all changes
		for _, st := range states {
			if st.Company == company && st.Stream == s.table.Name {
				read = st.LastSuccess
			}
		}
		if err := t.write(ctx, out, from, s, read); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tap) write(ctx context.Context, out *bufio.Writer, from mirror.Reader, s *stream, read time.Time) error {
	name := s.table.Name
	if err := send(out, map[string]any{"type": "SCHEMA", "stream": name, "key_properties": Keys(s.table), "schema": s.schema,
		"bookmark_properties": []string{mirror.ChangedColumn}}); err != nil {
		return err
	}
	mark := t.state.Bookmarks[name]
	if mark.Schema != s.print { // a target has none of the rows with these columns
		mark = Bookmark{Schema: s.print}
	}
	var since time.Time
	if !mark.At.IsZero() {
		since = mark.At.Add(-overlap)
	}
	n := 0
	for c, err := range from.Rows(ctx, t.state.Company, s.table, since) {
		if err != nil {
			return err
		}
		if n++; n%t.every == 0 {
			if err := t.checkpoint(out, name, mark); err != nil {
				return err
			}
		}
		if err := send(out, map[string]any{"type": "RECORD", "stream": name, "record": s.record(&c, t.state.Company), "time_extracted": c.Synced.UTC()}); err != nil {
			return err
		}
		if c.At().After(mark.At) {
			mark.At = c.At().UTC()
		}
	}
	if read.After(mark.At) {
		mark.At = read.UTC()
	}
	return t.checkpoint(out, name, mark)
}

// checkpoint writes the state: a target that has stored it has all records before it. Rows come in the order of their time, so that
// the next run can go on from any state.
func (t *Tap) checkpoint(out *bufio.Writer, name string, mark Bookmark) error {
	t.state.Bookmarks[name] = mark
	if err := send(out, map[string]any{"type": "STATE", "value": t.state}); err != nil {
		return err
	}
	return out.Flush()
}

func send(out *bufio.Writer, message map[string]any) error {
	b, err := json.Marshal(message)
	if err == nil {
		_, err = out.Write(append(b, '\n'))
	}
	return err
}

// record is a row as a JSON object.
func (s *stream) record(c *mirror.Copied, company string) map[string]any {
	values := append(slices.Clone(c.Values), company, at(c.Synced), at(c.Changed), at(c.Deleted), c.Raw)
	columns, record := Columns(s.table), make(map[string]any, len(s.columns))
	for _, i := range s.columns {
		record[columns[i].Name] = values[i]
	}
	return record
}

func at(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC()
}
