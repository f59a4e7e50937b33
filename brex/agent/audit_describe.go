package agent

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/brex-go/sdk/brex"
)

func (s *Session) decisionRecord(a *attempt) Record {
	r := s.record(KindDecision, a.id, a.tool)
	r.describe(a.prepared, a.facts)
	r.ArgsMAC, r.Verdict, r.Rule, r.Resource = a.mac, a.decision.Verdict, a.decision.Rule, ResourceOf(a.prepared.Operation)
	return r
}

// describe fills in what is known of a prepared request.
func (r *Record) describe(p *brex.Prepared, f *facts) {
	r.Operation, r.Access, r.Key, r.Resource = p.Operation.ID, string(f.access), p.Key, ResourceOf(p.Operation)
	r.Args = pathArgs(p)
	if f.effect != nil {
		if all, ok := f.amounts(); ok && len(all) > 0 {
			r.Args["amount"] = amountsText(all)
		}
		if ids, ok := f.texts(f.effect.payee); ok && len(ids) == 1 && safeValue(ids[0]) {
			r.Args["payee"] = ids[0]
		}
		if ids, ok := f.texts(f.effect.from); ok && len(ids) == 1 && safeValue(ids[0]) {
			r.Args["from"] = ids[0]
		}
	}
	for name, value := range f.body {
		text, ok := value.(string)
		if ok && safeName(name) && safeValue(text) {
			r.Args[name] = text
		}
	}
	if len(r.Args) == 0 {
		r.Args = nil
	}
}

// safeArg is an id, a date or a word of the API, and safeName the name of a member that has one:
// what the log may hold. Everything else is left out.
var safeArg = regexp.MustCompile(`^[A-Za-z0-9_:.+-]{1,80}$`)

func safeName(name string) bool {
	for _, end := range []string{"_id", "_type", "_date", "status"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return name == "id" || name == "type"
}

// safeValue reports whether a value may be in the log. One that looks like the number of a card or
// an account may not, wherever it was put.
func safeValue(text string) bool { return safeArg.MatchString(text) && !longNumber.MatchString(text) }

var longNumber = regexp.MustCompile(`^[0-9.:+-]{12,}$`)

// pathArgs are the ids in the path of a request.
func pathArgs(p *brex.Prepared) map[string]string {
	args := map[string]string{}
	if len(p.Operation.PathParams) == 0 {
		return args
	}
	got := strings.Split(p.Path, "/")
	for i, part := range strings.Split(p.Operation.Path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok && i < len(got) && safeValue(got[i]) {
			args[strings.TrimSuffix(name, "}")] = got[i]
		}
	}
	return args
}

// canonical is the body with its members in order, so that the same arguments have the same bytes.
func (f *facts) canonical(p *brex.Prepared) string {
	text, err := json.Marshal(f.value)
	if f.value == nil || err != nil {
		return string(p.Body)
	}
	return string(text)
}
