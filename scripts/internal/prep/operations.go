package prep

import (
	"cmp"
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
		row.Server, row.StagingServer = servers(list(op["servers"]))
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

// servers are the addresses that an operation has of its own: the first one that is not of staging, and the first one that is.
func servers(all []any) (production, staging string) {
	first := ""
	for _, v := range all {
		server, _ := v.(obj)
		url := text(server["url"])
		variables, _ := server["variables"].(obj)
		for _, name := range sorted(variables) {
			variable, _ := variables[name].(obj)
			url = strings.ReplaceAll(url, "{"+name+"}", text(variable["default"]))
		}
		if first == "" {
			first = url
		}
		switch about := strings.ToLower(url + " " + text(server["description"])); {
		case strings.Contains(about, "staging"):
			staging = cmp.Or(staging, url)
		case !strings.Contains(about, "sandbox"):
			production = cmp.Or(production, url)
		}
	}
	return cmp.Or(production, first), staging
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
				p.unsupported("%s: the path %s has no {%s}", row.ID, row.Path, name)
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
		case param.Required:
			p.unsupported("%s %s (%s): parameter %s in %s is required, and the client has no place for it", row.Method, row.Path, row.ID, name, in)
		case !p.lenient:
			optionalHeader(n.node, in, name)
			continue
		}
		kept = append(kept, prm)
	}
	row.Paginated = cursor && p.hasNextCursor(okSchema(n.node))
	// The order in the path decides which value goes where.
	slices.SortFunc(row.PathParams, func(a, b wire.Param) int {
		return strings.Index(row.Path, "{"+a.Name+"}") - strings.Index(row.Path, "{"+b.Name+"}")
	})
	if strings.Count(row.Path, "{") != len(row.PathParams) {
		p.unsupported("%s: not every parameter of the path %s is described", row.ID, row.Path)
	}
	return kept
}

// optionalHeader says in the description of an operation that it takes a header, which a call's options can carry. Cookies,
// and headers that OpenAPI leaves to the client, are not spoken of.
func optionalHeader(op obj, in, name string) {
	switch strings.ToLower(name) {
	case "accept", "content-type", "authorization":
		return
	}
	if in == "header" {
		op["description"] = strings.TrimSpace(text(op["description"]) + " Optional header: " + name + ", by WithHeader.")
	}
}

func (p *prep) hasNextCursor(s obj) bool {
	name, _ := ref(s)
	props, _ := p.component(name)["properties"].(obj)
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
		if p.preview {
			p.notes = append(p.notes, row.Method+" "+row.Path+" ("+row.ID+") has no class: say x-brex-access write, money or sensitive in openapi/overlays/"+p.api+".yaml")
			return wire.AccessMoney
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
