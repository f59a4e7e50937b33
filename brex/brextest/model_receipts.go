package brextest

import (
	"bytes"
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

// matchDelay is how long Brex takes to find the expense of a receipt: a guess.
const matchDelay = 2 * time.Minute

func (h *Handler) receiptModels(m map[string]serveFunc) {
	m["receiptUpload"] = func(c *call) (answer, *problem) {
		t := c.state.expenses
		row, p := byID(c, t, "expense_id", expenseNotFound)
		if p != nil {
			return answer{}, p
		}
		if t.keys[row].kind != c.state.words.numbers["CARD"] {
			return answer{}, notFound(expenseNotFound)
		}
		if self := c.self(); self != "" && t.keys[row].user != c.state.words.numbers[self] {
			return answer{}, forbidden()
		}
		return c.receiptLink(forReceipt, c.path("expense_id"))
	}
	m["receiptMatch"] = func(c *call) (answer, *problem) { return c.receiptLink(forMatch, "") }
}

const expenseNotFound = "EXPENSE_NOT_FOUND"

// receiptLink returns the address to send the file to.
func (c *call) receiptLink(purpose, expense string) (answer, *problem) {
	name := c.body.str("receipt_name")
	if name == "" {
		return answer{}, invalid("receipt_name")
	}
	id, uri := c.newUpload(purpose, expense, name)
	return answer{status: http.StatusCreated, body: object{}.set("id", id).set("uri", uri).encode()}, nil
}

// attach adds a receipt to an expense.
func (s *state) attach(row int, id, uri string, at time.Time) {
	t := s.expenses
	o := t.doc(row)
	receipts := append(slices.Clone(o.list("receipts")), object{}.set("id", id).set("download_uris", []string{uri}).encode())
	parent := t.keys[row].parent
	t.put(row, o.set("receipts", receipts).set("updated_at", formatTime(at)))
	t.keys[row].parent = parent // no member of the document says it
}

// matchReceipts attaches the receipts whose time has come.
func (s *state) matchReceipts(now time.Time) {
	var due []*upload
	for _, up := range s.uploads {
		if !up.Due.IsZero() && !up.Due.After(now) {
			due = append(due, up)
		}
	}
	slices.SortFunc(due, func(a, b *upload) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) })
	for _, up := range due {
		if row, found := s.matchFor(up); found {
			s.attach(row, up.ID, up.Target, up.Due)
		}
		up.Due = time.Time{} // what fits nothing stays unmatched
	}
}

// matchFor finds the expense of a receipt: the one that the file's name names
// by its id, or else the latest card purchase without a receipt, and rather
// one whose merchant the name or the file speaks of.
func (s *state) matchFor(up *upload) (int, bool) {
	const look = 5000 // purchases to look at
	t, w := s.expenses, &s.words
	content := bytes.ToLower(up.Content[:min(len(up.Content), 64<<10)])
	name := strings.ToLower(up.Name)
	first := -1
	for row := len(t.keys) - 1; row >= max(0, len(t.keys)-look); row-- {
		k := &t.keys[row]
		if t.gone[row] || k.kind != w.numbers["CARD"] || up.User != "" && k.user != w.numbers[up.User] {
			continue
		}
		if strings.Contains(name, t.id(row)) {
			return row, true
		}
		if k.cents == 0 {
			continue
		}
		o := t.doc(row)
		if len(o.list("receipts")) > 0 {
			continue
		}
		if first < 0 {
			first = row
		}
		merchant, _, _ := strings.Cut(strings.ToLower(o.obj("merchant").str("raw_descriptor")), " ")
		if len(merchant) > 3 && (strings.Contains(name, merchant) || bytes.Contains(content, []byte(merchant))) {
			return row, true
		}
	}
	return first, first >= 0
}

// nextMatch is when the next receipt is matched, in milliseconds, 0 for never.
func (s *state) nextMatch() int64 {
	next := int64(0)
	for _, up := range s.uploads {
		if ms := up.Due.UnixMilli(); !up.Due.IsZero() && (next == 0 || ms < next) {
			next = ms
		}
	}
	return next
}
