package mirror

import "encoding/json"

// Trusting marks rows that a list did not show without asking for them: the mutant that the tests must catch.
func Trusting() Option {
	return func(m *Mirror) error { m.trusting = true; return nil }
}

// Batch sets how many rows a commit has.
func BatchOf(n int) Option {
	return func(m *Mirror) error { m.batch = n; return nil }
}

// RowsOf makes rows of objects as a run does.
func RowsOf(t *Table, objects []json.RawMessage) ([]Row, error) {
	rows := newRows(t, &privacy{})
	var all []Row
	for _, raw := range objects {
		row, err := rows.row(raw, "parent")
		if err != nil {
			return nil, err
		}
		all = append(all, *row)
	}
	return all, nil
}
