package brextest

import (
	"iter"
	"math"
	"slices"
	"sort"
)

// filter says which rows a list shows. match decides; words and spans say part
// of the same in a form that an index can use, so that a rare filter need not
// look at a million rows.
type filter[K any] struct {
	match func(*K) bool // nil takes all
	words []wordFilter
	spans []spanFilter
}

type wordFilter struct {
	column int
	choice
}

type spanFilter struct {
	column int
	span
}

// blockSize is how many rows share the bounds of their times.
const blockSize = 512

// index knows, for the columns of a big table, which rows hold a word, and
// which times occur in a block of rows. It may say too much (a changed row
// stays where it was), never too little: match has the last word.
type index[K any] struct {
	rowIndex
	words []func(*K) uint32
	times []func(*K) int64
}

// rowIndex is what an index knows of the rows.
type rowIndex struct {
	rows   [][][]int32 // by column and word, ascending
	bounds [][]bounds  // by column and block
}

type bounds struct{ low, high int64 }

// rebuild reads all keys.
func (x *index[K]) rebuild(keys []K) {
	x.rows = make([][][]int32, len(x.words))
	x.bounds = make([][]bounds, len(x.times))
	for i := range keys {
		x.note(i, &keys[i])
	}
}

// note takes up a new or changed row.
func (x *index[K]) note(row int, k *K) {
	for c, word := range x.words {
		x.hold(c, word(k), row)
	}
	for c, time := range x.times {
		x.bound(c, time(k), row)
	}
}

func (x *rowIndex) hold(column int, word uint32, row int) {
	if word == 0 {
		return // no filter asks for nothing
	}
	rows := x.rows[column]
	if w := int(word); w >= len(rows) {
		rows = append(rows, make([][]int32, w+1-len(rows))...)
		x.rows[column] = rows
	}
	list := rows[word]
	if n := len(list); n == 0 || list[n-1] < int32(row) {
		rows[word] = append(list, int32(row))
	} else if at, found := slices.BinarySearch(list, int32(row)); !found {
		rows[word] = slices.Insert(list, at, int32(row))
	}
}

func (x *rowIndex) bound(column int, ms int64, row int) {
	block := row / blockSize
	for len(x.bounds[column]) <= block {
		x.bounds[column] = append(x.bounds[column], bounds{math.MaxInt64, math.MinInt64})
	}
	if ms != 0 { // null is in no span
		b := &x.bounds[column][block]
		b.low, b.high = min(b.low, ms), max(b.high, ms)
	}
}

// with returns the rows that hold a word in a column.
func (x *rowIndex) with(column int, word uint32) []int32 {
	if int(word) >= len(x.rows[column]) {
		return nil
	}
	return x.rows[column][word]
}

// mergeAtMost bounds how many lists of rows are merged.
const mergeAtMost = 32

// lists returns the rows that can match by their words, nil when looking at
// all rows is no slower.
func (x *rowIndex) lists(words []wordFilter, total int) (lists [][]int32, narrow bool) {
	best := total / 4
	for _, w := range words {
		if len(w.values) > mergeAtMost {
			continue
		}
		sum := 0
		var found [][]int32
		for _, value := range w.values {
			if rows := x.with(w.column, value); len(rows) > 0 {
				sum += len(rows)
				found = append(found, rows)
			}
		}
		if sum <= best {
			best, lists, narrow = sum, found, true
		}
	}
	return lists, narrow
}

// skips says whether no row of a block can match.
func (x *rowIndex) skips(spans []spanFilter, block int) bool {
	for _, s := range spans {
		b := x.bounds[s.column][block]
		if s.open && b.high < s.from || s.shut && b.low > s.to || b.low > b.high {
			return true
		}
	}
	return false
}

// candidates are the places of the list from one on at which a row may match.
func (t *rowTable) candidates(matches bool, words []wordFilter, spans []spanFilter, from int) iter.Seq[int] {
	if index := t.of.reads(); index != nil && matches {
		if lists, narrow := index.lists(words, t.of.length()); narrow {
			return t.merge(lists, from)
		}
		if len(spans) > 0 {
			return t.blocks(index, spans, from)
		}
	}
	return func(yield func(int) bool) {
		for place := from; place < t.of.length() && yield(place); place++ {
		}
	}
}

// blocks leaves out the blocks without a fitting time.
func (t *rowTable) blocks(index *rowIndex, spans []spanFilter, from int) iter.Seq[int] {
	return func(yield func(int) bool) {
		size := t.of.length()
		for place := from; place < size; {
			block := t.at(place) / blockSize
			last := min(size, (block+1)*blockSize) - 1 // its last row
			end := last
			if t.newestFirst {
				end = size - 1 - block*blockSize
			}
			if index.skips(spans, block) {
				place = end + 1
				continue
			}
			for ; place <= end; place++ {
				if !yield(place) {
					return
				}
			}
		}
	}
}

// merge goes through lists of rows at once, in list order.
func (t *rowTable) merge(lists [][]int32, from int) iter.Seq[int] {
	return func(yield func(int) bool) {
		heads := make([]int, len(lists)) // places in the lists, in list order
		row := func(list int) (int, bool) {
			if heads[list] >= len(lists[list]) {
				return 0, false
			}
			i := heads[list]
			if t.newestFirst {
				i = len(lists[list]) - 1 - i
			}
			return t.at(int(lists[list][i])), true // at is its own inverse
		}
		for i, list := range lists {
			heads[i] = sort.Search(len(list), func(n int) bool {
				if t.newestFirst {
					n = len(list) - 1 - n
				}
				return t.at(int(list[n])) >= from
			})
		}
		for last := -1; ; {
			next, any := 0, false
			for i := range lists {
				if place, more := row(i); more && (!any || place < next) {
					next, any = place, true
				}
			}
			if !any {
				return
			}
			for i := range lists {
				if place, more := row(i); more && place == next {
					heads[i]++
				}
			}
			if next != last && !yield(next) {
				return
			}
			last = next
		}
	}
}
