package checks

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/documents"
)

// schema is what of a schema says how its numbers look.
type schema struct {
	Ref        string `json:"$ref"`
	AllOf      []schema
	Type       string
	Format     string
	Items      *schema
	Values     json.RawMessage   `json:"additionalProperties"`
	Properties map[string]schema `json:"properties"`
}

// numberTypes are the Go types for a kind of number: they read everything that the document allows.
var numberTypes = map[string][]string{
	"number":        {"money.Decimal", "wire.Integer"}, // never an int, which does not read 1.0, nor a float
	"integer int32": {"int", "wire.Integer"},
	"integer int64": {"int64", "wire.Integer"},
	"integer":       {"int", "int64", "wire.Integer"},
}

// Every number of the documents has a Go type that reads all that the document allows, and exactly.
func TestNumbersAreAsTheDocumentsSay(t *testing.T) {
	found := map[string]int{}
	for _, api := range documents.APIs {
		text, err := documents.FS.ReadFile(api + ".json")
		require.NoError(t, err)
		normalised := schemas(t, text)
		text, err = os.ReadFile(filepath.Join(root, "openapi", api+".yaml"))
		require.NoError(t, err)
		published := schemas(t, text)
		types := fieldTypes(t, api)
		for name, s := range normalised {
			for property, p := range s.Properties {
				kind := numberKind(t, p, normalised)
				if kind == "" {
					continue
				}
				// An overlay may say that a number is whole, but not that it is written without a point.
				if p, ok := published[name].Properties[property]; ok && numberKind(t, p, published) == "number" {
					kind = "number"
				}
				allowed := numberTypes[kind]
				require.NotEmpty(t, allowed, "%s: %s.%s is a number of the unknown kind %s", api, name, property, kind)
				fields := types[plain(name)]
				switch {
				case strings.HasSuffix(name, "Money") && property == "amount":
					fields = map[string]string{"amount": reflect.TypeFor[money.Money]().Field(0).Type.String()}
				case fields == nil && property == "total_count": // wire.Page
					fields = map[string]string{property: "wire." + reflect.TypeFor[wire.Page[int]]().Field(2).Type.Name()}
				}
				require.Contains(t, allowed, bare(fields[property]), "%s: %s.%s is %s", api, name, property, kind)
				found[kind]++
			}
		}
	}
	require.Greater(t, found["number"], 10)
	require.Greater(t, found["integer int32"], 5)
	require.Greater(t, found["integer int64"], 5)
}

// The types for numbers read a number in each of its forms.
func TestNumberTypesReadEveryForm(t *testing.T) {
	for _, name := range numberTypes["number"] {
		for _, form := range []string{"1", "1.0", "1e0", "10E-1", "1.00"} {
			v := reflect.New(map[string]reflect.Type{"money.Decimal": reflect.TypeFor[money.Decimal](), "wire.Integer": reflect.TypeFor[wire.Integer]()}[name])
			require.NoError(t, json.Unmarshal([]byte(form), v.Interface()), "%s as %s", form, name)
			text, err := json.Marshal(v.Interface())
			require.NoError(t, err)
			require.Regexp(t, `^1(\.0+)?$`, string(text), "%s as %s", form, name)
		}
	}
}

// schemas are the components of a document, which is YAML or JSON.
func schemas(t *testing.T, document []byte) map[string]schema {
	t.Helper()
	var whole map[string]any
	require.NoError(t, yaml.Unmarshal(document, &whole))
	text, err := json.Marshal(whole["components"])
	require.NoError(t, err)
	var components struct{ Schemas map[string]schema }
	require.NoError(t, json.Unmarshal(text, &components))
	return components.Schemas
}

// numberKind is "number", or "integer" with its format, for a schema that is one, a list or a map of some; or "".
func numberKind(t *testing.T, s schema, all map[string]schema) string {
	t.Helper()
	switch {
	case s.Ref != "":
		name := s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
		target, ok := all[name]
		require.True(t, ok, s.Ref)
		return numberKind(t, target, all)
	case len(s.AllOf) > 0:
		return numberKind(t, s.AllOf[0], all)
	case s.Items != nil:
		return numberKind(t, *s.Items, all)
	case s.Type == "number":
		return "number"
	case s.Type == "integer":
		return strings.TrimSpace("integer " + s.Format)
	case len(s.Values) > 0 && s.Values[0] == '{':
		var values schema
		require.NoError(t, json.Unmarshal(s.Values, &values))
		return numberKind(t, values, all)
	}
	return ""
}

// plain is the name of a schema and of its Go type without what differs.
func plain(name string) string {
	return strings.ToLower(strings.NewReplacer(".", "", "_", "", "-", "").Replace(name))
}

// wrappers are what stands around the type of a number.
var wrappers = regexp.MustCompile(`^(?:\*|\[\]|map\[string\]|wire\.Nullable\[(.*)\]$)+`)

func bare(goType string) string {
	if found := wrappers.FindStringSubmatch(goType); found != nil && found[1] != "" {
		return bare(found[1])
	}
	return wrappers.ReplaceAllString(goType, "")
}

// fieldTypes are the Go types of a generated package's fields: by the plain name of the struct, and the name in JSON.
func fieldTypes(t *testing.T, api string) map[string]map[string]string {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, filepath.Join(root, "gen", api, api+".gen.go"), nil, 0)
	require.NoError(t, err)
	all := map[string]map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		object, ok := spec.Type.(*ast.StructType)
		if !ok {
			return true
		}
		fields := map[string]string{}
		for _, f := range object.Fields.List {
			if f.Tag == nil {
				continue
			}
			name, _, _ := strings.Cut(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json"), ",")
			var b strings.Builder
			require.NoError(t, printer.Fprint(&b, files, f.Type))
			fields[name] = b.String()
		}
		all[plain(spec.Name.Name)] = fields
		return true
	})
	return all
}
