package wire

import (
	"net/url"
	"testing"
	"time"
)

type status string

// The order is the one of the calls; names keep their brackets; what is zero is not sent; arrays repeat their name.
func TestQueryEncode(t *testing.T) {
	no, yes := false, true
	at := time.Date(2026, 11, 1, 23, 59, 59, 999e6, time.FixedZone("", -8*3600))
	var q Query
	q.String("cursor", "")
	q.Int("limit", 50)
	q.Int("offset", 0)
	Strings(&q, "expand[]", []status{"merchant", "user"})
	Strings(&q, "user_id[]", []string{})
	Strings(&q, "status[]", []string(nil))
	q.Bool("archived", false)
	q.Bool("single_entry", true)
	q.OptionalBool("a", nil)
	q.OptionalBool("b", &no)
	q.OptionalBool("c", &yes)
	q.Time("updated_at[gte]", at)
	q.Time("none", time.Time{})
	q.String("email", "a+b@c.de&x=y z/é%")
	const before = "limit=50&expand%5B%5D=merchant&expand%5B%5D=user&single_entry=true&b=false&c=true&updated_at%5Bgte%5D="
	const after = "&email=a%2Bb%40c.de%26x%3Dy+z%2F%C3%A9%25"
	if got, want := q.Encode(LayoutLocal), before+"2026-11-02T07%3A59%3A59.999"+after; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := q.Encode(LayoutZoned), before+"2026-11-02T07%3A59%3A59.999Z"+after; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if values, err := url.ParseQuery(q.Encode(LayoutLocal)); err != nil || values.Get("email") != "a+b@c.de&x=y z/é%" || len(values["expand[]"]) != 2 || q.Len() != 8 {
		t.Errorf("%v, %v, %d", values, err, q.Len())
	}
	if got, ok := q.Lookup("expand[]"); got != "merchant" || !ok {
		t.Error(got, ok)
	}
	if got, ok := q.Lookup("updated_at[gte]"); got != "2026-11-02T07:59:59.999Z" || !ok {
		t.Error(got, ok)
	}
	if got, ok := q.Lookup("cursor"); got != "" || ok {
		t.Error(got, ok)
	}
	if empty := (&Query{}); empty.Encode(LayoutLocal) != "" || empty.Len() != 0 {
		t.Error(empty)
	}
}

// Fractions of a second are cut to milliseconds and left out when there are none; the zero second of 1970 is a time.
func TestQueryTimes(t *testing.T) {
	for want, at := range map[string]time.Time{
		"1970-01-01T00:00:00":     time.Unix(0, 0),
		"1970-01-01T00:00:00.1":   time.Unix(0, 100e6),
		"1970-01-01T00:00:00.001": time.Unix(0, 1999999),
	} {
		var q Query
		q.Time("t", at)
		for layout, zone := range map[string]string{LayoutLocal: "", LayoutZoned: "Z"} {
			if got := q.Encode(layout); got != "t="+url.QueryEscape(want+zone) {
				t.Errorf("%s, want %s", got, want+zone)
			}
		}
	}
}

// With replaces a parameter in a copy.
func TestQueryWith(t *testing.T) {
	var q Query
	q.String("cursor", "a")
	q.Int("limit", 5)
	next := q.With("cursor", "b")
	none := next.With("cursor", "")
	if q.Encode("") != "cursor=a&limit=5" || next.Encode("") != "limit=5&cursor=b" || none.Encode("") != "limit=5" {
		t.Error(q.Encode(""), next.Encode(""), none.Encode(""))
	}
}
