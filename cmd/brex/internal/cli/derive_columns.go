package cli

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/schema"
	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// at is what stands at a dotted place of an object.
func (o object) at(path string) any {
	var v any = map[string]any(o)
	for _, step := range strings.Split(path, ".") {
		m, _ := v.(map[string]any)
		v = m[step]
	}
	return v
}

// show is a value as a table shows it: a list joined by spaces, an object not at all.
func show(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case []any:
		var parts []string
		for _, one := range v {
			if s := show(one); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, " ")
	}
	return ""
}

// amountOf reads an amount with its currency; nil where the value is not one.
func amountOf(v any) *money.Money {
	o, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	n, ok := o["amount"].(json.Number)
	if !ok {
		return nil
	}
	var amount wire.Integer
	if json.Unmarshal([]byte(n), &amount) != nil {
		return nil
	}
	currency, _ := o["currency"].(string)
	return &money.Money{Amount: int64(amount), Currency: money.Currency(currency)}
}

// tableMembers are the members that the table of a list begins with, where an object has them.
var tableMembers = []string{"id", "name", "company_name", "card_name", "display_name", "first_name", "last_name", "email", "last_four", "type",
	"vendor", "status", "amount", "value", "description"}

// listMembers are those of lists whose rows people look at for other members.
var listMembers = map[string][]string{
	"listSpendLimits": {"id", "name", "status", "authorization_settings.base_limit", "current_period_balance.amount_spent", "period_recurrence_type", "current_period_balance.end_date"},
}

const tableColumns = 7 // of a list; CSV and single objects have all

// objectColumns are the columns of an operation's result, made of its document.
func objectColumns(op *brex.Operation) []output.Column[object] {
	doc, err := loadDocument(op.API)
	if err != nil || op.Result == "" {
		return nil
	}
	s := doc.Plain(doc.Result(op))
	switch op.List {
	case "page":
		s = doc.Plain(doc.Plain(s.Properties["items"]).Items)
	case "array":
		s = doc.Plain(s.Items)
	}
	var columns []output.Column[object]
	members := doc.columnMembers(s, "", 0)
	if first := listMembers[op.ID]; first != nil {
		place := func(m columnMember) int {
			if i := slices.Index(first, m.path); i >= 0 {
				return i
			}
			return len(first)
		}
		slices.SortStableFunc(members, func(a, b columnMember) int { return place(a) - place(b) })
	}
	for _, m := range members {
		c := m.column()
		if len(columns) >= tableColumns {
			c = output.Wide(c)[0]
		}
		columns = append(columns, c)
	}
	return columns
}

// columnMember is a member of a result that has a column.
type columnMember struct {
	path   string
	schema *schema.Schema
}

// columnMembers lists the members that columns show: those that name the object first, then others, then those of its members.
func (d *document) columnMembers(s *schema.Schema, path string, depth int) (all []columnMember) {
	var inner []columnMember
	names := slices.Sorted(maps.Keys(s.Properties))
	rank := func(name string) int {
		if i := slices.Index(tableMembers, name); i >= 0 && path == "" {
			return i
		}
		return len(tableMembers)
	}
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	for _, name := range names {
		p := d.Plain(s.Properties[name])
		m := columnMember{dotted(path, name), p}
		switch {
		case isMoney(p), p.Type == "array" && d.Plain(p.Items).Type == "string", p.Type != "" && p.Type != "object" && p.Type != "array":
			all = append(all, m)
		case depth < 2 && p.Type != "array":
			inner = append(inner, d.columnMembers(p, m.path, depth+1)...)
			for _, v := range d.variants(p, "") {
				inner = append(inner, d.columnMembers(d.Plain(v.schema), m.path, depth+1)...)
			}
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(append(all, inner...), func(m columnMember) bool {
		was := seen[m.path]
		seen[m.path] = true
		return was
	})
}

func (m columnMember) column() output.Column[object] {
	name := m.path[strings.LastIndex(m.path, ".")+1:]
	switch {
	case isMoney(m.schema):
		return output.Amount(m.path, func(o object) *brex.Money { return amountOf(o.at(m.path)) })
	case wire.IsSecretMember(name):
		return output.Secret(m.path, func(o object) brex.Secret { return wire.NewSecret(show(o.at(m.path))) })
	case m.schema.Format == "date-time":
		return output.At(m.path, func(o object) brex.Time {
			t, _ := wire.ParseTime(show(o.at(m.path))) // what is not a time is left out of the table
			return t
		})
	case name == "id" || strings.HasSuffix(name, "_id"):
		return output.ID(m.path, func(o object) string { return show(o.at(m.path)) })
	case name == "email":
		return output.Long(output.Text(m.path, func(o object) string { return show(o.at(m.path)) }))
	}
	return output.Text(m.path, func(o object) string { return show(o.at(m.path)) })
}
