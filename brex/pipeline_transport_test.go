package brex

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brex-go/sdk/brex/wire"
)

// net/http repeats requests on its own when a reused connection breaks, and takes an Idempotency-Key for leave to do so. A
// write must not be repeated behind the retry policy's back: the server acts, closes the connection, and must have acted once.
func TestTransportDoesNotReplayWrites(t *testing.T) {
	for _, op := range []*wire.Operation{opUndeclared, opNoBody, opDeclared, opPut, opDelete} {
		for _, answer := range []string{"", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"id\":"} {
			var effects atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet { // warms the connection up
					_, _ = io.WriteString(w, `{"id":"x"}`)
					return
				}
				_, _ = io.Copy(io.Discard, r.Body)
				effects.Add(1)
				if key := r.Header.Get("Idempotency-Key"); (key != "") != (op.Method != http.MethodDelete) {
					t.Errorf("%s: key %q", op.ID, key)
				}
				conn, _, err := w.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.WriteString(conn, answer)
				_ = conn.Close()
			}))
			client := newTestClient(t, server.Client().Transport, WithBaseURL(server.URL))
			if _, err := send(t.Context(), client, opRead); err != nil {
				t.Fatal(err)
			}
			_, err := send(t.Context(), client, op, WithoutRetry())
			if e := asError(t, err); effects.Load() != 1 || e.Outcome() == OutcomeNotSent || e.Outcome() == OutcomeRefused {
				t.Errorf("%s: %d effects, outcome %s, %v", op.ID, effects.Load(), e.Outcome(), err)
			}
			server.Close()
		}
	}
}

// The same over HTTP/2, where the server resets the stream or drops the connection.
func TestTransportDoesNotReplayWritesHTTP2(t *testing.T) {
	for _, op := range []*wire.Operation{opUndeclared, opNoBody, opDeclared, opPut, opDelete} {
		for _, drop := range []bool{false, true} {
			var effects, other atomic.Int32
			var server *httptest.Server
			server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.ProtoMajor != 2 {
					other.Add(1)
				}
				if r.Method == http.MethodGet {
					_, _ = io.WriteString(w, `{"id":"x"}`)
					return
				}
				_, _ = io.Copy(io.Discard, r.Body)
				effects.Add(1)
				if drop {
					server.CloseClientConnections()
				}
				panic(http.ErrAbortHandler)
			}))
			server.EnableHTTP2 = true
			server.StartTLS()
			client := newTestClient(t, server.Client().Transport, WithBaseURL(server.URL))
			if _, err := send(t.Context(), client, opRead); err != nil {
				t.Fatal(err)
			}
			_, err := send(t.Context(), client, op, WithoutRetry())
			if e := asError(t, err); effects.Load() != 1 || other.Load() != 0 || e.Outcome() != OutcomeUnknown {
				t.Errorf("%s: %d effects, outcome %s, %v", op.ID, effects.Load(), e.Outcome(), err)
			}
			server.Close()
		}
	}
}

// With retries on, real broken connections give what the matrix says.
func TestRealConnectionsBroken(t *testing.T) {
	for _, tc := range []struct {
		op       *wire.Operation
		requests int32
		ok       bool
	}{{opRead, 2, true}, {opPut, 2, true}, {opDeclared, 2, true}, {opUndeclared, 1, false}, {opDelete, 2, true}} {
		var requests atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if requests.Add(1) == 1 {
				conn, _, err := w.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_ = conn.(*net.TCPConn).SetLinger(0) // a reset rather than an orderly end
				_ = conn.Close()
				return
			}
			if r.Method != http.MethodDelete {
				_, _ = io.WriteString(w, `{"id":"thing_1"}`)
			}
		}))
		client := newTestClient(t, server.Client().Transport, WithBaseURL(server.URL), WithRetryPolicy(RetryPolicy{BaseDelay: 1, MaxDelay: 1}))
		_, err := send(t.Context(), client, tc.op)
		if (err == nil) != tc.ok || requests.Load() != tc.requests {
			t.Errorf("%s: %d requests, %v", tc.op.ID, requests.Load(), err)
		}
		server.Close()
	}
}

// Where no connection came about, nothing was sent, and every operation may be repeated: a closed port, and a server that
// accepts but never finishes the TLS handshake within the attempt's timeout.
func TestRealConnectionsNotMade(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	for name, opts := range map[string][]Option{
		"closed port":    {WithBaseURL("http://" + closed.Addr().String())},
		"TLS never done": {WithBaseURL("https://" + listener.Addr().String()), WithTimeout(20 * time.Millisecond)},
	} {
		transport := &http.Transport{}
		client := newTestClient(t, transport, append(opts, WithRetryPolicy(RetryPolicy{MaxAttempts: 3, BaseDelay: 1, MaxDelay: 1}))...)
		_, err := send(t.Context(), client, opUndeclared)
		e := asError(t, err)
		if e.Outcome() != OutcomeNotSent || e.Attempts != 3 || !errors.Is(err, ErrNoResponse) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %d attempts, %s: %v", name, e.Attempts, e.Outcome(), err)
		}
		transport.CloseIdleConnections()
	}
}

// A transport that sends, breaks, and fails to dial again must not be taken for one that sent nothing.
func TestDialErrorAfterSending(t *testing.T) {
	var effects atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		effects.Add(1)
	}))
	defer server.Close()
	inner := server.Client().Transport
	client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		res, err := inner.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		_ = res.Body.Close()
		return nil, &net.OpError{Op: "dial", Err: errors.New("the second try of a clever transport")}
	}), WithBaseURL(server.URL))
	_, err := send(t.Context(), client, opUndeclared)
	if e := asError(t, err); effects.Load() != 1 || e.Outcome() != OutcomeUnknown {
		t.Errorf("%d effects, %s: %v", effects.Load(), e.Outcome(), err)
	}
}

// Many calls that fail and are cancelled leave no goroutine behind.
func TestNoGoroutineLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	synctest.Test(t, func(t *testing.T) {
		client := newTestClient(t, roundTrip(hang), WithTimeout(time.Second))
		for range 50 {
			ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
			if _, err := send(ctx, client, opDeclared); err == nil {
				t.Error("no error")
			}
			cancel()
		}
		synctest.Wait()
	})
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}
