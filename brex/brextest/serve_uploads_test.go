package brextest_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// link asks for an address to send a receipt to.
func (s *sandbox) link(name string) string {
	s.t.Helper()
	return s.do("POST", "/v1/expenses/card/receipt_match", `{"receipt_name":"`+name+`"}`).json(s.t)["uri"].(string)
}

func (s *sandbox) download(uri string) result {
	s.t.Helper()
	u, err := url.Parse(uri)
	require.NoError(s.t, err)
	return s.raw("GET", u.RequestURI(), "")
}

// TestUploadsAreNoPages: a file is served from the control page's origin, and must not be a page of it.
func TestUploadsAreNoPages(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small, brextest.WithControl())
	for kind, want := range map[string]string{
		"image/png": "image/png", "IMAGE/JPEG": "image/jpeg", "image/gif; charset=x": "image/gif", "application/pdf": "application/pdf",
		"text/html": "", "TEXT/HTML": "", "text/html; charset=utf-8": "", " text/html": "", "image/svg+xml": "", "IMAGE/SVG+XML": "",
		"application/xhtml+xml": "", "application/xml": "", "text/xml": "", "text/plain": "", "multipart/x-mixed-replace; boundary=x": "",
		"application/javascript": "", "text/css": "", "image/webp": "", "image/png, text/html": "", "image/png; a; b": "", "": "", "image": "",
		"application/x-unheard-of": "", "message/rfc822": "",
	} {
		uri := s.link("a")
		require.Equal(t, 200, s.put(uri, "<script>alert(1)</script>", "Content-Type", kind).Status, kind)
		got := s.download(uri)
		require.Equal(t, 200, got.Status)
		require.Equal(t, "<script>alert(1)</script>", string(got.Body))
		require.Equal(t, "nosniff", got.Header.Get("X-Content-Type-Options"))
		require.Contains(t, got.Header.Get("Content-Security-Policy"), "sandbox")
		if want == "" {
			require.Equal(t, "application/octet-stream", got.Header.Get("Content-Type"), kind)
			require.Equal(t, "attachment", got.Header.Get("Content-Disposition"), kind)
		} else {
			require.Equal(t, want, got.Header.Get("Content-Type"))
			require.Empty(t, got.Header.Get("Content-Disposition"))
		}
	}

	// Also one that a snapshot brings along.
	uri := s.link("a")
	require.Equal(t, 200, s.put(uri, "%PDF", "Content-Type", "application/pdf").Status)
	saved := strings.ReplaceAll(snapshotOf(t, s), `"kind":"application/pdf"`, `"kind":"text/html"`)
	restored := newSandbox(t, brextest.WithSnapshot(strings.NewReader(saved)))
	require.Equal(t, "application/octet-stream", restored.download(uri).Header.Get("Content-Type"))
}

type notRead struct{ t *testing.T }

func (r notRead) Read([]byte) (int, error) {
	r.t.Error("the file was read")
	return 0, io.EOF
}

// TestUploadsReadNothingInVain: 50 MB of a stranger are not read to be refused.
func TestUploadsReadNothingInVain(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	uri := s.link("a")
	for name, c := range map[string]struct {
		uri    string
		length int64
		header string
		want   string
	}{
		"unknown address": {brextest.UploadPath + "/x", -1, "", "SignatureDoesNotMatch"},
		"no signature":    {strings.Split(uri, "?")[0], -1, "", "SignatureDoesNotMatch"},
		"a Brex token":    {uri, -1, "Bearer " + s.Token(), "InvalidArgument"},
		"too large":       {uri, 50<<20 + 1, "", "EntityTooLarge"},
	} {
		r := httptest.NewRequest("PUT", c.uri, notRead{t})
		r.ContentLength = c.length
		if c.header != "" {
			r.Header.Set("Authorization", c.header)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		require.Contains(t, w.Body.String(), c.want, name)
		require.Equal(t, brextest.UploadFile, s.LastOperation())
	}
}

// TestUploadsAreBounded: the oldest files are forgotten, and the oldest addresses.
func TestUploadsAreBounded(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("uploads 300 MB")
	}
	s := newSandbox(t, small)
	file := bytes.Repeat([]byte("x"), 48<<20)
	var uris []string
	for i := range 6 {
		uris = append(uris, s.link(fmt.Sprint(i)))
	}
	for i := range uris { // the one that was asked for last is the oldest file
		uri := uris[len(uris)-1-i]
		r := httptest.NewRequest("PUT", uri, bytes.NewReader(file))
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		require.Equal(t, 200, w.Code, "%s", w.Body)
	}
	for _, uri := range uris[:5] {
		require.Equal(t, 200, s.download(uri).Status)
	}
	gone := s.download(uris[5])
	require.Equal(t, 404, gone.Status)
	require.Contains(t, string(gone.Body), "NoSuchKey")
	require.Equal(t, 403, s.put(uris[5], "another").Status, "it is known to be used")
	require.NoError(t, s.Reset())

	first := s.link("a")
	require.Equal(t, 200, s.put(first, "%PDF").Status)
	for range brextest.MaxUploads - 1 { // without validating each
		s.raw("POST", "/v1/expenses/card/receipt_match", `{"receipt_name":"b"}`, "Authorization", "Bearer "+s.Token())
	}
	require.Equal(t, 200, s.download(first).Status)
	s.link("c")
	require.Equal(t, 403, s.download(first).Status)
	require.Less(t, s.Uploads(), brextest.MaxUploads)
}
