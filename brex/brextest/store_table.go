package brextest

import (
	"fmt"
	"slices"
)

// view says how a row is shown: which expansions, and whether custom fields
// are loaded.
type view uint32

func (v view) has(bit view) bool { return v&bit != 0 }

// maker makes generated rows when they are asked for, so that a million of
// them cost their keys and nothing else.
type maker interface {
	id(row int) string
	number(id string) (int, bool)
	append(dst []byte, row int, v view) []byte
}

// table holds the rows of one resource in the order they came. A row is either
// generated (its document is made on demand) or stored; a generated row that
// changes becomes a stored one. K holds what filters look at.
//
// Callers hold the state's lock.
type table[K any] struct {
	name        string
	keyOf       func(object) K            // of a stored document
	show        func(object, view) object // nil: documents are served as they are
	live        func(object) object       // adds what changes by itself, whenever a row is shown
	full        view                      // the view that shows everything a row owns
	newestFirst bool
	idKey       string // the member that is the id

	made    maker
	count   int // generated rows
	keys    []K
	stored  map[int]*document
	rowOf   map[string]int // ids of stored rows
	gone    map[int]bool
	given   map[int]bool // loaded from a file and not changed since: shown as they came
	version uint64       // counts changes
	index   *index[K]    // nil: the table is searched row by row

	watch func(before, after object) // told of each row added (before is nil) or replaced, see events_watch.go
}

// document is a stored row: all of it, and as the plain list shows it.
type document struct {
	id    string
	raw   []byte
	plain []byte
}

func newTable[K any](name string, keyOf func(object) K) *table[K] {
	return &table[K]{name: name, keyOf: keyOf, idKey: "id", stored: map[int]*document{}, rowOf: map[string]int{},
		gone: map[int]bool{}, given: map[int]bool{}}
}

// none is the key of a resource without filters.
type none struct{}

func noKey(object) none { return none{} }

// add appends a document. It fails when the id is missing or taken.
func (t *table[K]) add(o object) error {
	id := o.str(t.idKey)
	if id == "" {
		return fmt.Errorf("has no %s", t.idKey)
	}
	if _, taken := t.find(id); taken {
		return fmt.Errorf("has the %s %s of an earlier item", t.idKey, id)
	}
	row := len(t.keys)
	t.keys = append(t.keys, t.keyOf(o))
	t.rowOf[id] = row
	t.stored[row] = t.document(id, o)
	t.changed(row)
	t.tell(nil, row)
	return nil
}

// mustAdd is add for documents that the sandbox itself makes.
func (t *table[K]) mustAdd(o object) {
	if err := t.add(o); err != nil {
		panic(fmt.Sprintf("brextest: %s: %v", t.name, err))
	}
}

// put replaces the document of a row.
func (t *table[K]) put(row int, o object) {
	id, before := t.id(row), t.before(row)
	t.keys[row] = t.keyOf(o)
	t.rowOf[id] = row
	delete(t.given, row)
	t.stored[row] = t.document(id, o)
	t.changed(row)
	t.tell(before, row)
}

// changed takes note of a new or changed row.
func (t *table[K]) changed(row int) {
	t.version++
	if t.index != nil {
		t.index.note(row, &t.keys[row])
	}
}

func (t *table[K]) document(id string, o object) *document {
	d := &document{id: id, raw: o.encode()}
	d.plain = d.raw
	if t.show != nil {
		// show may change o in place, and the document is encoded by now.
		d.plain = t.show(o, 0).encode()
	}
	return d
}

// remove takes a row out of every list. Its document stays: generated rows of other tables are made
// with it, as a booking is with its transfer.
func (t *table[K]) remove(row int) {
	delete(t.rowOf, t.id(row))
	t.gone[row] = true
	t.version++
}

func (t *table[K]) id(row int) string {
	if d := t.stored[row]; d != nil {
		return d.id
	}
	return t.made.id(row)
}

// find returns the row of an id.
func (t *table[K]) find(id string) (int, bool) {
	if row, ok := t.rowOf[id]; ok {
		return row, true
	}
	if t.made == nil {
		return 0, false
	}
	row, ok := t.made.number(id)
	if !ok || row < 0 || row >= t.count || t.gone[row] || t.made.id(row) != id {
		return 0, false
	}
	return row, true
}

// has says whether an id exists.
func (t *table[K]) has(id string) bool { _, ok := t.find(id); return ok }

// doc returns the whole document of a row, to read or to change and put back.
func (t *table[K]) doc(row int) object {
	if d := t.stored[row]; d != nil {
		return mustObject(d.raw)
	}
	return mustObject(t.made.append(nil, row, t.full))
}

// append encodes a row as the view shows it.
func (t *table[K]) append(dst []byte, row int, v view) []byte {
	d := t.stored[row]
	switch {
	case d == nil:
		return t.made.append(dst, row, v)
	case t.live != nil && !t.given[row]:
		return t.live(mustObject(d.raw)).append(dst)
	case v == 0 || t.show == nil:
		return append(dst, d.plain...)
	}
	return t.show(mustObject(d.raw), v).append(dst)
}

// appendRows writes rows as the elements of an array.
func (t *table[K]) appendRows(dst []byte, rows []int, v view) []byte {
	start := len(dst)
	for i, row := range rows {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = t.append(dst, row, v)
		if i == 0 {
			// One guess from the first row saves copying the page as it grows.
			dst = slices.Grow(dst, (len(dst)-start+64)*(len(rows)-1)*9/8)
		}
	}
	return dst
}

// rows returns the rows that match, in list order from a place on, at most
// limit of them after the first skip. next is the place of the row after
// them, -1 at the end.
func (t *table[K]) rows(f filter[K], from, skip, limit int) (page []int, next int) {
	if f.match == nil && len(t.gone) == 0 {
		// No need to look at a row to know that it counts.
		place := min(from+skip, len(t.keys))
		for ; place < len(t.keys) && len(page) < limit; place++ {
			page = append(page, t.at(place))
		}
		if place == len(t.keys) {
			return page, -1
		}
		return page, place
	}
	for place := range t.candidates(f, from) {
		row := t.at(place)
		switch {
		case f.match != nil && !f.match(&t.keys[row]) || t.gone[row]:
		case skip > 0:
			skip--
		case len(page) == limit:
			return page, place
		default:
			page = append(page, row)
		}
	}
	return page, -1
}

// all returns every row, in list order.
func (t *table[K]) all() []int {
	page, _ := t.rows(filter[K]{}, 0, 0, len(t.keys))
	return page
}

// at is the row at a place of the list.
func (t *table[K]) at(place int) int {
	if t.newestFirst {
		return len(t.keys) - 1 - place
	}
	return place
}

// load replaces the content by documents in list order.
func (t *table[K]) load(items []object) error {
	if t.newestFirst {
		// Rows are kept oldest first, so that a new one is an append.
		items = slices.Clone(items)
		slices.Reverse(items)
	}
	for i, o := range items {
		place := i
		if t.newestFirst {
			place = len(items) - 1 - i
		}
		if err := t.add(o); err != nil {
			return fmt.Errorf("item %d %w", place, err)
		}
		t.given[len(t.keys)-1] = true
	}
	return nil
}

// size is the number of live rows.
func (t *table[K]) size() int { return len(t.keys) - len(t.gone) }
