package brex

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex/schema"
	"github.com/brex-go/sdk/brex/wire"
)

// decode reads a response with a 2xx and judges whether it is what was asked for, for typed,
// dynamic and raw calls alike: a proxy, a gateway or a maintenance page can have sent it, and then
// it is unknown what Brex did. Only a member of the expected type is evidence that Brex carried the
// call out.
func (k *call) decode(c *config) error {
	if k.deleted() {
		return nil
	}
	body := bytes.TrimSpace(k.response.body.Bytes())
	c.drifts.look(k.op, body)
	problem, out := "", k.out
	switch {
	case len(body) > 0 && body[0] == '<':
		problem = "the body is HTML, not Brex's JSON"
	case k.op.Result == wire.AnyResult:
		if len(body) > 0 && c.decode(body, k.out) != nil {
			problem = "the body is not JSON"
		}
	case k.op.Result == "" || k.op.EmptyResult:
		if problem = k.notNothing(body); problem == "" && k.op.EmptyResult && len(body) > 0 && k.out != nil {
			_ = c.decode(body, k.out) // {} or null
		}
	case len(body) == 0 || bytes.Equal(body, []byte("null")):
		problem = "the body is empty"
	default:
		out, problem = k.decodeInto(c, body)
	}
	if problem == "" {
		return nil
	}
	outcome := OutcomeUnknown
	switch {
	case k.evidence(body, out):
		outcome = OutcomeDone
	case errorObject(body):
		problem = "the body is an error's, not what was asked for"
	}
	return k.fail(k.settle(outcome), badResponse(problem))
}

// decodeInto decodes the body and says what it lacks to be the expected one. The pointer it returns
// is what it was decoded into.
func (k *call) decodeInto(c *config, body []byte) (out any, problem string) {
	out = k.out
	if out == nil {
		out = new(json.RawMessage)
	}
	target, guided := out.(wire.Target)
	if guided {
		out = target.Into(len(body))
	}
	if err := c.decode(body, out); err != nil {
		return out, decodeProblem(err, body, out)
	}
	missing := ""
	switch raw, isRaw := out.(*json.RawMessage); {
	case guided:
		missing = target.Missing(body)
	case isRaw:
		missing = k.rawMissing(*raw)
	default:
		if missing = wire.Lacking(wire.AdoptID(out, k.op.ResultID, body), k.op.ResultID); missing == "" && (k.op.ResultID == "" || reflect.ValueOf(out).Elem().IsZero()) {
			missing = k.noMember(body, out)
		}
	}
	if missing != "" {
		problem = "the body has no " + missing
	}
	return out, problem
}

// notNothing says what is wrong with the response of an operation that documents none: its status,
// or no status but 204, with nothing to read.
func (k *call) notNothing(body []byte) string {
	if k.op.Status != 0 && k.response.status != k.op.Status && k.response.status != http.StatusNoContent {
		return "the status is not the one that Brex documents"
	}
	if len(body) == 0 || bytes.Equal(body, []byte("null")) || bytes.Equal(bytes.Join(bytes.Fields(body), nil), []byte("{}")) {
		return ""
	}
	return "the body is not empty, as Brex documents it"
}

// rawMissing is wire.Lacking for a response that is kept as JSON.
func (k *call) rawMissing(body json.RawMessage) string {
	switch k.op.List {
	case wire.ListPage:
		var page struct{ Items []json.RawMessage }
		if json.Unmarshal(body, &page) != nil || page.Items == nil {
			return "items"
		}
		return ""
	case wire.ListArray:
		if body[0] != '[' {
			return "list"
		}
		return ""
	}
	members := membersOf(body)
	if members == nil {
		return "object"
	}
	if id := k.op.ResultID; id != "" {
		for _, name := range []string{id, "id"} { // see wire.AdoptID
			var value string
			if json.Unmarshal(members[name], &value) == nil && value != "" {
				return ""
			}
		}
		return id
	}
	return k.noMember(body, &body)
}

// noMember says that the body has no member of the expected type, where its members are known. A
// read may have none of them where the document requires none, unless it has members that others
// send.
func (k *call) noMember(body []byte, out any) string {
	members := membersOf(body)
	if known := k.expected(out); len(known) == 0 || k.op.List != "" || has(members, known) {
		return ""
	}
	if k.op.Method == http.MethodGet && members != nil && !has(members, anybodys) && schema.ResultMayBeEmpty(k.op) {
		return ""
	}
	return "member of the expected object"
}

// expected names the members by which the expected object is recognised: those that proxies send,
// too, only where there are no others.
func (k *call) expected(out any) []string {
	all := k.declared(out)
	if own := slices.DeleteFunc(slices.Clone(all), func(name string) bool { return slices.Contains(anybodys, name) }); len(own) > 0 {
		return own
	}
	return all
}

// anybodys are members that the responses of proxies and gateways have, too: they are no evidence
// that one is Brex's.
var anybodys = []string{"code", "detail", "error", "error_code", "errors", "message", "status", "title", "type"}

// evidence reports whether the body has a member that only the expected response has.
func (k *call) evidence(body []byte, out any) bool {
	if k.op.Result == "" || k.op.EmptyResult {
		return false
	}
	members := membersOf(body)
	for _, name := range anybodys {
		delete(members, name)
	}
	return has(members, k.declared(out))
}

func has(members map[string]json.RawMessage, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return members[name] != nil })
}

// membersOf are the members of a JSON object; of anything else there are none.
func membersOf(body []byte) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return nil
	}
	return members
}

// declared names the members of the expected response: those of the type it is decoded into, or of
// the document's schema.
func (k *call) declared(out any) []string {
	if k.op.List == wire.ListPage {
		return []string{"items", "next_cursor"}
	}
	if _, raw := out.(*json.RawMessage); raw || out == nil {
		return schema.ResultMembers(k.op)
	}
	t := reflect.TypeOf(out).Elem()
	if t.Kind() != reflect.Struct {
		return nil
	}
	var names []string
	for _, field := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// errorObject recognises an error that came with a 2xx.
func errorObject(body []byte) bool {
	return has(membersOf(body), []string{"error", "errors", "error_code", "message"})
}

type badResponse string

func (b badResponse) Error() string        { return string(b) }
func (b badResponse) Is(target error) bool { return target == ErrBadResponse }
