package brex

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/brex-go/sdk/brex/wire"
)

// call is one call of an operation on its way through the stages.
type call struct {
	ctx  context.Context
	op   *wire.Operation
	opts callOptions

	target  *url.URL // the full address, without a user
	body    []byte   // JSON, nil for none
	key     string   // idempotency key, the same for every attempt
	attempt int      // the attempt under way, from 1

	authorization string // of this attempt
	token         string // of this attempt, only to keep it out of error texts
	newToken      bool   // the source has another token than the one that was refused
	renewed       bool   // that happened once already
	maybeDone     bool   // an attempt ended without anyone knowing whether it took effect

	answer answer // of the last attempt that was answered
}

// answer is what came back. Its body lies in a pooled buffer, which is given back when the call ends.
type answer struct {
	status int
	header http.Header
	body   *bytes.Buffer
}

// handler carries a call out, or one attempt of it, depending on where it stands; it returns nil or an *Error.
type handler func(*call) error

// assemble is the pipeline, the only place that fixes the order of the stages. Read from the bottom: what stands further
// down runs further out.
func (c *config) assemble() handler {
	h := httpStage(c)                // one exchange with the server, the whole body read
	h = errorStage(h)                // status and broken exchanges become *Error, which the stages above decide on
	h = authStage(c, h)              // a token per attempt, so that a retry uses a refreshed one
	h = rateLimitStage(c.limiter, h) // every attempt takes a slot, retries included
	h = retryStage(c, h)             // repeats what is safe to repeat
	h = idempotencyStage(h)          // above retry: all attempts share one key
	h = logStage(c, h)               // outermost: one record per call, with all its attempts
	return h
}

// caller is the wire.Caller of a Client: it checks a request, sends it through the pipeline and decodes the answer.
type caller struct {
	cfg  *config
	send handler
}

// Call implements wire.Caller.
func (c *caller) Call(ctx context.Context, req *wire.Request, out any) error {
	k := &call{ctx: ctx, op: req.Op}
	if opts := optionsFrom(ctx); opts != nil {
		k.opts = *opts
	}
	if err := c.prepare(k, req); err != nil {
		return k.fail(OutcomeNotSent, err)
	}
	defer k.release()
	err := c.send(k)
	k.capture()
	if err != nil {
		return err
	}
	return c.decode(k, out)
}

// prepare checks what can be checked without Brex and builds address and body.
func (c *caller) prepare(k *call, req *wire.Request) error {
	if k.opts.err != nil {
		return k.opts.err
	}
	path, rawPath, err := expandPath(req)
	if err != nil {
		return err
	}
	if err := checkQuery(req); err != nil {
		return err
	}
	base := c.cfg.base(req.Op)
	target := *base
	target.Path, target.RawPath = base.Path+path, base.EscapedPath()+rawPath
	target.RawQuery = req.Query.Encode(c.cfg.timeLayout)
	k.target = &target
	if req.Body != nil {
		if k.body, err = json.Marshal(req.Body); err != nil {
			return usageError("the request body cannot be encoded: %v", err)
		}
	}
	return nil
}

// decode reads the answer into out. A 2xx that says nothing is a failure: it must not look like an empty result.
func (c *caller) decode(k *call, out any) error {
	if out == nil {
		return nil
	}
	body := bytes.TrimSpace(k.answer.body.Bytes())
	if len(body) == 0 || bytes.Equal(body, []byte("null")) {
		return k.fail(OutcomeDone, badAnswer("the body is empty"))
	}
	target, guided := out.(wire.Target)
	if guided {
		out = target.Into(len(body))
	}
	if err := c.cfg.decode(body, out); err != nil {
		return k.fail(OutcomeDone, badAnswer(decodeProblem(err)))
	}
	if guided {
		if missing := target.Missing(body); missing != "" {
			return k.fail(OutcomeDone, badAnswer("the body has no "+missing))
		}
	}
	return nil
}

// decodeProblem words a decoding error without showing the body's values.
func decodeProblem(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind):
		where := kind.Field
		if where == "" {
			where = "the top level"
		}
		return "a JSON " + strings.SplitN(kind.Value, " ", 2)[0] + " where " + kind.Type.String() + " belongs, at " + where
	case errors.As(err, &syntax):
		return "the body is not JSON, or cut off"
	default:
		return "the body does not have the expected form"
	}
}

type badAnswer string

func (b badAnswer) Error() string        { return string(b) }
func (b badAnswer) Is(target error) bool { return target == ErrBadAnswer }

// fail makes the *Error of the call in its present state.
func (k *call) fail(outcome Outcome, cause error) *Error {
	e := &Error{Err: cause, outcome: outcome, IdempotencyKey: k.key, Attempts: k.attempt}
	if k.op != nil {
		e.Operation, e.Method, e.Path = k.op.ID, k.op.Method, k.op.Path
	}
	if k.answer.status != 0 {
		e.StatusCode = k.answer.status
		e.TraceID = traceID(k.answer.header)
		e.RetryAfter = retryAfter(k.answer.header)
		body := k.answer.body.Bytes()
		e.body = bytes.Clone(body[:min(len(body), errorBodyCap)])
	}
	return e
}

// capture fills the Response that WithResponse asked for.
func (k *call) capture() {
	r := k.opts.response
	if r == nil {
		return
	}
	*r = Response{Attempts: k.attempt, IdempotencyKey: k.key}
	if k.answer.status != 0 {
		r.StatusCode, r.Header, r.TraceID = k.answer.status, k.answer.header.Clone(), traceID(k.answer.header)
		r.Body = bytes.Clone(k.answer.body.Bytes())
	}
}

func (k *call) release() {
	putBuffer(k.answer.body)
	k.answer.body = nil
}

func traceID(h http.Header) string { return oneLine(h.Get("X-Brex-Trace-Id"), 100) }

// expandPath puts the ids into the path: the path as it is, and escaped.
func expandPath(req *wire.Request) (path, rawPath string, err error) {
	if len(req.Path) != len(req.Op.PathParams) {
		return "", "", usageError("%s takes %d path parameters, %d given", req.Op.ID, len(req.Op.PathParams), len(req.Path))
	}
	path = req.Op.Path
	if len(req.Path) == 0 {
		return path, path, nil
	}
	rawPath = path
	for i, param := range req.Op.PathParams {
		id := req.Path[i]
		if err := checkID(param.Name, id); err != nil {
			return "", "", err
		}
		placeholder := "{" + param.Name + "}"
		path = strings.Replace(path, placeholder, id, 1)
		rawPath = strings.Replace(rawPath, placeholder, url.PathEscape(id), 1)
	}
	return path, rawPath, nil
}

// checkID refuses ids that would reach another resource: an empty one turns a read of one thing into a list, and dots walk
// up the path.
func checkID(name, id string) error {
	switch {
	case id == "":
		return usageError("%s is empty; it must be the id of an object", name)
	case id == "." || id == "..":
		return usageError("%s is %q, which is not an id", name, id)
	case strings.TrimSpace(id) != id:
		return usageError("%s %q begins or ends with a space", name, id)
	}
	for _, r := range id {
		if r < ' ' || r == 0x7f {
			return usageError("%s %q holds a control character", name, id)
		}
	}
	return nil
}

// checkQuery refuses page sizes that the operation does not give, which Brex answers with 400.
func checkQuery(req *wire.Request) error {
	limit, ok := req.Query.Lookup("limit")
	if !ok {
		return nil
	}
	return checkLimit(limit, req.Op.PageLimit)
}
