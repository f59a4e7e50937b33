package prep

import (
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex/wire"
)

// operationTypes tells the client template the types of each operation.
func (p *prep) operationTypes() {
	rows := map[string]int{}
	for i, row := range p.ops {
		rows[row.Method+row.Path] = i
	}
	for _, n := range p.everyOperation() {
		row := &p.ops[rows[n.method+n.path]]
		info := obj{"name": row.GoName, "id": row.ID, "list": false, "scopes": strings.Join(row.Scopes, " or "), "access": string(row.Access),
			"idempotency": string(row.Idempotency)}
		if s := okSchema(n.node); s != nil {
			goType, _ := p.goType(s)
			if name, ok := ref(s); ok {
				goType = p.goNameOf(name)
				if item := p.pageItem(p.component(name)); item != "" {
					info["item"] = p.goNameOf(item)
					row.List, name = wire.ListPage, item
				}
				row.ResultID = p.idMember(name)
			}
			if goType == "" {
				p.fail("%s: the type of its answer is not understood", n)
			}
			row.Result = goType
			if inner, isList := strings.CutPrefix(goType, "[]"); isList {
				info["list"] = true
				goType, row.List = inner, wire.ListArray
				if name, ok := ref(itemsOf(s)); ok {
					row.ResultID = p.idMember(name)
				}
			}
			info["result"] = goType
		}
		if s := bodySchema(n.node); s != nil {
			goType, _ := p.goType(s)
			if goType == "" {
				p.fail("%s: the type of its body is not understood", n)
			}
			row.Body = goType
			info["body"] = goType
		}
		var path, query []any
		params := map[string]obj{}
		for _, prm := range n.parameters() {
			if prm["in"] == "query" {
				params[text(prm["name"])] = prm
			}
		}
		for _, prm := range row.PathParams {
			arg := argName(prm.Name)
			if slices.Contains(path, any(arg)) {
				p.fail("%s: two parameters of the path would be the argument %s", n, arg)
			}
			path = append(path, arg)
		}
		for _, prm := range row.Query {
			node := params[prm.Name]
			goType, call := p.queryType(node)
			if row.Paginated && prm.Name == "cursor" {
				info["cursor"] = text(node["x-go-name"])
			}
			query = append(query, obj{"field": text(node["x-go-name"]), "name": prm.Name, "type": goType, "call": call,
				"doc": text(node["description"]), "members": p.members(node)})
		}
		info["path"], info["query"] = path, query
		n.node["x-brex-go"] = info
	}
}

func itemsOf(s obj) obj {
	items, _ := s["items"].(obj)
	return items
}

// idMember is the member that names an object of the component: of those that have the name of an id, the most telling one that
// is required. It is "" where the document requires none.
func (p *prep) idMember(component string) string {
	props, _ := p.component(component)["properties"].(obj)
	for _, name := range []string{"id", "brex_id", "budget_id"} {
		c, _ := props[name].(obj)
		info, _ := c["x-brex-go"].(obj)
		if info["tag"] == name && info["type"] == "string" {
			return name
		}
	}
	return ""
}

// members are the parts of a deepObject parameter, sent as name[part].
func (p *prep) members(prm obj) []any {
	s, _ := prm["schema"].(obj)
	name, ok := ref(s)
	target, _ := p.schemas[name].(obj)
	props, _ := target["properties"].(obj)
	if !ok || props == nil {
		return nil
	}
	var out []any
	for _, member := range sorted(props) {
		c, _ := props[member].(obj)
		if goType, _ := p.goType(c); goType != "string" {
			p.fail("query parameter %s[%s]: only texts are understood", prm["name"], member)
		}
		out = append(out, obj{"name": member, "field": text(c["x-go-name"])})
	}
	return out
}

// queryType is the Go type of a query parameter and how it is added to wire.Query. All are left out when zero.
func (p *prep) queryType(prm obj) (goType, call string) {
	s, _ := prm["schema"].(obj)
	if s["type"] == "array" {
		items, _ := s["items"].(obj)
		inner, _ := p.goType(items)
		if !p.isText(items) || strings.HasPrefix(inner, "wire.") {
			p.fail("query parameter %s: only lists of texts are understood", prm["name"])
		}
		return "[]" + inner, "Strings"
	}
	switch p.paramType(s) {
	case "string":
		t, _ := p.goType(s)
		if t == "wire.Date" {
			return t, "Date"
		}
		if t != "string" {
			return t, "Enum"
		}
		return t, "String"
	case "date-time":
		return "time.Time", "Time"
	case "integer":
		return "int", "Int"
	case "boolean":
		if prm["x-brex-pointer"] == true {
			return "*bool", "OptionalBool"
		}
		return "bool", "Bool"
	case "object":
		name, _ := ref(s)
		return p.goNameOf(name), "Object"
	}
	p.fail("query parameter %s: type %v is not understood", prm["name"], s["type"])
	return "string", "String"
}
