// Command generate writes gen/ from openapi/: the Go package of every API, the table of operations, and the documents as
// validators use them; and brex/zz_enums.go, the constants of the enums that package brex has an alias of. It runs offline and
// gives the same bytes for the same input. The hashes and counts of openapi/SOURCES.md are kept as well.
//
//	go run ./scripts/generate            # write what is stale
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
	check := flag.Bool("check", false, "compare with what is there instead of writing it")
	var in input
	flag.StringVar(&in.root, "root", ".", "the module's folder")
	flag.StringVar(&in.documents, "documents", "", "folder of the documents (default openapi of the module)")
	flag.StringVar(&in.out, "out", "", "folder to write to as if it were the module's (default the module's)")
	flag.BoolVar(&in.preview, "preview", false, "pass over what the overlays do not know of the documents yet, and name it")
	flag.Parse()
	if err := run(in, *check, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// input is what is generated from, and where to.
type input struct {
	root, documents, out string
	preview              bool
}

// folder is the folder of the documents.
func (in input) folder() string {
	if in.documents != "" {
		return in.documents
	}
	return filepath.Join(in.root, "openapi")
}

// run brings the generated files up to date and reports to out what it wrote, or only compares and reports to errs what is stale.
func run(in input, check bool, out, errs io.Writer) error {
	if in.out == "" {
		in.out = in.root
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
	stale, err := compare(in.out, files)
	if err != nil {
		return err
	}
	if !check {
		return write(in.out, files, stale, out)
	}
	if len(stale) == 0 {
		return nil
	}
	for _, s := range stale {
		fmt.Fprintf(errs, "%s: %s\n", s.name, s.why)
	}
	return fmt.Errorf("%d generated files are stale: run make generate", len(stale))
}
