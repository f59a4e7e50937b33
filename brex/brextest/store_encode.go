package brextest

import (
	"strconv"
	"time"
)

// The generated rows are written by hand, member by member: a page of 100 then
// costs a few memory copies instead of 100 reflective encodings.

// writer appends the members of one JSON object to buf.
type writer struct {
	buf   []byte
	comma bool
}

func (w *writer) open() { w.buf = append(w.buf, '{'); w.comma = false }

func (w *writer) close() { w.buf = append(w.buf, '}'); w.comma = true }

func (w *writer) key(name string) {
	if w.comma {
		w.buf = append(w.buf, ',')
	}
	w.comma = true
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, name...)
	w.buf = append(w.buf, '"', ':')
}

func (w *writer) null(name string) { w.key(name); w.buf = append(w.buf, "null"...) }

func (w *writer) str(name, value string) {
	w.key(name)
	w.buf = appendText(w.buf, value)
}

// opt writes null for an empty text.
func (w *writer) opt(name, value string) {
	if value == "" {
		w.null(name)
		return
	}
	w.str(name, value)
}

// raw writes an encoded value, null when there is none.
func (w *writer) raw(name string, value []byte) {
	if len(value) == 0 {
		w.null(name)
		return
	}
	w.key(name)
	w.buf = append(w.buf, value...)
}

func (w *writer) money(name string, amount int64, currency string) {
	w.key(name)
	w.buf = appendMoney(w.buf, amount, currency)
}

// time writes an instant in milliseconds, null for 0.
func (w *writer) time(name string, ms int64) {
	if ms == 0 {
		w.null(name)
		return
	}
	w.key(name)
	w.buf = append(w.buf, '"')
	w.buf = appendTime(w.buf, ms)
	w.buf = append(w.buf, '"')
}

// date writes the UTC day of an instant in milliseconds, null for 0.
func (w *writer) date(name string, ms int64) {
	if ms == 0 {
		w.null(name)
		return
	}
	w.key(name)
	w.buf = append(w.buf, '"')
	w.buf = time.UnixMilli(ms).UTC().AppendFormat(w.buf, time.DateOnly)
	w.buf = append(w.buf, '"')
}

func appendMoney(dst []byte, amount int64, currency string) []byte {
	dst = append(dst, `{"amount":`...)
	dst = strconv.AppendInt(dst, amount, 10)
	dst = append(dst, `,"currency":"`...)
	dst = append(dst, currency...)
	return append(dst, `"}`...)
}

// appendTime writes 2026-11-02T12:00:00.000Z. It is AppendFormat unrolled: a
// page of expenses holds some 700 instants, and formatting them by layout was
// most of its cost.
func appendTime(dst []byte, ms int64) []byte {
	t := time.UnixMilli(ms).UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	dst = appendDigits(dst, year, 4)
	dst = append(dst, '-')
	dst = appendDigits(dst, int(month), 2)
	dst = append(dst, '-')
	dst = appendDigits(dst, day, 2)
	dst = append(dst, 'T')
	dst = appendDigits(dst, hour, 2)
	dst = append(dst, ':')
	dst = appendDigits(dst, minute, 2)
	dst = append(dst, ':')
	dst = appendDigits(dst, second, 2)
	dst = append(dst, '.')
	dst = appendDigits(dst, t.Nanosecond()/1_000_000, 3)
	return append(dst, 'Z')
}

func appendDigits(dst []byte, value, width int) []byte {
	var digits [8]byte
	for i := width - 1; i >= 0; i-- {
		digits[i] = byte('0' + value%10)
		value /= 10
	}
	return append(dst, digits[:width]...)
}

// appendText writes a JSON string. Plain ASCII, which nearly everything is,
// needs no escaping.
func appendText(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return append(dst, encode(s)...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

// formatTime is appendTime for documents that are built once.
func formatTime(t time.Time) string { return string(appendTime(nil, t.UnixMilli())) }

func formatDate(t time.Time) string { return t.UTC().Format(time.DateOnly) }
