package prep

import (
	"fmt"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// initialisms are written in capitals in Go names.
var initialisms = map[string]string{"ach": "ACH", "ap": "AP", "api": "API", "atm": "ATM", "bnpl": "BNPL", "cvv": "CVV", "ein": "EIN",
	"erp": "ERP", "ev": "EV", "fbo": "FBO", "fx": "FX", "http": "HTTP", "iban": "IBAN", "id": "ID", "ids": "IDs", "ip": "IP",
	"irs": "IRS", "json": "JSON", "llc": "LLC", "llp": "LLP", "lp": "LP", "mcc": "MCC", "pan": "PAN", "pdf": "PDF", "pin": "PIN",
	"ppro": "PPRO", "saas": "SaaS", "ssn": "SSN", "suv": "SUV", "tos": "TOS", "uri": "URI", "uris": "URIs", "url": "URL",
	"usd": "USD", "uuid": "UUID", "wifi": "WiFi"}

// goName makes an exported Go identifier of a name of the document: user_id, CustomField.Value, EXPENSE_PAYMENT.
func goName(name string) string {
	var b strings.Builder
	for _, word := range words(name) {
		if v, ok := initialisms[strings.ToLower(word)]; ok {
			b.WriteString(v)
			continue
		}
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// words splits at everything that is no letter or digit, and before a capital that follows a small letter.
func words(name string) []string {
	var out []string
	var cur []rune
	flush := func() {
		if len(cur) > 0 {
			out = append(out, string(cur))
			cur = nil
		}
	}
	shouting := strings.ToUpper(name) == name
	for _, r := range name {
		switch {
		case r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case !shouting && unicode.IsUpper(r) && len(cur) > 0 && unicode.IsLower(cur[len(cur)-1]):
			flush()
		}
		if shouting && len(cur) > 0 {
			r = unicode.ToLower(r)
		}
		cur = append(cur, r)
	}
	flush()
	return out
}

// methodName is the method of the generated client: the operationId without ById, which its parameter says already.
func methodName(operationID string) string {
	return goName(strings.TrimSuffix(operationID, "ById"))
}

// argName is a parameter name that is not exported.
func argName(name string) string {
	exported := goName(name)
	for i, r := range exported {
		if unicode.IsLower(r) {
			if i <= 1 {
				return usable(strings.ToLower(exported[:1]) + exported[1:])
			}
			if exported[i:] == "s" { // IDs
				break
			}
			return usable(strings.ToLower(exported[:i-1]) + exported[i-1:])
		}
	}
	return usable(strings.ToLower(exported))
}

// usable changes an argument name that means something else in the methods of the generated client.
func usable(name string) string {
	switch name {
	case "c", "ctx", "params", "body", "req", "wire", "operations":
		return name + "Arg"
	}
	if token.IsKeyword(name) {
		return name + "Arg"
	}
	return name
}

// paramName is the field of a query parameter: user_id[] is UserIDs, status[] is Status.
func paramName(name string) string {
	base, isList := strings.CutSuffix(name, "[]")
	if isList && strings.HasSuffix(base, "_id") {
		base += "s"
	}
	return goName(base)
}

// names sets the Go names of everything that has one.
func names(p *prep) {
	types := p.scope("schemas")
	for _, name := range []string{"Client", "NewClient"} {
		types.taken[name] = name + " of the client"
	}
	for _, name := range sorted(p.schemas) {
		s := p.component(name)
		types.name(name, s, p.componentName(name, s))
		enumNames(p, name, s)
		fields := p.scope(name + ": properties")
		props, _ := s["properties"].(obj)
		for _, prop := range sorted(props) {
			if c, ok := props[prop].(obj); ok {
				fields.name(prop, c, goName(prop))
			}
		}
	}
	operationIDs := p.scope("operations")
	for i := range p.ops {
		row := &p.ops[i]
		operationIDs.take(row.ID, row.GoName)
		if len(row.Query) > 0 {
			types.take("parameters of "+row.ID, row.GoName+"Params")
		}
	}
	for _, n := range p.everyOperation() {
		n.node["operationId"] = methodName(text(n.node["operationId"]))
		fields := p.scope(text(n.node["operationId"]) + ": parameters")
		for _, prm := range n.parameters() {
			name := text(prm["name"])
			fields.name(name, prm, paramName(name))
		}
	}
}

// scope is where Go names must differ from each other.
type scope struct {
	p     *prep
	what  string
	taken map[string]string // by Go name
}

func (p *prep) scope(what string) scope { return scope{p, what, map[string]string{}} }

// name gives a thing of the document its Go name, unless an overlay has.
func (s scope) name(name string, o obj, standard string) {
	if text(o["x-go-name"]) == "" {
		o["x-go-name"] = standard
	}
	s.take(name, text(o["x-go-name"]))
}

func (s scope) take(name, goName string) {
	if !token.IsIdentifier(goName) || !token.IsExported(goName) {
		s.p.fail("%s: %q would be %q in Go, which is no exported name; rename it in the overlay", s.what, name, goName)
		return
	}
	if other, clash := s.taken[goName]; clash {
		s.p.fail("%s %s and %s would both be %s in Go; rename one in the overlay", s.what, other, name, goName)
	}
	s.taken[goName] = name
}

func (p *prep) componentName(name string, s obj) string {
	if item := p.pageItem(s); item != "" {
		return goName(item) + "Page"
	}
	return goName(name)
}

// pageItem is the component that a page is a list of, or "".
func (p *prep) pageItem(s obj) string {
	props, _ := s["properties"].(obj)
	items, _ := props["items"].(obj)
	if items["type"] != "array" || props["next_cursor"] == nil {
		return ""
	}
	for name := range props {
		if !slices.Contains([]string{"items", "next_cursor", "has_next_page", "total_count"}, name) {
			return ""
		}
	}
	inner, _ := items["items"].(obj)
	name, _ := ref(inner)
	return name
}

// enumNames names the values of an enum, unless an overlay has.
func enumNames(p *prep, component string, s obj) {
	values := list(s["enum"])
	if values == nil || s["type"] != "string" {
		return
	}
	typeName := text(s["x-go-name"])
	repeats := !slices.ContainsFunc(values, func(v any) bool { return !repeatsType(goName(fmt.Sprint(v)), typeName) })
	given := list(s["x-enum-varnames"])
	if given != nil && len(given) != len(values) {
		p.fail("%s: x-enum-varnames has %d names for %d values", component, len(given), len(values))
		return
	}
	taken := map[string]any{}
	var out []any
	for i, v := range values {
		name := goName(fmt.Sprint(v))
		switch {
		case given != nil:
			name = text(given[i])
		case repeats: // the constant begins with the type's name anyway
			name = strings.TrimPrefix(name, typeName)
		}
		if other, clash := taken[name]; clash || name == "" {
			p.fail("%s: the values %v and %v would both be %q in Go", component, other, v, name)
		}
		taken[name] = v
		out = append(out, name)
	}
	s["x-enum-varnames"] = out
}

// repeatsType reports whether the name of a value says the name of its type once more: EmploymentStatusActive.
func repeatsType(value, typeName string) bool {
	rest, ok := strings.CutPrefix(value, typeName)
	return ok && rest != "" && !unicode.IsLower(rune(rest[0]))
}

// number reads an integer of a decoded document or of a key.
func number(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case float64:
		return int(v), true
	case string:
		n, err := strconv.Atoi(v)
		return n, err == nil
	}
	return 0, false
}
