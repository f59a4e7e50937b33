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

	"go.yaml.in/yaml/v3"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/scripts/internal/prep"
)

//go:embed templates/*.tmpl
var templates embed.FS

// generate makes every file of gen/, by its path inside it.
func generate(root, work string) (map[string][]byte, error) {
	docs, err := filepath.Glob(filepath.Join(root, "openapi", "*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(docs) == 0 {
		return nil, fmt.Errorf("%s has no openapi/*.yaml: run it in the module's folder", root)
	}
	if err := strayOverlays(root); err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	var prepared []*prep.Document
	var rows []wire.Operation
	var apis []string
	for _, file := range docs {
		api := strings.TrimSuffix(filepath.Base(file), ".yaml")
		doc, err := prepare(root, api, file)
		if err != nil {
			return nil, err
		}
		if files[path.Join("documents", api+".json")], err = doc.Plain(); err != nil {
			return nil, err
		}
		prepared = append(prepared, doc)
		rows = append(rows, doc.Operations...)
		apis = append(apis, api)
	}
	tool, err := buildTool(root, work)
	if err != nil {
		return nil, err
	}
	for _, doc := range prepared {
		if files[path.Join(doc.API, doc.API+".gen.go")], err = runTool(tool, work, doc); err != nil {
			return nil, err
		}
	}
	if files["operations/operations.gen.go"], err = operationTable(rows); err != nil {
		return nil, err
	}
	if files["tables/tables.gen.go"], err = tablesSource(prepared); err != nil {
		return nil, err
	}
	if files["documents/documents.gen.go"], err = documentsSource(apis); err != nil {
		return nil, err
	}
	return files, nil
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

func prepare(root, api, file string) (*prep.Document, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	overlay, err := os.ReadFile(filepath.Join(root, "openapi", "overlays", api+".yaml"))
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	return prep.Prepare(api, text, overlay)
}

// buildTool builds oapi-codegen once, at the version go.mod holds (see tools.go).
func buildTool(root, work string) (string, error) {
	tool := filepath.Join(work, "oapi-codegen")
	cmd := exec.Command("go", "build", "-o", tool, "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building oapi-codegen: %w\n%s", err, out)
	}
	return tool, nil
}

func runTool(tool, work string, doc *prep.Document) ([]byte, error) {
	text, err := doc.JSON()
	if err != nil {
		return nil, err
	}
	userTemplates := map[string]string{}
	entries, err := fs.ReadDir(templates, "templates")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		t, err := templates.ReadFile("templates/" + e.Name())
		if err != nil {
			return nil, err
		}
		userTemplates[e.Name()] = string(t)
	}
	config, err := yaml.Marshal(map[string]any{
		"package":       doc.API,
		"generate":      map[string]any{"models": true, "client": true},
		"compatibility": map[string]any{"always-prefix-enum-values": true},
		"output-options": map[string]any{
			"name-normalizer":    "ToCamelCaseWithInitialisms",
			"skip-prune":         true, // the webhook events belong to no operation
			"skip-enum-validate": true, // enums are open
			"user-templates":     userTemplates,
		},
	})
	if err != nil {
		return nil, err
	}
	in, cfg := filepath.Join(work, doc.API+".json"), filepath.Join(work, doc.API+".config.yaml")
	if err := os.WriteFile(in, text, 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(cfg, config, 0o600); err != nil {
		return nil, err
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(tool, "-config", cfg, in)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("oapi-codegen on %s: %w\n%s", doc.API, err, stderr.Bytes())
	}
	return format.Source(stdout.Bytes())
}

// staleFile is a file of gen/ that is not as the documents say.
type staleFile struct{ name, why string }

// compare lists the files of dir that differ from files, are missing, or should not be there.
func compare(dir string, files map[string][]byte) ([]staleFile, error) {
	var stale []staleFile
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		switch {
		case os.IsNotExist(err):
			stale = append(stale, staleFile{name, "missing"})
		case err != nil:
			return nil, err
		case !bytes.Equal(got, want):
			stale = append(stale, staleFile{name, "differs from what openapi/ gives"})
		}
	}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		if name = filepath.ToSlash(name); name == "generate.go" {
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

// write brings dir up to date, touching only what is stale, and tells out what it did.
func write(dir string, files map[string][]byte, stale []staleFile, out io.Writer) error {
	for _, s := range stale {
		file := filepath.Join(dir, filepath.FromSlash(s.name))
		content, ok := files[s.name]
		if !ok {
			if err := os.Remove(file); err != nil {
				return err
			}
			fmt.Fprintln(out, "removed gen/"+s.name)
			continue
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return err
		}
		fmt.Fprintln(out, "gen/"+s.name)
	}
	return nil
}
