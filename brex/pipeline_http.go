package brex

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"github.com/brex-go/sdk/brex/wire"
)

// httpStage sends one request and reads its whole response. It returns plain errors, for
// errorStage.
func httpStage(c *config) handler {
	return func(k *call) error {
		ctx := k.ctx
		if c.timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, c.timeout)
			defer cancel()
		}
		k.conn = nil
		if k.op.Method != http.MethodGet { // a read needs no outcome
			k.conn = &connTrace{}
			ctx = k.conn.watch(ctx)
		}
		req := k.request(ctx, c)
		if k.conn == nil && wire.ProxyOf(c.client.Transport, req) != nil { // whose refusal must not read as Brex's
			k.conn = &connTrace{}
			req = req.WithContext(k.conn.watch(ctx))
		}
		res, err := c.client.Do(req)
		if err != nil && k.conn != nil && k.conn.notSent(err) {
			err = wire.ThroughProxy(c.client.Transport, req, err)
		}
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if res.StatusCode < 100 { // net/http lets "HTTP/1.1 000" pass
			return fmt.Errorf("the response has the status %03d, which HTTP does not have", res.StatusCode)
		}
		if k.response.body == nil {
			k.response.body = getBuffer()
		} else {
			wipe(k.response.body)
		}
		k.response.status, k.response.header = res.StatusCode, res.Header
		return readBody(k.response.body, res, c.maxBody)
	}
}

// request builds the request of this attempt. The body can be read once only: net/http repeats
// requests with an Idempotency-Key on its own when a connection breaks, which would be an attempt
// that the retry policy did not allow.
func (k *call) request(ctx context.Context, c *config) *http.Request {
	req, _ := http.NewRequestWithContext(ctx, k.op.Method, "", nil) // fails on no method of a document
	header := req.Header
	for name, values := range k.opts.header {
		header[name] = values
	}
	header["Accept"] = acceptJSON
	header["User-Agent"] = c.agent
	header["Authorization"] = []string{k.authorization}
	if k.key != "" {
		header["Idempotency-Key"] = []string{k.key}
	}
	*req.URL, req.Host = k.target, k.target.Host // a copy: some transports rewrite the address in place, which the next attempt must not inherit
	switch {
	case k.body != nil:
		header["Content-Type"] = acceptJSON
		req.Body = io.NopCloser(bytes.NewReader(k.body))
		req.ContentLength = int64(len(k.body))
	case k.op.Method != http.MethodGet:
		req.Body = onceEmpty{}
	}
	return req
}

var acceptJSON = []string{"application/json"}

// onceEmpty is an empty body that, unlike http.NoBody, does not invite net/http to repeat the
// request.
type onceEmpty struct{}

func (onceEmpty) Read([]byte) (int, error) { return 0, io.EOF }
func (onceEmpty) Close() error             { return nil }

// readBody reads the response into buf, at most limit bytes.
func readBody(buf *bytes.Buffer, res *http.Response, limit int64) error {
	if n := res.ContentLength; n > 0 && n <= limit {
		buf.Grow(int(n) + bytes.MinRead) // one read more than the body, so that ReadFrom need not grow to see its end
	}
	n, err := buf.ReadFrom(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return cutOff{err}
	}
	if n > limit {
		return badResponse(fmt.Sprintf("the body is larger than %d bytes", limit))
	}
	return nil
}

// connTrace watches whether an attempt got a connection. Without one, nothing was sent.
type connTrace struct{ asked, got atomic.Bool }

func (t *connTrace) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { t.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { t.got.Store(true) },
	})
}

// notSent reports that the request cannot have reached the server. A transport that does not say is
// believed when it fails to dial.
func (t *connTrace) notSent(err error) bool {
	if t != nil && t.asked.Load() {
		return !t.got.Load()
	}
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}
