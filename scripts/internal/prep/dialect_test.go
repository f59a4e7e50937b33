package prep

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// ours are the documents of this module, by API, with their overlays.
func ours(t *testing.T) map[string][2][]byte {
	t.Helper()
	folder := filepath.Join("..", "..", "..", "openapi")
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	require.NoError(t, err)
	require.Len(t, files, 10)
	out := map[string][2][]byte{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		overlay, err := os.ReadFile(filepath.Join(folder, "overlays", filepath.Base(file)))
		if !os.IsNotExist(err) {
			require.NoError(t, err)
		}
		out[strings.TrimSuffix(filepath.Base(file), ".yaml")] = [2][]byte{text, overlay}
	}
	return out
}

// The documents give the same operations and the same Go types when they are written the way Brex publishes them.
func TestPublishedDialect(t *testing.T) {
	var total dialect
	for api, texts := range ours(t) {
		t.Run(api, func(t *testing.T) {
			want, err := Prepare(api, texts[0], texts[1])
			require.NoError(t, err)
			published, d := asPublished(t, texts[0])
			require.NotEqual(t, string(texts[0]), string(published))
			got, err := Prepare(api, published, texts[1])
			require.NoError(t, err)
			require.Equal(t, want.Operations, got.Operations)
			require.Equal(t, essence(t, want), essence(t, got))

			want, err = Normalise(api, texts[0])
			require.NoError(t, err)
			got, err = Normalise(api, published)
			require.NoError(t, err)
			require.Equal(t, essence(t, want), essence(t, got), "and specsupdate sees no change")
			total.references += d.references
			total.required += d.required
			total.unions += d.unions
		})
	}
	// The test is worth something only as long as there is something to rewrite.
	require.Greater(t, total.references, 150)
	require.Greater(t, total.required, 150)
	require.Greater(t, total.unions, 5)
}

// Every document gives the same bytes twice.
func TestPrepareOursDeterministic(t *testing.T) {
	for api, texts := range ours(t) {
		first, err := Prepare(api, texts[0], texts[1])
		require.NoError(t, err)
		second, err := Prepare(api, texts[0], texts[1])
		require.NoError(t, err)
		for _, render := range []func(*Document) ([]byte, error){(*Document).JSON, (*Document).Plain} {
			a, err := render(first)
			require.NoError(t, err)
			b, err := render(second)
			require.NoError(t, err)
			require.Equal(t, string(a), string(b), api)
		}
		require.Equal(t, first.Operations, second.Operations, api)
	}
}

// dialect counts what asPublished has rewritten.
type dialect struct{ references, required, unions int }

// asPublished rewrites a document the way Brex publishes its own: JSON of version 3.0.1, decorations of references as parts
// of an allOf, "required" on single properties, and oneOf lists that name fewer members than the mapping.
func asPublished(t *testing.T, text []byte) ([]byte, dialect) {
	t.Helper()
	var root obj
	require.NoError(t, yaml.Unmarshal(text, &root))
	var d dialect
	root["openapi"] = "3.0.1"
	d.rewrite(root)
	b, err := json.MarshalIndent(root, "", "\t")
	require.NoError(t, err)
	return b, d
}

func (d *dialect) rewrite(v any) {
	switch v := v.(type) {
	case []any:
		for _, child := range v {
			d.rewrite(child)
		}
	case obj:
		for _, k := range sorted(v) {
			d.rewrite(v[k])
		}
		d.reference(v)
		if props, ok := v["properties"].(obj); ok {
			for _, name := range stringList(v["required"]) {
				if c, ok := props[name].(obj); ok && c["$ref"] == nil && c["required"] == nil && c["properties"] == nil {
					c["required"] = []any{"true"}
					d.required++
				}
			}
		}
		disc, _ := v["discriminator"].(obj)
		mapping, _ := disc["mapping"].(obj)
		if members := list(v["oneOf"]); len(members) > 1 && len(mapping) >= len(members) {
			v["oneOf"] = members[:1]
			d.unions++
		}
	}
}

func (d *dialect) reference(s obj) {
	if r, ok := s["$ref"]; ok && len(s) == 1 {
		if d.references++; d.references%3 == 0 { // not all of them are written so
			delete(s, "$ref")
			s["allOf"] = []any{obj{"$ref": r}, obj{}}
		}
		return
	}
	if _, ok := ref(s); !ok {
		return
	}
	all := list(s["allOf"])
	for _, k := range []string{"nullable", "description"} {
		if v, ok := s[k]; ok {
			delete(s, k)
			all = append(all, obj{k: v})
			d.references++
		}
	}
	s["allOf"] = all
}

// essence is a prepared document without prose and order.
func essence(t *testing.T, d *Document) string {
	t.Helper()
	root := clone(d.Root).(obj)
	delete(root, "openapi")
	dropOrder(root)
	b, err := json.MarshalIndent(root, "", " ")
	require.NoError(t, err)
	return string(b)
}

func dropOrder(v any) {
	switch v := v.(type) {
	case obj:
		for k, child := range v {
			if _, isText := child.(string); k == "x-order" || isText && (k == "description" || k == "doc") {
				delete(v, k)
				continue
			}
			dropOrder(child)
			if l := list(child); k == "oneOf" || k == "members" {
				slices.SortFunc(l, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			}
		}
		// A reference with nothing but prose beside it is one without anything.
		if name, ok := ref(v); ok && len(v) == 1 {
			delete(v, "allOf")
			v["$ref"] = schemaPrefix + name
		}
	case []any:
		for _, child := range v {
			dropOrder(child)
		}
	}
}
