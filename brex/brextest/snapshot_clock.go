package brextest

import "fmt"

// The generated expenses and their accounting records change with the clock
// without a document of their own. This file saves how far they have come.

// savedExpenseClock is how far the clock has taken the generated expenses.
type savedExpenseClock struct {
	At      int64      `json:"at,omitempty"`      // milliseconds
	Records []int32    `json:"records,omitempty"` // rows of the expenses whose records came later
	Posting [][2]int64 `json:"posting,omitempty"` // milliseconds and rows of purchases that have not posted
}

func (s *state) saveExpenseClock(records int) savedExpenseClock {
	var c savedExpenseClock
	if m, made := s.expenses.made.(*expenseMaker); made {
		c.At = m.now
	}
	for row := records; row < len(s.records.keys); row++ {
		if k := &s.records.keys[row]; !k.given {
			c.Records = append(c.Records, k.expense)
		}
	}
	for _, p := range s.posting {
		c.Posting = append(c.Posting, [2]int64{p.at, int64(p.row)})
	}
	return c
}

// catchUp brings the generated expenses to an instant, as settleExpenses did,
// but without what else it did: that is among the changes of the tables.
func (s *state) catchUp(to int64) {
	m, made := s.expenses.made.(*expenseMaker)
	if !made || to < m.now {
		return
	}
	m.now = to
	for len(m.changes) > 0 && m.changes[0].at <= m.now {
		row := int(m.changes[0].row)
		f := m.facts(row)
		if f.trip {
			if at, found := m.trips.tripNumber(row); found {
				_, _, s.trips.keys[at].updated = m.trips.times(&f)
			}
		}
		s.expenses.keys[row] = m.key(&f)
		s.expenses.changed(row)
		m.changes = m.changes[1:]
	}
}

func (s *state) applyExpenseClock(c savedExpenseClock) error {
	for _, expense := range c.Records {
		if expense < 0 || int(expense) >= len(s.expenses.keys) {
			return fmt.Errorf("accounting_records: there is no expense in row %d", expense)
		}
		s.newRecord(int(expense))
	}
	s.posting = nil
	for _, p := range c.Posting {
		if p[1] < 0 || p[1] >= int64(len(s.expenses.keys)) {
			return fmt.Errorf("expenses: there is no row %d to post", p[1])
		}
		s.posting = append(s.posting, change{p[0], int32(p[1])})
	}
	return nil
}

// recordChange is what an accounting record has become that is made from its
// expense.
type recordChange struct {
	Changed int64        `json:"changed"`
	Version int64        `json:"version"`
	Status  reviewStatus `json:"status"`
}

func recordsBetween(base, now *state) map[int]recordChange {
	changes := map[int]recordChange{}
	for row := range now.records.keys {
		is, was := &now.records.keys[row], recordKey{}
		if row < len(base.records.keys) {
			was = base.records.keys[row]
		}
		if !is.given && (was.changed != is.changed || was.version != is.version || was.status != is.status) {
			changes[row] = recordChange{is.changed, is.version, is.status}
		}
	}
	return changes
}

func (s *state) applyRecords(changes map[int]recordChange) error {
	for row, c := range changes {
		if row < 0 || row >= len(s.records.keys) || c.Status > exportedRecord {
			return fmt.Errorf("accounting_records: there is no row %d, or no status %d", row, c.Status)
		}
		k := &s.records.keys[row]
		k.changed, k.version, k.status = c.Changed, c.Version, c.Status
	}
	return nil
}
