package brextest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
)

const (
	defaultLimit    = 100
	maxLimit        = 1000
	maxExpenseLimit = 100 // since February 2026
)

// cursor is what a next_cursor says once decoded: like Brex's, an offset and a
// limit, and here also what the list was asked for. A client must not look
// into it.
type cursor struct {
	Limit  int    `json:"limit"`
	Offset int    `json:"offset"`
	For    string `json:"for"`           // operation, path and filters
	Gap    bool   `json:"gap,omitempty"` // the page to come is empty (ListEmptyPage)
	Page   int    `json:"page,omitempty"`

	// Where the row at Offset was, so that it need not be searched again while
	// the list is what it was.
	At      int    `json:"at,omitempty"`
	Version uint64 `json:"version,omitempty"`
}

func (cu cursor) encode() string {
	return base64.StdEncoding.EncodeToString(encode(cu))
}

// cursor returns the place that the call asks for.
func (c *call) cursor() (cursor, *problem) {
	want := cursor{Limit: c.query.int("limit", defaultLimit)}
	if want.Limit == 0 {
		want.Limit = defaultLimit
	}
	want.For = c.op.id + ":" + encodeHash(c.request.URL.Path, c.query.filters())
	sent := c.query.str("cursor")
	if sent == "" {
		return want, nil
	}
	raw, err := base64.StdEncoding.DecodeString(sent)
	if err != nil {
		return want, invalid("cursor")
	}
	var got cursor
	if json.Unmarshal(raw, &got) != nil || got.encode() != sent ||
		got.For != want.For || got.Offset < 0 || got.At < 0 || got.Limit < 1 || got.Limit > c.maxLimit() {
		return want, invalid("cursor")
	}
	// The limit may be left out under a cursor, but not be another one.
	if c.query.str("limit") != "" && got.Limit != want.Limit {
		return want, invalid("cursor")
	}
	return got, nil
}

func (c *call) maxLimit() int {
	for _, p := range c.op.spec().params {
		if p.name == "limit" {
			most, _ := p.schema.Maximum.Int64()
			return int(most)
		}
	}
	return maxLimit
}

// list returns one page of a table.
func list[K any](c *call, t *table[K], v view, match func(*K) bool) (answer, *problem) {
	return listBy(c, t, v, filter[K]{match: match})
}

// listBy is list with a filter that the table's index may know.
func listBy[K any](c *call, t *table[K], v view, f filter[K]) (answer, *problem) {
	rows, next, p := pageOf(c, t, f)
	if p != nil {
		return answer{}, p
	}
	return c.page(next, func(dst []byte) []byte { return t.appendRows(dst, rows, v) }), nil
}

// pageOf finds the rows of a page and the cursor of the next one, "" at the
// end.
func pageOf[K any](c *call, t *table[K], f filter[K]) (rows []int, next string, p *problem) {
	return c.pageOf(t.version, func(from, skip, limit int) ([]int, int) { return t.rows(f, from, skip, limit) })
}

func (c *call) pageOf(version uint64, scan func(from, skip, limit int) ([]int, int)) (rows []int, next string, p *problem) {
	at, p := c.cursor()
	if p != nil {
		return nil, "", p
	}
	if at.Gap {
		at.Gap = false
		return nil, at.encode(), nil
	}
	from, skip := 0, at.Offset
	if at.Version == version && at.At > 0 {
		from, skip = at.At, 0
	}
	rows, place := scan(from, skip, at.Limit)
	if place >= 0 {
		to := cursor{Limit: at.Limit, Offset: at.Offset + len(rows), For: at.For, Page: at.Page + 1, At: place, Version: version}
		switch c.state.lists {
		case ListEmptyPage:
			to.Gap = at.Page == 0
		case ListRepeatedCursor:
			if at.Page > 0 {
				to = at
			}
		case ListArrivals:
			if len(rows) > 1 { // or the list would never end
				to.Offset, to.At = to.Offset-1, 0
			}
		}
		next = to.encode()
	}
	return rows, next, nil
}

// page builds a page; an empty next is the end.
func (c *call) page(next string, items func([]byte) []byte) answer {
	var w writer
	w.buf = make([]byte, 0, 1024)
	w.open()
	if next != "" || c.state.lists != ListNoLastCursor {
		w.opt("next_cursor", next)
	}
	w.key("items")
	w.buf = append(w.buf, '[')
	w.buf = items(w.buf)
	w.buf = append(w.buf, ']')
	w.close()
	return answer{status: http.StatusOK, body: w.buf}
}
