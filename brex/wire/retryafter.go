package wire

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter bounds what RetryAfter returns.
const maxRetryAfter = 365 * 24 * time.Hour

// RetryAfter returns how long the Retry-After header asks to wait: seconds, or an HTTP date. A date
// refers to the server's clock, which the Date header shows; without that header it is compared
// with now. RetryAfter returns 0 if the header is absent, in the past or unreadable, and at most a
// year.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.ParseInt(v, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(max(n, 0), int64(maxRetryAfter/time.Second))) * time.Second
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	if server, err := http.ParseTime(strings.TrimSpace(h.Get("Date"))); err == nil {
		now = server
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
