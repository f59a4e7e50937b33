package cli

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// pipes is a listener whose connections stay within the process, so that time can be virtual.
type pipes struct {
	made chan net.Conn
	done chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.made:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.done); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.made <- theirs
	return ours
}

// TestSandboxServerLetsGo: a client that stalls does not hold a connection, and a fault that holds a request for longer than a
// request may take to arrive does.
func TestSandboxServerLetsGo(t *testing.T) {
	for name, c := range map[string]struct {
		sent  string
		wait  time.Duration // of the handler, once it has read the body
		lasts time.Duration
		want  int // 0: no response
	}{
		"nothing sent":          {"", 0, 10 * time.Second, 0},
		"half a header":         {"GET / HTTP/1.1\r\nHost: local", 0, 10 * time.Second, 0},
		"half a body":           {"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf", 0, sandboxPatience, 408},
		"a chunk, no end":       {"PUT / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", 0, sandboxPatience, 408},
		"held, without body":    {"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", time.Hour, time.Hour, 200},
		"held, with a body":     {"PUT / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody", time.Hour, time.Hour, 200},
		"held, with a chunk":    {"PUT / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n", time.Hour, time.Hour, 200},
		"idle after a response": {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 0, time.Minute, 200},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := pipes{make(chan net.Conn), make(chan struct{})}
				server := sandboxServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if _, err := io.ReadAll(r.Body); err != nil {
						w.WriteHeader(http.StatusRequestTimeout)
						return
					}
					select {
					case <-time.After(c.wait):
					case <-r.Context().Done():
						t.Error("ended before its time")
					}
				}))
				go func() { _ = server.Serve(l) }()
				conn, began := l.dial(), time.Now()
				if c.sent != "" {
					go func() { _, _ = io.WriteString(conn, c.sent) }()
				}
				in := bufio.NewReader(conn)
				resp, err := http.ReadResponse(in, nil)
				if c.want == 0 {
					require.Error(t, err)
				} else {
					require.NoError(t, err)
					require.Equal(t, c.want, resp.StatusCode)
				}
				_, err = io.Copy(io.Discard, in)
				require.NoError(t, err, "closed by the server")
				require.InDelta(t, c.lasts.Seconds(), time.Since(began).Seconds(), 1)
				require.NoError(t, server.Close())
				require.NoError(t, conn.Close())
				synctest.Wait()
			})
		})
	}
}
