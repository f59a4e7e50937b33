package brex

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/operations"
)

// packageSource parses the package without its tests, once: walking it must not disturb the others, so nobody may change it.
var packageSource = sync.OnceValues(func() ([]*ast.File, error) {
	entries, err := os.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
})

// wrapper is a method of a service that calls an operation.
type wrapper struct {
	service, name, doc string
}

// wrappers finds the methods that call a generated client, by API and Go name of the operation, and all methods by service.
func wrappers(t *testing.T) (byOperation map[string][]wrapper, methods map[string]map[string]*ast.FuncDecl) {
	files, err := packageSource()
	require.NoError(t, err)
	apis := map[string]string{} // service type -> package of its client
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			st, ok := spec.Type.(*ast.StructType)
			if !ok || !strings.HasSuffix(spec.Name.Name, "Service") {
				return true
			}
			for _, field := range st.Fields.List {
				if len(field.Names) == 1 && field.Names[0].Name == "api" {
					apis[spec.Name.Name] = field.Type.(*ast.StarExpr).X.(*ast.SelectorExpr).X.(*ast.Ident).Name
				}
			}
			return true
		})
	}
	byOperation, methods = map[string][]wrapper{}, map[string]map[string]*ast.FuncDecl{}
	for _, f := range files {
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv == nil {
				continue
			}
			star, ok := fn.Recv.List[0].Type.(*ast.StarExpr)
			if !ok {
				continue
			}
			receiver, ok := star.X.(*ast.Ident) // not that of a generic type
			if !ok {
				continue
			}
			service := receiver.Name
			api, ok := apis[service]
			if !ok {
				continue
			}
			if methods[service] == nil {
				methods[service] = map[string]*ast.FuncDecl{}
			}
			methods[service][fn.Name.Name] = fn
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				call, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if inner, ok := call.X.(*ast.SelectorExpr); ok && inner.Sel.Name == "api" {
					key := api + "." + call.Sel.Name
					byOperation[key] = append(byOperation[key], wrapper{service, fn.Name.Name, fn.Doc.Text()})
				}
				return true
			})
		}
	}
	return byOperation, methods
}

func scopesOf(op *wire.Operation) string {
	if len(op.Scopes) == 0 {
		return "none documented"
	}
	return strings.Join(op.Scopes, " or ")
}

func oneSpace(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestEveryOperationHasOneMethod(t *testing.T) {
	byOperation, methods := wrappers(t)
	require.NotEmpty(t, operations.All)
	known := map[string]bool{}
	for _, op := range operations.All {
		key := op.API + "." + op.GoName
		known[key] = true
		found := byOperation[key]
		if len(found) != 1 {
			t.Errorf("%s is called by %d methods of services in package brex, want 1: %v; go run ./scripts/newop %s prints one", op.ID, len(found), found, op.ID)
			continue
		}
		m := found[0]
		where := m.service + "." + m.name
		if !ast.IsExported(m.name) {
			t.Errorf("%s, which calls %s, is not exported", where, op.ID)
		}
		want := fmt.Sprintf("It calls %s, %s %s. Scopes: %s. Access: %s.", op.ID, op.Method, op.Path, scopesOf(op), op.Access)
		if !strings.Contains(oneSpace(m.doc), want) {
			t.Errorf("the doc comment of %s lacks\n\t%s\nit is\n\t%s", where, want, oneSpace(m.doc))
		}
		if deprecated := strings.Contains(m.doc, "\nDeprecated: Use "); deprecated != op.Deprecated {
			t.Errorf("%s: a Deprecated paragraph with the replacement is there: %v; %s is deprecated: %v", where, deprecated, op.ID, op.Deprecated)
		}
		if op.Paginated {
			if !strings.HasPrefix(m.name, "List") {
				t.Errorf("%s calls a list and should be named List...", where)
			}
			for _, prefix := range []string{"Pages", "All"} {
				name := prefix + strings.TrimPrefix(m.name, "List")
				fn := methods[m.service][name]
				if fn == nil {
					t.Errorf("%s has pages, but there is no %s.%s", op.ID, m.service, name)
				} else if strings.Contains(fn.Doc.Text(), "\nDeprecated: ") != op.Deprecated {
					t.Errorf("%s.%s: deprecated or not, unlike %s", m.service, name, op.ID)
				}
			}
		}
	}
	for key := range byOperation {
		if !known[key] {
			t.Errorf("%s is no operation", key)
		}
	}
}

// That the rules are for the type of the method's request, TestWire shows.
func TestEveryBodyHasRules(t *testing.T) {
	for _, op := range operations.All {
		_, ok := rules[op]
		if (op.Body != "") != ok {
			t.Errorf("%s takes a body: %v; it has rules: %v: add to rules in brex/validate_rules.go\n\toperations.%s: on(checkWhole[...]),", op.ID, op.Body != "", ok, op.GoName)
		}
	}
}

// A new operation that moves money does not come without a case of what its body must not hold, nor without a test of what it does
// to the sandbox's company, beside the walk through all operations.
func TestMoneyOperationsAreTested(t *testing.T) {
	cases, err := os.ReadFile("validate_test.go")
	require.NoError(t, err)
	names, err := filepath.Glob(filepath.Join("brextest", "*_test.go"))
	require.NoError(t, err)
	var sandbox strings.Builder
	for _, name := range names {
		if filepath.Base(name) != "operations_test.go" {
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			sandbox.Write(text)
		}
	}
	money := 0
	for _, op := range operations.All {
		if op.Access != wire.AccessMoney {
			continue
		}
		money++
		anything := op.ID == "updateUser" // a state and ids: no value of them is wrong by itself
		if op.Body != "" && !anything && !strings.Contains(string(cases), "{\""+op.ID+"\", func(") {
			t.Errorf("%s moves money: add a case of TestValidation with a body that it must refuse", op.ID)
		}
		if !strings.Contains(sandbox.String(), `"`+op.ID+`"`) && !strings.Contains(sandbox.String(), `"`+op.Path+`"`) {
			t.Errorf("%s moves money: test in brex/brextest what it does to balances and limits, and what it refuses", op.ID)
		}
	}
	require.NotZero(t, money)
}

// TestEveryServiceIsOnTheClient also fails when New leaves a service out.
func TestEveryServiceIsOnTheClient(t *testing.T) {
	_, methods := wrappers(t)
	c, err := New(WithToken("t"))
	require.NoError(t, err)
	v := reflect.ValueOf(*c)
	onClient := map[string]bool{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		require.False(t, v.Field(i).IsNil(), "New does not set Client.%s", f.Name)
		require.Equal(t, f.Name+"Service", f.Type.Elem().Name())
		onClient[f.Type.Elem().Name()] = true
	}
	for service := range methods {
		require.True(t, onClient[service], "Client has no field for %s", service)
	}
}

var (
	docStart = regexp.MustCompile(`^(An?|The) `)
	exempt   = map[string]bool{"Error": true, "String": true, "GoString": true}
)

// TestEveryExportedNameIsDocumented holds each doc comment to the habit of beginning with the name.
func TestEveryExportedNameIsDocumented(t *testing.T) {
	files, err := packageSource()
	require.NoError(t, err)
	check := func(name, text string) {
		if ast.IsExported(name) && !exempt[name] && !strings.HasPrefix(docStart.ReplaceAllString(text, ""), name) {
			t.Errorf("%s: the doc comment is %q", name, text)
		}
	}
	for _, f := range files {
		for _, decl := range f.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Recv != nil {
					if !ast.IsExported(receiverName(d.Recv.List[0].Type)) {
						continue
					}
				}
				check(d.Name.Name, d.Doc.Text())
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if spec, ok := s.(*ast.TypeSpec); ok {
						text := spec.Doc.Text()
						if text == "" {
							text = d.Doc.Text()
						}
						check(spec.Name.Name, text)
					}
				}
			}
		}
	}
}

func receiverName(e ast.Expr) string {
	switch r := e.(type) {
	case *ast.StarExpr:
		return receiverName(r.X)
	case *ast.IndexExpr:
		return receiverName(r.X)
	case *ast.Ident:
		return r.Name
	default:
		return ""
	}
}
