package brex_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

// uploadTo sends a receipt to an address of the given host.
func uploadTo(t *testing.T, host string) *brex.Error {
	u := newUploads(t)
	u.uri = func(int) string { return host + "/k?" + signature }
	client, err := brex.New(brex.WithBaseURL(u.api.URL), brex.WithToken("t"), brex.WithRetryPolicy(brex.RetryPolicy{BaseDelay: 1, MaxDelay: 1}))
	require.NoError(t, err)
	_, err = client.Receipts.Upload(t.Context(), "e1", brex.FileFromReader("r.pdf", strings.NewReader("%PDF"), 4))
	var e *brex.Error
	require.ErrorAs(t, err, &e)
	require.ErrorIs(t, err, brex.ErrUpload)
	require.NotContains(t, err.Error(), "s3cr3t")
	return e
}

// A file that found no connection was not sent: a certificate that is not trusted, a handshake that breaks, nobody listening.
func TestUploadWithoutAConnection(t *testing.T) {
	unknown := httptest.NewTLSServer(http.NotFoundHandler())
	defer unknown.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	for name, host := range map[string]string{"unknown CA": unknown.URL, "closed in the handshake": "https://" + l.Addr().String(), "nobody there": "https://127.0.0.1:1"} {
		require.Equal(t, brex.OutcomeNotSent, uploadTo(t, host).Outcome(), name)
	}
}

// The storage host's code says why it refuses; the rest of its words can hold keys.
func TestUploadRefusalSaysWhy(t *testing.T) {
	for body, want := range map[string]string{
		`<?xml version="1.0"?><Error><Code>SignatureDoesNotMatch</Code><Message>m</Message><AWSAccessKeyId>AKIAEXAMPLE</AWSAccessKeyId></Error>`: "SignatureDoesNotMatch",
		`<Error><Code>RequestTimeTooSkewed</Code></Error>`:            "RequestTimeTooSkewed",
		`<Error><Code>EntityTooLarge</Code></Error>`:                  "EntityTooLarge",
		`<Error><Code>AKIA 0123 secret</Code></Error>`:                "",
		`<Error><Code>` + strings.Repeat("x", 99) + `</Code></Error>`: "",
		`{"Code":"x"}`: "",
	} {
		for _, status := range []int{400, 403, 503} {
			host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				_, _ = w.Write([]byte(body))
			}))
			text := uploadTo(t, host.URL).Error()
			if want != "" {
				require.Contains(t, text, want)
			}
			require.NotContains(t, text, "AKIA")
			require.NotContains(t, text, "xxxx")
			host.Close()
		}
	}
}
