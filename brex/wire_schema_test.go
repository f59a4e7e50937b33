package brex_test

import (
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// specimen makes values that fit a schema, always the same ones.
type specimen struct {
	// full has every property; otherwise optional ones are absent, nullable ones null, enums hold a value that no document
	// lists and every object has a member that none does.
	full bool
	// variant picks among the forms of a union, counted round.
	variant int
	// widest is the number of forms of the widest union met.
	widest int
}

const (
	unknownEnum   = "SOMETHING_NEW"
	unknownMember = "brand_new_member"
)

func (g *specimen) value(ref *openapi3.SchemaRef, name string) any {
	s := resolve(ref)
	if !g.full && s.Nullable {
		return nil
	}
	switch {
	case len(s.OneOf) > 0:
		return g.union(s, name)
	case len(s.Enum) > 0:
		if g.full || len(s.Enum) == 1 { // an enum of one value marks the variant of a union
			return s.Enum[0]
		}
		return unknownEnum
	case s.Type.Is("object"):
		return g.object(s)
	case s.Type.Is("array"):
		return g.array(s, name)
	case s.Type.Is("integer"):
		return 3.0
	case s.Type.Is("number") && name == "total_count":
		return 3.0 // a count, whatever its type
	case s.Type.Is("number"):
		return 12.5
	case s.Type.Is("boolean"):
		return true
	case s.Type.Is("string"):
		return text(s, name)
	default:
		return "anything" // a schema without a type
	}
}

// resolve looks through an allOf of one, which is how a reference gets a description of its own.
func resolve(ref *openapi3.SchemaRef) *openapi3.Schema {
	s := ref.Value
	for len(s.AllOf) == 1 {
		nullable := s.Nullable
		inner := *s.AllOf[0].Value
		inner.Nullable = inner.Nullable || nullable
		s = &inner
	}
	if len(s.AllOf) > 1 {
		panic("an allOf of several is not expected after normalisation")
	}
	return s
}

func (g *specimen) union(s *openapi3.Schema, name string) any {
	g.widest = max(g.widest, len(s.OneOf))
	form := s.OneOf[g.variant%len(s.OneOf)]
	v := g.value(form, name)
	if s.Discriminator == nil {
		return v
	}
	for value, to := range s.Discriminator.Mapping {
		if to.Ref == form.Ref {
			v.(map[string]any)[s.Discriminator.PropertyName] = value
		}
	}
	return v
}

func (g *specimen) object(s *openapi3.Schema) map[string]any {
	o := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if g.full || slices.Contains(s.Required, name) {
			o[name] = g.value(s.Properties[name], name)
		}
	}
	if a := s.AdditionalProperties.Schema; a != nil && g.full {
		o["key"] = g.value(a, "key")
	}
	if len(s.Properties) == 0 && len(o) == 0 && g.full {
		o["any"] = "thing"
	}
	if !g.full && len(s.Properties) > 0 {
		o[unknownMember] = map[string]any{"n": 1.0}
	}
	return o
}

func (g *specimen) array(s *openapi3.Schema, name string) any {
	items := []any{g.value(s.Items, name)}
	if len(resolve(s.Items).OneOf) > 1 && g.full { // all the forms at once
		one := *g
		for one.variant = 1; one.variant < len(resolve(s.Items).OneOf); one.variant++ {
			items = append(items, one.value(s.Items, name))
		}
	}
	return items
}

func text(s *openapi3.Schema, name string) string {
	switch {
	case s.Format == "date-time":
		return "2026-11-02T03:04:05Z"
	case s.Format == "date":
		return "2026-11-02"
	case s.Format == "uri" || s.Format == "url":
		return "https://files.example/" + name
	case s.Pattern == "[A-Z]{3}":
		return "SFO"
	case s.Pattern == "[0-9A-Z]{2}":
		return "UA"
	case s.Pattern == `\d{1,4}`:
		return "815"
	case name == "currency":
		return "USD"
	default:
		return name + "_1"
	}
}

// lost lists what is in want and not, or otherwise, in got. Members that no document knows and nulls may go.
func lost(want, got any, path string) (paths []string) {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s: %v instead of an object", path, got)}
		}
		for _, name := range slices.Sorted(maps.Keys(w)) {
			if name == unknownMember || w[name] == nil {
				continue
			}
			paths = append(paths, lost(w[name], g[name], path+"."+name)...)
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return []string{fmt.Sprintf("%s: %v instead of %d items", path, got, len(w))}
		}
		for i := range w {
			paths = append(paths, lost(w[i], g[i], fmt.Sprintf("%s[%d]", path, i))...)
		}
	default:
		if want != got {
			return []string{fmt.Sprintf("%s: %v instead of %v", path, got, want)}
		}
	}
	return paths
}
