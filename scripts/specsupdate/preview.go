package main

import (
	"context"
	"fmt"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/brex-go/sdk/scripts/internal/prep"
)

// preview generates what the new documents would give into a temporary folder, checks the types of package brex and of the
// program against it, and lists the operations that nothing would call. It changes nothing in the module.
func (r *report) preview(ctx context.Context, o options, ours []string) error {
	work, err := os.MkdirTemp("", "brex-preview-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	root, err := filepath.Abs(o.root)
	if err != nil {
		return err
	}
	documents, made := filepath.Join(work, "openapi"), filepath.Join(work, "made")
	if err := os.MkdirAll(documents, 0o755); err != nil {
		return err
	}
	texts := map[string][]byte{}
	for _, d := range r.changed() {
		texts[d.API] = d.text
	}
	for _, file := range ours {
		api, _ := apiOf(file)
		if texts[api] == nil {
			if texts[api], err = os.ReadFile(file); err != nil {
				return err
			}
		}
		if err := os.WriteFile(filepath.Join(documents, api+".yaml"), texts[api], 0o600); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, "go", "run", "./scripts/generate", "-documents", documents, "-out", made, "-preview")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		r.Class = callers
		r.Breaks = append([]string{"the generator does not take the documents:"}, nonEmpty(string(out))...)
		return ctx.Err()
	}
	pkgs, err := load(ctx, root, made)
	if err != nil {
		return err
	}
	if r.Breaks = breaks(pkgs, root); len(r.Breaks) > 0 {
		r.Class = callers
	}
	return r.unserved(pkgs, o.root, texts)
}

func nonEmpty(s string) []string {
	return slices.DeleteFunc(strings.Split(s, "\n"), func(line string) bool { return strings.TrimSpace(line) == "" || strings.HasPrefix(line, "exit status") })
}

// load checks the types of the hand-written packages as if what was made were the module's own.
func load(ctx context.Context, root, made string) ([]*packages.Package, error) {
	overlay := map[string][]byte{}
	err := filepath.WalkDir(made, func(file string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(file) != ".go" {
			return err
		}
		name, err := filepath.Rel(made, file)
		if err != nil {
			return err
		}
		overlay[filepath.Join(root, name)], err = os.ReadFile(file)
		return err
	})
	if err != nil {
		return nil, err
	}
	return packages.Load(&packages.Config{Context: ctx, Dir: root, Overlay: overlay,
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedSyntax |
			packages.NeedTypes | packages.NeedTypesInfo | packages.NeedModule,
	}, "./gen/...", "./brex/...", "./cmd/...")
}

// breaks are the type errors, by file and line.
func breaks(pkgs []*packages.Package, root string) []string {
	var out []string
	for _, p := range pkgs {
		for _, e := range p.Errors {
			if e.Kind == packages.TypeError {
				out = append(out, strings.TrimPrefix(strings.TrimPrefix(e.Pos, root), string(filepath.Separator))+": "+e.Msg)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// unserved lists the operations of the new documents that no code of package brex calls.
func (r *report) unserved(pkgs []*packages.Package, root string, documents map[string][]byte) error {
	called := map[string]bool{}
	for _, p := range pkgs {
		if p.TypesInfo == nil || !strings.HasSuffix(p.PkgPath, "/brex") {
			continue
		}
		for _, used := range p.TypesInfo.Uses {
			if f, ok := used.(*types.Func); ok && f.Pkg() != nil && strings.Contains(f.Pkg().Path(), "/gen/") {
				called[f.Pkg().Name()+"."+f.Name()] = true
			}
		}
	}
	for _, api := range keys(documents, nil) {
		overlay, err := os.ReadFile(filepath.Join(root, "openapi", "overlays", api+".yaml"))
		if err != nil && !os.IsNotExist(err) {
			return err
		}
		doc, err := prep.Preview(api, documents[api], overlay)
		if err != nil {
			return err
		}
		for _, op := range doc.Operations {
			if !called[api+"."+op.GoName] {
				r.Unserved = append(r.Unserved, fmt.Sprintf("%s %s (%s.%s): go run ./scripts/newop %s", op.Method, op.Path, api, op.GoName, op.ID))
			}
		}
	}
	return nil
}
