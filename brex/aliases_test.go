package brex

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const genPath = "github.com/brex-go/sdk/gen/"

// reexports lists what the package's source takes over from the generated packages: type aliases and constants, by
// "package.Name".
func reexports(t *testing.T) (types, consts map[string]string) {
	files, err := packageSource()
	require.NoError(t, err)
	types, consts = map[string]string{}, map[string]string{}
	note := func(into map[string]string, name string, value ast.Expr) {
		sel, ok := value.(*ast.SelectorExpr)
		if !ok {
			return
		}
		if pkg, ok := sel.X.(*ast.Ident); ok {
			key := pkg.Name + "." + sel.Sel.Name
			if old, twice := into[key]; twice {
				t.Errorf("%s is re-exported twice, as %s and %s", key, old, name)
			}
			into[key] = name
		}
	}
	for _, f := range files {
		for _, decl := range f.Decls {
			d, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, s := range d.Specs {
				switch spec := s.(type) {
				case *ast.TypeSpec:
					if spec.Assign.IsValid() {
						note(types, spec.Name.Name, spec.Type)
					}
				case *ast.ValueSpec:
					if d.Tok == token.CONST && len(spec.Values) == 1 {
						note(consts, spec.Names[0].Name, spec.Values[0])
					}
				}
			}
		}
	}
	return types, consts
}

// TestNoCallerNeedsAGeneratedPackage follows every parameter and result of every service through fields and unions: what is
// found of the generated packages must have a name here.
func TestNoCallerNeedsAGeneratedPackage(t *testing.T) {
	aliases, _ := reexports(t)
	seen := map[reflect.Type]bool{}
	var visit func(typ reflect.Type, via string)
	visit = func(typ reflect.Type, via string) {
		if seen[typ] {
			return
		}
		seen[typ] = true
		if api, ok := strings.CutPrefix(typ.PkgPath(), genPath); ok {
			if name := api + "." + typ.Name(); aliases[name] == "" {
				t.Errorf("%s, reached through %s, has no alias in package brex: add in types.go or beside the service\n\t%s = %s", name, via, typ.Name(), name)
			}
			for i := range typ.NumMethod() { // the variants of a union
				if m := typ.Method(i); strings.HasPrefix(m.Name, "As") {
					visit(m.Type.Out(0), typ.Name()+"."+m.Name)
				}
			}
		}
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array:
			visit(typ.Elem(), via)
		case reflect.Map:
			visit(typ.Key(), via)
			visit(typ.Elem(), via)
		case reflect.Struct:
			for i := range typ.NumField() {
				visit(typ.Field(i).Type, typ.Name()+"."+typ.Field(i).Name)
			}
		case reflect.Func: // iter.Seq2
			for i := range typ.NumIn() {
				visit(typ.In(i), via)
			}
		}
	}
	client := reflect.TypeFor[Client]()
	for i := range client.NumField() {
		service := client.Field(i)
		if !service.IsExported() {
			continue
		}
		for j := range service.Type.NumMethod() {
			m := service.Type.Method(j)
			via := service.Name + "." + m.Name
			for k := 1; k < m.Type.NumIn(); k++ {
				visit(m.Type.In(k), via)
			}
			for k := range m.Type.NumOut() {
				visit(m.Type.Out(k), via)
			}
		}
	}
	require.Greater(t, len(seen), 200)
}

// TestEveryConstantOfAnEnumIsReexported checks zz_enums.go against the generated packages by other means than its generator.
func TestEveryConstantOfAnEnumIsReexported(t *testing.T) {
	types, consts := reexports(t)
	packages := map[string]bool{}
	for name := range types {
		packages[path.Dir(strings.ReplaceAll(name, ".", "/"))] = true
	}
	found := map[string]bool{}
	delete(packages, "money")
	delete(packages, "wire")
	for api := range packages {
		f, err := parser.ParseFile(token.NewFileSet(), "../gen/"+api+"/"+api+".gen.go", nil, 0)
		require.NoError(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || spec.Type == nil {
				return true
			}
			enum, ok := spec.Type.(*ast.Ident)
			if !ok || types[api+"."+enum.Name] == "" {
				return true
			}
			for _, name := range spec.Names {
				key := api + "." + name.Name
				found[key] = true
				if consts[key] == "" {
					t.Errorf("%s, a value of %s, is not re-exported: run make generate", key, types[api+"."+enum.Name])
				}
			}
			return true
		})
	}
	require.NotEmpty(t, found)
	for key, name := range consts {
		if api, _, _ := strings.Cut(key, "."); packages[api] && !found[key] {
			t.Errorf("%s re-exports %s, which is no constant of an aliased enum", name, key)
		}
	}
}
