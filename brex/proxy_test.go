package brex

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// refusingProxy answers every CONNECT with the status, and closes the connection where that is empty.
func refusingProxy(t *testing.T, status string) *url.URL {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			if status != "" {
				_, _ = io.WriteString(conn, "HTTP/1.1 "+status+"\r\nContent-Length: 0\r\n\r\n")
			}
			_ = conn.Close()
		}
	}()
	return &url.URL{Scheme: "http", Host: l.Addr().String(), User: url.UserPassword("me", "hunter2-hunter2")}
}

// What a proxy says of CONNECT is said by the proxy, not by Brex, and nothing was sent: for reads, writes and files.
func TestProxyThatRefuses(t *testing.T) {
	for _, status := range []string{"401 Unauthorized", "403 Forbidden", "407 Proxy Authentication Required", "502 Bad Gateway", ""} {
		proxy := refusingProxy(t, status)
		client := newTestClient(t, &http.Transport{Proxy: http.ProxyURL(proxy)}, WithRetryPolicy(RetryPolicy{MaxAttempts: 1}))
		_, read := client.Users.Me(t.Context(), UserMeParams{})
		for name, err := range map[string]error{"read": read, "write": pay(t.Context(), client)} {
			require.ErrorContains(t, err, "the proxy "+proxy.Host+" made no connection: ", "%s, %s", status, name)
			require.NotContains(t, err.Error(), "hunter2")
			require.Equal(t, OutcomeNotSent, asError(t, err).Outcome(), "%s, %s", status, name)
			require.NotErrorIs(t, err, ErrForbidden)
			require.NotErrorIs(t, err, ErrUnauthorized)
		}

		brex := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"id":"up_1","uri":"https://storage.example/k?X-Amz-Signature=s3cr3t"}`)
		}))
		t.Cleanup(brex.Close)
		client = newTestClient(t, brex.Client().Transport, WithBaseURL(brex.URL), WithRetryPolicy(RetryPolicy{MaxAttempts: 1}),
			WithUploadTransport(&http.Transport{Proxy: http.ProxyURL(proxy)}))
		_, err := client.Receipts.Match(t.Context(), textFile())
		require.ErrorContains(t, err, "the proxy "+proxy.Host+" made no connection: ", status)
		require.Equal(t, OutcomeNotSent, asError(t, err).Outcome(), status)
		require.NotContains(t, err.Error(), "s3cr3t")
	}
}
