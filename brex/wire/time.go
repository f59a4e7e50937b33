package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Time is a date-time of the API. It reads RFC 3339, and the same without a zone, which is taken as UTC; null and ""
// become the zero Time. Anything else is an error.
type Time struct{ time.Time }

// At makes a Time.
func At(t time.Time) Time { return Time{t} }

// zoneless is RFC 3339 without the zone. Fractions of a second are accepted by time.Parse after any layout's seconds.
const zoneless = "2006-01-02T15:04:05"

// UnmarshalJSON reads a date-time, null or "".
func (t *Time) UnmarshalJSON(b []byte) error {
	if len(b) > 2 && t.Time.UnmarshalJSON(b) == nil && b[0] == '"' {
		return nil // what Brex sends, without an allocation
	}
	t.Time = time.Time{}
	s, ok := text(b)
	if !ok {
		return fmt.Errorf("date-time %.40s is not a JSON string", b)
	}
	if s == "" {
		return nil
	}
	parsed, err := time.Parse(time.RFC3339, s) // escaped, or in a form that time.Time's UnmarshalJSON does not take
	if err != nil {
		parsed, err = time.Parse(zoneless, s)
	}
	if err != nil {
		return fmt.Errorf("date-time %.40q is not like 2026-11-01T12:00:00Z", s)
	}
	t.Time = parsed
	return nil
}

// MarshalJSON writes RFC 3339; the zero Time is null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return t.Time.MarshalJSON()
}

// Date is a calendar day without a time or a zone. Its zero value means no date. It is comparable with ==.
type Date struct {
	year  int
	month time.Month
	day   int
}

// DateOf is the day of t in t's own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// NewDate makes a date; values out of range are normalised as time.Date does.
func NewDate(year int, month time.Month, day int) Date {
	return DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// ParseDate reads 2006-01-02, and a date-time, of which the day is kept.
func ParseDate(s string) (Date, error) {
	if len(s) > len(time.DateOnly) {
		var t Time
		if err := t.UnmarshalJSON([]byte(`"` + s + `"`)); err != nil {
			return Date{}, fmt.Errorf("date %.40q is not like 2026-11-01", s)
		}
		return DateOf(t.Time), nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("date %.40q is not like 2026-11-01", s)
	}
	return DateOf(t), nil
}

// IsZero is true when there is no date.
func (d Date) IsZero() bool { return d == Date{} }

// In is midnight of the day in the zone.
func (d Date) In(loc *time.Location) time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, loc)
}

// Year, Month and Day are the parts of the date.
func (d Date) Year() int         { return d.year }
func (d Date) Month() time.Month { return d.month }
func (d Date) Day() int          { return d.day }

// Compare is -1, 0 or 1 as d lies before, on or after e.
func (d Date) Compare(e Date) int { return d.In(time.UTC).Compare(e.In(time.UTC)) }

// String is 2006-01-02, or "" for no date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.In(time.UTC).Format(time.DateOnly)
}

// UnmarshalJSON reads a date, null or "".
func (d *Date) UnmarshalJSON(b []byte) error {
	s, ok := text(b)
	if !ok {
		return fmt.Errorf("date %.40s is not a JSON string", b)
	}
	if s == "" {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(s)
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// MarshalJSON writes 2006-01-02; no date is null.
func (d Date) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + d.String() + `"`), nil
}

// text is the content of a JSON string; null is the empty text.
func text(b []byte) (string, bool) {
	if string(b) == "null" {
		return "", true
	}
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return "", false
	}
	if bytes.IndexByte(b, '\\') < 0 {
		return string(b[1 : len(b)-1]), true
	}
	var s string
	return s, json.Unmarshal(b, &s) == nil
}
