package brex

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/brex-go/sdk/brex/wire"
)

// codecStage checks what can be checked without Brex, builds address and body, and decodes the answer.
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

func (k *call) encode(c *config) error {
	if k.opts.err != nil {
		return k.opts.err
	}
	path, rawPath, err := expandPath(k.req)
	if err != nil {
		return err
	}
	if limit, ok := k.req.Query.Lookup("limit"); ok {
		if err := checkLimit(limit, k.op.PageLimit); err != nil {
			return err
		}
	}
	base := c.base(k.op)
	target := *base
	target.Path, target.RawPath = base.Path+path, base.EscapedPath()+rawPath
	target.RawQuery = k.req.Query.Encode(c.timeLayout)
	k.target = &target
	if k.req.Body != nil {
		if k.body, err = json.Marshal(k.req.Body); err != nil {
			return usageError("the request body cannot be encoded: %v", err)
		}
	}
	return nil
}

// decode reads the answer. A 2xx that says nothing is a failure: it must not look like an empty result.
func (k *call) decode(c *config) error {
	if k.deleted() {
		return nil
	}
	body := bytes.TrimSpace(k.answer.body.Bytes())
	switch {
	case len(body) > 0 && body[0] == '<': // a proxy's page: nobody knows whether Brex saw the request
		return k.fail(k.settle(OutcomeUnknown), badAnswer("the body is HTML, not Brex's JSON"))
	case k.out == nil && !errorObject(body):
		return nil
	case k.out == nil:
		return k.fail(k.settle(OutcomeUnknown), badAnswer("the body is an error's"))
	case len(body) == 0 || bytes.Equal(body, []byte("null")):
		return k.fail(OutcomeDone, badAnswer("the body is empty"))
	}
	out := k.out
	target, guided := out.(wire.Target)
	if guided {
		out = target.Into(len(body))
	}
	k.decoded = out
	if err := c.decode(body, out); err != nil {
		return k.fail(OutcomeDone, badAnswer(decodeProblem(err, body, out)))
	}
	if guided {
		if missing := target.Missing(body); missing != "" {
			return k.fail(OutcomeDone, badAnswer("the body has no "+missing))
		}
	} else if hiddenError(body, out) {
		return k.fail(k.settle(OutcomeUnknown), badAnswer("the body is an error's, not what was asked for"))
	} else if missing := wire.Lacking(out); missing != "" {
		return k.fail(OutcomeDone, badAnswer("the body has no "+missing))
	}
	return nil
}

// errorMembers mark an object as one of Brex's errors.
var errorMembers = []string{"message", "error", "errors", "error_code"}

// hiddenError recognises an error that came with status 200: decoding it succeeds, but leaves out, which has none of its
// members, empty.
func hiddenError(body []byte, out any) bool {
	v := reflect.ValueOf(out).Elem()
	if v.Kind() != reflect.Struct || !v.IsZero() {
		return false
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil || !slices.ContainsFunc(errorMembers, func(name string) bool { return members[name] != nil }) {
		return false
	}
	for _, field := range reflect.VisibleFields(v.Type()) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); members[name] != nil {
			return false
		}
	}
	return true
}

// errorObject recognises an error that came with a 2xx for an operation which answers nothing.
func errorObject(body []byte) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return false
	}
	has := func(name string) bool { return members[name] != nil && string(members[name]) != "null" }
	return has("error") || has("errors") || has("error_code") || has("type") && has("message")
}

// decodeProblem words a decoding error: what is wrong, at which place and in which object, without the body's values.
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
		problem = "a JSON " + strings.SplitN(kind.Value, " ", 2)[0] + " where " + kind.Type.String() + " belongs"
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

type badAnswer string

func (b badAnswer) Error() string        { return string(b) }
func (b badAnswer) Is(target error) bool { return target == ErrBadAnswer }

// expandPath puts the ids into the path: the path as it is, and escaped. The template is read once from left to right, so
// that an id which looks like a placeholder is not taken for one.
func expandPath(req *wire.Request) (path, rawPath string, err error) {
	params := req.Op.PathParams
	if len(req.Path) != len(params) {
		return "", "", usageError("%s takes %d path parameters, %d given", req.Op.ID, len(params), len(req.Path))
	}
	rest := req.Op.Path
	if len(params) == 0 {
		return rest, rest, nil
	}
	for i, param := range params {
		id := req.Path[i]
		if err := checkID(param.Name, id); err != nil {
			return "", "", err
		}
		before, after, ok := strings.Cut(rest, "{"+param.Name+"}")
		if !ok {
			return "", "", usageError("%s has no path parameter %s at this place", req.Op.ID, param.Name)
		}
		path, rawPath, rest = path+before+id, rawPath+before+url.PathEscape(id), after
	}
	return path + rest, rawPath + rest, nil
}

// checkID refuses ids that would reach another resource: an empty one turns a read of one thing into a list, and dots walk
// up the path wherever something on the way decodes it.
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
