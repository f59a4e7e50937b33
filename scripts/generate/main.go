// Command generate writes gen/ from openapi/: the Go package of every API, the table of operations, and the documents as
// validators use them; and brex/zz_enums.go, the constants of the enums that package brex has an alias of. It runs offline and
// gives the same bytes for the same input.
//
//	go run ./scripts/generate            # write what is stale
//	go run ./scripts/generate -check     # write nothing; name what is stale and exit 1
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	check := flag.Bool("check", false, "compare with what is there instead of writing it")
	root := flag.String("root", ".", "the module's folder")
	flag.Parse()
	if err := run(*root, *check, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// run brings the generated files of the module at root up to date and reports to out what it wrote, or only compares and reports
// to errs what is stale.
func run(root string, check bool, out, errs io.Writer) error {
	work, err := os.MkdirTemp("", "brex-generate-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	files, err := generate(root, work)
	if err != nil {
		return err
	}
	stale, err := compare(root, files)
	if err != nil {
		return err
	}
	if !check {
		return write(root, files, stale, out)
	}
	if len(stale) == 0 {
		return nil
	}
	for _, s := range stale {
		fmt.Fprintf(errs, "%s: %s\n", s.name, s.why)
	}
	return fmt.Errorf("%d generated files are stale: run make generate", len(stale))
}
