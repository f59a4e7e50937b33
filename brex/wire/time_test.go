package wire

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestTimeForms(t *testing.T) {
	at := func(ns int) time.Time { return time.Date(2026, 11, 1, 12, 30, 15, ns, time.UTC) }
	for in, want := range map[string]time.Time{
		`"2026-11-01T12:30:15Z"`:                at(0),
		`"2026-11-01T12:30:15.5Z"`:              at(500e6),
		`"2026-11-01T12:30:15.123456789Z"`:      at(123456789),
		`"2026-11-01T07:30:15-05:00"`:           at(0),
		`"2026-11-01T18:00:15.25+05:30"`:        at(250e6),
		`"2026-11-01T12:30:15"`:                 at(0),
		`"2026-11-01T12:30:15.999"`:             at(999e6),
		`"2026-11-01T12:30:15\u005a"`:           at(0),
		`"2026\u002d11-01T12:30:15"`:            at(0),
		`"2026-11-01T12:30:15+0000"`:            at(0),
		`"2026-11-01T12:30:15.000+0000"`:        at(0),
		`"2026-11-01T14:30:15.5+0200"`:          at(500e6),
		`"2026-11-01T07:30:15-05"`:              at(0),
		`"2026-11-01T12:30:15,5Z"`:              at(500e6),
		`"2026-11-01T12:30"`:                    at(-15e9),
		`"2026-11-01T12:30Z"`:                   at(-15e9),
		`"2026-11-01T14:30+02:00"`:              at(-15e9),
		`"2026-11-01T14:30+0200"`:               at(-15e9),
		`"2026-11-01T14:30+02"`:                 at(-15e9),
		`"2026-11-01 12:30:15"`:                 at(0),
		`"2026-11-01 12:30:15.999"`:             at(999e6),
		`"2026-11-01 12:30:15+00"`:              at(0),
		`"2026-11-01 14:30:15 +0200"`:           at(0),
		`"2026-11-01 12:30:15 UTC"`:             at(0),
		`"2026-11-01t12:30:15z"`:                at(0),
		`"2026-11-01T12:30:15.1234567890123Z"`:  at(123456789),
		`"2026-11-01"`:                          time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		`null`:                                  {},
		`""`:                                    {},
		`"0001-01-01T00:00:00Z"`:                {},
		`"9999-12-31T23:59:59.999999999Z"`:      time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC),
		`"2024-02-29T00:00:00Z"`:                time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC),
		`"2026-11-01T00:00:00.000000000-00:00"`: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
	} {
		got := At(time.Unix(1, 0)) // what was there before must not stay
		if err := json.Unmarshal([]byte(in), &got); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v", in, got, err)
		}
		if in != `null` && got.IsZero() != want.IsZero() {
			t.Errorf("%s: zero is %v", in, got.IsZero())
		}
	}
	for _, in := range []string{`"2026-11"`, `"2026-11-01T"`, `"2026-11-01 "`, `"2026-11-01Z"`, `"20261101"`, `"12:30"`, `"soon"`, `" "`, `"2026-13-01T00:00:00Z"`, `"2026-02-30T00:00:00Z"`,
		`"2026-11-01T24:00:00Z"`, `"2026-11-01T12:30:60Z"`, `"2026-11-01T12:30:15+5"`, `"2026-11-01T12:30:15+24:00"`,
		`"2026-11-01T12:30:15 Europe/Berlin"`, `"11/01/2026"`, `"yesterday"`, `"1e9"`, `1761999999`, `true`, `{}`, `[]`, `["2026-11-01T12:30:15Z"]`} {
		got := At(time.Unix(1, 0))
		if err := json.Unmarshal([]byte(in), &got); err == nil {
			t.Errorf("%s: %v", in, got)
		} else if err.Error() != "a date-time that is not like 2026-11-01T12:00:00Z" {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// A time survives the way out and back, to the nanosecond; the zero time is null, or left out.
func TestTimeRoundTrip(t *testing.T) {
	type object struct {
		At   Time `json:"at"`
		Left Time `json:"left,omitzero"`
	}
	for _, at := range []time.Time{time.Date(2026, 11, 1, 12, 0, 0, 1, time.UTC), time.Date(2026, 11, 1, 12, 0, 0, 0, time.FixedZone("", 5400)), {}} {
		b, err := json.Marshal(object{At: At(at)})
		if err != nil {
			t.Fatal(err)
		}
		var back object
		if err := json.Unmarshal(b, &back); err != nil || !back.At.Equal(at) || strings.Contains(string(b), "left") || at.IsZero() != (string(b) == `{"at":null}`) {
			t.Errorf("%v: %s, %v, %v", at, b, back, err)
		}
	}
}

func FuzzTime(f *testing.F) {
	for _, s := range []string{`"2026-11-01T12:30:15Z"`, `"2026-11-01T12:30:15.999"`, `null`, `""`, `"x"`, `"\u0032"`, `{`, `"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var first, second Time
		if first.UnmarshalJSON(b) != nil {
			return
		}
		out, err := first.MarshalJSON()
		if err != nil {
			t.Fatalf("%q is read but cannot be written: %v", b, err)
		}
		if err := second.UnmarshalJSON(out); err != nil || !second.Equal(first.Time) {
			t.Fatalf("%q is %v, then %s, then %v: %v", b, first, out, second, err)
		}
	})
}

func TestDateForms(t *testing.T) {
	november := NewDate(2026, time.November, 1)
	for in, want := range map[string]Date{
		`"2026-11-01"`:                november,
		`"2026-11-01T23:59:59-08:00"`: november, // the day as written, in its own zone
		`"2026-11-01T00:00:00Z"`:      november,
		`"2026-11-01T12:00:00.5"`:     november,
		`"2026-11-0\u0031"`:           november,
		`null`:                        {},
		`""`:                          {},
		`"0001-01-01"`:                NewDate(1, 1, 1),
		`"2024-02-29"`:                NewDate(2024, 2, 29),
	} {
		got := NewDate(1999, 1, 1)
		if err := json.Unmarshal([]byte(in), &got); err != nil || got != want {
			t.Errorf("%s: %v, %v", in, got, err)
		}
	}
	for _, in := range []string{`"2026-1-1"`, `"2026-13-01"`, `"2026-02-29"`, `"01/11/2026"`, `"2026-11-01 "`, `"2026-11-01x"`, `"20261101"`, `"x"`, `20261101`, `{}`, `true`} {
		got := november
		if err := json.Unmarshal([]byte(in), &got); err == nil || got != november {
			t.Errorf("%s: %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", `2026-11-01"`, `2026-11-01T00:00:00Z","x":"`} {
		if got, err := ParseDate(in); err == nil {
			t.Errorf("ParseDate(%q): %v", in, got)
		}
	}
}

func TestDateMethods(t *testing.T) {
	d := NewDate(2026, 11, 31) // normalised
	if d != NewDate(2026, 12, 1) || d.String() != "2026-12-01" || d.Year() != 2026 || d.Month() != 12 || d.Day() != 1 {
		t.Error(d)
	}
	var none Date
	if !none.IsZero() || none.String() != "" || !none.In(time.UTC).IsZero() || d.IsZero() {
		t.Error("the zero date")
	}
	if d.Compare(none) != 1 || none.Compare(d) != -1 || d.Compare(d) != 0 {
		t.Error("Compare")
	}
	berlin := time.FixedZone("", 3600)
	if got := d.In(berlin); !got.Equal(time.Date(2026, 12, 1, 0, 0, 0, 0, berlin)) || DateOf(got) != d {
		t.Error(got)
	}
	b, err := json.Marshal(struct {
		A Date `json:"a"`
		B Date `json:"b"`
		C Date `json:"c,omitzero"`
	}{A: d})
	if err != nil || string(b) != `{"a":"2026-12-01","b":null}` {
		t.Errorf("%s, %v", b, err)
	}
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{`"2026-11-01"`, `"2026-11-01T23:59:59-08:00"`, `null`, `""`, `"\\"`, `"2026-11-01\""`, `{`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var first, second Date
		if first.UnmarshalJSON(b) != nil {
			return
		}
		out, err := first.MarshalJSON()
		if err != nil || !json.Valid(out) {
			t.Fatalf("%q is read, but written as %s: %v", b, out, err)
		}
		if err := second.UnmarshalJSON(out); err != nil || second != first {
			t.Fatalf("%q is %v, then %s, then %v: %v", b, first, out, second, err)
		}
	})
}
