package cli

import "time"

// monthFlag is a month, such as 2026-10, from its first to its last moment in UTC.
type monthFlag struct{ start, end time.Time }

func (v *monthFlag) String() string { return "" }
func (v *monthFlag) Type() string   { return "month" }
func (v *monthFlag) Set(text string) error {
	start, err := time.Parse("2006-01", text)
	if err != nil {
		return badValue("must be a month, such as 2026-10")
	}
	v.start, v.end = start, start.AddDate(0, 1, 0).Add(-time.Millisecond)
	return nil
}
