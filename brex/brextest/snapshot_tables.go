package brextest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// holder is a table, whatever its key.
type holder interface {
	base() *rowTable
	title() string
	counter() *uint64 // of changes
	size() int
	browse(text []byte, offset, limit int) (items []json.RawMessage, total int)
	changes(since holder) (tableChanges, error)
	apply(tableChanges) error
	edit(id string, set object, now time.Time) error
	drop(id string) error
	look(id string) (json.RawMessage, error)
}

// tableChanges is what has happened to a table since the company was made.
type tableChanges struct {
	Rows map[int]json.RawMessage `json:"rows,omitempty"` // changed and new ones, by their number, also those that are gone
	Gone []int                   `json:"gone,omitempty"`
	Size int                     `json:"size"` // numbers given so far, those of removed rows included
}

// tables are all tables of the company, those that the keys of others look
// into first. A test finds the ones that are missing here.
func (s *state) tables() []holder {
	list := []holder{
		s.departments, s.locations, s.titles, s.entities, s.users, s.cards, s.budgets, s.spendLimits, s.programs,
		s.fields, s.fieldValues, s.integrations,
		s.expenses, s.records, s.cardTransactions, s.cardAccounts, s.cardStatements, s.cashAccounts,
		s.vendors, s.transfers, s.linked, s.trips, s.referrals,
		s.hooks, s.webhookGroups, s.webhookMembers,
	}
	for _, account := range sortedKeys(s.cashTransactions) {
		list = append(list, s.cashTransactions[account])
	}
	for _, account := range sortedKeys(s.cashStatements) {
		list = append(list, s.cashStatements[account])
	}
	return list
}

// changesBetween compares a company with what it was at first.
func changesBetween(base, now *state) (map[string]tableChanges, error) {
	first := map[string]holder{}
	for _, t := range base.tables() {
		first[t.title()] = t
	}
	all := map[string]tableChanges{}
	for _, t := range now.tables() {
		c, err := t.changes(first[t.title()])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.title(), err)
		}
		if len(c.Rows) > 0 || len(c.Gone) > 0 {
			all[t.title()] = c
		}
	}
	return all, nil
}

func (s *state) apply(all map[string]tableChanges) error {
	for row := range s.cashAccounts.keys {
		account := s.cashAccounts.id(row)
		if _, changed := all["cash_transactions_"+account]; changed {
			s.cashTx(account) // else made when it is first used
		}
		if _, changed := all["cash_statements_"+account]; changed {
			s.cashStatement(account)
		}
	}
	known := map[string]bool{}
	for _, t := range s.tables() {
		known[t.title()] = true
		if c, changed := all[t.title()]; changed {
			if err := t.apply(c); err != nil {
				return fmt.Errorf("%s: %w", t.title(), err)
			}
		}
	}
	for _, name := range sortedKeys(all) {
		if !known[name] {
			return fmt.Errorf("%s is not a table", printable(name))
		}
	}
	return nil
}

func (t *rowTable) base() *rowTable { return t }

func (t *rowTable) counter() *uint64 { return &t.version }

// changes compares a table with what it was at first, which is nil for one
// that was not there.
func (t *rowTable) changes(since holder) (tableChanges, error) {
	c := tableChanges{Rows: map[int]json.RawMessage{}, Size: t.of.length()}
	was := &rowTable{}
	if since != nil {
		if was = since.base(); was.of.length() > c.Size {
			return c, errors.New("the files of WithData have changed since they were loaded")
		}
	}
	for row, d := range t.stored {
		if first := was.stored[row]; first == nil || !bytes.Equal(first.raw, d.raw) || was.given[row] != t.given[row] {
			c.Rows[row] = d.raw
		}
	}
	for row := range t.gone {
		if !was.gone[row] {
			c.Gone = append(c.Gone, row)
		}
	}
	slices.Sort(c.Gone)
	return c, nil
}

// apply repeats changes on a table as it was at first. Nobody is told: they
// are no news.
func (t *rowTable) apply(c tableChanges) error {
	first := t.of.length()
	if c.Size < first || c.Size > 2*maxRows {
		return fmt.Errorf("has %d rows, and %d at first", c.Size, first)
	}
	gone := map[int]bool{}
	for _, row := range c.Gone {
		if row < 0 || row >= c.Size {
			return fmt.Errorf("row %d of %d is gone", row, c.Size)
		}
		gone[row] = true
	}
	t.of.grow(c.Size - first)
	rows := make([]int, 0, len(c.Rows))
	for row := range c.Rows {
		rows = append(rows, row)
	}
	slices.Sort(rows)
	for _, row := range rows {
		o, err := parseObject(c.Rows[row])
		switch {
		case err != nil:
			return fmt.Errorf("row %d is %w", row, err)
		case row < 0 || row >= c.Size:
			return fmt.Errorf("there is no row %d", row)
		case o.str(t.idKey) == "":
			return fmt.Errorf("row %d has no %s", row, t.idKey)
		}
		t.restored(row, o, row < first)
	}
	for row := range c.Size {
		switch {
		case row >= first && t.stored[row] == nil:
			t.gone[row] = true
		case gone[row] && !t.gone[row]:
			t.remove(row)
		}
	}
	return nil
}

// restored is put without a word to anybody.
func (t *rowTable) restored(row int, o object, known bool) {
	if known {
		delete(t.rowOf, t.id(row)) // it is the same, unless somebody has edited the file
	}
	t.of.restore(row, o)
	id := o.str(t.idKey)
	t.rowOf[id] = row
	delete(t.given, row)
	t.stored[row] = t.document(id, o)
	t.version++
}

// restored keeps what no member of an expense says.
func (k *expenseKey) restored(old expenseKey, _ int) { k.parent = old.parent }

// restored keeps what no member of an accounting record says.
func (k *recordKey) restored(_ recordKey, row int) { k.row = int32(row) }
