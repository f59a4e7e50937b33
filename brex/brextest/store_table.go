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
	rowTable
	keyOf func(object) K // of a stored document
	keys  []K
	index *index[K] // nil: the table is searched row by row
}

// rowTable is what a table does whatever its keys are, compiled once rather than for each of them.
type rowTable struct {
	name        string
	show        func(object, view) object // nil: documents are served as they are
	live        func(object) object       // adds what changes by itself, whenever a row is shown
	full        view                      // the view that shows everything a row owns
	newestFirst bool
	idKey       string // the member that is the id

	of      keyed // the table itself
	made    maker
	count   int // generated rows
	stored  map[int]*document
	rowOf   map[string]int // ids of stored rows
	gone    map[int]bool
	given   map[int]bool // loaded from a file and not changed since: shown as they came
	version uint64       // counts changes

	watch func(before, after object) // told of each row added (before is nil) or replaced, see events_watch.go
}

// keyed are the keys of a table.
type keyed interface {
	length() int               // rows, with those that are gone
	grow(rows int)             // adds rows without keys
	keep(row int, o object)    // makes the key of a row, which may be one more
	restore(row int, o object) // is keep for a row that was saved
	reads() *rowIndex          // nil: the table is searched row by row
}

// document is a stored row: all of it, and as the plain list shows it.
type document struct {
	id    string
	raw   []byte
	plain []byte
}

func newTable[K any](name string, keyOf func(object) K) *table[K] {
	t := &table[K]{keyOf: keyOf, rowTable: rowTable{name: name, idKey: "id", stored: map[int]*document{}, rowOf: map[string]int{},
		gone: map[int]bool{}, given: map[int]bool{}}}
	t.of = t
	return t
}

func (t *table[K]) length() int { return len(t.keys) }

func (t *table[K]) grow(rows int) { t.keys = append(t.keys, make([]K, rows)...) }

func (t *table[K]) keep(row int, o object) {
	if row == len(t.keys) {
		t.grow(1)
	}
	t.keys[row] = t.keyOf(o)
	t.note(row)
}

func (t *table[K]) restore(row int, o object) {
	old := t.keys[row]
	t.keys[row] = t.keyOf(o)
	if k, ok := any(&t.keys[row]).(interface{ restored(old K, row int) }); ok {
		k.restored(old, row)
	}
	t.note(row)
}

// changed takes note of a key that changed where its document did not.
func (t *table[K]) changed(row int) {
	t.version++
	t.note(row)
}

// note takes up a new or changed key.
func (t *table[K]) note(row int) {
	if t.index != nil {
		t.index.note(row, &t.keys[row])
	}
}

func (t *table[K]) reads() *rowIndex {
	if t.index == nil {
		return nil
	}
	return &t.index.rowIndex
}

// size is the number of live rows.
func (t *table[K]) size() int { return len(t.keys) - len(t.gone) }

// rows returns the rows that match, in list order from a place on, at most
// limit of them after the first skip. next is the place of the row after
// them, -1 at the end.
func (t *table[K]) rows(f filter[K], from, skip, limit int) (page []int, next int) {
	var match func(row int) bool
	if f.match != nil {
		match = func(row int) bool { return f.match(&t.keys[row]) }
	}
	return t.scan(match, f.words, f.spans, from, skip, limit)
}

// none is the key of a resource without filters.
type none struct{}

func noKey(object) none { return none{} }

// add appends a document. It fails when the id is missing or taken.
func (t *rowTable) add(o object) error {
	id := o.str(t.idKey)
	if id == "" {
		return fmt.Errorf("has no %s", t.idKey)
	}
	if _, taken := t.find(id); taken {
		return fmt.Errorf("has the %s %s of an earlier item", t.idKey, id)
	}
	row := t.of.length()
	t.of.keep(row, o)
	t.rowOf[id] = row
	t.stored[row] = t.document(id, o)
	t.version++
	t.tell(nil, row)
	return nil
}

// mustAdd is add for documents that the sandbox itself makes.
func (t *rowTable) mustAdd(o object) {
	if err := t.add(o); err != nil {
		panic(fmt.Sprintf("brextest: %s: %v", t.name, err))
	}
}

// put replaces the document of a row.
func (t *rowTable) put(row int, o object) {
	id, before := t.id(row), t.before(row)
	t.of.keep(row, o)
	t.rowOf[id] = row
	delete(t.given, row)
	t.stored[row] = t.document(id, o)
	t.version++
	t.tell(before, row)
}

func (t *rowTable) document(id string, o object) *document {
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
func (t *rowTable) remove(row int) {
	delete(t.rowOf, t.id(row))
	t.gone[row] = true
	t.version++
}

func (t *rowTable) id(row int) string {
	if d := t.stored[row]; d != nil {
		return d.id
	}
	return t.made.id(row)
}

// find returns the row of an id.
func (t *rowTable) find(id string) (int, bool) {
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
func (t *rowTable) has(id string) bool { _, ok := t.find(id); return ok }

// doc returns the whole document of a row, to read or to change and put back.
func (t *rowTable) doc(row int) object {
	if d := t.stored[row]; d != nil {
		return mustObject(d.raw)
	}
	return mustObject(t.made.append(nil, row, t.full))
}

// append encodes a row as the view shows it.
func (t *rowTable) append(dst []byte, row int, v view) []byte {
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
func (t *rowTable) appendRows(dst []byte, rows []int, v view) []byte {
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

// scan returns the rows that match, as rows does. Without match, every row that is not gone does.
func (t *rowTable) scan(match func(row int) bool, words []wordFilter, spans []spanFilter, from, skip, limit int) (page []int, next int) {
	if match == nil && len(t.gone) == 0 {
		// No need to look at a row to know that it counts.
		size := t.of.length()
		place := min(from+skip, size)
		for ; place < size && len(page) < limit; place++ {
			page = append(page, t.at(place))
		}
		if place == size {
			return page, -1
		}
		return page, place
	}
	for place := range t.candidates(match != nil, words, spans, from) {
		row := t.at(place)
		switch {
		case match != nil && !match(row) || t.gone[row]:
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
func (t *rowTable) all() []int {
	page, _ := t.scan(nil, nil, nil, 0, 0, t.of.length())
	return page
}

// at is the row at a place of the list.
func (t *rowTable) at(place int) int {
	if t.newestFirst {
		return t.of.length() - 1 - place
	}
	return place
}

// load replaces the content by documents in list order.
func (t *rowTable) load(items []object) error {
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
		t.given[t.of.length()-1] = true
	}
	return nil
}
