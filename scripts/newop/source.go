package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// source is what is there of the SDK, as far as the pieces of an operation are looked for.
type source struct {
	services map[string]string // type of a service to the package of its client
	methods  map[string]method // by package and method of the generated client
	aliases  map[string]string // package.Type to its name in package brex
	texts    map[string]string // the files that pieces are looked for in, by group
}

// method is one of a service that calls a generated one.
type method struct{ service, name, file string }

var aliasLine = regexp.MustCompile(`(?m)^\s*(?:type )?(\w+)\s*= (\w+\.\w+)$`)

func readSource(root string) (*source, error) {
	s := &source{services: map[string]string{}, methods: map[string]method{}, aliases: map[string]string{}, texts: map[string]string{}}
	names, err := filepath.Glob(filepath.Join(root, "brex", "*.go"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if strings.HasSuffix(name, "_test.go") {
			s.texts["tests of brex"] += string(text)
			continue
		}
		s.texts["brex"] += string(text)
		for _, m := range aliasLine.FindAllStringSubmatch(string(text), -1) {
			s.aliases[m[2]] = m[1]
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
		if err != nil {
			return nil, err
		}
		s.read(filepath.Base(name), file)
	}
	for group, pattern := range map[string]string{"sandbox": "brex/brextest/*.go", "facts": "testdata/operations.csv"} {
		names, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			key := group
			if strings.HasSuffix(name, "_test.go") {
				key = "tests of the " + group
			}
			s.texts[key] += string(text)
		}
	}
	return s, nil
}

// read notes the services of a file and the generated methods that their methods call.
func (s *source) read(name string, file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if st, ok := spec.Type.(*ast.StructType); ok && strings.HasSuffix(spec.Name.Name, "Service") {
			for _, field := range st.Fields.List {
				if star, ok := field.Type.(*ast.StarExpr); ok && len(field.Names) == 1 && field.Names[0].Name == "api" {
					if sel, ok := star.X.(*ast.SelectorExpr); ok {
						s.services[spec.Name.Name] = sel.X.(*ast.Ident).Name
					}
				}
			}
		}
		return true
	})
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Recv == nil || fn.Body == nil {
			continue
		}
		star, ok := fn.Recv.List[0].Type.(*ast.StarExpr)
		if !ok {
			continue
		}
		receiver, ok := star.X.(*ast.Ident)
		if !ok {
			continue
		}
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			if call, ok := n.(*ast.SelectorExpr); ok {
				if inner, ok := call.X.(*ast.SelectorExpr); ok && inner.Sel.Name == "api" {
					s.methods[receiver.Name+"."+call.Sel.Name] = method{receiver.Name, fn.Name.Name, name}
				}
			}
			return true
		})
	}
}

// methodOf is the method that calls an operation, if any does.
func (s *source) methodOf(api, goName string) (method, bool) {
	for service, pkg := range s.services {
		if m, ok := s.methods[service+"."+goName]; ok && pkg == api {
			return m, true
		}
	}
	return method{}, false
}
