package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
)

// module is the module's folder.
var module = filepath.Join("..", "..")

func put(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
}

func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(p)
		name, _ := filepath.Rel(dir, p)
		files[filepath.ToSlash(name)] = string(text)
		return err
	}))
	return files
}

func TestCompareAndWrite(t *testing.T) {
	want := map[string][]byte{"gen/a/a.gen.go": []byte("a"), "gen/b/b.gen.go": []byte("b"), "gen/b/empty.json": nil}
	for _, test := range []struct {
		name  string
		have  map[string]string
		stale []staleFile
		out   string
	}{
		{"current", map[string]string{"gen/a/a.gen.go": "a", "gen/b/b.gen.go": "b", "gen/b/empty.json": "", "gen/generate.go": "mine"}, nil, ""},
		{"missing", map[string]string{"gen/b/b.gen.go": "b", "gen/b/empty.json": ""},
			[]staleFile{{"gen/a/a.gen.go", "missing"}}, "gen/a/a.gen.go\n"},
		{"differing", map[string]string{"gen/a/a.gen.go": "A", "gen/b/b.gen.go": "b", "gen/b/empty.json": ""},
			[]staleFile{{"gen/a/a.gen.go", "differs from what openapi/ gives"}}, "gen/a/a.gen.go\n"},
		{"superfluous", map[string]string{"gen/a/a.gen.go": "a", "gen/b/b.gen.go": "b", "gen/b/empty.json": "", "gen/c/c.gen.go": "c"},
			[]staleFile{{"gen/c/c.gen.go", "is made from no document"}}, "removed gen/c/c.gen.go\n"},
		{"superfluous beside a good one", map[string]string{"gen/a/a.gen.go": "a", "gen/a/more.go": "", "gen/b/b.gen.go": "b", "gen/b/empty.json": ""},
			[]staleFile{{"gen/a/more.go", "is made from no document"}}, "removed gen/a/more.go\n"},
		{"all of it", map[string]string{"gen/b/b.gen.go": "B", "gen/z": ""},
			[]staleFile{{"gen/a/a.gen.go", "missing"}, {"gen/b/b.gen.go", "differs from what openapi/ gives"}, {"gen/b/empty.json", "missing"}, {"gen/z", "is made from no document"}},
			"gen/a/a.gen.go\ngen/b/b.gen.go\ngen/b/empty.json\nremoved gen/z\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, test.have)
			stale, err := compare(dir, want)
			require.NoError(t, err)
			require.Equal(t, test.stale, stale)

			var out strings.Builder
			require.NoError(t, write(dir, want, stale, &out))
			require.Equal(t, test.out, out.String())
			got := read(t, dir)
			delete(got, "gen/generate.go")
			require.Equal(t, map[string]string{"gen/a/a.gen.go": "a", "gen/b/b.gen.go": "b", "gen/b/empty.json": ""}, got)
			stale, err = compare(dir, want)
			require.NoError(t, err)
			require.Empty(t, stale)
		})
	}
}

func TestCompareNoFolder(t *testing.T) {
	dir := t.TempDir()
	stale, err := compare(dir, map[string][]byte{"gen/a": []byte("x")})
	require.NoError(t, err)
	require.Equal(t, []staleFile{{"gen/a", "missing"}}, stale)
	require.NoError(t, write(dir, map[string][]byte{"gen/a": []byte("x")}, stale, io.Discard))
	require.Equal(t, map[string]string{"gen/a": "x"}, read(t, dir))
}

// moduleCopy copies what the generator reads and writes.
func moduleCopy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(module, name))
		require.NoError(t, err)
		put(t, dir, map[string]string{name: string(text)})
	}
	for _, name := range []string{"openapi", "gen"} {
		require.NoError(t, os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(module, name))))
	}
	aliases, err := filepath.Glob(filepath.Join(module, "brex", "*.go"))
	require.NoError(t, err)
	for _, name := range aliases {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		put(t, dir, map[string]string{"brex/" + filepath.Base(name): string(text)})
	}
	return dir
}

func replace(t *testing.T, file, old, with string) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), old)
	require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(string(text), old, with)), 0o644))
}

// The generated files are what openapi/ gives, and a document that changes without it is noticed and named.
func TestCheck(t *testing.T) {
	dir := moduleCopy(t)
	var errs strings.Builder
	require.NoError(t, run(input{root: dir}, true, io.Discard, &errs), "generated files are stale: run make generate\n%s", &errs)
	require.Empty(t, errs.String())

	replace(t, filepath.Join(dir, "openapi", "team.yaml"), "operationId: listUsers", "operationId: listPeople")
	replace(t, filepath.Join(dir, "brex", "zz_enums.go"), "AccountStatusActive ", "AccountStatusAlive ")
	before := read(t, filepath.Join(dir, "gen"))
	err := run(input{root: dir}, true, io.Discard, &errs)
	require.EqualError(t, err, "7 generated files are stale: run make generate")
	require.Equal(t, `brex/zz_enums.go: differs from what openapi/ gives
gen/documents/team.json: differs from what openapi/ gives
gen/operations/operations.gen.go: differs from what openapi/ gives
gen/prose/team.json: differs from what openapi/ gives
gen/tables/tables.gen.go: differs from what openapi/ gives
gen/team/team.gen.go: differs from what openapi/ gives
openapi/SOURCES.md: differs from what openapi/ gives
`, errs.String())
	require.Equal(t, before, read(t, filepath.Join(dir, "gen")), "a check writes nothing")

	var out strings.Builder
	require.NoError(t, run(input{root: dir}, false, &out, io.Discard))
	require.Equal(t, "brex/zz_enums.go\ngen/documents/team.json\ngen/operations/operations.gen.go\ngen/prose/team.json\ngen/tables/tables.gen.go\ngen/team/team.gen.go\nopenapi/SOURCES.md\n", out.String())
	require.Contains(t, read(t, filepath.Join(dir, "gen"))["team/team.gen.go"], "func (c *Client) ListPeople(")

	replace(t, filepath.Join(dir, "openapi", "SOURCES.md"), "111 operations", "110 operations")
	errs.Reset()
	require.ErrorContains(t, run(input{root: dir}, true, io.Discard, &errs), "1 generated files are stale")
	require.Equal(t, "openapi/SOURCES.md: differs from what openapi/ gives\n", errs.String())
}

func TestRunErrors(t *testing.T) {
	for _, test := range []struct {
		name, text string
		spoil      func(t *testing.T, dir string)
	}{
		{"no documents", "openapi has no *.yaml", func(t *testing.T, dir string) {
			require.NoError(t, os.RemoveAll(filepath.Join(dir, "openapi")))
		}},
		{"stray overlay", "openapi/overlays/cards.yaml has no document openapi/cards.yaml", func(t *testing.T, dir string) {
			put(t, dir, map[string]string{"openapi/overlays/cards.yaml": ""})
		}},
		{"bad document", "accounting: the document is empty", func(t *testing.T, dir string) {
			put(t, dir, map[string]string{"openapi/accounting.yaml": ""})
		}},
		{"overlay without a target", "accounting: overlay: ", func(t *testing.T, dir string) {
			replace(t, filepath.Join(dir, "openapi", "overlays", "accounting.yaml"), "AccountingErrorResponse", "NoSuchSchema")
		}},
		{"no module", "building oapi-codegen", func(t *testing.T, dir string) {
			require.NoError(t, os.Remove(filepath.Join(dir, "go.mod")))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := moduleCopy(t)
			test.spoil(t, dir)
			require.ErrorContains(t, run(input{root: dir}, true, io.Discard, io.Discard), test.text)
		})
	}
}

// The names of operations are one space for all APIs.
func TestOperationTableClash(t *testing.T) {
	base := wire.Operation{API: "a", ID: "getThing", GoName: "GetThing", Action: "a/get_thing", Method: "GET", Path: "/thing"}
	other := wire.Operation{API: "b", ID: "getOther", GoName: "GetOther", Action: "b/get_other", Method: "GET", Path: "/other"}
	_, err := operationTable([]wire.Operation{other, base})
	require.NoError(t, err)
	for name, change := range map[string]func(*wire.Operation){
		"GetThing":        func(o *wire.Operation) { o.GoName = base.GoName },
		"id getThing":     func(o *wire.Operation) { o.ID = base.ID },
		"action a/get_th": func(o *wire.Operation) { o.Action = base.Action },
	} {
		clash := other
		change(&clash)
		_, err := operationTable([]wire.Operation{clash, base})
		require.ErrorContains(t, err, name)
	}
}
