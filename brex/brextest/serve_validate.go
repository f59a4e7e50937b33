package brextest

import (
	"net/mail"
	"strconv"
	"strings"
)

// The formats that a schema here may have beyond OpenAPI's.
const (
	formatRouting = "routing-number"
	formatMoment  = "moment" // a date-time or a date
)

// textFormats are all formats of strings in requests, and what is said of a string that is not of
// one.
var textFormats = map[string]struct {
	want string
	is   func(s string, strictZone bool) bool
}{
	"email": {"want an address like ap@vendor.example", func(s string, _ bool) bool {
		address, err := mail.ParseAddress(s)
		return err == nil && address.Address == s
	}},
	"date": {"want a date like 2026-01-31", func(s string, _ bool) bool {
		_, ok := parseDay(s)
		return ok
	}},
	"date-time": {"want a date and time like 2026-01-31T12:00:00", func(s string, strictZone bool) bool {
		_, ok := parseTime(s, strictZone)
		return ok
	}},
	formatMoment: {"want a date and time like 2026-01-31T12:00:00, or a date", func(s string, strictZone bool) bool {
		_, ok := parseMoment(s, strictZone)
		return ok
	}},
	formatRouting: {"want up to nine digits", func(s string, _ bool) bool {
		_, err := strconv.ParseUint(s, 10, 64)
		return err == nil && len(s) <= 9
	}},
}

// wrong is the problem of a value, with what would be right.
func wrong(at fieldPath, why string) *problem { return badRequest(at.String() + " is invalid: " + why) }

// fieldPath is the way to a value: names, and indexes in brackets.
type fieldPath []string

func (p fieldPath) member(name string) fieldPath { return append(p[:len(p):len(p)], name) }

// maxPath keeps an error short when a client nests for fun.
const maxPath = 200

// String is the place in the message of an error.
func (p fieldPath) String() string {
	if len(p) == 0 {
		return "body"
	}
	var b strings.Builder
	for i, part := range p {
		if i > 0 && part[:min(1, len(part))] != "[" {
			b.WriteByte('.')
		}
		b.WriteString(printable(part))
		if b.Len() > maxPath {
			return b.String()[:maxPath] + "..."
		}
	}
	return b.String()
}
