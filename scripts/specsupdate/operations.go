package main

import (
	"fmt"
	"strings"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/scripts/internal/prep"
)

// differences are the changes of the document itself, of its operations and of its schemas.
func differences(old, new *prep.Document) []change {
	d := &differ{old: newSide(old), new: newSide(new), compared: map[string]bool{}}
	d.notUnderstood()
	d.document()
	d.operations()
	d.components()
	return d.changes
}

// notUnderstood are the places of the new document that the generator would refuse.
func (d *differ) notUnderstood() {
	known := map[string]bool{}
	for _, note := range d.old.doc.Notes {
		known[note] = true
	}
	for _, note := range d.new.doc.Notes {
		if !known[note] {
			d.say(callers, "not understood: %s", note)
		}
	}
}

func (d *differ) document() {
	a, b := d.old.doc.Root, d.new.doc.Root
	info, infoToo := object(a["info"]), object(b["info"])
	d.value(prose, "document", "version", info["version"], infoToo["version"])
	d.words("document", info, infoToo)
	d.set(addition, breaksWire, "document", "server", urls(a["servers"]), urls(b["servers"]))
	old, new := object(object(a["components"])["securitySchemes"]), object(object(b["components"])["securitySchemes"])
	for _, name := range keys(old, new) {
		d.securityScheme("security scheme "+name, object(old[name]), object(new[name]))
	}
}

func urls(servers any) []string {
	var out []string
	for _, s := range list(servers) {
		out = append(out, show(object(s)["url"]))
	}
	return out
}

func (d *differ) securityScheme(at string, a, b obj) {
	if a == nil || b == nil {
		d.say(either(a == nil, addition, breaksWire), "%s %s", at, map[bool]string{true: "added", false: "removed"}[a == nil])
		return
	}
	for _, key := range []string{"type", "scheme", "in", "name"} {
		d.value(breaksWire, at, key, a[key], b[key])
	}
	flows, flowsToo := object(a["flows"]), object(b["flows"])
	d.set(addition, breaksWire, at, "flow", keys(flows, nil), keys(flowsToo, nil))
	for _, flow := range keys(flows, flowsToo) {
		p, q := object(flows[flow]), object(flowsToo[flow])
		if p == nil || q == nil {
			continue
		}
		for _, key := range []string{"authorizationUrl", "tokenUrl", "refreshUrl"} {
			d.value(breaksWire, at+": "+flow, key, p[key], q[key])
		}
		d.set(addition, breaksWire, at+": "+flow, "scope", keys(object(p["scopes"]), nil), keys(object(q["scopes"]), nil))
	}
}

// operations compares those at the same path; one that is gone while its operationId is found elsewhere has moved.
func (d *differ) operations() {
	old, new := byPlace(d.old.doc), byPlace(d.new.doc)
	moved := map[string]wire.Operation{}
	for place, op := range new {
		if _, stayed := old[place]; !stayed {
			moved[op.ID] = op
		}
	}
	var added []wire.Operation
	found := map[string]bool{}
	for _, place := range keys(old, new) {
		a, inOld := old[place]
		b, inNew := new[place]
		if !inOld {
			added = append(added, b)
			continue
		}
		key := a.Method + " " + a.Path
		if !inNew {
			if b, inNew = moved[a.ID]; inNew {
				found[a.ID] = true
				d.say(callers, "%s: operation moved to %s %s (%s)", key, b.Method, b.Path, a.ID)
			}
		}
		if !inNew {
			d.say(callers, "operation removed: %s (%s)", key, a.ID)
			continue
		}
		d.operation(key, a, b)
	}
	for _, op := range added {
		if !found[op.ID] {
			d.say(addition, "operation added: %s %s (%s)", op.Method, op.Path, op.ID)
		}
	}
}

func byPlace(doc *prep.Document) map[string]wire.Operation {
	out := map[string]wire.Operation{}
	for _, op := range doc.Operations {
		out[op.Path+" "+op.Method] = op
	}
	return out
}

func (d *differ) operation(key string, a, b wire.Operation) {
	nodeA, nodeB := d.old.operation(a), d.new.operation(b)
	d.value(callers, key, "operationId", a.ID, b.ID)
	d.value(breaksWire, key, "host", a.Server, b.Server)
	d.value(breaksWire, key, "host on staging", a.StagingServer, b.StagingServer)
	d.set(addition, breaksWire, key, "server", urls(nodeA["servers"]), urls(nodeB["servers"]))
	d.value(breaksWire, key, "status of success", a.Status, b.Status)
	d.idempotency(key, a.Idempotency, b.Idempotency)
	d.flag(addition, addition, key, "deprecated", nodeA["deprecated"], nodeB["deprecated"])
	d.scopes(key, a.Scopes, b.Scopes)
	d.parameters(key, nodeA, nodeB)
	d.body(key, object(nodeA["requestBody"]), object(nodeB["requestBody"]))
	d.responses(key, object(nodeA["responses"]), object(nodeB["responses"]))
	d.words(key, nodeA, nodeB)
}

// idempotency: a client that sends keys must be able to rely on them, and one that sends none must not be refused.
func (d *differ) idempotency(key string, a, b wire.Idempotency) {
	c := addition
	switch {
	case b == wire.IdempotencyNone:
		c = callers // WithIdempotencyKey fails, and nothing protects a repetition any more
	case b == wire.IdempotencyRequired:
		c = breaksWire
	}
	d.value(c, key, "idempotency key", a, b)
}

// scopes: any one of them is enough, and none means that every token is.
func (d *differ) scopes(key string, a, b []string) {
	gained := addition
	if len(a) == 0 {
		gained = breaksWire
	}
	lost := breaksWire
	if len(b) == 0 {
		lost = addition
	}
	d.set(gained, lost, key, "scope", a, b)
}

// parameters compares those of one operation by place and name.
func (d *differ) parameters(key string, a, b obj) {
	old, query := params(a)
	new, queryToo := params(b)
	for _, name := range keys(old, new) {
		p, q := old[name], new[name]
		place, _, _ := strings.Cut(name, " ")
		at := key + ": " + strings.TrimPrefix(place+" parameter ", "query ") + show(firstOf(p, q)["name"])
		signature := place == "path" || place == "query" && query != queryToo // the method has another argument, or one less
		switch {
		case p == nil:
			c := either(q["required"] == true, breaksWire, addition)
			d.say(either(signature, callers, c), "%s added (%s%s)", at, describe(object(q["schema"])), required(q))
		case q == nil:
			d.say(either(place == "header" || place == "cookie", breaksWire, callers), "%s removed", at)
		default:
			d.flag(breaksWire, addition, at, "required", p["required"], q["required"])
			d.value(breaksWire, at, "style", p["style"], q["style"])
			d.value(breaksWire, at, "explode", p["explode"], q["explode"])
			d.flag(addition, addition, at, "deprecated", p["deprecated"], q["deprecated"])
			d.words(at, p, q)
			d.schema(at, object(p["schema"]), object(q["schema"]), use{request: true})
		}
	}
}

func firstOf(a, b obj) obj {
	if a != nil {
		return a
	}
	return b
}

func required(p obj) string {
	if p["required"] == true {
		return ", required"
	}
	return ""
}

// params are the parameters by place and name, and whether any is in the query.
func params(op obj) (all map[string]obj, query bool) {
	all = map[string]obj{}
	for _, v := range list(op["parameters"]) {
		p := object(v)
		all[show(p["in"])+" "+show(p["name"])] = p
		query = query || p["in"] == "query"
	}
	return all, query
}

func (d *differ) body(key string, a, b obj) {
	at := key + ": body"
	if a != nil && b != nil {
		d.flag(breaksWire, addition, at, "required", a["required"], b["required"])
		d.words(at, a, b)
	}
	d.content(at, a, b, use{request: true}, callers)
}

func (d *differ) responses(key string, a, b obj) {
	for _, code := range keys(a, b) {
		p, q := object(a[code]), object(b[code])
		at := fmt.Sprintf("%s: response %s", key, code)
		success := strings.HasPrefix(code, "2")
		switch {
		case p == nil:
			d.say(addition, "%s added%s", at, inBrackets(q))
		case q == nil:
			d.say(either(success, breaksWire, addition), "%s removed", at)
		default:
			d.words(at, p, q)
			d.set(addition, addition, at, "header", keys(object(p["headers"]), nil), keys(object(q["headers"]), nil))
			d.content(at, p, q, use{response: true}, either(success, callers, addition))
		}
	}
}

func inBrackets(response obj) string {
	if s := jsonSchema(response); s != nil {
		return " (" + contents(s) + ")"
	}
	return ""
}

// content compares what a body or a response holds. gone is the class of a schema that appears or disappears, and with it an
// argument or a result of the method.
func (d *differ) content(at string, a, b obj, u use, gone class) {
	lost := breaksWire
	if u.response {
		lost = addition
	}
	if media, mediaToo := object(a["content"]), object(b["content"]); media != nil && mediaToo != nil {
		d.set(addition, lost, at, "content type", keys(media, nil), keys(mediaToo, nil))
	}
	switch p, q := jsonSchema(a), jsonSchema(b); {
	case p == nil && q == nil:
	case p == nil:
		d.say(gone, "%s: schema added (%s)", at, contents(q))
	case q == nil:
		d.say(gone, "%s: schema removed (%s)", at, describe(p))
	default:
		d.schema(at, p, q, u)
	}
}

// jsonSchema is the schema of a body or a response, or nil.
func jsonSchema(v obj) obj {
	media := object(v["content"])
	for _, mime := range keys(media, nil) {
		if strings.Contains(mime, "json") {
			return object(object(media[mime])["schema"])
		}
	}
	return nil
}
