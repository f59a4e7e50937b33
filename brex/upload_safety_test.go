package brex_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

// authorizing is a transport like that of x/oauth2, which adds a token to everything.
type authorizing struct{}

func (authorizing) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer leaked")
	return http.DefaultTransport.RoundTrip(r)
}

// counting is a transport of the caller's that may see uploads.
type counting struct{ n *int }

func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	*c.n++
	return http.DefaultTransport.RoundTrip(r)
}

func TestUploadHostSeesNoCredentials(t *testing.T) {
	u := newUploads(t)
	jar := &http.Client{Transport: authorizing{}}
	_, err := u.client(t, brex.WithHTTPClient(jar)).Receipts.Match(context.Background(), brex.FileFromReader("a.pdf", bytes.NewReader(receipt), -1))
	require.NoError(t, err)
	require.Empty(t, u.puts[0].Header.Get("Authorization"))

	n := 0
	_, err = u.client(t, brex.WithHTTPClient(jar), brex.WithUploadTransport(counting{&n})).Receipts.Match(context.Background(),
		brex.FileFromReader("a.pdf", bytes.NewReader(receipt), -1))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, err = brex.New(brex.WithToken("t"), brex.WithUploadTransport(nil))
	require.ErrorIs(t, err, brex.ErrUsage)
}

func TestUploadFollowsNoRedirect(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	defer other.Close()
	u := newUploads(t)
	u.answer = func(_ int, w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	}
	_, err := u.client(t).Receipts.Match(context.Background(), brex.FileFromReader("a.pdf", bytes.NewReader(receipt), -1))
	require.ErrorIs(t, err, brex.ErrUpload)
	require.ErrorContains(t, err, "it responded with 307")
	require.Zero(t, elsewhere)
}

func TestUploadRefusesAddresses(t *testing.T) {
	for uri, text := range map[string]string{
		"http://files.example/a":          "without https",
		"https://user:pw@files.example/a": "user",
		"ftp://files.example/a":           "not a URL",
		"files.example/a":                 "not a URL",
		"":                                "not a URL",
		"https:///a":                      "not a URL",
	} {
		u := newUploads(t)
		u.uri = func(int) string { return uri }
		_, err := u.client(t).Receipts.Match(context.Background(), brex.FileFromReader("a.pdf", bytes.NewReader(receipt), -1))
		require.ErrorIs(t, err, brex.ErrUpload, uri)
		require.ErrorContains(t, err, text)
		require.Empty(t, u.puts)
	}
}

func TestUploadEndsWithTheContext(t *testing.T) {
	u := newUploads(t)
	ctx, cancel := context.WithCancel(context.Background())
	hold := make(chan struct{})
	u.answer = func(_ int, _ http.ResponseWriter, r *http.Request) { cancel(); <-hold }
	defer close(hold)
	_, err := u.client(t).Receipts.Match(ctx, brex.FileFromReader("a.pdf", bytes.NewReader(receipt), -1))
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, brex.ErrUpload)
	puts, _ := u.seen()
	require.Len(t, puts, 1)
}

// A slow upload is fine as long as something moves; one that stands still is given up and repeated.
func TestUploadThatStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := roundTrip(func(*http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, `{"id":"up_1","uri":"https://files.example/1?`+signature+`"}`)
			return w.Result(), nil
		})
		puts := 0
		host := roundTrip(func(r *http.Request) (*http.Response, error) {
			if puts++; puts == 1 {
				_, _ = io.Copy(io.Discard, r.Body)
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			for range 3 {
				time.Sleep(59 * time.Second)
				_, _ = io.CopyN(io.Discard, r.Body, int64(len(receipt)/3+1)) // the last has less
			}
			_, _ = io.Copy(io.Discard, r.Body)
			return httptest.NewRecorder().Result(), nil
		})
		client, err := brex.New(brex.WithToken("token-1"), brex.WithLimiter(nil), brex.WithTimeout(time.Minute),
			brex.WithHTTPClient(&http.Client{Transport: api}), brex.WithUploadTransport(host))
		require.NoError(t, err)
		start := time.Now()
		up, err := client.Receipts.Match(t.Context(), brex.FileFromReader("a.pdf", bytes.NewReader(receipt), -1))
		require.NoError(t, err)
		require.Equal(t, 2, up.Attempts)
		require.GreaterOrEqual(t, time.Since(start), time.Minute+3*59*time.Second)
	})
}

// A transport that puts the address into its error: whoever reads it could send a file there.
func TestUploadErrorsHideTheAddress(t *testing.T) {
	u := newUploads(t)
	talkative := roundTrip(func(r *http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("proxy: cannot reach %s with %s at %s", r.URL, r.URL.RawQuery, r.URL.Path)
	})
	_, err := u.client(t, brex.WithUploadTransport(talkative)).Receipts.Match(context.Background(), brex.FileFromReader("a.pdf", bytes.NewReader(receipt), -1))
	require.ErrorIs(t, err, brex.ErrUpload)
	require.ErrorContains(t, err, "proxy: cannot reach")
	require.NotContains(t, err.Error(), "s3cr3t")
	require.NotContains(t, err.Error(), "/bucket")
}

// What an earlier attempt may have done stays in the outcome: a connection that broke after the file was sent, or a 500, and then a
// refusal or a closed port.
func TestUploadKeepsAnUnknownOutcome(t *testing.T) {
	for name, second := range map[string]func(w http.ResponseWriter){
		"refused":     func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadRequest) },
		"expired":     func(w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden) },
		"no new link": func(w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden) },
		"not sent":    nil,
	} {
		u := newUploads(t)
		if name == "no new link" {
			link := u.api.Config.Handler
			u.api.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if puts, _ := u.seen(); len(puts) > 0 {
					w.WriteHeader(http.StatusForbidden)
					return
				}
				link.ServeHTTP(w, r)
			})
		}
		u.answer = func(n int, w http.ResponseWriter, r *http.Request) {
			switch {
			case n > 1:
				second(w)
			case second == nil:
				_ = u.host.Listener.Close() // the next attempt cannot connect
				panic(http.ErrAbortHandler)
			default:
				w.WriteHeader(http.StatusInternalServerError)
			}
		}
		_, err := u.client(t).Receipts.Match(context.Background(), brex.FileFromReader("a.pdf", bytes.NewReader(receipt), -1))
		var e *brex.Error
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, name != "no new link", errors.Is(err, brex.ErrUpload), name)
		require.Equal(t, brex.OutcomeUnknown, e.Outcome(), "%s: %v", name, err)
	}
}

// unread is an upload host that says yes before it has read anything.
type unread struct{ yes int }

func (h *unread) RoundTrip(r *http.Request) (*http.Response, error) {
	if h.yes > 0 {
		h.yes--
		_, _ = io.CopyN(io.Discard, r.Body, 10)
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Header: http.Header{}}, r.Body.Close()
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestUploadRespondedTooEarly(t *testing.T) {
	u := newUploads(t)
	up, err := u.client(t, brex.WithUploadTransport(&unread{yes: 1})).Receipts.Match(context.Background(), brex.FileFromReader("a.pdf", bytes.NewReader(receipt), -1))
	require.NoError(t, err)
	require.Equal(t, 2, up.Attempts)
	_, files := u.seen()
	require.Equal(t, [][]byte{receipt}, files)

	up, err = u.client(t, brex.WithUploadTransport(&unread{yes: 99})).Receipts.Match(context.Background(), brex.FileFromReader("a.pdf", bytes.NewReader(receipt), -1))
	require.Nil(t, up)
	require.ErrorIs(t, err, brex.ErrUpload)
	require.ErrorContains(t, err, "before it had the whole file")
}

// net/http puts a Location that it cannot read into its error. It can be a signed address, or hold a token.
func TestSenselessRedirectIsNotShown(t *testing.T) {
	u := newUploads(t)
	redirect := func(w http.ResponseWriter) {
		w.Header().Set("Location", "http://%zz/bucket?sig=s3cr3t")
		w.WriteHeader(http.StatusFound)
	}
	u.answer = func(_ int, w http.ResponseWriter, _ *http.Request) { redirect(w) }
	_, err := u.client(t).Receipts.Match(context.Background(), brex.FileFromReader("a.pdf", bytes.NewReader(receipt), -1))
	require.ErrorIs(t, err, brex.ErrUpload)
	require.ErrorContains(t, err, "a redirect to an invalid address")
	require.NotContains(t, err.Error(), "s3cr3t")

	u.api.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { redirect(w) })
	_, err = u.client(t).Company.Get(context.Background())
	require.ErrorIs(t, err, brex.ErrNoResponse)
	require.ErrorContains(t, err, "a redirect to an invalid address")
	require.NotContains(t, err.Error(), "s3cr3t")
}
