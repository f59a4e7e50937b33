package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTimes(t *testing.T) {
	now := time.Date(2026, 3, 31, 12, 30, 0, 0, time.UTC)
	for _, test := range []struct{ flag, text, want string }{
		{"x-start", "2026-11-01", "2026-11-01T00:00:00Z"},
		{"x-end", "2026-11-01", "2026-11-01T23:59:59.999Z"},
		{"x-start", "today", "2026-03-31T00:00:00Z"},
		{"x-end", "today", "2026-03-31T23:59:59.999Z"},
		{"x-end", "2026-11-01T10:00:00", "2026-11-01T10:00:00Z"},
		{"x-start", "2026-11-01T10:00:00.5", "2026-11-01T10:00:00.5Z"},
		{"x-start", "2026-11-01T10:00:00+02:00", "2026-11-01T08:00:00Z"},
		{"x-start", "2026-11-01 10:00", "2026-11-01T10:00:00Z"},
		{"x-start", "7d", "2026-03-24T12:30:00Z"},
		{"x-end", "1d", "2026-03-30T12:30:00Z"},
		{"x-start", "4w", "2026-03-03T12:30:00Z"},
		{"x-start", "0d", "2026-03-31T12:30:00Z"},
		{"x-start", "12h", "2026-03-31T00:30:00Z"},
		{"x-start", "1h30m", "2026-03-31T11:00:00Z"},
	} {
		into := new(time.Time)
		v := &timeFlag{name: test.flag, into: into, end: test.flag == "x-end"}
		require.NoError(t, v.Set(test.text), test.text)
		assert.Equal(t, test.want, v.resolve(now).UTC().Format(time.RFC3339Nano), "%s %s", test.flag, test.text)
	}
	for _, text := range []string{"", "nonsense", "d", "-7d", "+7d", "7", "7y", "0", "-3h", "2026-13-01", "2026-02-30", "01.11.2026", "7dd", "1.5d", "99999999d"} {
		assert.Error(t, (&timeFlag{name: "x-start"}).Set(text), text)
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		from, to string
		want     int
	}{{"", "abc", 3}, {"list", "list", 0}, {"lst", "list", 1}, {"statsu", "status", 2}, {"abc", "", 3}} {
		assert.Equal(t, test.want, distance(test.from, test.to), "%s %s", test.from, test.to)
	}
}
