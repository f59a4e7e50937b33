package webhook_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/webhook"
)

var (
	secretA = base64.StdEncoding.EncodeToString([]byte("the first signing secret"))
	secretB = base64.StdEncoding.EncodeToString([]byte("the second secret, 29 bytes.."))
	secretC = base64.StdEncoding.EncodeToString([]byte("nobody but a forger has this"))
	epoch   = time.Unix(1_780_000_000, 0)
)

const processed = `{"event_type":"TRANSFER_PROCESSED","transfer_id":"dptx_1","payment_type":"ACH","company_id":"cuacc_1"}`

// clock is moved by hand.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: epoch} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func at(t time.Time) webhook.ClockOption { return webhook.WithClock(func() time.Time { return t }) }

// signed are the headers of a delivery at epoch.
func signed(t testing.TB, secret, id string, body []byte) http.Header {
	t.Helper()
	signature, err := webhook.Sign(secret, id, epoch, body)
	require.NoError(t, err)
	h := http.Header{}
	h.Set(webhook.HeaderID, id)
	h.Set(webhook.HeaderTimestamp, strconv.FormatInt(epoch.Unix(), 10))
	h.Set(webhook.HeaderSignature, signature)
	return h
}

// request is a delivery at epoch, signed with secretA.
func request(t testing.TB, event any, opts ...webhook.RequestOption) *http.Request {
	t.Helper()
	return requestSigned(t, secretA, event, opts...)
}

func requestSigned(t testing.TB, secret string, event any, opts ...webhook.RequestOption) *http.Request {
	t.Helper()
	opts = append([]webhook.RequestOption{webhook.WithTime(epoch)}, opts...)
	r, err := webhook.NewRequest(t.Context(), "https://example.com/brex", secret, event, opts...)
	require.NoError(t, err)
	return r
}

// serve returns the answer's status.
func serve(h http.Handler, r *http.Request) int { return record(h, r).Code }

func record(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// newHandler makes a handler whose clock stands at epoch and whose log is kept.
func newHandler(t testing.TB, opts ...webhook.HandlerOption) (*webhook.Handler, *log) {
	t.Helper()
	return newHandlerWith(t, verifier(t, secretA), opts...)
}

func newHandlerWith(t testing.TB, source webhook.SecretSource, opts ...webhook.HandlerOption) (*webhook.Handler, *log) {
	t.Helper()
	l := &log{}
	opts = append([]webhook.HandlerOption{at(epoch), webhook.WithLogger(slog.New(slog.NewTextHandler(l, nil)))}, opts...)
	h, err := webhook.NewHandler(source, opts...)
	require.NoError(t, err)
	return h, l
}

func verifier(t testing.TB, secrets ...string) *webhook.Verifier {
	t.Helper()
	v, err := webhook.NewVerifier(secrets...)
	require.NoError(t, err)
	return v
}

type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// count is a callback that counts, and answers what it is told to.
type count struct {
	mu  sync.Mutex
	n   int
	err error
}

func (c *count) on(context.Context, *webhook.TransferProcessed) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return c.err
}

func (c *count) calls() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

func (c *count) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
}

// sample is a body from the testdata directory.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return bytes.TrimSpace(b)
}

func bodyOf(t testing.TB, r *http.Request) []byte {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return b
}

func reader(s string) io.Reader { return strings.NewReader(s) }
