package brextest

import (
	"mime"
	"net/http"
	"time"

	"github.com/brex-go/sdk/brex/schema"
)

// serveFunc carries out an operation whose request has been validated.
type serveFunc func(*call) (answer, *problem)

// call is one request under way, past authorization and validation.
type call struct {
	op      *operation
	request *http.Request
	token   *credential
	query   query
	key     string // for idempotency, "" for none
	body    object
	now     time.Time
	state   *state // locked for reading, or for writing when the call changes something
}

func (c *call) path(name string) string { return c.request.PathValue(name) }

// ok responds with 200 and a document.
func ok(o object) (answer, *problem) {
	return answer{status: http.StatusOK, body: o.encode()}, nil
}

// parseBody reads and validates the body of a write. An operation without a
// declared body takes none, or an empty object.
func parseBody(r *http.Request, takes spec, raw []byte) (object, *problem) {
	s := takes.body
	if kind := r.Header.Get("Content-Type"); kind != "" && len(raw) > 0 {
		if media, _, err := mime.ParseMediaType(kind); err != nil || media != "application/json" {
			return nil, &problem{status: http.StatusUnsupportedMediaType, kind: "UNSUPPORTED_MEDIA_TYPE",
				message: "Content-Type is not application/json"}
		}
	}
	switch {
	case s == nil && len(raw) == 0:
		return nil, nil
	case s == nil:
		s = noBody
	case len(raw) == 0:
		return nil, missing("body")
	}
	o, err := parseObject(raw)
	if err != nil {
		return nil, badRequest("body is invalid: " + err.Error())
	}
	if p := checkBody(takes.doc, s, raw); p != nil {
		return nil, p
	}
	return o, nil
}

// noBody is what an operation without a body takes at most.
var noBody = &schema.Schema{Type: "object"}

// byID finds the row that a path parameter names.
func byID[K any](c *call, t *table[K], param, code string) (int, *problem) {
	row, found := t.find(c.path(param))
	if !found {
		return 0, notFound(code)
	}
	return row, nil
}

// lists serves a list without filters.
func lists[K any](of func(*state) *table[K]) serveFunc {
	return func(c *call) (answer, *problem) { return list(c, of(c.state), 0, nil) }
}

// gets serves one row by its id.
func gets[K any](of func(*state) *table[K], param, code string) serveFunc {
	return func(c *call) (answer, *problem) { return getRow(c, of(c.state), param, code, 0) }
}

// getRow serves one row by its id.
func getRow[K any](c *call, t *table[K], param, code string, v view) (answer, *problem) {
	row, p := byID(c, t, param, code)
	if p != nil {
		return answer{}, p
	}
	return answer{status: http.StatusOK, body: t.append(nil, row, v)}, nil
}
