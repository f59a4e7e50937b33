package brextest

import (
	"net/http"
	"net/http/httptest"
)

// TB is what NewServer needs of a *testing.T or *testing.B. It is an interface
// of its own so that a program with a sandbox inside does not link package
// testing.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
}

// Server is a sandbox that listens on a loopback address.
type Server struct {
	*Handler
	URL string // the base URL, without a slash at the end

	http *httptest.Server
}

// NewServer starts a sandbox for a test, which fails at once when an option
// makes no sense. The server is closed when the test ends.
func NewServer(t TB, opts ...Option) *Server {
	t.Helper()
	h, err := NewHandler(opts...)
	if err != nil {
		t.Fatalf("%v", err)
		return nil
	}
	s := &Server{Handler: h, http: httptest.NewServer(h)}
	s.URL = s.http.URL
	t.Cleanup(s.Close)
	return s
}

// Client returns an http.Client whose connections end with the server.
func (s *Server) Client() *http.Client { return s.http.Client() }

// Close stops the server and lets go of the requests that a Hang fault holds.
// It may be called more than once.
func (s *Server) Close() {
	s.Handler.Close()
	s.http.Close()
}
