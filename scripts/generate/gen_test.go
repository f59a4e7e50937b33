package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/brex-go/sdk/gen/documents"
	"github.com/brex-go/sdk/scripts/internal/prep"
)

func parseGen(t *testing.T, api string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(module, "gen", api, api+".gen.go"), nil, parser.ParseComments)
	require.NoError(t, err)
	return file
}

// Every schema of every document has its Go type, and every type a comment.
func TestSchemasHaveTypes(t *testing.T) {
	for _, api := range documents.APIs {
		text, err := os.ReadFile(filepath.Join(module, "openapi", api+".yaml"))
		require.NoError(t, err)
		var doc struct {
			Components struct{ Schemas map[string]any }
		}
		require.NoError(t, yaml.Unmarshal(text, &doc))

		types := map[string]bool{}
		for _, decl := range parseGen(t, api).Decls {
			if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.TYPE {
				for _, spec := range gen.Specs {
					types[spec.(*ast.TypeSpec).Name.Name] = true
				}
				require.NotEmpty(t, gen.Doc.Text())
			}
		}
		prepared, err := prepare(input{root: module}, api, filepath.Join(module, "openapi", api+".yaml"))
		require.NoError(t, err)
		for name := range doc.Components.Schemas {
			goName := goNameOf(prepared, name)
			require.NotEmpty(t, goName, "%s: %s", api, name)
			require.True(t, types[goName], "%s: %s has no type %s", api, name, goName)
		}
	}
}

func goNameOf(doc *prep.Document, schema string) string {
	components, _ := doc.Root["components"].(map[string]any)
	schemas, _ := components["schemas"].(map[string]any)
	s, _ := schemas[schema].(map[string]any)
	name, _ := s["x-go-name"].(string)
	return name
}

// typeFaults are the types in a generated file that a reader of the API would not expect.
func typeFaults(file *ast.File) []string {
	var faults []string
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if n.Name == "float32" || n.Name == "float64" || n.Name == "complex128" {
				faults = append(faults, n.Name)
			}
		case *ast.StructType:
			for _, field := range n.Fields.List {
				pointers(field.Type, func(to string) {
					switch {
					case to == "string", strings.HasPrefix(to, "[]"), strings.HasPrefix(to, "map["), strings.HasPrefix(to, "*"),
						to == "wire.Time", to == "wire.Date", to == "time.Time", to == "wire.Secret", to == "any":
						faults = append(faults, "*"+to)
					}
				})
			}
		}
		return true
	})
	return faults
}

// pointers calls f with what each pointer in a type points to.
func pointers(expr ast.Expr, f func(to string)) {
	ast.Inspect(expr, func(n ast.Node) bool {
		if star, ok := n.(*ast.StarExpr); ok {
			f(typeText(star.X))
		}
		return true
	})
}

func typeText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return typeText(e.X) + "." + e.Sel.Name
	case *ast.StarExpr:
		return "*" + typeText(e.X)
	case *ast.ArrayType:
		return "[]" + typeText(e.Elt)
	case *ast.MapType:
		return "map[" + typeText(e.Key) + "]" + typeText(e.Value)
	default:
		return fmt.Sprintf("%T", e)
	}
}

func TestTypes(t *testing.T) {
	for _, api := range documents.APIs {
		require.Empty(t, typeFaults(parseGen(t, api)), api)
	}
}

// The test above can fail.
func TestTypeFaults(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "x.go", `package x
type A struct {
	A *string
	B []*wire.Time
	C *int
	D wire.Nullable[*time.Time]
	E map[string]float64
	F *[]string
	G *Owner
}
type B = []float32`, 0)
	require.NoError(t, err)
	require.Equal(t, []string{"*string", "*wire.Time", "*time.Time", "*[]string", "float64", "float32"}, typeFaults(file))
}
