package singer_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
	"github.com/brex-go/sdk/brex/mirror/singer"
	"github.com/brex-go/sdk/brex/mirror/sqlite"
)

type message struct {
	Type, Stream string
	Keys         []string `json:"key_properties"`
	Schema       json.RawMessage
	Record       json.RawMessage
	Value        singer.State
}

// validate checks messages against the specification: a SCHEMA before the records of a stream, every record valid against it, and states
// that never go back.
func validate(output []byte) (all []message, err error) {
	schemas, keys, state := map[string]*jsonschema.Schema{}, map[string][]string{}, singer.State{}
	for line := range bytes.Lines(output) {
		var m message
		if err := json.Unmarshal(line, &m); err != nil {
			return nil, err
		}
		all = append(all, m)
		switch m.Type {
		case "SCHEMA":
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(m.Schema))
			if err != nil {
				return nil, err
			}
			compiler := jsonschema.NewCompiler()
			compiler.AssertFormat()
			if err := compiler.AddResource(m.Stream+".json", doc); err != nil {
				return nil, err
			}
			if schemas[m.Stream], err = compiler.Compile(m.Stream + ".json"); err != nil {
				return nil, err
			}
			keys[m.Stream] = m.Keys
		case "RECORD":
			if schemas[m.Stream] == nil {
				return nil, fmt.Errorf("a record of %s before its schema", m.Stream)
			}
			record, err := jsonschema.UnmarshalJSON(bytes.NewReader(m.Record))
			if err != nil {
				return nil, err
			}
			if err := schemas[m.Stream].Validate(record); err != nil {
				return nil, fmt.Errorf("%s: %w", m.Stream, err)
			}
			for _, key := range keys[m.Stream] {
				if record.(map[string]any)[key] == nil {
					return nil, fmt.Errorf("%s: a record without %s", m.Stream, key)
				}
			}
		case "STATE":
			for stream, mark := range state.Bookmarks {
				if m.Value.Bookmarks[stream].At.Before(mark.At) {
					return nil, fmt.Errorf("the state of %s goes back", stream)
				}
			}
			state = m.Value
		default:
			return nil, fmt.Errorf("a message of type %q", m.Type)
		}
	}
	return all, nil
}

func table(name string) *mirror.Table {
	return mirror.Tables()[slices.IndexFunc(mirror.Tables(), func(t *mirror.Table) bool { return t.Name == name })]
}

// parse reads the row of a record.
func parse(t *testing.T, m message) (company string, row mirror.Row, changed, deleted time.Time) {
	t.Helper()
	var record map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(m.Record, &record))
	require.NoError(t, json.Unmarshal(record["_company_id"], &company))
	require.NoError(t, json.Unmarshal(record["_changed_at"], &changed))
	require.NoError(t, json.Unmarshal(record["_deleted_at"], &deleted))
	stored := mirror.Stored{Raw: record["_raw"]}
	for _, key := range table(m.Stream).Key {
		var value string
		require.NoError(t, json.Unmarshal(record[key], &value))
		stored.Key = append(stored.Key, value)
	}
	row, err := mirror.Restorer(table(m.Stream))(stored)
	require.NoError(t, err)
	return company, row, changed, deleted
}

// load is a small target: it puts the records into a database, those of one stream and time together.
func load(t *testing.T, path string, messages []message) {
	t.Helper()
	sink, err := sqlite.Open(path)
	require.NoError(t, err)
	defer sink.Close()
	commit := func(company, stream string, b mirror.Batch) {
		st, err := sink.Begin(t.Context(), company, table(stream))
		require.NoError(t, err)
		b.State = mirror.State{Company: company, Stream: stream, Revision: st.State().Revision + 1}
		_, err = st.Commit(t.Context(), b)
		require.NoError(t, err)
	}
	var company, stream string
	var b mirror.Batch
	for _, m := range messages {
		if m.Type != "RECORD" {
			continue
		}
		of, row, changed, deleted := parse(t, m)
		twice := slices.ContainsFunc(b.Rows, func(r mirror.Row) bool { return slices.Equal(r.Key, row.Key) })
		if len(b.Rows) > 0 && (twice || of != company || m.Stream != stream || !changed.Equal(b.At)) {
			commit(company, stream, b)
			b.Rows = nil
		}
		company, stream, b.At, b.Rows = of, m.Stream, changed, append(b.Rows, row)
		if !deleted.IsZero() {
			commit(company, stream, b)
			b.Rows = nil
			commit(company, stream, mirror.Batch{Tombstones: [][]string{row.Key}, At: deleted})
		}
	}
	if len(b.Rows) > 0 {
		commit(company, stream, b)
	}
}

// dump is what a database holds of the rows, except when they were seen.
func dump(t *testing.T, path string) (all []string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	defer db.Close()
	for _, stream := range mirror.Tables() {
		for _, of := range ddl.Of(stream) {
			var exists int
			require.NoError(t, db.QueryRow(`SELECT count(*) FROM sqlite_schema WHERE name = $1`, of.Name).Scan(&exists))
			if exists == 0 {
				continue
			}
			columns := slices.DeleteFunc(of.Names(), func(c string) bool { return c == mirror.SyncedColumn || c == mirror.ScanColumn })
			rows, err := db.Query(`SELECT json_array(` + ddl.List(columns) + `) FROM ` + ddl.Quote(of.Name) + ` ORDER BY 1`)
			require.NoError(t, err)
			defer rows.Close()
			for rows.Next() {
				var line string
				require.NoError(t, rows.Scan(&line))
				all = append(all, of.Name+" "+line)
			}
			require.NoError(t, rows.Err())
		}
	}
	return all
}

// world is a company, its mirror and what a target has of it.
type world struct {
	server         *brextest.Server
	client         *brex.Client
	mirror, target string
	now            time.Time
	state          singer.State
}

func newWorld(t *testing.T) *world {
	t.Helper()
	server := brextest.NewServer(t, brextest.WithSize(brextest.Size{Users: 12, Departments: 3, Expenses: 130, Vendors: 4, Cards: 8, Transfers: 6, CardTransactions: 20}))
	client, err := brex.New(brex.WithBaseURL(server.URL), brex.WithToken(server.Token()), brex.WithLimiter(nil))
	require.NoError(t, err)
	dir := t.TempDir()
	return &world{server: server, client: client, mirror: filepath.Join(dir, "mirror.db"), target: filepath.Join(dir, "target.db"), now: brextest.DefaultNow}
}

// sync brings the mirror up to date, an hour later than before.
func (w *world) sync(t *testing.T) {
	t.Helper()
	w.now = w.now.Add(time.Hour)
	w.server.Advance(time.Hour)
	sink, err := sqlite.Open(w.mirror)
	require.NoError(t, err)
	defer sink.Close()
	m, err := mirror.New(w.client, sink, mirror.WithFullEvery(0), mirror.WithClock(func() time.Time { return w.now }))
	require.NoError(t, err)
	_, err = m.Run(t.Context())
	require.NoError(t, err)
}

// tap writes what changed since a state, and returns it as valid messages.
func (w *world) tap(t *testing.T, catalog *singer.Catalog, state singer.State) []message {
	t.Helper()
	text, err := json.Marshal(state) // as a runner keeps it
	require.NoError(t, err)
	var kept singer.State
	require.NoError(t, json.Unmarshal(text, &kept))
	sink, err := sqlite.Open(w.mirror)
	require.NoError(t, err)
	defer sink.Close()
	tap, err := singer.New(catalog, kept)
	require.NoError(t, err)
	tap.Every(40)
	var out bytes.Buffer
	require.NoError(t, tap.Write(t.Context(), &out, sink, ""))
	messages, err := validate(out.Bytes())
	require.NoError(t, err)
	return messages
}

func records(messages []message) (n int) {
	for _, m := range messages {
		if m.Type == "RECORD" {
			n++
		}
	}
	return n
}

// Messages rebuild the mirror, whatever happens between the runs, and from whatever state the next one goes on.
func TestTapRebuildsTheMirror(t *testing.T) {
	if testing.Short() {
		t.Skip("copies in SQLite take long under the race detector; make check runs it")
	}
	w := newWorld(t)
	w.sync(t)
	first := w.tap(t, nil, singer.State{})
	require.Greater(t, records(first), 300)
	load(t, w.target, first)
	require.Equal(t, dump(t, w.mirror), dump(t, w.target))
	w.sync(t)
	again := w.tap(t, nil, first[len(first)-1].Value)
	require.Equal(t, records(first), records(again), "what changed within the ten minutes before the state")
	w.state = again[len(again)-1].Value

	expense := ids(t, w, "listExpenses")
	for i, id := range expense[:5] {
		require.NoError(t, w.server.SetRow("expenses", id, json.RawMessage(fmt.Sprintf(`{"memo":"changed %d"}`, i))))
	}
	require.NoError(t, w.server.RemoveRow("expenses", expense[7]))
	vendor := ids(t, w, "listVendors")[0]
	require.NoError(t, w.server.RemoveRow("vendors", vendor))
	w.sync(t)
	second := w.tap(t, nil, w.state)
	require.Less(t, records(second), 100, "what changed alone")
	var gone []string
	for _, m := range second {
		if strings.Contains(string(m.Record), `"_deleted_at":"`) {
			_, row, _, _ := parse(t, m)
			gone = append(gone, row.Key...)
		}
	}
	require.ElementsMatch(t, []string{expense[7], vendor}, gone)
	load(t, w.target, second)
	require.Equal(t, dump(t, w.mirror), dump(t, w.target))

	// Nothing is lost from whatever state a run goes on.
	all := w.tap(t, nil, singer.State{})
	states := 0
	for i, m := range all {
		if m.Type != "STATE" {
			continue
		}
		if states++; states%6 != 1 && i < len(all)-1 { // one in six, which is slow enough
			continue
		}
		path := filepath.Join(t.TempDir(), "resumed.db")
		load(t, path, append(slices.Clone(all[:i]), w.tap(t, nil, m.Value)...))
		require.Equal(t, dump(t, w.mirror), dump(t, path), "from the state of message %d", i)
	}
}

func ids(t *testing.T, w *world, operation string) (all []string) {
	t.Helper()
	raw, err := w.client.Call(t.Context(), operation, map[string]any{"limit": 20})
	require.NoError(t, err)
	var page struct{ Items []struct{ ID string } }
	require.NoError(t, json.Unmarshal(raw, &page))
	for _, item := range page.Items {
		all = append(all, item.ID)
	}
	return all
}

func TestCatalog(t *testing.T) {
	w := newWorld(t)
	w.sync(t)
	var out bytes.Buffer
	require.NoError(t, singer.Discover(&out))
	var c singer.Catalog
	require.NoError(t, json.Unmarshal(out.Bytes(), &c))
	require.Len(t, c.Streams, len(mirror.Tables()))
	all := w.tap(t, &c, singer.State{})
	require.Equal(t, records(w.tap(t, nil, singer.State{})), records(all), "all is selected by default")
	for i := range c.Streams {
		for j := range c.Streams[i].Metadata {
			m := &c.Streams[i].Metadata[j]
			m.Metadata["selected"] = c.Streams[i].ID == "users" && !slices.Contains(m.Breadcrumb, "email") && !slices.Contains(m.Breadcrumb, "id")
		}
	}
	users := w.tap(t, &c, singer.State{})
	require.Equal(t, 12, records(users))
	require.NotContains(t, string(users[0].Schema), `"email"`)
	var record map[string]any
	require.NoError(t, json.Unmarshal(users[1].Record, &record))
	require.NotContains(t, record, "email")
	require.Contains(t, record, "id", "a key is always there")

	// With other columns everything is written once more.
	state := all[len(all)-1].Value
	require.Equal(t, 12, records(w.tap(t, &c, state)))
	_, err := singer.New(&singer.Catalog{Streams: []singer.CatalogStream{{ID: "people"}}}, singer.State{})
	require.ErrorContains(t, err, `"people"`)
	_, err = singer.New(&singer.Catalog{}, singer.State{})
	require.ErrorContains(t, err, "selects no stream")
}

// The validator finds what is wrong.
func TestValidator(t *testing.T) {
	schema := `{"type":"SCHEMA","stream":"users","key_properties":["id"],"schema":{"type":"object","properties":{"id":{"type":"string"}}}}` + "\n"
	state := func(at string) string {
		return `{"type":"STATE","value":{"bookmarks":{"users":{"at":"` + at + `"}}}}` + "\n"
	}
	for output, want := range map[string]string{
		`{"type":"RECORD","stream":"users","record":{}}`:                          "before its schema",
		schema + `{"type":"RECORD","stream":"users","record":{"id":1}}`:           "got number",
		schema + `{"type":"RECORD","stream":"users","record":{}}`:                 "without id",
		state("2026-11-02T12:00:00Z") + state("2026-11-02T11:00:00Z"):             "goes back",
		`{"type":"ACTIVATE_VERSION","stream":"users"}`:                            "of type",
		strings.Replace(schema, `{"type":"string"}`, `{"type":"word"}`, 1) + "\n": "",
	} {
		_, err := validate([]byte(output))
		require.ErrorContains(t, err, want)
	}
}
