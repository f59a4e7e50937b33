package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// mutant is a place in the source that can be turned off.
type mutant struct {
	file       string
	line       int
	what, text string
}

func (m mutant) String() string {
	return fmt.Sprintf("%s:%d: without the %s %s", m.file, m.line, m.what, m.text)
}

// key names a mutant in equivalent.txt, without the line, which moves.
func (m mutant) key() string { return m.file + ": " + m.what + " " + m.text }

// support is the code that the switches call: a switch is recorded when turning it off would have changed something.
const support = `package %s

import (
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
)

var (
	mutantNumber = func() int {
		n, err := strconv.Atoi(os.Getenv("MUTANT"))
		if err != nil {
			return -1
		}
		return n
	}()
	mutantSeen atomic.Pointer[[%d]atomic.Bool]
)

func init() {
	if os.Getenv("MUTANTS_SEEN") != "" {
		mutantSeen.Store(new([%[2]d]atomic.Bool))
		for _, n := range mutantTables {
			mutantOn(n, true)
		}
	}
}

func mutantOn(n int, on bool) bool {
	if seen := mutantSeen.Load(); seen != nil && on && !seen[n].Swap(true) {
		f, err := os.OpenFile(os.Getenv("MUTANTS_SEEN"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			panic(err)
		}
		defer f.Close()
		fmt.Fprintln(f, n)
	}
	return on && n != mutantNumber
}

func mutantString(n int, s string) string {
	if mutantOn(n, true) {
		return s
	}
	return "\x00" + s
}

var mutantTables = []int{%s}
`

// instrument writes the files of a package with switches, and returns what takes the place of what.
func (r *runner) instrument(dir, tmp, files string) (map[string]string, error) {
	want, err := regexp.Compile(files)
	if err != nil {
		return nil, err
	}
	sources, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	overlay, name := map[string]string{}, ""
	var tables []string
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") || !want.MatchString(filepath.Base(source)) {
			continue
		}
		text, err := os.ReadFile(source)
		if err != nil {
			return nil, err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, source, text, 0)
		if err != nil {
			return nil, err
		}
		name = file.Name.Name
		e := &editor{runner: r, set: set, text: text, name: filepath.Base(source)}
		for _, d := range file.Decls {
			e.declaration(d)
		}
		for _, n := range e.tables {
			tables = append(tables, fmt.Sprint(n))
		}
		overlay[source] = filepath.Join(tmp, e.name)
		if err := os.WriteFile(overlay[source], e.apply(), 0o600); err != nil {
			return nil, err
		}
	}
	extra := filepath.Join(tmp, "zz_mutants.go")
	overlay[filepath.Join(dir, "zz_mutants.go")] = extra
	return overlay, os.WriteFile(extra, fmt.Appendf(nil, support, name, len(r.mutants), strings.Join(tables, ", ")), 0o600)
}

// insertion is text for a place in a file.
type insertion struct {
	at   int
	text string
}

type editor struct {
	*runner
	set    *token.FileSet
	text   []byte
	name   string
	edits  []insertion
	tables []int // the mutants of tables, which are read before any test
}

// wrap puts text around a node and returns the mutant's number, which before has as %d.
func (e *editor) wrap(what string, n ast.Node, before, after string) int {
	pos, end := e.set.Position(n.Pos()), e.set.Position(n.End())
	line, _, _ := strings.Cut(string(e.text[pos.Offset:end.Offset]), "\n")
	number := len(e.mutants)
	e.mutants = append(e.mutants, mutant{e.name, pos.Line, what, line})
	e.edits = append(e.edits, insertion{pos.Offset, fmt.Sprintf(before, number)}, insertion{end.Offset, after})
	return number
}

func (e *editor) declaration(d ast.Decl) {
	switch d := d.(type) {
	case *ast.GenDecl:
		ast.Inspect(d, func(n ast.Node) bool {
			if lit, ok := n.(*ast.CompositeLit); ok {
				for _, element := range lit.Elts {
					if kv, ok := element.(*ast.KeyValueExpr); ok {
						element = kv.Key
					}
					if isString(element) {
						e.tables = append(e.tables, e.wrap("string", element, "mutantString(%d, ", ")"))
					}
				}
			}
			return true
		})
	case *ast.FuncDecl:
		if d.Body != nil && d.Type.Results == nil {
			number := len(e.mutants)
			e.mutants = append(e.mutants, mutant{e.name, e.set.Position(d.Pos()).Line, "function", d.Name.Name})
			e.edits = append(e.edits, insertion{e.set.Position(d.Body.Lbrace).Offset + 1,
				fmt.Sprintf(" if !mutantOn(%d, true) { return }; ", number)})
		}
		ast.Inspect(d, e.node)
	}
}

// node puts the switches into a node of a function.
func (e *editor) node(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IfStmt:
		e.wrap("if", n.Cond, "mutantOn(%d, ", ")")
	case *ast.ForStmt:
		if n.Cond != nil {
			e.wrap("for", n.Cond, "mutantOn(%d, ", ")")
		}
	case *ast.SwitchStmt:
		for _, clause := range n.Body.List {
			for _, value := range clause.(*ast.CaseClause).List {
				switch {
				case n.Tag == nil:
					e.wrap("case", value, "mutantOn(%d, ", ")")
				case isString(value):
					e.wrap("case", value, "mutantString(%d, ", ")")
				}
			}
		}
	case *ast.BlockStmt:
		e.statements(n.List)
	case *ast.CaseClause:
		e.statements(n.Body)
	}
	return true
}

// statements puts a switch around every call and assignment.
func (e *editor) statements(list []ast.Stmt) {
	for _, s := range list {
		assign, isAssign := s.(*ast.AssignStmt)
		_, isCall := s.(*ast.ExprStmt)
		if isCall || isAssign && assign.Tok != token.DEFINE && !isBlank(assign) {
			e.wrap("statement", s, "if mutantOn(%d, true) { ", " }")
		}
	}
}

func isBlank(s *ast.AssignStmt) bool {
	id, ok := s.Lhs[0].(*ast.Ident)
	return ok && id.Name == "_"
}

// isString reports whether an expression is a literal string; the empty one stands for no value in lists and cases.
func isString(n ast.Expr) bool {
	lit, ok := n.(*ast.BasicLit)
	return ok && lit.Kind == token.STRING && lit.Value != `""`
}

// apply is the file with its insertions; at one place, those that close stand before those that open.
func (e *editor) apply() []byte {
	slices.SortStableFunc(e.edits, func(a, b insertion) int { return a.at - b.at })
	var out []byte
	last := 0
	for _, i := range e.edits {
		out = append(append(out, e.text[last:i.at]...), i.text...)
		last = i.at
	}
	return append(out, e.text[last:]...)
}
