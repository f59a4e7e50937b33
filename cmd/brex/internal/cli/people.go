package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/gen/operations"
)

// kind is a kind of object that people name otherwise than by id.
type kind struct {
	one   string          // in words
	list  *brex.Operation // lists all objects of the kind
	names [][]string      // members that name an object, each made of members joined by a space; the first labels it
	email bool            // the list can be asked for one e-mail
}

var kinds = map[string]kind{
	"users":           {"user", operations.ListUsers, [][]string{{"first_name", "last_name"}, {"email"}}, true},
	"cards":           {"card", operations.ListCards, [][]string{{"card_name"}}, false},
	"vendors":         {"vendor", operations.ListVendors, [][]string{{"company_name"}, {"email"}}, false},
	"accounts":        {"cash account", operations.ListCashAccounts, [][]string{{"name"}}, false},
	"departments":     {"department", operations.ListDepartments, [][]string{{"name"}}, false},
	"locations":       {"location", operations.ListLocations, [][]string{{"name"}}, false},
	"titles":          {"title", operations.ListTitles, [][]string{{"name"}}, false},
	"legal-entities":  {"legal entity", operations.ListLegalEntities, [][]string{{"display_name"}}, false},
	"spend-limits":    {"spend limit", operations.ListSpendLimits, [][]string{{"name"}}, false},
	"budgets":         {"budget", operations.ListSpendBudgets, [][]string{{"name"}}, false},
	"budget-programs": {"budget program", operations.ListBudgetPrograms, [][]string{{"name"}}, false},
	"fields":          {"field", operations.ListFields, [][]string{{"name"}}, false},
}

// object is an object of the API as it came.
type object map[string]any

// text is a member as a string, "" where it is none.
func (o object) text(member string) string {
	s, _ := o[member].(string)
	return s
}

func (o object) id() string { return o.text("id") }

// name is what one of the rows of kind.names gives.
func (o object) name(members []string) string {
	var parts []string
	for _, m := range members {
		parts = append(parts, o.text(m))
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}

// lastFours are the last four digits that a card, an account or the instruments of a vendor are known by.
func (o object) lastFours() (found []string) {
	add := func(digits string) {
		if len(digits) >= 4 {
			found = append(found, digits[len(digits)-4:])
		}
	}
	add(o.text("last_four"))
	add(o.text("account_number"))
	for _, i := range instruments(o) {
		add(i.lastFour)
	}
	return found
}

// over reports whether the object is at its end, so that another one of the same name is meant.
func (o object) over() bool {
	return slices.Contains([]string{"TERMINATED", "DELETED", "ARCHIVED", "CLOSED", "EXPIRED"}, o.text("status"))
}

// label names an object for people.
func (k kind) label(o object) string {
	label := o.name(k.names[0])
	if more := o.text("email"); more != "" && k.email {
		label += ", " + more
	}
	if four := o.lastFours(); len(four) > 0 {
		label += ", ending " + strings.Join(four, ", ")
	}
	return label
}

// named reports whether text names the object. Case does not matter.
func (k kind) named(o object, text string) bool {
	return o.id() == text || slices.Contains(o.lastFours(), text) || slices.ContainsFunc(k.names, func(members []string) bool {
		name := o.name(members)
		return name != "" && strings.EqualFold(name, text)
	})
}

// ids have the form of those that Brex makes: a prefix and a body, a UUID, or one long word; all with a digit in it.
var ids = regexp.MustCompile(`^(?:[A-Za-z]+_[A-Za-z0-9_-]{8,}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[A-Za-z0-9+/]{20,}={0,2})$`)

// looksLikeID reports whether text has the form of an id. What has not may be one all the same: names are looked up, and ids are
// among what they are compared with.
func looksLikeID(text string) bool {
	return ids.MatchString(text) && strings.ContainsAny(text, "0123456789")
}

// finder finds objects by what people call them, with one reading of each list.
type finder struct {
	s    *session
	rows map[string][]object // by kind, or kind and e-mail
}

// all reads all objects of a kind; those of one e-mail where text is one and the list can be asked for it.
func (f *finder) all(ctx context.Context, name, text string) ([]object, error) {
	k, params := kinds[name], map[string]any{}
	key := name
	if k.email && strings.Contains(text, "@") {
		params["email[]"], key = []string{text}, name+" "+text
	}
	for _, have := range []string{name, key} { // all of them have the one with that e-mail, too
		if rows, ok := f.rows[have]; ok {
			return rows, nil
		}
	}
	rows := []object{}
	for raw, err := range f.s.CallAll(ctx, k.list.ID, params) {
		if err != nil {
			return nil, fmt.Errorf("looking for the %s %q: %w", k.one, text, err)
		}
		o, err := objectsOf([]json.RawMessage{raw})
		if err != nil {
			return nil, err
		}
		rows = append(rows, o...)
	}
	if f.rows == nil {
		f.rows = map[string][]object{}
	}
	f.rows[key] = rows
	return rows, nil
}

// find finds the one object of a kind that text names: by id, e-mail, exact name or last four digits. Several are an error that
// lists them.
func (f *finder) find(ctx context.Context, name, text string) (object, error) {
	k := kinds[name]
	rows, err := f.all(ctx, name, text)
	if err != nil {
		return nil, err
	}
	var found, over []object
	for _, o := range rows {
		switch {
		case o.id() == text:
			return o, nil
		case !k.named(o, text):
		case o.over():
			over = append(over, o)
		default:
			found = append(found, o)
		}
	}
	if len(found) == 0 {
		found = over
	}
	switch len(found) {
	case 0:
		return nil, noObjectError{fmt.Sprintf("there is no %s %q; brex %s list shows them", k.one, text, name)}
	case 1:
		return found[0], nil
	}
	const most = 10
	var candidates []string
	for _, o := range found[:min(most, len(found))] {
		candidates = append(candidates, o.id()+" ("+k.label(o)+")")
	}
	if len(found) > most {
		candidates = append(candidates, "...")
	}
	return nil, usagef("%q names %d %ss; say which by id: %s", text, len(found), k.one, strings.Join(candidates, "; "))
}

// id is the id of the object that text names. What has the form of an id is passed on as it is.
func (f *finder) id(ctx context.Context, name, text string) (string, error) {
	if looksLikeID(text) {
		return text, nil
	}
	o, err := f.find(ctx, name, text)
	if err != nil {
		return "", err
	}
	return o.id(), nil
}

// noObjectError reports a name that no object has.
type noObjectError struct{ text string }

func (e noObjectError) Error() string { return e.text }

// ref is an object among the parameters of a request that may be named by other means than its id.
type ref struct{ kind, text string }

// isName reports whether the ref has to be looked up.
func (r ref) isName() bool { return !looksLikeID(r.text) }

// hasNames reports whether something in the parameters has to be looked up.
func hasNames(v any) bool {
	switch v := v.(type) {
	case ref:
		return v.isName()
	case instrumentRef:
		return true
	case map[string]any:
		for _, member := range v {
			if hasNames(member) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, hasNames)
	}
	return false
}

// resolve puts ids in place of names, in a copy of the parameters.
func (f *finder) resolve(ctx context.Context, v any) (any, error) {
	switch v := v.(type) {
	case ref:
		if !v.isName() {
			return v.text, nil
		}
		return f.id(ctx, v.kind, v.text)
	case instrumentRef:
		i, err := f.instrument(ctx, v)
		return i.id, err
	case map[string]any:
		found := make(map[string]any, len(v))
		for name, member := range v {
			id, err := f.resolve(ctx, member)
			if err != nil {
				return nil, err
			}
			found[name] = id
		}
		return found, nil
	case []any:
		found := make([]any, len(v))
		for i := range v {
			var err error
			if found[i], err = f.resolve(ctx, v[i]); err != nil {
				return nil, err
			}
		}
		return found, nil
	}
	return v, nil
}
