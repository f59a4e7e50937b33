package brex_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"log/slog"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/accounting"
	"github.com/brex-go/sdk/gen/budgets"
	"github.com/brex-go/sdk/gen/expenses"
	"github.com/brex-go/sdk/gen/fields"
	"github.com/brex-go/sdk/gen/onboarding"
	"github.com/brex-go/sdk/gen/payments"
	"github.com/brex-go/sdk/gen/team"
	"github.com/brex-go/sdk/gen/transactions"
	"github.com/brex-go/sdk/gen/travel"
	"github.com/brex-go/sdk/gen/webhooks"
)

// Every member of every generated type that holds a secret is planted, and looked for in all that fmt and slog make of
// the type: as made and as received, every variant of every union, on a page, and in an unexported field.
func TestEverySecretIsHidden(t *testing.T) {
	g := &garden{types: map[reflect.Type]bool{}, members: map[string]bool{}}
	for _, client := range []reflect.Type{reflect.TypeFor[*accounting.Client](), reflect.TypeFor[*budgets.Client](),
		reflect.TypeFor[*expenses.Client](), reflect.TypeFor[*fields.Client](), reflect.TypeFor[*onboarding.Client](),
		reflect.TypeFor[*payments.Client](), reflect.TypeFor[*team.Client](), reflect.TypeFor[*transactions.Client](),
		reflect.TypeFor[*travel.Client](), reflect.TypeFor[*webhooks.Client]()} {
		for i := range client.NumMethod() {
			method := client.Method(i).Type
			for in := range method.NumIn() {
				g.find(method.In(in))
			}
			for out := range method.NumOut() {
				g.find(method.Out(out))
			}
		}
	}
	require.Equal(t, declaredSecrets(t), g.members, "the test finds every secret member of the generated packages")

	planted := 0
	for of := range g.types {
		for range 8 { // more than any union has variants with a secret
			g.round++
			g.planted = 0
			made := reflect.New(of)
			g.plant(made.Elem(), nil)
			if g.planted == 0 {
				continue
			}
			planted++
			text, err := json.Marshal(made.Interface())
			require.NoError(t, err)
			require.Equal(t, g.planted, strings.Count(string(text), seed), "%s is sent as it is: %s", of, text)
			received := reflect.New(of)
			require.NoError(t, json.Unmarshal(text, received.Interface()))
			again, err := json.Marshal(received.Interface())
			require.NoError(t, err)
			require.Equal(t, string(text), string(again))
			for _, v := range []reflect.Value{made, received} {
				requireNoSeed(t, of.String(), v.Interface(), v.Elem().Interface(), struct{ f any }{v.Elem().Interface()}, &struct{ f any }{v.Interface()})
				requirePrintsNoSeed(t, of.String(), reflect.Append(reflect.MakeSlice(reflect.SliceOf(of), 0, 1), v.Elem()).Interface())
			}
		}
	}
	require.GreaterOrEqual(t, planted, 8*20)
}

// seed is part of every secret that is planted, before the last four characters, which are shown.
const seed = "planted"

// garden finds the generated types and plants secrets in them.
type garden struct {
	types          map[reflect.Type]bool
	members        map[string]bool // "payments.ACHDetailsRequest.AccountNumber"
	round, planted int
}

var (
	secretType = reflect.TypeFor[wire.Secret]()
	unionType  = reflect.TypeFor[wire.Union]()
)

func generated(t reflect.Type) bool {
	return strings.HasPrefix(t.PkgPath(), "github.com/brex-go/sdk/gen/") && !strings.HasSuffix(t.PkgPath(), "/operations")
}

// find notes the types that can be reached from one.
func (g *garden) find(t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		g.find(t.Elem())
	case reflect.Struct:
		page := strings.HasPrefix(t.Name(), "Page[")
		if g.types[t] || !generated(t) && !page {
			if value, ok := t.FieldByName("value"); ok && strings.HasPrefix(t.Name(), "Nullable[") {
				g.find(value.Type)
			}
			return
		}
		g.types[t] = true
		for _, variant := range variants(t) {
			g.find(variant)
		}
		for i := range t.NumField() {
			if f := t.Field(i); strings.HasSuffix(f.Type.String(), secretType.String()) {
				g.members[fmt.Sprint(t, ".", f.Name)] = true
			} else if f.IsExported() {
				g.find(f.Type)
			}
		}
	}
}

// variants are the types that a generated union can hold: its As methods return them.
func variants(t reflect.Type) (all []reflect.Type) {
	if t.NumField() != 1 || t.Field(0).Type != unionType {
		return nil
	}
	for i := range t.NumMethod() {
		if m := t.Method(i); strings.HasPrefix(m.Name, "As") {
			all = append(all, m.Type.Out(0))
		}
	}
	return all
}

// plant fills a value with secrets; within are the types around it, which end a circle. Rounds take turns in the variants.
func (g *garden) plant(v reflect.Value, within []reflect.Type) {
	for _, t := range within {
		if t == v.Type() {
			return
		}
	}
	if v.Type() == secretType {
		g.planted++
		v.Set(reflect.ValueOf(wire.NewSecret(fmt.Sprintf("%s %d/1234", seed, g.planted))))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		g.plant(v.Elem(), within)
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			g.plant(v.Index(0), within)
			g.plant(v.Index(1), within)
		}
	case reflect.Struct:
		within = append(within, v.Type())
		if choice := variants(v.Type()); len(choice) > 0 {
			variant := reflect.New(choice[g.round%len(choice)]).Elem()
			g.plant(variant, within)
			v.Field(0).Set(reflect.ValueOf(wire.NewUnion(variant.Interface())))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Field(i).Type() != unionType {
				g.plant(v.Field(i), within)
			}
		}
	}
}

// declaredSecrets are the members of type wire.Secret in the source of the generated packages.
func declaredSecrets(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("../gen/*/*.gen.go")
	require.NoError(t, err)
	found := map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			object, ok := spec.Type.(*ast.StructType)
			if !ok {
				return false
			}
			for _, f := range object.Fields.List {
				if strings.HasSuffix(types.ExprString(f.Type), secretType.String()) {
					found[file.Name.Name+"."+spec.Name.Name+"."+f.Names[0].Name] = true
				}
			}
			return false
		})
	}
	require.Greater(t, len(found), 15)
	return found
}

// requirePrintsNoSeed looks for a planted secret in what fmt makes of values.
func requirePrintsNoSeed(t *testing.T, name string, values ...any) {
	t.Helper()
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%c", "%U", "%t"} {
		for _, v := range values {
			fmt.Fprintf(&b, verb+"\n", v)
		}
	}
	fmt.Fprintln(&b, values...)
	fmt.Fprint(&b, values...)
	requireClean(t, name, b.String())
}

// requireNoSeed looks in what slog's handlers make of them as well.
func requireNoSeed(t *testing.T, name string, values ...any) {
	t.Helper()
	requirePrintsNoSeed(t, name, values...)
	var b bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
		for _, v := range values {
			slog.New(h).With("with", v).WithGroup("in").Info("m", "v", v, slog.Group("g", "v", v))
		}
	}
	requireClean(t, name, b.String())
}

func requireClean(t *testing.T, name, text string) {
	t.Helper()
	for _, form := range []string{seed, fmt.Sprintf("%x", seed), fmt.Sprintf("%X", seed), strings.Trim(fmt.Sprint([]byte(seed)), "[]"),
		strings.Trim(fmt.Sprintf("%U", []byte(seed)), "[]"), strings.Trim(fmt.Sprintf("%c", []byte(seed)), "[]")} {
		if at := strings.Index(text, form); at >= 0 {
			require.Fail(t, name+" shows a secret", "%s", text[max(0, at-200):min(len(text), at+100)])
		}
	}
}
