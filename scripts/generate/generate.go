package main

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/scripts/internal/prep"
)

// settings are oapi-codegen.yaml and the templates that it names.
//
//go:embed oapi-codegen.yaml templates/*.tmpl
var settings embed.FS

// generate makes every generated file, by its path inside the module, and notes what a preview passed over.
func generate(in input, work string) (files map[string][]byte, notes []string, err error) {
	docs, err := filepath.Glob(filepath.Join(in.folder(), "*.yaml"))
	if err != nil {
		return nil, nil, err
	}
	if len(docs) == 0 {
		return nil, nil, fmt.Errorf("%s has no *.yaml: run it in the module's folder", in.folder())
	}
	if err := strayOverlays(in.root); err != nil {
		return nil, nil, err
	}
	files = map[string][]byte{}
	var prepared []*prep.Document
	var rows []wire.Operation
	var apis []string
	for _, file := range docs {
		api := strings.TrimSuffix(filepath.Base(file), ".yaml")
		doc, err := prepare(in, api, file)
		if err != nil {
			return nil, nil, err
		}
		if files[path.Join("gen/documents", api+".json")], err = doc.Plain(); err != nil {
			return nil, nil, err
		}
		if files[path.Join("gen/prose", api+".json")], err = doc.Prose(); err != nil {
			return nil, nil, err
		}
		notes = append(notes, doc.Notes...)
		prepared = append(prepared, doc)
		rows = append(rows, doc.Operations...)
		apis = append(apis, api)
	}
	tool, err := buildTool(in.root, work)
	if err != nil {
		return nil, nil, err
	}
	for _, doc := range prepared {
		if files[path.Join("gen", doc.API, doc.API+".gen.go")], err = runTool(tool, work, doc); err != nil {
			return nil, nil, err
		}
	}
	if files["gen/operations/operations.gen.go"], err = operationTable(rows); err != nil {
		return nil, nil, err
	}
	switch files["gen/tables/tables.gen.go"], err = tablesSource(prepared); {
	case err != nil && in.preview: // nothing that is compiled depends on it
		delete(files, "gen/tables/tables.gen.go")
		notes = append(notes, err.Error())
	case err != nil:
		return nil, nil, err
	}
	if files["gen/documents/documents.gen.go"], err = documentsSource(apis); err != nil {
		return nil, nil, err
	}
	files["gen/prose/prose.gen.go"] = []byte(proseSource)
	if files["brex/zz_enums.go"], err = enumSource(filepath.Join(in.root, "brex"), files); err != nil {
		return nil, nil, err
	}
	if in.documents == "" {
		if files["openapi/SOURCES.md"], err = sources(in.folder(), docs, len(rows)); err != nil {
			return nil, nil, err
		}
	}
	return files, notes, nil
}

// strayOverlays refuses overlays without a document, which would change nothing unseen.
func strayOverlays(root string) error {
	overlays, err := filepath.Glob(filepath.Join(root, "openapi", "overlays", "*"))
	if err != nil {
		return err
	}
	for _, file := range overlays {
		name := filepath.Base(file)
		if _, err := os.Stat(filepath.Join(root, "openapi", name)); err != nil {
			return fmt.Errorf("openapi/overlays/%s has no document openapi/%s", name, name)
		}
	}
	return nil
}

func prepare(in input, api, file string) (*prep.Document, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	overlay, err := os.ReadFile(filepath.Join(in.root, "openapi", "overlays", api+".yaml"))
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	if in.preview {
		return prep.Preview(api, text, overlay)
	}
	return prep.Prepare(api, text, overlay)
}

// buildTool builds oapi-codegen once, at the version go.mod holds (see tools.go), beside its settings.
func buildTool(root, work string) (string, error) {
	if err := os.CopyFS(work, settings); err != nil {
		return "", err
	}
	tool := filepath.Join(work, "oapi-codegen")
	cmd := exec.Command("go", "build", "-o", tool, "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building oapi-codegen: %w\n%s", err, out)
	}
	return tool, nil
}

// runTool makes the package of a document, in work, where oapi-codegen finds its settings: it would ask the network for a
// template that is not there.
func runTool(tool, work string, doc *prep.Document) ([]byte, error) {
	text, err := doc.JSON()
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(work, doc.API+".json"), text, 0o600); err != nil {
		return nil, err
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(tool, "-config", "oapi-codegen.yaml", "-package", doc.API, doc.API+".json")
	cmd.Dir, cmd.Stdout, cmd.Stderr = work, &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("oapi-codegen on %s: %w\n%s", doc.API, err, stderr.Bytes())
	}
	return format.Source(stdout.Bytes())
}

// staleFile is a generated file that is not as the documents say.
type staleFile struct{ name, why string }

// compare lists the files of the module at root that differ from files or are missing, and those of gen/ that should not be there.
func compare(root string, files map[string][]byte) ([]staleFile, error) {
	var stale []staleFile
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		switch {
		case os.IsNotExist(err):
			stale = append(stale, staleFile{name, "missing"})
		case err != nil:
			return nil, err
		case !bytes.Equal(got, want):
			stale = append(stale, staleFile{name, "differs from what openapi/ gives"})
		}
	}
	err := filepath.WalkDir(filepath.Join(root, "gen"), func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		if name = filepath.ToSlash(name); name == "gen/generate.go" {
			return nil // the one file that a person wrote
		}
		if _, ok := files[name]; !ok {
			stale = append(stale, staleFile{name, "is made from no document"})
		}
		return nil
	})
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	slices.SortFunc(stale, func(a, b staleFile) int { return strings.Compare(a.name, b.name) })
	return stale, nil
}

// write brings the module up to date, touching only what is stale, and reports to out what it did.
func write(root string, files map[string][]byte, stale []staleFile, out io.Writer) error {
	for _, s := range stale {
		file := filepath.Join(root, filepath.FromSlash(s.name))
		content, ok := files[s.name]
		if !ok {
			if err := os.Remove(file); err != nil {
				return err
			}
			fmt.Fprintln(out, "removed "+s.name)
			continue
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return err
		}
		fmt.Fprintln(out, s.name)
	}
	return nil
}
