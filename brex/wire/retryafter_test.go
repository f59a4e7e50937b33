package wire_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	const year = 365 * 24 * time.Hour
	for name, tc := range map[string]struct {
		after, date string
		want        time.Duration
	}{
		"seconds":                      {"7", at(time.Hour), 7 * time.Second},
		"spaces":                       {" 7 ", "", 7 * time.Second},
		"negative":                     {"-7", "", 0},
		"more than fits":               {"99999999999999999999", "", year},
		"less than fits":               {"-99999999999999999999", "", 0},
		"absent":                       {"", at(0), 0},
		"no sense":                     {"soon", at(0), 0},
		"server's clock is ahead":      {at(time.Hour + 3*time.Second), at(time.Hour), 3 * time.Second},
		"server's clock is behind":     {at(3*time.Second - time.Hour), at(-time.Hour), 3 * time.Second},
		"server's clock is years off":  {at(-30*year + 3*time.Second), at(-30 * year), 3 * time.Second},
		"older form of date":           {now.Add(3 * time.Second).Format(time.ANSIC), now.Format(time.RFC850), 3 * time.Second},
		"past on the server's clock":   {at(time.Hour), at(2 * time.Hour), 0},
		"no Date":                      {at(3 * time.Second), "", 3 * time.Second},
		"Date that cannot be read":     {at(3 * time.Second), "today", 3 * time.Second},
		"a century from now":           {"Fri, 31 Dec 2126 23:59:59 GMT", at(0), year},
		"more than a duration can say": {"Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", year},
		"and the same backward":        {"Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", 0},
	} {
		h := http.Header{}
		for name, value := range map[string]string{"Retry-After": tc.after, "Date": tc.date} {
			if value != "" {
				h.Set(name, value)
			}
		}
		require.Equal(t, tc.want, wire.RetryAfter(h, now), name)
	}
}
