package mirror

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/brex-go/sdk/gen/tables"
)

// ForgetReport is what Forget did.
type ForgetReport struct {
	Company string
	Removed map[string]int // rows about the user that were removed, by table
	Cleaned map[string]int // rows in which the user was mentioned and is no longer, by table
}

// Forget removes a user from the copy for good, and notes it, so that later runs leave the user out. Rows about the user are removed:
// the user, and what has the user in user_id, owner_user_id or traveler_user_id, such as expenses and cards. Where other rows mention
// the user, as a manager or an approver, the id and the object that describes the user become null. Brex is not changed.
//
// It calls getCompany, to know whose user it is.
func (m *Mirror) Forget(ctx context.Context, user string) (ForgetReport, error) {
	report := ForgetReport{Removed: map[string]int{}, Cleaned: map[string]int{}}
	if len(user) < 8 {
		return report, errors.New("mirror: Forget: it must be the id of a user")
	}
	r := &run{Mirror: m}
	var err error
	if report.Company, err = r.idOf(ctx, "getCompany"); err != nil {
		return report, fmt.Errorf("mirror: the company that the token belongs to: %w", err)
	}
	r.company = report.Company
	if err := m.sink.Note(ctx, r.company, Forgotten, user); err != nil { // first, so that no run brings the user back
		return report, err
	}
	for _, t := range tables.All {
		removed, cleaned, err := r.forget(ctx, t, user)
		if err != nil {
			return report, fmt.Errorf("mirror: forgetting a user in %s: %w", t.Name, err)
		}
		if removed > 0 {
			report.Removed[t.Name] = removed
		}
		if cleaned > 0 {
			report.Cleaned[t.Name] = cleaned
		}
	}
	return report, nil
}

func (r *run) forget(ctx context.Context, t *Table, user string) (removed, cleaned int, err error) {
	// What is stored was filtered when it was: it is not filtered again.
	rows := newRows(t, &privacy{accountNumbers: true, forgotten: []string{user}})
	j := &job{run: r, table: t, rows: rows}
	if j.stream, err = r.sink.Begin(ctx, r.company, t); err != nil {
		return 0, 0, err
	}
	j.committed = j.stream.State()
	if j.committed.Revision == 0 {
		return 0, 0, nil // never read
	}
	j.state = j.committed
	live := map[string]bool{}
	for key, err := range j.stream.Keys(ctx, 0, math.MaxInt64) {
		if err != nil {
			return 0, 0, err
		}
		live[keyText(key)] = true
	}
	var b Batch
	for stored, err := range j.stream.Holding(ctx, user) {
		if err != nil {
			return 0, 0, err
		}
		parent := ""
		if t.Parent != nil {
			parent = stored.Key[0]
		}
		row, err := rows.row(stored.Raw, parent)
		if err != nil {
			return 0, 0, err
		}
		b.Erase = append(b.Erase, stored.Key)
		if row == nil || !live[keyText(stored.Key)] {
			removed++
			continue
		}
		cleaned++
		b.Rows = append(b.Rows, *row)
	}
	if len(b.Erase) == 0 {
		return 0, 0, nil
	}
	return removed, cleaned, j.commit(ctx, b, j.committed)
}

// expire removes rows that have grown older than what is kept.
func (j *job) expire(ctx context.Context) error {
	if j.keepMonths == 0 || j.rows.age < 0 {
		return nil
	}
	var old [][]string
	for stored, err := range j.stream.Holding(ctx, "") {
		if err != nil {
			return err
		}
		row, err := j.rows.row(stored.Raw, stored.Key[0])
		if err != nil {
			return err
		}
		if row != nil && j.old(row) {
			old = append(old, stored.Key)
		}
	}
	if len(old) == 0 {
		return nil
	}
	return j.commit(ctx, Batch{Erase: old}, j.committed)
}
