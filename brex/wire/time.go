package wire

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// Time is a date-time of the API. It reads what ParseTime reads; null and "" become the zero Time.
// Anything else is a *FormatError.
type Time struct{ time.Time }

// At returns t as a Time.
func At(t time.Time) Time { return Time{t} }

// FormatError is a value that is not a date-time, or not a date. Its text does not show the value.
type FormatError struct {
	Format string // "date-time" or "date"
	Value  string // what it is instead: the content of a JSON string, or JSON of another type
}

// Error returns the name of the format and an example of it.
func (e *FormatError) Error() string {
	like := "2026-11-01T12:00:00Z"
	if e.Format == "date" {
		like = "2026-11-01"
	}
	return "a " + e.Format + " that is not like " + like
}

// layouts are the forms of ISO 8601 that are in use: seconds may be absent, and the zone, which
// then is UTC; it may lack its colon or its minutes. Fractions of a second are accepted by
// time.Parse after any layout's seconds.
var layouts = func() []string {
	all := []string{time.DateOnly}
	for _, clock := range []string{"T15:04:05", "T15:04"} {
		for _, zone := range []string{"Z07:00", "", "Z0700", "Z07"} {
			all = append(all, time.DateOnly+clock+zone)
		}
	}
	return all
}()

// ParseTime reads a date-time in the forms of ISO 8601 that are in use: RFC 3339, also with a space
// for the T or without seconds; the zone as Z, +02:00, +0200, +02 or UTC, or absent, which means
// UTC; a date alone is its first moment in UTC. It fails with a *FormatError.
func ParseTime(s string) (Time, error) {
	const date = len(time.DateOnly)
	text := strings.ToUpper(s)
	if len(text) > date+1 && text[date] == ' ' {
		text = text[:date] + "T" + text[date+1:]
	}
	if rest, ok := strings.CutSuffix(text, "UTC"); ok {
		text = rest + "Z"
	}
	if at := strings.LastIndexByte(text, ' '); at > date { // before the zone
		text = text[:at] + text[at+1:]
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil && writable(t) {
			return Time{t}, nil
		}
	}
	return Time{}, &FormatError{"date-time", s}
}

// writable is false for the zones of a day and more that package time reads, and then fails to
// write.
func writable(t time.Time) bool {
	_, offset := t.Zone()
	return offset > -24*60*60 && offset < 24*60*60
}

// UnmarshalJSON reads a date-time, null or "".
func (t *Time) UnmarshalJSON(b []byte) error {
	if len(b) > 2 && t.Time.UnmarshalJSON(b) == nil && b[0] == '"' && writable(t.Time) {
		return nil // what Brex sends, without an allocation
	}
	t.Time = time.Time{}
	s, ok := text(b)
	if !ok {
		return &FormatError{"date-time", string(b)}
	}
	if s == "" {
		return nil
	}
	var err error
	*t, err = ParseTime(s)
	return err
}

// MarshalJSON writes RFC 3339; the zero Time is null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return t.Time.MarshalJSON()
}

// Date is a calendar day without a time or a zone. Its zero value means no date. It is comparable
// with ==.
type Date struct {
	year  int
	month time.Month
	day   int
}

// DateOf returns the day of t in t's own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// NewDate returns a date; values out of range are normalised as time.Date does.
func NewDate(year int, month time.Month, day int) Date {
	return DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// ParseDate reads a day like 2006-01-02, and everything that ParseTime reads, of which it keeps the
// day as it is written. It fails with a *FormatError.
func ParseDate(s string) (Date, error) {
	t, err := ParseTime(s)
	if err != nil {
		return Date{}, &FormatError{"date", s}
	}
	return DateOf(t.Time), nil
}

// IsZero reports whether d is the zero Date, which means no date.
func (d Date) IsZero() bool { return d == Date{} }

// In returns midnight of the day in the zone.
func (d Date) In(loc *time.Location) time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, loc)
}

// Year, Month and Day return the parts of the date.
func (d Date) Year() int         { return d.year }
func (d Date) Month() time.Month { return d.month }
func (d Date) Day() int          { return d.day }

// Compare returns -1, 0 or 1 as d is before, on or after e.
func (d Date) Compare(e Date) int { return d.In(time.UTC).Compare(e.In(time.UTC)) }

// String returns a day like 2006-01-02, or "" for no date.
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
		return &FormatError{"date", string(b)}
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
