package cli

import (
	"strconv"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex"
)

// timeFlag is a point in time: a day, a date-time, or how long ago.
type timeFlag struct {
	name string
	into *time.Time
	end  bool // a day means its last moment rather than its first

	text string
	at   time.Time
	ago  func(now time.Time) time.Time
}

func (v *timeFlag) String() string { return "" }
func (v *timeFlag) Type() string   { return "time" }

// Set reads the value. Without a zone it is UTC, as the API takes it.
func (v *timeFlag) Set(s string) error {
	v.text, v.at, v.ago = s, time.Time{}, ago(s)
	if v.ago != nil {
		return nil
	}
	if s == "today" {
		v.ago = func(now time.Time) time.Time { return v.day(now.UTC().Truncate(24 * time.Hour)) }
		return nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		v.at = v.day(t)
		return nil
	}
	if t, err := brex.ParseTime(s); err == nil {
		v.at = t.Time
		return nil
	}
	return badValue("is not a time; write 2026-11-01, 2026-11-01T15:04:05Z, or how long ago: 12h, 7d, 4w")
}

// day is the bound that a whole day means.
func (v *timeFlag) day(midnight time.Time) time.Time {
	if v.end {
		return midnight.AddDate(0, 0, 1).Add(-time.Millisecond)
	}
	return midnight
}

func (v *timeFlag) resolve(now time.Time) time.Time {
	if v.ago != nil {
		return v.ago(now)
	}
	return v.at
}

// ago reads 90m, 12h, 7d and 4w; nil for anything else. Days are calendar days, so 1d is this time yesterday.
func ago(s string) func(time.Time) time.Time {
	if n, err := strconv.Atoi(strings.TrimRight(s, "dw")); err == nil && n >= 0 && n < 1_000_000 && len(s) > 1 {
		switch s[len(strconv.Itoa(n)):] {
		case "d":
			return func(now time.Time) time.Time { return now.AddDate(0, 0, -n) }
		case "w":
			return func(now time.Time) time.Time { return now.AddDate(0, 0, -7*n) }
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 && !strings.HasPrefix(s, "+") && s != "0" {
		return func(now time.Time) time.Time { return now.Add(-d) }
	}
	return nil
}
