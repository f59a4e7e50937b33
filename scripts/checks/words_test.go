package checks

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// avoided are words that stop a newcomer, each with what to write instead.
var avoided = []struct {
	words   *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`(?i)\banswer(s|ed)?\b`), "response, responds"},
	{regexp.MustCompile(`(?i)\btells (of|that)\b`), "reports, says"},
	{regexp.MustCompile(`(?i)\bis no \w`), "is not a"},
	{regexp.MustCompile(`(?i)\bat the (most|least)\b`), "at most, at least"},
	{regexp.MustCompile(`(?i)\bto be had\b`), "available"},
	{regexp.MustCompile(`(?i)\ba text\b`), "a string"},
	{regexp.MustCompile(`(?i)\bbut for\b`), "except"},
}

// allowed are the exceptions: a part of the comment, and the reason.
var allowed = map[string]string{
	"here is no ":                    "there is no such card: plain English, unlike: it is no card",
	"is no longer":                   "plain English",
	"Answer is the result of a call": "the name of a type: what a model reads, which is not the response of Brex",
}

// comment is the text of a comment of exported names, and where it begins.
type comment struct{ at, text string }

// exportedComments are the comments of a package, and of its exported names, methods and fields.
func exportedComments(t *testing.T, path string, text any) (found []comment) {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, text, parser.ParseComments)
	require.NoError(t, err)
	add := func(groups ...*ast.CommentGroup) {
		for _, g := range groups {
			if g != nil {
				at := files.Position(g.Pos())
				found = append(found, comment{fmt.Sprintf("%s:%d", at.Filename, at.Line), strings.Join(strings.Fields(g.Text()), " ")})
			}
		}
	}
	add(file.Doc)
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GenDecl:
			if n.Tok == token.IMPORT {
				return false
			}
			if n.Lparen.IsValid() && slices.ContainsFunc(n.Specs, exportedSpec) {
				add(n.Doc)
			}
		case *ast.TypeSpec:
			if !n.Name.IsExported() {
				return false
			}
			add(specDoc(file, n, n.Doc), n.Comment)
		case *ast.ValueSpec:
			if exportedSpec(n) {
				add(specDoc(file, n, n.Doc), n.Comment)
			}
			return false
		case *ast.Field: // of an exported struct or interface
			if len(n.Names) == 0 || slices.ContainsFunc(n.Names, (*ast.Ident).IsExported) {
				add(n.Doc, n.Comment)
			}
		case *ast.FuncDecl:
			if n.Name.IsExported() && (n.Recv == nil || receiver(n.Recv.List[0].Type).IsExported()) {
				add(n.Doc)
			}
			return false
		}
		return true
	})
	return found
}

func exportedSpec(spec ast.Spec) bool {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		return spec.Name.IsExported()
	case *ast.ValueSpec:
		return slices.ContainsFunc(spec.Names, (*ast.Ident).IsExported)
	}
	return false
}

// specDoc is the comment of a spec; one that stands alone has that of its declaration.
func specDoc(file *ast.File, spec ast.Spec, own *ast.CommentGroup) *ast.CommentGroup {
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && !g.Lparen.IsValid() && g.Specs[0] == spec {
			return g.Doc
		}
	}
	return own
}

// receiver is the name of a method's type.
func receiver(expr ast.Expr) *ast.Ident {
	switch e := expr.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	}
	return expr.(*ast.Ident)
}

// badWords names the comments with avoided words and takes the exceptions that it met out of unused.
func badWords(comments []comment, unused map[string]bool) (found []string) {
	for _, c := range comments {
		text := c.text
		for part := range allowed {
			if strings.Contains(text, part) {
				delete(unused, part)
				text = strings.ReplaceAll(text, part, "")
			}
		}
		for _, a := range avoided {
			if m := a.words.FindString(text); m != "" {
				found = append(found, fmt.Sprintf("%s: %q: write %s", c.at, m, a.instead))
			}
		}
	}
	return found
}

// Comments of exported names use the words of the field.
func TestWords(t *testing.T) {
	var comments []comment
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && (name == "testdata" || strings.HasPrefix(name, ".") && path != root):
			return filepath.SkipDir
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			comments = append(comments, exportedComments(t, path, nil)...)
		}
		return nil
	}))
	require.Greater(t, len(comments), 3000)
	unused := map[string]bool{}
	for part, reason := range allowed {
		require.NotEmpty(t, reason, part)
		unused[part] = true
	}
	require.Empty(t, badWords(comments, unused))
	require.Empty(t, unused, "exceptions that nothing needs")
}

// A comment that uses such a word is found wherever it stands.
func TestWordsNoticesABreach(t *testing.T) {
	planted := exportedComments(t, "planted.go", `// Package planted answers.
package planted

// A is a text.
const A = ""

// Group is no place to hide.
const (
	B = 1 // all but for one
	c = 1 // at the most
)

// T tells of it.
type T struct {
	// F is at the least 1.
	F int
	G int // what is to be had
	h int // the answer
}

// M answered
// in two lines.
func (T) M() {}

// I tells that.
type I interface {
	N() // N answers.
}

type u struct{}

// M answers, but u is not exported.
func (u) M() {}

// f answers.
func f() {}

// Fine is not a textbook: at least, it tells the time.
func Fine() {
	// The answer.
}
`)
	var lines []string
	for _, b := range badWords(planted, nil) {
		lines = append(lines, strings.Split(b, ":")[1])
	}
	require.Equal(t, []string{"1", "4", "7", "9", "13", "15", "17", "21", "25", "27"}, lines)

	allowed["N answers."] = "planted"
	defer delete(allowed, "N answers.")
	unused := map[string]bool{"N answers.": true}
	require.Len(t, badWords(planted, unused), len(lines)-1)
	require.Empty(t, unused)
}
