package brex

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"sync"
)

// Version is the version of this package; it is part of the User-Agent.
const Version = "0.1.0"

var userAgent = fmt.Sprintf("brex-go/%s (%s; %s/%s)", Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)

// httpStage exchanges one request and its whole answer with the server. It returns plain errors, for errorStage.
func httpStage(c *config) handler {
	return func(k *call) error {
		ctx := k.ctx
		if c.timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, c.timeout)
			defer cancel()
		}
		res, err := c.client.Do(k.request(ctx, c))
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if k.answer.body == nil {
			k.answer.body = getBuffer()
		}
		k.answer.body.Reset()
		k.answer.status, k.answer.header = res.StatusCode, res.Header
		return readBody(k.answer.body, res, c.maxBody)
	}
}

// request builds the request of this attempt. The body can be read once only: net/http repeats requests with an
// Idempotency-Key on its own when a connection breaks, which would be an attempt that the retry policy did not allow.
func (k *call) request(ctx context.Context, c *config) *http.Request {
	header := make(http.Header, 6+len(k.opts.header))
	for name, values := range k.opts.header {
		header[name] = values
	}
	header["Accept"] = acceptJSON
	header["User-Agent"] = []string{c.userAgent}
	header["Authorization"] = []string{k.authorization}
	if k.key != "" {
		header["Idempotency-Key"] = []string{k.key}
	}
	req := &http.Request{Method: k.op.Method, URL: k.target, Host: k.target.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	switch {
	case k.body != nil:
		header["Content-Type"] = acceptJSON
		req.Body = io.NopCloser(bytes.NewReader(k.body))
		req.ContentLength = int64(len(k.body))
	case k.op.Method != http.MethodGet:
		req.Body = onceEmpty{}
	}
	return req.WithContext(ctx)
}

var acceptJSON = []string{"application/json"}

// onceEmpty is an empty body that, unlike http.NoBody, does not invite net/http to repeat the request.
type onceEmpty struct{}

func (onceEmpty) Read([]byte) (int, error) { return 0, io.EOF }
func (onceEmpty) Close() error             { return nil }

// readBody reads the answer into buf, at most limit bytes.
func readBody(buf *bytes.Buffer, res *http.Response, limit int64) error {
	if n := res.ContentLength; n > 0 && n <= limit {
		buf.Grow(int(n) + bytes.MinRead) // one read more than the body, so that ReadFrom need not grow to see its end
	}
	n, err := buf.ReadFrom(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return fmt.Errorf("%w: %w", errCutOff, err)
	}
	if n > limit {
		return badAnswer(fmt.Sprintf("the body is larger than %d bytes", limit))
	}
	return nil
}

const errCutOff = badAnswer("the answer was cut off")

// maxPooled is the capacity above which a buffer is left to the garbage collector rather than kept, in bytes.
const maxPooled = 4 << 20

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func getBuffer() *bytes.Buffer { return buffers.Get().(*bytes.Buffer) }

func putBuffer(b *bytes.Buffer) {
	if b == nil || b.Cap() > maxPooled {
		return
	}
	clear(b.Bytes()[:b.Len()]) // answers can hold card numbers
	b.Reset()
	buffers.Put(b)
}

// dialFailed reports that no connection was made, so that nothing was sent.
func dialFailed(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}
