package prep

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

const proseWidth = 105

// proseKeys are the members that hold prose, all of which may reach Go source as a comment or as text.
var proseKeys = map[string]bool{"description": true, "summary": true, "title": true, "x-deprecated-reason": true}

// fold makes one line of all prose of the document: what Brex writes has line breaks around it and between, and a line break
// in the wrong place of a comment is Go. Nothing after this rule needs to think of it.
func fold(p *prep) { foldIn(p.root) }

func foldIn(v any) {
	switch v := v.(type) {
	case []any:
		for _, child := range v {
			foldIn(child)
		}
	case obj:
		for k, child := range v {
			if s, ok := child.(string); ok && proseKeys[k] {
				v[k] = oneLine(s)
			}
			if k != "example" && k != "examples" && k != "default" && k != "enum" {
				foldIn(child)
			}
		}
	}
}

// oneLine is the words of a text, without what cannot be seen.
func oneLine(s string) string {
	visible := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(visible), " ")
}

// prose wraps the descriptions, so that comments made of them are readable.
func prose(p *prep) {
	p.everySchema(func(s obj) {
		if d, ok := s["description"].(string); ok {
			s["description"] = wrap(d)
		}
	})
	for _, n := range p.everyOperation() {
		if d, ok := n.node["description"].(string); ok {
			n.node["description"] = wrap(d)
		}
		info, _ := n.node["x-brex-go"].(obj)
		for _, q := range list(info["query"]) {
			q := q.(obj)
			q["doc"] = wrap(text(q["doc"]))
		}
	}
}

func wrap(s string) string {
	var b strings.Builder
	width := 0
	for _, word := range strings.Fields(s) {
		switch {
		case width == 0:
		case width+1+utf8.RuneCountInString(word) > proseWidth:
			b.WriteByte('\n')
			width = 0
		default:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += utf8.RuneCountInString(word)
	}
	return b.String()
}

// Prose is what the document says about its operations, their parameters and the members of its schemas: a JSON object with
// the texts by Operation, Operation.parameter and Schema.member, in their Go names. A member without a string of its own has its schema's.
func (d *Document) Prose() ([]byte, error) {
	p := &prep{api: d.API, root: d.Root}
	components, _ := d.Root["components"].(obj)
	p.schemas, _ = components["schemas"].(obj)
	said := map[string]string{}
	say := func(key string, from obj) {
		if words := strings.Join(strings.Fields(text(from["description"])), " "); words != "" {
			said[key] = words
		}
	}
	for _, op := range p.everyOperation() {
		id := text(op.node["operationId"])
		say(id, op.node)
		for _, prm := range op.parameters() {
			say(id+"."+text(prm["name"]), prm)
		}
	}
	for _, name := range sorted(p.schemas) {
		members, _ := p.component(name)["properties"].(obj)
		for _, member := range sorted(members) {
			s, _ := members[member].(obj)
			if target, ok := ref(s); ok {
				say(name+"."+member, p.component(target))
			}
			say(name+"."+member, s)
		}
	}
	return json.MarshalIndent(said, "", " ")
}
