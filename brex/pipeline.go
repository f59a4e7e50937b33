package brex

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/brex-go/sdk/brex/wire"
)

// call is one call of an operation on its way through the stages.
type call struct {
	ctx   context.Context
	op    *wire.Operation
	req   *wire.Request     // of a generated client, or nil:
	build func(*call) error // puts path, query and body into the call; its error is what is wrong with the request
	out   any               // where the response goes, nil for none
	opts  callOptions

	path    string    // escaped, without the host's part
	query   string    // encoded
	value   any       // that the body was made of, nil where the caller gave bytes
	target  url.URL   // the full address, without a user
	body    []byte    // JSON, nil for none
	key     string    // idempotency key, the same for every attempt
	attempt int       // requests sent so far, failed connections included
	began   time.Time // when the first of them was sent

	authorization string // of this attempt
	token         string // of this attempt, only to keep it out of error texts
	newToken      bool   // the source has another token than the one that was refused
	renewed       bool   // that happened once already
	conn          *connTrace

	left    Outcome // what the attempts so far leave behind: empty, unknown or done
	traceID string  // X-Brex-Trace-Id of the last response

	response response // of the last attempt, status 0 when it had none
}

// response is what came back. Its body lies in a pooled buffer, which is given back when the call
// ends.
type response struct {
	status int
	header http.Header
	body   *bytes.Buffer
}

// handler carries a call out, or one attempt of it, depending on where it stands; it returns nil or
// an *Error.
type handler func(*call) error

// assemble is the pipeline, the only place that fixes the order of the stages. Read from the
// bottom: what stands further down runs further out.
func (c *config) assemble() handler {
	h := httpStage(c)                 // one exchange with the server, the whole body read
	h = errorStage(h)                 // status and broken exchanges become *Error, which the stages above decide on
	h = attemptStage(c, h)            // reports what went over the wire and came back, without the waits
	h = sendStage(c, h)               // reports what begins, when it has its token and its slot
	h = authStage(c, h)               // a token per attempt, so that a retry uses a refreshed one
	h = rateLimitStage(c, h)          // every attempt takes a slot, retries included
	h = retryStage(c, repeatable, h)  // repeats what is safe to repeat
	h = guardStage(c, h)              // above retry: asked once per call; below idempotency and codec: it sees what will be sent
	h = idempotencyStage(h)           // above retry: all attempts share one key
	h = codecStage(c, h)              // values to bytes once, checked, before the first attempt; the response to values once, after the last
	h = observeStage(c, EventCall, h) // reports the page and the call as a whole
	h = logStage(c, "brex call", h)   // outermost: one record per call, with all its attempts and an unusable response
	return h
}

// assembleUpload is the pipeline of an upload, whose file put sends: the same stages, without those
// that are about Brex (token, key, limit, its errors).
func (c *config) assembleUpload(put handler) handler {
	h := attemptStage(c, put)
	h = retryStage(c, sendAgain, h)
	h = observeStage(c, EventUpload, h)
	return logStage(c, "brex upload", h)
}

// caller is the wire.Caller of a Client.
type caller struct {
	cfg  *config
	send handler
}

// Call implements wire.Caller.
func (c *caller) Call(ctx context.Context, req *wire.Request, out any) error {
	k := &call{ctx: ctx, op: req.Op, req: req, out: out}
	k.opts.take(req.Options)
	return c.do(k)
}

// do takes a call through the stages.
func (c *caller) do(k *call) error {
	defer k.release()
	err := c.send(k)
	k.capture()
	return err
}

// fail makes the *Error of the call in its present state.
func (k *call) fail(outcome Outcome, cause error) *Error {
	e := &Error{Err: cause, outcome: outcome, IdempotencyKey: k.key, Attempts: k.attempt, TraceID: k.traceID,
		Operation: k.op.ID, Method: k.op.Method, Path: k.op.Path, declared: k.op.Idempotency != wire.IdempotencyNone}
	if k.response.status != 0 {
		e.StatusCode = k.response.status
		e.RetryAfter = retryAfter(k.response.header)
		body := k.response.body.Bytes()
		kept := bytes.Clone(body[:min(len(body), errorBodyCap)])
		e.body = func() []byte { return bytes.Clone(kept) }
	}
	return e
}

// capture fills the Response that WithResponse asked for.
func (k *call) capture() {
	r := k.opts.response
	if r == nil {
		return
	}
	*r = Response{Attempts: k.attempt, IdempotencyKey: k.key, TraceID: k.traceID}
	if k.response.status != 0 {
		r.StatusCode, r.Header, r.Body = k.response.status, k.response.header.Clone(), bytes.Clone(k.response.body.Bytes())
	}
}

func (k *call) release() {
	putBuffer(k.response.body)
	k.response.body = nil
}

// deleted recognises a DELETE whose first attempt worked although its response was lost: the repeat
// finds nothing. It counts as success, with the status of the repeat.
func (k *call) deleted() bool {
	return k.op.Method == http.MethodDelete && k.op.Result == "" && k.left != "" && k.response.status == http.StatusNotFound
}
