package prep

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
)

// The smallest API that the rules have something to say about.
const (
	cardPaths = `
/v1/cards:
  get:
    operationId: listCards
    responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Page_Card_'}}}}}`
	cardSchemas = `
Card:
  type: object
  required: [id]
  properties: {id: {type: string}}
Page_Card_:
  type: object
  required: [items]
  properties: {next_cursor: {type: string, nullable: true}, items: {type: array, items: {$ref: '#/components/schemas/Card'}}}`
	noPaths = `{}`
)

// document is an OpenAPI document of paths and schemas, each written flush left.
func document(paths, schemas string) string {
	return "openapi: 3.0.3\ninfo: {title: test, version: '1'}\npaths:" + indent(2, paths) +
		"\ncomponents:\n  schemas:" + indent(4, schemas) + "\n"
}

// overlayOf is an overlay of actions, each written two columns in.
func overlayOf(actions string) string {
	return "overlay: 1.1.0\ninfo: {title: test, version: '1'}\nactions:" + actions + "\n"
}

func indent(n int, s string) string {
	if !strings.Contains(s, "\n") {
		return " " + s
	}
	return strings.ReplaceAll(s, "\n", "\n"+strings.Repeat(" ", n))
}

func prepare(t *testing.T, doc string) *Document {
	t.Helper()
	return prepareWith(t, doc, "")
}

func prepareWith(t *testing.T, doc, overlay string) *Document {
	t.Helper()
	d, err := Prepare("test", []byte(doc), []byte(overlay))
	require.NoError(t, err)
	return d
}

// schemas prepares a document of schemas only.
func schemas(t *testing.T, text string) *Document {
	t.Helper()
	return prepare(t, document(noPaths, text))
}

// requireError prepares a document and wants an error that says all of the texts.
func requireError(t *testing.T, doc, overlay string, texts ...string) {
	t.Helper()
	d, err := Prepare("test", []byte(doc), []byte(overlay))
	require.Error(t, err)
	require.Nil(t, d)
	require.NotEmpty(t, texts)
	for _, text := range append(texts, "test: ") {
		require.Contains(t, err.Error(), text)
	}
}

// get is the value at a path of member names, such as components, schemas, Card.
func get(t *testing.T, d *Document, path ...string) any {
	t.Helper()
	var v any = d.Root
	for i, name := range path {
		o, ok := v.(obj)
		require.True(t, ok, "%v is no object", path[:i])
		v = o[name]
	}
	return v
}

// schema is a component, or a property of one written Card.owner.
func schema(t *testing.T, d *Document, name string) obj {
	t.Helper()
	component, property, isProperty := strings.Cut(name, ".")
	path := []string{"components", "schemas", component}
	if isProperty {
		path = append(path, "properties", property)
	}
	s, ok := get(t, d, path...).(obj)
	require.True(t, ok, "no schema %s", name)
	return s
}

// goProperty is the Go type and the JSON tag of a property.
func goProperty(t *testing.T, d *Document, name string) string {
	t.Helper()
	info, ok := schema(t, d, name)["x-brex-go"].(obj)
	require.True(t, ok, "%s has no Go type", name)
	return fmt.Sprintf("%s %s", info["type"], info["tag"])
}

// row is the operation of that Go name.
func row(t *testing.T, d *Document, goName string) wire.Operation {
	t.Helper()
	for _, r := range d.Operations {
		if r.GoName == goName {
			return r
		}
	}
	t.Fatalf("no operation %s", goName)
	return wire.Operation{}
}
