package brex_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

// uploads is a Brex that hands out addresses, and the upload host behind them.
type uploads struct {
	api, host *httptest.Server
	uri       func(n int) string                                  // address of the nth link; nil for one of host
	answer    func(n int, w http.ResponseWriter, r *http.Request) // to the nth PUT; nil for 200

	mu    sync.Mutex
	links []*http.Request // requests for links
	names []string        // the receipt_name or type in them
	puts  []*http.Request
	files [][]byte
}

const signature = "X-Amz-Signature=s3cr3t"

func newUploads(t *testing.T) *uploads {
	u := &uploads{}
	u.api = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body map[string]string
		_ = json.NewDecoder(r.Body).Decode(&body)
		u.mu.Lock()
		defer u.mu.Unlock()
		u.links = append(u.links, r)
		u.names = append(u.names, body["receipt_name"]+body["type"])
		n := len(u.links)
		uri := fmt.Sprintf("%s/bucket/%d?%s", u.host.URL, n, signature)
		if u.uri != nil {
			uri = u.uri(n)
		}
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"id":"up_%d","uri":%q}`, n, uri)
	}))
	u.host = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		u.mu.Lock()
		u.puts, u.files = append(u.puts, r), append(u.files, body)
		n := len(u.puts)
		u.mu.Unlock()
		if u.answer != nil {
			u.answer(n, w, r)
		}
	}))
	t.Cleanup(u.api.Close)
	t.Cleanup(u.host.Close)
	return u
}

// seen is what the upload host has got so far; its handlers can still be at work when a call has failed.
func (u *uploads) seen() (puts []*http.Request, files [][]byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.puts), slices.Clone(u.files)
}

func (u *uploads) client(t *testing.T, opts ...brex.Option) *brex.Client {
	c, err := brex.New(append([]brex.Option{brex.WithToken("token-1"), brex.WithBaseURL(u.api.URL), brex.WithLimiter(nil),
		brex.WithRetryPolicy(brex.RetryPolicy{BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond})}, opts...)...)
	require.NoError(t, err)
	return c
}

var receipt = append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("receipt "), 20_000)...)

// once hides every method of a reader but Read.
type once struct{ io.Reader }

func TestUploadSources(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lunch.pdf")
	require.NoError(t, os.WriteFile(path, receipt, 0o600))
	seeker := bytes.NewReader(append([]byte("skipped"), receipt...))
	_, err := seeker.Seek(7, io.SeekStart)
	require.NoError(t, err)
	pipe, in, err := os.Pipe()
	require.NoError(t, err)
	go func() { _, _ = in.Write(receipt); in.Close() }()
	for name, test := range map[string]struct {
		file              brex.File
		wantName, wantTyp string
	}{
		"path":                 {brex.FileFromPath(path), "lunch.pdf", "application/pdf"},
		"reader that seeks":    {brex.FileFromReader("lunch", seeker, int64(len(receipt))), "lunch", "application/pdf"},
		"reader":               {brex.FileFromReader("lunch.jpg", once{bytes.NewReader(receipt)}, int64(len(receipt))), "lunch.jpg", "image/jpeg"},
		"reader, size unknown": {brex.FileFromReader("lunch.jpg", once{bytes.NewReader(receipt)}, -1), "lunch.jpg", "image/jpeg"},
		"pipe":                 {brex.FileFromReader("stdin.pdf", pipe, -1), "stdin.pdf", "application/pdf"},
		"other name and type": {brex.FileFromPath(path).Named("dinner.bin").WithContentType("application/x-receipt"), "dinner.bin",
			"application/x-receipt"},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUploads(t)
			u.answer = func(n int, w http.ResponseWriter, r *http.Request) { // every source is good for a second attempt
				if n == 1 {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
			}
			var sent, total int64
			up, err := u.client(t).Receipts.Upload(context.Background(), "exp_1", test.file.WithProgress(func(s, n int64) { sent, total = s, n }))
			require.NoError(t, err)
			require.Equal(t, &brex.Upload{ID: "up_1", Size: int64(len(receipt)), ContentType: test.wantTyp, Attempts: 2}, up)
			require.Len(t, u.links, 1)
			require.Equal(t, "/v1/expenses/card/exp_1/receipt_upload", u.links[0].URL.Path)
			require.Equal(t, []string{test.wantName}, u.names)
			require.Len(t, u.puts, 2)
			for i, put := range u.puts {
				require.Equal(t, http.MethodPut, put.Method)
				require.Equal(t, "/bucket/1?"+signature, put.URL.RequestURI())
				require.Equal(t, int64(len(receipt)), put.ContentLength)
				require.Equal(t, test.wantTyp, put.Header.Get("Content-Type"))
				for _, secret := range []string{"Authorization", "Cookie", "Idempotency-Key", "X-Mine"} {
					require.Empty(t, put.Header.Get(secret), secret)
				}
				require.Equal(t, receipt, u.files[i])
			}
			require.Equal(t, []int64{int64(len(receipt)), int64(len(receipt))}, []int64{sent, total})
		})
	}
}

// A file that cannot be uploaded is refused before Brex is asked for an address.
func TestUploadRefusesBeforeSending(t *testing.T) {
	dir := t.TempDir()
	huge := filepath.Join(dir, "huge.pdf")
	require.NoError(t, os.WriteFile(huge, nil, 0o600))
	require.NoError(t, os.Truncate(huge, 50<<20+1))
	for name, test := range map[string]struct {
		file brex.File
		want error
		text string
	}{
		"none":             {brex.File{}, brex.ErrUsage, "FileFromPath"},
		"empty":            {brex.FileFromReader("a.pdf", strings.NewReader(""), 0), brex.ErrUsage, `"a.pdf" is empty`},
		"too large":        {brex.FileFromPath(huge), brex.ErrUsage, "50 MB"},
		"endless reader":   {brex.FileFromReader("a.pdf", once{zeros{}}, -1), brex.ErrUsage, "50 MB"},
		"missing":          {brex.FileFromPath(filepath.Join(dir, "missing.pdf")), fs.ErrNotExist, "missing.pdf"},
		"nil reader":       {brex.FileFromReader("a.pdf", nil, 1), brex.ErrUsage, "nil"},
		"reader too short": {brex.FileFromReader("a.pdf", once{strings.NewReader("abc")}, 4), brex.ErrUsage, "has 3 bytes, not the 4"},
		"reader too long":  {brex.FileFromReader("a.pdf", strings.NewReader("abc"), 2), brex.ErrUsage, "has 3 bytes, not the 2"},
		"broken reader":    {brex.FileFromReader("a.pdf", once{broken{}}, 2), errBroken, "reading the file"},
		"name":             {brex.FileFromReader("März.pdf", strings.NewReader("abc"), 3), brex.ErrUsage, "receipt_name"},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUploads(t)
			_, err := u.client(t).Receipts.Match(context.Background(), test.file)
			var e *brex.Error
			require.ErrorAs(t, err, &e)
			require.ErrorIs(t, err, test.want)
			require.ErrorContains(t, err, test.text)
			require.Equal(t, "receiptMatch", e.Operation)
			require.Equal(t, brex.OutcomeNotSent, e.Outcome())
			require.Empty(t, u.links)
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

var errBroken = errors.New("disk on fire")

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errBroken }

func TestUploadAsksForANewAddress(t *testing.T) {
	u := newUploads(t)
	u.answer = func(n int, w http.ResponseWriter, r *http.Request) {
		if n == 1 {
			w.WriteHeader(http.StatusForbidden)
		}
	}
	up, err := u.client(t).Receipts.Match(context.Background(), brex.FileFromReader("a.pdf", bytes.NewReader(receipt), -1),
		brex.WithIdempotencyKey("mine"), brex.WithHeader("X-Mine", "1"))
	require.NoError(t, err)
	require.Equal(t, "up_2", up.ID)
	require.Equal(t, 2, up.Attempts)
	require.Equal(t, "/bucket/2", u.puts[1].URL.Path)
	require.Equal(t, receipt, u.files[1])
	require.Equal(t, "mine", u.links[0].Header.Get("Idempotency-Key"))
	require.NotEqual(t, "mine", u.links[1].Header.Get("Idempotency-Key"), "the same key may bring the same address back")
	require.Equal(t, "1", u.links[1].Header.Get("X-Mine"))
	require.Empty(t, u.puts[0].Header.Get("X-Mine"))
}

func TestUploadFailures(t *testing.T) {
	status := func(codes ...int) func(int, http.ResponseWriter, *http.Request) {
		return func(n int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(codes[min(n, len(codes))-1]) }
	}
	reset := func(int, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	once := []brex.CallOption{brex.WithoutRetry()}
	for name, test := range map[string]struct {
		answer      func(int, http.ResponseWriter, *http.Request)
		opts        []brex.CallOption
		links, puts int
		outcome     brex.Outcome
		text        string
	}{
		"server errors":                {status(500), nil, 1, 4, brex.OutcomeUnknown, "it responded with 500"},
		"server error, once":           {status(500), once, 1, 1, brex.OutcomeUnknown, "it responded with 500"},
		"refused for good":             {status(400), nil, 1, 1, brex.OutcomeRefused, "it responded with 400"},
		"every address has expired":    {status(403), nil, 2, 2, brex.OutcomeRefused, "30 minutes"},
		"the address expired, once":    {status(403), once, 1, 1, brex.OutcomeRefused, "30 minutes"},
		"every connection is reset":    {reset, nil, 1, 4, brex.OutcomeUnknown, "upload host"},
		"expired after a server error": {status(503, 403, 400), nil, 2, 3, brex.OutcomeUnknown, "it responded with 400"},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUploads(t)
			u.answer = test.answer
			_, err := u.client(t).Receipts.Upload(context.Background(), "exp_1", brex.FileFromReader("a.pdf", bytes.NewReader(receipt), -1), test.opts...)
			var e *brex.Error
			require.ErrorAs(t, err, &e)
			require.ErrorIs(t, err, brex.ErrUpload)
			require.NotErrorIs(t, err, brex.ErrForbidden, "it is not Brex that refused")
			require.Equal(t, "receiptUpload", e.Operation)
			require.Equal(t, test.outcome, e.Outcome())
			require.Equal(t, test.puts, e.Attempts)
			require.ErrorContains(t, err, test.text)
			require.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), "s3cr3t")
			puts, _ := u.seen()
			require.Len(t, u.links, test.links)
			require.Len(t, puts, test.puts)
		})
	}
}

func TestUploadRecoversFromAReset(t *testing.T) {
	u := newUploads(t)
	u.answer = func(n int, _ http.ResponseWriter, _ *http.Request) {
		if n < 3 {
			panic(http.ErrAbortHandler)
		}
	}
	up, err := u.client(t).Receipts.Upload(context.Background(), "exp_1", brex.FileFromReader("a.pdf", bytes.NewReader(receipt), -1))
	require.NoError(t, err)
	require.Equal(t, 3, up.Attempts)
	_, files := u.seen()
	require.Equal(t, receipt, files[2])
}

func TestUploadReferralDocument(t *testing.T) {
	u := newUploads(t)
	up, err := u.client(t).Referrals.UploadDocument(context.Background(), "ref_1", brex.ReferralDocumentTypeIRSEINConfirmation,
		brex.FileFromReader("ein.pdf", bytes.NewReader(receipt), -1))
	require.NoError(t, err)
	require.Equal(t, "up_1", up.ID)
	require.Equal(t, []string{"IRS_EIN_CONFIRMATION"}, u.names)
	require.Equal(t, "/v1/referrals/ref_1/document_upload", u.links[0].URL.Path)
	require.Equal(t, receipt, u.files[0])
}
