package brextest_test

import (
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// exportedNames reads the package's source: the functions that return an
// Option, and everything that is exported, methods as Handler.Name.
func exportedNames(t *testing.T) (text string, options, all map[string]bool) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	options, all = map[string]bool{}, map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		if name == "doc.go" {
			text = file.Doc.Text()
		}
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if !d.Name.IsExported() {
					continue
				}
				if d.Recv != nil {
					if star, is := d.Recv.List[0].Type.(*ast.StarExpr); is {
						if receiver, is := star.X.(*ast.Ident); is {
							all[receiver.Name+"."+d.Name.Name] = true
						}
					}
					continue
				}
				all[d.Name.Name] = true
				if r := d.Type.Results; r != nil && len(r.List) == 1 {
					if result, is := r.List[0].Type.(*ast.Ident); is && result.Name == "Option" {
						options[d.Name.Name] = true
					}
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch s := spec.(type) {
					case *ast.ValueSpec:
						for _, n := range s.Names {
							all[n.Name] = true
						}
					case *ast.TypeSpec:
						all[s.Name.Name] = true
					}
				}
			}
		}
	}
	require.NotEmpty(t, text)
	require.Greater(t, len(options), 25)
	return text, options, all
}

// tablesOf returns the tables of a package comment by their heading: rows of
// cells, without the titles.
func tablesOf(t *testing.T, text string) map[string][][]string {
	t.Helper()
	tables, heading := map[string][][]string{}, ""
	var p comment.Parser
	for _, block := range p.Parse(text).Content {
		if h, is := block.(*comment.Heading); is {
			heading = string(h.Text[0].(comment.Plain))
		}
		code, is := block.(*comment.Code)
		if !is || !strings.HasPrefix(code.Text, "Topic ") {
			continue
		}
		lines := strings.Split(strings.TrimSuffix(code.Text, "\n"), "\n")
		var starts []int // of the columns, as the rule below the titles has them
		for i := range lines[1] {
			if lines[1][i] == '-' && (i == 0 || lines[1][i-1] == ' ') {
				starts = append(starts, i)
			}
		}
		var rows [][]string
		for _, line := range lines[2:] {
			cells := make([]string, len(starts))
			for i, from := range starts {
				to := len(line)
				if i+1 < len(starts) {
					to = min(to, starts[i+1])
				}
				cells[i] = strings.TrimSpace(line[min(from, len(line)):to])
				if i+1 < len(starts) && to == starts[i+1] {
					require.Equal(t, "  ", line[to-2:to], "the columns of %q are not aligned", line)
				}
			}
			if cells[0] != "" {
				rows = append(rows, cells)
				continue
			}
			require.NotEmpty(t, rows, line)
			for i := range cells {
				last := rows[len(rows)-1]
				last[i] = strings.TrimSpace(last[i] + " " + cells[i])
			}
		}
		tables[heading] = rows
	}
	return tables
}

// TestDocTables holds the honest limits against the code: every option is
// there, every option that is named exists, and each guess has a switch, or
// the reason why not.
func TestDocTables(t *testing.T) {
	t.Parallel()
	text, options, all := exportedNames(t)
	for _, name := range regexp.MustCompile(`[.\w]*\bWith[A-Z]\w*`).FindAllString(text, -1) {
		require.True(t, options[name] || strings.HasPrefix(name, "brex."), "%s is no option", name)
	}
	for name := range options {
		require.Regexp(t, `\b`+name+`\b`, text, "the package's doc does not mention an option")
	}

	tables := tablesOf(t, text)
	require.Greater(t, len(tables["What is modelled"]), 10)
	require.Greater(t, len(tables["What is guessed"]), 30)
	require.Greater(t, len(tables["What is left out"]), 5)
	camel := regexp.MustCompile(`\b(?:Handler\.)?[A-Z]\w*[a-z]\w*[A-Z]\w*|\bHandler\.\w+`)
	inDoc := regexp.MustCompile(`^[A-Z0-9_]+$`)
	for heading, rows := range tables {
		for _, row := range rows {
			for i, cell := range row {
				require.NotEmpty(t, cell, "%s: %q, column %d", heading, row, i)
				for _, name := range camel.FindAllString(cell, -1) {
					if !inDoc.MatchString(name) && name != "OAuth" {
						require.True(t, all[name] || all["Handler."+name], "%s: there is no %s", heading, name)
					}
				}
			}
		}
	}
	for _, row := range tables["What is guessed"] {
		reason, none := strings.CutPrefix(row[2], "none: ")
		first, _, _ := strings.Cut(strings.TrimSuffix(row[2], ","), " ")
		first = regexp.MustCompile(`^[\w.]+`).FindString(first)
		require.True(t, none && len(reason) > 10 || all[first], "%q has neither a switch nor a reason", row)
	}
	// What Brex's behaviour leaves open, as far as a client can depend on it.
	switches := ""
	for _, row := range tables["What is guessed"] {
		switches += row[2] + "\n"
	}
	for _, name := range []string{"WithRetryHint", "WithOldestFirst", "WithStrictZone", "WithKeyReuse", "WithKeyRetention", "WithKeysEverywhere",
		"WithBadTokenStatus", "WithUnusedTokenLifetime", "WithListMode", "WithOAuthRotation", "WithWebhookRetries", "WithoutBusinessAccount"} {
		require.Contains(t, switches, name)
	}
}

// The map of the source names files that are there, and no family of files is missing from it.
func TestDocumentationNamesFiles(t *testing.T) {
	t.Parallel()
	text, _, _ := exportedNames(t)
	_, where, found := strings.Cut(text, "# Where to look")
	require.True(t, found)
	names := regexp.MustCompile(`[a-z_*]+\.go\b|\b[a-z]+_[a-z]+\b`).FindAllString(where, -1)
	require.Greater(t, len(names), 20)
	covered := map[string]bool{}
	for _, name := range names {
		files, err := filepath.Glob(strings.TrimSuffix(name, ".go") + ".go")
		require.NoError(t, err)
		require.NotEmpty(t, files, "%s is no file of the package", name)
		for _, file := range files {
			covered[file] = true
		}
	}
	files, err := filepath.Glob("*_*.go")
	require.NoError(t, err)
	for _, file := range files {
		require.True(t, covered[file] || strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "options_") || file == "spec_operations.go",
			"%s is in no line of the map", file)
	}
}
