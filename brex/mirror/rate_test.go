package mirror_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/file"
)

// counting is a company with so many pages of expenses, one expense each, that accepts 1,000 requests in 60 seconds.
type counting struct {
	pages   int
	at      []time.Time // of the requests
	refused int
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(50 * time.Millisecond)
	now, recent := time.Now(), 0
	for i := len(c.at) - 1; i >= 0 && now.Sub(c.at[i]) < time.Minute; i-- {
		recent++
	}
	status, body := http.StatusOK, `{"id":"one","items":[]}`
	if c.at = append(c.at, now); recent >= 1000 {
		c.refused++
		status, body = http.StatusTooManyRequests, "{}"
	} else if r.URL.Path == "/v1/expenses" {
		n, err := strconv.Atoi("0" + r.URL.Query().Get("cursor"))
		if err != nil {
			return nil, err
		}
		next := fmt.Sprintf("%q", fmt.Sprint(n+1))
		if n+1 == c.pages {
			next = "null"
		}
		body = fmt.Sprintf(`{"next_cursor":%s,"items":[{"id":"e%d","updated_at":"2026-11-01T00:00:00.000Z"}]}`, next, n)
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// A long list is read at 98 percent of the rate that Brex permits, without a refusal, and as fast as paging alone.
func TestRate(t *testing.T) {
	const pages = 5000 // clients with one token share a limiter, which outlives a bubble and its clock
	took := func(token string, read func(*testing.T, *brex.Client)) (d time.Duration, requests int) {
		synctest.Test(t, func(t *testing.T) {
			company := &counting{pages: pages}
			client, err := brex.New(brex.WithToken(token), brex.WithHTTPClient(&http.Client{Transport: company}))
			require.NoError(t, err)
			began := time.Now()
			read(t, client)
			d, requests = time.Since(began), len(company.at)
			require.Zero(t, company.refused)
		})
		return d, requests
	}
	plain, _ := took("plain", func(t *testing.T, client *brex.Client) {
		for _, err := range client.CallPages(t.Context(), "listExpenses", map[string]any{"limit": 100}, brex.WithPrefetch()) {
			require.NoError(t, err)
		}
	})
	copied, requests := took("copied", func(t *testing.T, client *brex.Client) {
		sink, err := file.Open(t.TempDir(), file.JSONL)
		require.NoError(t, err)
		defer func() { require.NoError(t, sink.Close()) }()
		m, err := mirror.New(client, sink)
		require.NoError(t, err)
		report, err := m.Run(t.Context(), "expenses")
		require.NoError(t, err)
		require.Equal(t, pages, report.Streams[0].Added)
	})
	permitted := time.Duration(requests) * time.Minute / 1000
	t.Logf("%d requests in %v, permitted in %v; paging alone took %v", requests, copied, permitted, plain)
	require.LessOrEqual(t, copied, permitted*100/98)
	require.LessOrEqual(t, copied, plain*115/100)
}
