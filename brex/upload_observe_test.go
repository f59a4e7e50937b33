package brex_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

// A file takes the pipeline's loop: its attempts are reported, and it waits as long as the upload host asks.
func TestUploadIsObserved(t *testing.T) {
	u := newUploads(t)
	u.answer = func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}
	var seen []string
	var log bytes.Buffer
	client, err := brex.New(brex.WithBaseURL(u.api.URL), brex.WithToken("t"), brex.WithRetryPolicy(brex.RetryPolicy{BaseDelay: 1, MaxDelay: 1}),
		brex.WithLimiter(nil), // on a busy machine it takes a millisecond, and is an event
		brex.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		brex.WithObserver(func(_ context.Context, e brex.Event) {
			seen = append(seen, fmt.Sprintf("%s %s %d %d", e.Kind, e.Operation, e.Attempt, e.Status))
			if e.Kind == brex.EventRetry {
				require.Equal(t, time.Second, e.Wait, "Retry-After")
			}
		}))
	require.NoError(t, err)
	up, err := client.Receipts.Upload(t.Context(), "e1", brex.FileFromReader("r.txt", strings.NewReader("receipt"), 7))
	require.NoError(t, err)
	require.Equal(t, 2, up.Attempts)
	require.Equal(t, []string{"send receiptUpload 1 0", "attempt receiptUpload 1 201", "call receiptUpload 1 201",
		"attempt receiptUpload 1 503", "retry receiptUpload 1 503", "attempt receiptUpload 2 200", "upload receiptUpload 2 200"}, seen)
	require.Equal(t, 1, strings.Count(log.String(), `msg="brex upload"`))
	require.NotContains(t, log.String(), "s3cr3t")
}

// A wait longer than the policy allows ends the upload, and says how long it would have been.
func TestUploadThatShouldWaitTooLong(t *testing.T) {
	u := newUploads(t)
	u.answer = func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	client, err := brex.New(brex.WithBaseURL(u.api.URL), brex.WithToken("t"))
	require.NoError(t, err)
	_, err = client.Receipts.Upload(t.Context(), "e1", brex.FileFromReader("r.txt", strings.NewReader("receipt"), 7))
	require.ErrorIs(t, err, brex.ErrUpload)
	require.ErrorIs(t, err, brex.ErrRetryAfter)
	var e *brex.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, time.Hour, e.RetryAfter)
	require.Equal(t, brex.OutcomeUnknown, e.Outcome())
	require.Zero(t, e.StatusCode, "a status of the upload host is not one of Brex's")
}
