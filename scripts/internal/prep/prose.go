package prep

import "strings"

const proseWidth = 105

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
		case width+1+len(word) > proseWidth:
			b.WriteByte('\n')
			width = 0
		default:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += len(word)
	}
	return b.String()
}
