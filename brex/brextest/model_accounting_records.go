package brextest

import (
	"encoding/json"
	"math"
	"slices"
	"sync"
	"time"
)

// reviewStatus is how far a record has come. By itself it moves on with the
// days after its expense, and not beyond readyForExport.
type reviewStatus uint8

const (
	prepare reviewStatus = iota
	review
	readyForExport
	exportedRecord
)

var reviewWords = []string{"PREPARE", "REVIEW", "READY_FOR_EXPORT", "EXPORTED"}

// How long a record takes to its next status: a guess.
const (
	reviewAfter = 2 * dayMs
	readyAfter  = 5 * dayMs
)

// recordKey is what records are filtered by.
type recordKey struct {
	posted  int64 // milliseconds
	changed int64 // when a client changed the status last, 0 for never
	version int64 // how often
	source  string
	status  reviewStatus // when changed, or as it was loaded
	given   bool         // loaded, with an updated_at of its own in changed
	expense int32        // the row that it was made from, -1 for loaded ones
	row     int32
}

// statusAt is the status at an instant.
func (k *recordKey) statusAt(now int64) reviewStatus {
	switch {
	case k.changed != 0 || k.status == exportedRecord:
		return k.status
	case now >= k.posted+readyAfter:
		return readyForExport
	case now >= k.posted+reviewAfter:
		return review
	}
	return prepare
}

// updatedAt is when the record got its present status.
func (k *recordKey) updatedAt(now int64) int64 {
	switch {
	case k.changed != 0:
		return k.changed
	case k.status == exportedRecord:
		return k.posted + readyAfter + dayMs
	}
	switch k.statusAt(now) {
	case readyForExport:
		return k.posted + readyAfter
	case review:
		return k.posted + reviewAfter
	}
	return k.posted
}

// recordKeyOf is for loaded records, which stay as they are until a client
// changes them.
func (s *state) recordKeyOf(o object) recordKey {
	return recordKey{posted: millisOf(o.str("posted_at")), changed: max(1, millisOf(o.str("updated_at"))), source: o.str("source_type"),
		status: reviewStatus(max(0, slices.Index(reviewWords, o.str("review_status")))), given: true, expense: -1}
}

// recordMaker makes the accounting records: one for each expense that was
// paid.
type recordMaker struct {
	s     *state
	later map[int32]int // those that the clock brought, by expense
}

func (m *recordMaker) id(row int) string {
	k := &m.s.records.keys[row]
	return m.s.ids.id(prefixRecord, k.posted, uint64(k.expense))
}

func (m *recordMaker) number(id string) (int, bool) {
	n, ok := m.s.ids.number(prefixRecord, id)
	if !ok || n > 2*maxRows {
		return 0, false
	}
	return m.find(int(n))
}

// find returns the row of an expense's record.
func (m *recordMaker) find(n int) (int, bool) {
	if m == nil {
		return 0, false
	}
	if row, found := m.later[int32(n)]; found {
		return row, true
	}
	keys := m.s.records.keys[:m.s.records.count-len(m.later)]
	return slices.BinarySearchFunc(keys, int32(n), func(k recordKey, n int32) int { return int(k.expense) - int(n) })
}

func (m *recordMaker) append(dst []byte, row int, _ view) []byte {
	return m.s.record(row, false).append(dst)
}

// seedRecords follows from the expenses, generated or loaded.
func (s *state) seedRecords() {
	t, source := s.expenses, s.recordSource()
	for row := range t.keys {
		k := &t.keys[row]
		source := source(k)
		if source == "" {
			continue
		}
		s.records.keys = append(s.records.keys, recordKey{posted: k.posted, source: source, expense: int32(row),
			row: int32(len(s.records.keys))})
		if m, made := t.made.(*expenseMaker); made && row < t.count && m.facts(row).exported {
			s.records.keys[len(s.records.keys)-1].status = exportedRecord
		}
	}
	s.records.made, s.records.count = &recordMaker{s, map[int32]int{}}, len(s.records.keys)
}

// recordSource says what kind of record an expense has by now, "" for none.
func (s *state) recordSource() func(*expenseKey) string {
	w := &s.words
	sources := map[uint32]string{w.numbers["CARD"]: "CARD", w.numbers["REIMBURSEMENT"]: "REIMBURSEMENT", w.numbers["BILLPAY"]: "BILL"}
	delete(sources, 0)
	cleared := w.numbers["CLEARED"]
	return func(k *expenseKey) string {
		if k.payment != cleared || k.posted == 0 || k.cents == 0 {
			return ""
		}
		return sources[k.kind]
	}
}

// newRecord makes the record of an expense that was paid just now. Loaded
// records are a history that nothing is added to.
func (s *state) newRecord(expense int) {
	m, made := s.records.made.(*recordMaker)
	k := &s.expenses.keys[expense]
	source := s.recordSource()(k)
	if _, there := m.find(expense); !made || source == "" || there {
		return
	}
	row := len(s.records.keys)
	s.records.keys = append(s.records.keys, recordKey{posted: k.posted, source: source, expense: int32(expense), row: int32(row)})
	s.records.count++
	m.later[int32(expense)] = row
	s.records.version++
	s.expectReady(row)
}

// exported notes the result of an export: success ends the record's way, a
// failure sends it back to review.
func (s *state) exported(row int, success bool, now time.Time) {
	status := review
	if success {
		status = exportedRecord
	}
	k := &s.records.keys[row]
	if k.given {
		o := s.records.doc(row)
		s.records.put(row, o.set("review_status", reviewWords[status]).set("updated_at", formatTime(now)).set("version", o.num("version")+1))
		s.records.keys[row].row = int32(row)
		return
	}
	k.changed, k.status = now.UnixMilli(), status
	k.version++
	s.records.version++
	if success {
		t, at := s.expenses, int(k.expense)
		parent := t.keys[at].parent
		t.put(at, t.doc(at).set("exported_at", formatTime(now)).set("updated_at", formatTime(now)))
		t.keys[at].parent = parent
	}
}

// loadRecords loads records that somebody has exported.
func (s *state) loadRecords(items []object) error {
	err := s.records.load(items)
	for row := range s.records.keys {
		s.records.keys[row].row = int32(row)
	}
	return err
}

func queryRecords(c *call) (answer, *problem) {
	now, q, t := c.now.UnixMilli(), c.query, c.state.records
	ids, source, status := q.all("ids"), q.str("source_type"), q.str("review_status")
	wanted := reviewStatus(max(0, slices.Index(reviewWords, status)))
	var rows map[int32]bool // an id is not part of a key
	if len(ids) > 0 {
		rows = map[int32]bool{}
		for _, id := range ids {
			if row, found := t.find(id); found {
				rows[int32(row)] = true
			}
		}
	}
	after, hasAfter := q.millis("updated_at[gt]")
	from, hasFrom := q.millis("updated_at[gte]")
	before, hasBefore := q.millis("updated_at[lt]")
	to, hasTo := q.millis("updated_at[lte]")
	bounded := hasAfter || hasFrom || hasBefore || hasTo
	var f filter[recordKey]
	if rows != nil || source != "" || status != "" || bounded {
		f.match = func(k *recordKey) bool {
			if rows != nil && !rows[k.row] || source != "" && k.source != source || status != "" && k.statusAt(now) != wanted {
				return false
			}
			if !bounded {
				return true
			}
			at := k.updatedAt(now)
			return (!hasAfter || at > after) && (!hasFrom || at >= from) && (!hasBefore || at < before) && (!hasTo || at <= to)
		}
	}
	return c.recordPage(f)
}

// recordPage returns a page, which says more than those of the other APIs.
func (c *call) recordPage(f filter[recordKey]) (answer, *problem) {
	t, single := c.state.records, c.query.flag("single_entry")
	rows, next, p := pageOf(c, t, f)
	if p != nil {
		return answer{}, p
	}
	total := t.size()
	if f.match != nil {
		total = c.state.recordCounts.of(t, encodeHash(c.query.filters()), c.now.UnixMilli(), f.match)
	}
	items := make([]json.RawMessage, 0, len(rows))
	w := c.state.recordWriter(single)
	for _, row := range rows {
		items = append(items, w.record(row).encode())
	}
	o := object{}.set("items", items)
	if next != "" || c.state.lists != ListNoLastCursor {
		o = o.set("next_cursor", orNil(next))
	}
	return ok(o.set("has_next_page", next != "").set("total_count", total))
}

// recordCounts remembers how many records a filter finds, which the next page
// asks for again, as long as no record changes.
type recordCounts struct {
	mu      sync.Mutex
	version uint64
	known   map[string]recordCount
}

type recordCount struct {
	n           int
	from, until int64 // the time in which no record changes by itself, in milliseconds
}

func (r *recordCounts) of(t *table[recordKey], filters string, now int64, match func(*recordKey) bool) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.version != t.version || r.known == nil || len(r.known) > 1000 {
		r.version, r.known = t.version, map[string]recordCount{}
	}
	if c, found := r.known[filters]; found && now >= c.from && now < c.until {
		return c.n
	}
	c := recordCount{from: now, until: math.MaxInt64}
	for row := range t.keys {
		k := &t.keys[row]
		if match(k) && !t.gone[row] {
			c.n++
		}
		if k.changed == 0 && k.status != exportedRecord && now < k.posted+readyAfter {
			c.until = min(c.until, k.posted+readyAfter)
			if now < k.posted+reviewAfter {
				c.until = min(c.until, k.posted+reviewAfter)
			}
		}
	}
	r.known[filters] = c
	return c.n
}
