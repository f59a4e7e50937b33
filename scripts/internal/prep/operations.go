package prep

import (
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex/wire"
)

// operations reads the operation rows off the document and takes out of it what the client decides once for all
// operations: the Idempotency-Key header, which a call's options carry, and the security that names the scopes.
func operations(p *prep) {
	general := scopesOf(p.root["security"])
	for _, n := range p.everyOperation() {
		op := n.node
		row := wire.Operation{
			API: p.api, ID: text(op["x-brex-operation-id"]), GoName: methodName(text(op["operationId"])),
			Action: p.api + "/" + actionName(n.method, n.path), Method: n.method, Path: n.path,
			Summary: text(op["summary"]), Idempotency: wire.IdempotencyNone,
			Deprecated: op["deprecated"] == true, Scopes: general, Status: okStatus(op),
		}
		if tags := stringList(op["tags"]); len(tags) > 0 {
			row.Tag = tags[0]
		}
		if row.ID == "" {
			row.ID = text(op["operationId"]) // an overlay added the operation
		}
		if sec, ok := op["security"]; ok {
			row.Scopes = scopesOf(sec)
		} else if len(general) == 0 {
			row.Scopes = p.flowScopes()
		}
		if servers := list(op["servers"]); len(servers) > 0 {
			server, _ := servers[0].(obj)
			row.Server = text(server["url"])
		}
		kept := p.parameters(&row, n)
		op["parameters"] = kept
		if len(kept) == 0 {
			delete(op, "parameters")
		}
		delete(op, "security")
		row.Access = p.access(&row, op)
		row.EmptyResult = op["x-brex-empty-result"] == true
		p.ops = append(p.ops, row)
	}
}

// parameters fills the row's parameters and returns those that stay in the document.
func (p *prep) parameters(row *wire.Operation, n opNode) []any {
	var kept []any
	cursor := false
	for _, prm := range n.parameters() {
		name, in := text(prm["name"]), text(prm["in"])
		schema, _ := prm["schema"].(obj)
		param := wire.Param{Name: name, Type: p.paramType(schema), Required: prm["required"] == true, Enum: p.paramEnum(schema)}
		switch {
		case in == "header" && strings.EqualFold(name, "Idempotency-Key"):
			row.Idempotency = wire.IdempotencyOptional
			if param.Required {
				row.Idempotency = wire.IdempotencyRequired
			}
			continue
		case in == "path":
			row.PathParams = append(row.PathParams, param)
			if !strings.Contains(row.Path, "{"+name+"}") {
				p.fail("%s: the path %s has no {%s}", row.ID, row.Path, name)
			}
		case in == "query":
			row.Query = append(row.Query, param)
			cursor = cursor || name == "cursor"
			if name == "limit" {
				row.PageLimit = 1000 // general to the API's lists, unless the document says less
				if m, ok := number(schema["maximum"]); ok {
					row.PageLimit = m
				}
			}
		default:
			p.fail("%s: parameter %s in %s is not understood", row.ID, name, in)
		}
		kept = append(kept, prm)
	}
	row.Paginated = cursor && p.hasNextCursor(okSchema(n.node))
	// The order in the path decides which value goes where.
	slices.SortFunc(row.PathParams, func(a, b wire.Param) int {
		return strings.Index(row.Path, "{"+a.Name+"}") - strings.Index(row.Path, "{"+b.Name+"}")
	})
	if strings.Count(row.Path, "{") != len(row.PathParams) {
		p.fail("%s: not every parameter of the path %s is described", row.ID, row.Path)
	}
	return kept
}

func (p *prep) hasNextCursor(s obj) bool {
	name, ok := ref(s)
	if !ok {
		return false
	}
	target, _ := p.schemas[name].(obj)
	props, _ := target["properties"].(obj)
	return props["next_cursor"] != nil
}

// access reads x-brex-access of the overlay. A read needs none; any other operation must be classed by a person.
func (p *prep) access(row *wire.Operation, op obj) wire.Access {
	a := wire.Access(text(op["x-brex-access"]))
	switch a {
	case wire.AccessRead, wire.AccessWrite, wire.AccessMoney, wire.AccessSensitive:
		return a
	case "":
		if row.Method == "GET" || p.lenient {
			return wire.AccessRead
		}
		p.fail("%s %s (%s) changes something: say what in openapi/overlays/%s.yaml, as x-brex-access write, money or sensitive",
			row.Method, row.Path, row.ID, p.api)
	default:
		p.fail("%s: x-brex-access %q is not read, write, money or sensitive", row.ID, a)
	}
	return ""
}

func (p *prep) paramType(s obj) string {
	if s["type"] == "array" {
		items, _ := s["items"].(obj)
		return "[]" + p.paramType(items)
	}
	if name, ok := ref(s); ok {
		target, _ := p.schemas[name].(obj)
		return p.paramType(target)
	}
	switch t := text(s["type"]); {
	case t == "string" && s["format"] == "date-time":
		return "date-time"
	case t == "number":
		return "integer"
	default:
		return t
	}
}

func (p *prep) paramEnum(s obj) []string {
	if s["type"] == "array" {
		items, _ := s["items"].(obj)
		return p.paramEnum(items)
	}
	if name, ok := ref(s); ok {
		target, _ := p.schemas[name].(obj)
		return p.paramEnum(target)
	}
	return stringList(s["enum"])
}

// flowScopes are the scopes of a document whose operations name none: the one of its client credentials flow, if it is one.
func (p *prep) flowScopes() []string {
	components, _ := p.root["components"].(obj)
	schemes, _ := components["securitySchemes"].(obj)
	var all []string
	for _, name := range sorted(schemes) {
		scheme, _ := schemes[name].(obj)
		flows, _ := scheme["flows"].(obj)
		if flow, ok := flows["clientCredentials"].(obj); ok && len(flows) == 1 {
			scopes, _ := flow["scopes"].(obj)
			for _, scope := range sorted(scopes) {
				if scope != "openid" && scope != "offline_access" { // these two belong to the protocol, not to Brex
					all = append(all, scope)
				}
			}
		}
	}
	if len(all) == 1 {
		return all
	}
	return nil
}

func scopesOf(security any) []string {
	var out []string
	for _, s := range list(security) {
		o, _ := s.(obj)
		for _, name := range sorted(o) {
			out = append(out, stringList(o[name])...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func okStatus(op obj) int {
	responses, _ := op["responses"].(obj)
	for _, code := range sorted(responses) {
		if n, ok := number(code); ok && n/100 == 2 {
			return n
		}
	}
	return 200
}

// actionName is how a dynamic call names an operation: get_v2_users_by_id.
func actionName(method, path string) string {
	var parts []string
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if inner, ok := strings.CutPrefix(part, "{"); ok {
			part = "by_" + strings.TrimSuffix(inner, "}")
		}
		parts = append(parts, strings.ReplaceAll(part, "-", "_"))
	}
	return strings.ToLower(method) + "_" + strings.Join(parts, "_")
}
