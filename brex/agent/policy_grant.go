package agent

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/schema"
)

const (
	defaultRows = 20
	maxRows     = 1000
	any_        = "any" // as a value: without a limit
)

// grant is what an agent may do with a resource.
type grant struct {
	level      brex.Access     // the highest class that the level grants; empty for off
	operations map[string]bool // granted by name
	fields     []string        // nil for all
	expand     []string
	effects    bool // some operation moves money or changes who can spend

	max, perDay, perMonth, above amounts
	payees, from                 map[string]bool
	memo                         []*regexp.Regexp // empty for any
	hours                        []window         // empty for any
	approvers                    []string
	afterUntrusted               bool // allowed without asking
	unattended                   bool // a transfer need not be approved in Brex
}

// amounts are limits by currency. A currency without one has the limit nothing.
type amounts map[money.Currency]money.Money

// classes are the access classes that the levels grant, in their order.
var classes = map[string]brex.Access{"off": "", "read": brex.AccessRead, "write": brex.AccessWrite, "full": brex.AccessMoney}

var rank = map[brex.Access]int{"": 0, brex.AccessRead: 1, brex.AccessWrite: 2, brex.AccessMoney: 3, brex.AccessSensitive: 4}

// allows reports whether the operation is granted for requests of the class.
func (g *grant) allows(op *brex.Operation, access brex.Access) bool {
	if g == nil {
		return false
	}
	return g.operations[op.ID] || !byName[op.ID] && access != brex.AccessSensitive && rank[access] <= rank[g.level]
}

// grant reads what an agent may do with a resource: a level, or a mapping. nil for nothing.
func (r *reader) grant(n *yaml.Node, place, resource string) *grant {
	g := &grant{operations: map[string]bool{}}
	if n.Kind == yaml.ScalarNode {
		g.level = r.level(n, place)
		if g.level == brex.AccessMoney && g.anyEffect(resource) {
			r.fail(n, place, "full moves money or changes who can spend, which needs limits: write a mapping with level: full")
		}
		return g
	}
	list := func(to *[]string) func(*yaml.Node, string) {
		return func(n *yaml.Node, place string) { *to = r.list(n, place) }
	}
	limit := func(to *amounts) func(*yaml.Node, string) {
		return func(n *yaml.Node, place string) { *to = r.amounts(n, place) }
	}
	word := func(to *bool, yes, no string) func(*yaml.Node, string) {
		return func(n *yaml.Node, place string) {
			if *to = r.text(n, place) == yes; !*to && n.Value != no {
				r.fail(n, place, "%q is neither %s nor %s", n.Value, yes, no)
			}
		}
	}
	known := map[string]func(*yaml.Node, string){
		"level": func(n *yaml.Node, place string) { g.level = r.level(n, place) },
		"operations": func(n *yaml.Node, place string) {
			for _, name := range r.list(n, place) {
				if op := r.operation(n, place, name, resource); op != nil {
					g.operations[op.ID] = true
				}
			}
		},
		"fields": list(&g.fields), "expand": list(&g.expand), "approvers": list(&g.approvers),
		"max": limit(&g.max), "per_day": limit(&g.perDay), "per_month": limit(&g.perMonth), "approve_above": limit(&g.above),
		"payees":          func(n *yaml.Node, place string) { g.payees = r.payees(n, place) },
		"from":            func(n *yaml.Node, place string) { g.from = r.payees(n, place) },
		"memo":            func(n *yaml.Node, place string) { g.memo = r.patterns(n, place) },
		"hours":           func(n *yaml.Node, place string) { g.hours = r.hours(n, place) },
		"after_untrusted": word(&g.afterUntrusted, "allow", "ask"),
		"approval_type":   word(&g.unattended, "none", "MANUAL"),
	}
	there := r.fields(n, place, known, "fields")
	if g.effects = g.anyEffect(resource); g.effects {
		r.require(n, place, there, g.needs(resource))
	} else if len(g.max)+len(g.perDay)+len(g.perMonth)+len(g.above)+len(g.payees)+len(g.from)+len(g.approvers) > 0 {
		r.fail(n, place, "has limits of money, and no operation that moves it or changes who can spend")
	}
	r.checkFields(n, place, resource, g)
	r.checkAmounts(n, place, g)
	return g
}

// anyEffect reports whether some operation that is granted moves money or changes who can spend.
func (g *grant) anyEffect(resource string) bool {
	return slices.ContainsFunc(brex.Operations(), func(op *brex.Operation) bool {
		_, ok := effects[op.ID]
		return ok && ResourceOf(op) == resource && g.allows(op, effectAccess(op))
	})
}

// effectAccess is the class of a request of an operation that has an effect.
func effectAccess(op *brex.Operation) brex.Access {
	if op.Access == brex.AccessSensitive {
		return op.Access
	}
	return brex.AccessMoney
}

// needs are the members that a grant with an effect must have: each of them is a limit, and a limit
// that is lost must not allow more.
func (g *grant) needs(resource string) []string {
	names := []string{"hours", "approvers"}
	for id, e := range effects {
		op, _ := brex.LookupOperation(id)
		if ResourceOf(op) != resource || !g.allows(op, effectAccess(op)) {
			continue
		}
		if len(e.amounts) > 0 {
			names = append(names, "max")
		}
		if e.moves {
			names = append(names, "payees", "from", "memo")
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (r *reader) level(n *yaml.Node, place string) brex.Access {
	class, ok := classes[r.text(n, place)]
	if !ok {
		r.fail(n, place, "%q is not a level; levels are off, read, write and full", n.Value)
	}
	return class
}

func (r *reader) amounts(n *yaml.Node, place string) amounts {
	all := amounts{}
	for _, text := range r.list(n, place) {
		m, err := money.Parse(text)
		switch {
		case err != nil:
			r.fail(n, place, "%v", err)
		case m.Sign() <= 0:
			r.fail(n, place, "%s is not more than nothing", text)
		case all[m.Currency] != money.Money{}:
			r.fail(n, place, "%s is there twice", m.Currency)
		}
		all[m.Currency] = m
	}
	return all
}

// patterns reads regular expressions of whole memos.
func (r *reader) patterns(n *yaml.Node, place string) (all []*regexp.Regexp) {
	values := r.list(n, place)
	if len(values) == 1 && values[0] == any_ {
		return nil
	}
	for _, text := range values {
		if _, err := regexp.Compile(text); err != nil || text == any_ { // by itself: not one that ends the group
			r.fail(n, place, "%q is not a regular expression", text)
			return nil
		}
		all = append(all, regexp.MustCompile(`^(?:`+text+`)$`))
	}
	return all
}

// matches reports whether an expression is of the whole text.
func matches(text string) func(*regexp.Regexp) bool {
	return func(re *regexp.Regexp) bool { return re.MatchString(text) }
}

// checkFields refuses fields and values of expand that no operation of the resource has.
func (r *reader) checkFields(n *yaml.Node, place, resource string, g *grant) {
	var fields []string
	for _, op := range brex.Operations() {
		if ResourceOf(op) == resource {
			fields = append(fields, schema.ItemMembers(op)...)
		}
	}
	if len(g.fields) == 1 && g.fields[0] == "all" {
		g.fields = nil
	}
	for _, name := range g.fields {
		first, _, _ := strings.Cut(name, ".")
		if !slices.Contains(fields, first) {
			slices.Sort(fields)
			r.fail(n, place+".fields", "%q is not a field; fields are %s", name, strings.Join(slices.Compact(fields), ", "))
			return
		}
	}
	for _, name := range g.expand {
		first, _, _ := strings.Cut(name, ".")
		if g.fields != nil && !slices.Contains(g.fields, first) {
			r.fail(n, place+".expand", "%q must be among the fields, too", first)
		}
	}
}

// checkAmounts gives the limits that are left out, and refuses those that do not fit together.
func (r *reader) checkAmounts(n *yaml.Node, place string, g *grant) {
	if g.perDay == nil {
		g.perDay = g.max
	}
	if g.perMonth == nil {
		g.perMonth = g.perDay
	}
	for _, pair := range []struct {
		name        string
		small, wide amounts
	}{{"per_day", g.max, g.perDay}, {"per_month", g.perDay, g.perMonth}} {
		for currency, wide := range pair.wide {
			if small, ok := pair.small[currency]; !ok || small.Amount > wide.Amount {
				r.fail(n, place+"."+pair.name, "%s is below the limit before it, or without one", wide)
			}
		}
		if len(pair.wide) != len(pair.small) {
			r.fail(n, place+"."+pair.name, "must have every currency of the limit before it")
		}
	}
}
