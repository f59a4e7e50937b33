package brex

import (
	"encoding/json"
	"errors"
	"net/url"
	"reflect"
	"strings"
	"unicode"

	"github.com/brex-go/sdk/brex/wire"
)

// codecStage checks what can be checked without Brex, builds address and body, and decodes the
// response.
func codecStage(c *config, next handler) handler {
	return func(k *call) error {
		if err := k.encode(c); err != nil {
			return k.fail(OutcomeNotSent, err)
		}
		if err := next(k); err != nil {
			return err
		}
		return k.decode(c)
	}
}

// encode is the one way from a request to what is sent, and the only place that checks it.
func (k *call) encode(c *config) error {
	if k.opts.err != nil {
		return k.opts.err
	}
	var err error
	if k.req != nil {
		err = k.take(c, k.req)
	} else {
		err = k.build(k)
	}
	if err != nil {
		return err
	}
	if err := k.check(c); err != nil {
		return err
	}
	base := c.base(k.op)
	path, err := url.PathUnescape(k.path)
	if err != nil {
		return usageError("the path cannot be unescaped")
	}
	k.target = *base
	k.target.Path, k.target.RawPath, k.target.RawQuery = base.Path+path, base.EscapedPath()+k.path, k.query
	return nil
}

// take puts a request of a generated client into the call.
func (k *call) take(c *config, req *wire.Request) (err error) {
	if k.path, err = expandPath(req.Op, req.Path); err != nil {
		return err
	}
	if limit, ok := req.Query.Lookup("limit"); ok {
		if err := checkLimit(limit, k.op.PageLimit); err != nil {
			return err
		}
	}
	k.query = req.Query.Encode(c.timeLayout)
	if req.Body == nil {
		return nil
	}
	k.value = req.Body
	if k.body, err = json.Marshal(req.Body); err != nil {
		return usageError("the request body cannot be encoded: %v", err)
	}
	return nil
}

// decodeProblem words a decoding error: what is wrong, at which place and in which object, without
// the body's values.
func decodeProblem(err error, body []byte, out any) string {
	place, found := wire.Unreadable(body, out)
	if found {
		err = place.Err // also where the caller's own decoder has errors of its own
	}
	problem := "a value that does not have the expected form"
	var format *wire.FormatError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &format):
		problem = format.Error()
	case errors.As(err, &kind):
		belongs := kind.Type.String()
		if kind.Type == reflect.TypeFor[Secret]() {
			belongs = "string"
		}
		problem = "a JSON " + strings.SplitN(kind.Value, " ", 2)[0] + " where " + belongs + " belongs"
	case !json.Valid(body):
		return "the body is not JSON, or cut off"
	case !found:
		return "the body does not have the expected form"
	}
	where := place.String()
	if where == "" {
		where = "the top level"
	}
	problem += ", at " + where
	if place.ID != "" {
		problem += " of " + hideNumbers(oneLine(place.ID, 100))
	}
	return problem
}

// expandPath puts the ids into the path, escaped. The template is read once from left to right, so
// that an id which looks like a placeholder is not taken for one.
func expandPath(op *wire.Operation, ids []string) (string, error) {
	if len(ids) != len(op.PathParams) {
		return "", usageError("%s takes %d path parameters, %d given", op.ID, len(op.PathParams), len(ids))
	}
	path, rest := "", op.Path
	for i, param := range op.PathParams {
		if err := checkID(param.Name, ids[i]); err != nil {
			return "", err
		}
		before, after, ok := strings.Cut(rest, "{"+param.Name+"}")
		if !ok {
			return "", usageError("%s has no path parameter %s at this place", op.ID, param.Name)
		}
		path, rest = path+before+url.PathEscape(ids[i]), after
	}
	return path + rest, nil
}

// checkID refuses ids that would reach another resource: an empty one turns a read of one thing
// into a list, and dots walk up the path wherever something on the way decodes it.
func checkID(name, id string) error {
	switch {
	case id == "":
		return usageError("%s is empty; it must be the id of an object", name)
	case strings.TrimSpace(id) != id:
		return usageError("%s %q begins or ends with a space", name, id)
	case strings.ContainsFunc(id, unicode.IsControl):
		return usageError("%s %q holds a control character", name, id)
	}
	for part := range strings.FieldsFuncSeq(id, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part == "." || part == ".." {
			return usageError("%s is %q, which is not an id", name, id)
		}
	}
	return nil
}
