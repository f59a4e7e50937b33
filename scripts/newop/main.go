// Command newop prints what an operation of the documents still needs to be part of the SDK, with the file that each piece
// belongs into: its class, its line of facts, types, method and list helpers, rule, test cases, model and calls.
//
//	go run ./scripts/newop listThings     # an operationId, or the name of the method generated
//
// What is there already is left out. It reads openapi/ and the source of package brex, and writes nothing.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/scripts/internal/prep"
)

func main() {
	root := flag.String("root", ".", "the module's folder")
	flag.Parse()
	if err := run(*root, flag.Args(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "newop:", err)
		os.Exit(1)
	}
}

func run(root string, args []string, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("name one operation, such as listUsers")
	}
	docs, err := load(root)
	if err != nil {
		return err
	}
	op, err := find(docs, args[0])
	if err != nil {
		return err
	}
	src, err := readSource(root)
	if err != nil {
		return err
	}
	pieces, err := src.missing(op)
	if err != nil {
		return err
	}
	if len(pieces) == 0 {
		_, err := fmt.Fprintf(out, "%s has all it needs\n", op.ID)
		return err
	}
	for _, p := range pieces {
		if _, err := fmt.Fprintf(out, "# %s\n%s\n\n", p.where, strings.TrimRight(p.text, "\n")); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(out, "then: make generate && go test ./brex -run TestWire -update && make drift")
	return err
}

// operation is one of the documents with what the generator makes of it.
type operation struct {
	wire.Operation
	Item    string // the Go type of an item of its pages
	IsList  bool   // it returns a slice
	Args    []string
	Unclear bool // no overlay says what it can do
}

// load prepares all documents.
func load(root string) ([]*prep.Document, error) {
	files, err := filepath.Glob(filepath.Join(root, "openapi", "*.yaml"))
	if err != nil {
		return nil, err
	}
	var docs []*prep.Document
	for _, file := range files {
		api := strings.TrimSuffix(filepath.Base(file), ".yaml")
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		overlay, err := os.ReadFile(filepath.Join(root, "openapi", "overlays", api+".yaml"))
		if err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		doc, err := prep.Preview(api, text, overlay)
		if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
	return docs, nil
}

// find looks an operation up in all documents.
func find(docs []*prep.Document, name string) (operation, error) {
	var near []string
	for _, doc := range docs {
		for _, row := range doc.Operations {
			if row.ID == name || row.GoName == name {
				return details(doc, row), nil
			}
			if strings.Contains(strings.ToLower(row.ID), strings.ToLower(name)) {
				near = append(near, row.ID)
			}
		}
	}
	if len(near) > 0 {
		return operation{}, fmt.Errorf("no document has %s; there are %s", name, strings.Join(near, ", "))
	}
	return operation{}, fmt.Errorf("no document in openapi/ has the operation %s", name)
}

// details reads what the client template gets of the operation.
func details(doc *prep.Document, row wire.Operation) operation {
	type obj = map[string]any
	op := operation{Operation: row}
	paths, _ := doc.Root["paths"].(obj)
	item, _ := paths[row.Path].(obj)
	node, _ := item[strings.ToLower(row.Method)].(obj)
	info, _ := node["x-brex-go"].(obj)
	op.Item, _ = info["item"].(string)
	op.IsList, _ = info["list"].(bool)
	args, _ := info["path"].([]any)
	for _, a := range args {
		op.Args = append(op.Args, fmt.Sprint(a))
	}
	op.Unclear = slices.ContainsFunc(doc.Notes, func(note string) bool { return strings.Contains(note, "("+row.ID+") has no class") })
	return op
}
