// Command generate writes gen/ from openapi/: the Go package of every API, the table of operations, and the documents as
// validators use them. It runs offline and gives the same bytes for the same input.
//
//	go run ./scripts/generate            # write gen/
//	go run ./scripts/generate -check     # write nothing; name what is stale and exit 1
//
// scripts/specsupdate has it make what new documents would give, elsewhere: -documents, -out and -preview are for that.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	check := flag.Bool("check", false, "compare with gen/ instead of writing it")
	var in input
	flag.StringVar(&in.root, "root", ".", "the module's folder")
	flag.StringVar(&in.documents, "documents", "", "folder of the documents (default openapi of the module)")
	flag.BoolVar(&in.preview, "preview", false, "pass over what the overlays do not know of the documents yet, and name it")
	out := flag.String("out", "", "folder to write to (default gen of the module)")
	flag.Parse()
	if err := run(in, *out, *check, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// input is what is generated from.
type input struct {
	root, documents string
	preview         bool
}

// folder is the folder of the documents.
func (in input) folder() string {
	if in.documents != "" {
		return in.documents
	}
	return filepath.Join(in.root, "openapi")
}

// run brings gen, or gen/ of the module, up to date and tells out what it wrote, or only compares and tells errs what is stale.
func run(in input, gen string, check bool, out, errs io.Writer) error {
	if gen == "" {
		gen = filepath.Join(in.root, "gen")
	}
	work, err := os.MkdirTemp("", "brex-generate-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	files, notes, err := generate(in, work)
	if err != nil {
		return err
	}
	for _, note := range notes {
		fmt.Fprintln(out, "note:", note)
	}
	stale, err := compare(gen, files)
	if err != nil {
		return err
	}
	sources, err := staleSources(in)
	if err != nil {
		return err
	}
	if !check {
		if sources != nil {
			if err := os.WriteFile(sources.file, sources.text, 0o644); err != nil {
				return err
			}
			fmt.Fprintln(out, "openapi/SOURCES.md")
		}
		return write(gen, files, stale, out)
	}
	for _, s := range stale {
		fmt.Fprintf(errs, "%s: %s\n", filepath.ToSlash(filepath.Join("gen", s.name)), s.why)
	}
	if sources != nil {
		fmt.Fprintln(errs, "openapi/SOURCES.md: its hashes or counts are not those of the documents")
	}
	if len(stale) > 0 || sources != nil {
		return fmt.Errorf("%d files in gen/ are stale: run make generate", len(stale))
	}
	return nil
}
