// Command specsupdate shows what Brex has changed since the documents in openapi/ were made, and what it means: it reads the
// official bundles, brings both sides into one form and prints a line for every difference, with its class.
//
//	go run ./scripts/specsupdate                     # download into a temporary folder and compare
//	go run ./scripts/specsupdate -dir ~/Downloads    # compare with documents in a folder, or with one file
//	go run ./scripts/specsupdate -write              # and put the changed documents into openapi/
//
// It ends with the names of package brex that would no longer compile and the operations that no method calls. The last line is
// the class of it all, and so is the status: 0 where nothing or only prose changed, 10 for additions, 20 for what breaks callers
// or the wire, and 1 where it could not find out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/brex-go/sdk/scripts/internal/prep"
)

// bundles is where Brex publishes its documents, as <api>_api.yaml.
const bundles = "https://developer.brex.com/_bundle/openapi"

// The statuses it ends with.
const (
	unchanged = 0
	failed    = 1
	additions = 10
	breaking  = 20
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options are what the flags say.
type options struct {
	base, dir, root, out, format string
	write, words, compile        bool
	timeout                      time.Duration
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("specsupdate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.base, "base", bundles, "address that <api>_api.yaml is below")
	flags.StringVar(&o.dir, "dir", "", "folder with <api>.yaml, <api>_api.yaml or .json, or one such file, instead of the network")
	flags.StringVar(&o.root, "root", ".", "the module's folder")
	flags.StringVar(&o.out, "out", "", "folder for what is read (default a new temporary one)")
	flags.StringVar(&o.format, "o", "text", "text, json or markdown")
	flags.BoolVar(&o.write, "write", false, "replace the documents in openapi/ that changed")
	flags.BoolVar(&o.words, "prose", false, "list every place whose prose differs, not only how many there are")
	flags.BoolVar(&o.compile, "compile", true, "find out what in package brex and the program would no longer compile")
	flags.DurationVar(&o.timeout, "timeout", time.Minute, "for each download")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return unchanged
		}
		return failed
	}
	result, err := update(ctx, o, flags.Args(), stderr)
	if result != nil {
		if err := printers[o.format](stdout, result); err != nil {
			fmt.Fprintln(stderr, "specsupdate:", err)
			return failed
		}
	}
	if err != nil {
		fmt.Fprintln(stderr, "specsupdate:", err)
		return failed
	}
	switch result.Class {
	case none, prose:
		return unchanged
	case addition:
		return additions
	}
	return breaking
}

// document is one API, before and after.
type document struct {
	API      string   `json:"api"`
	Changes  []change `json:"changes"`
	Notes    []string `json:"notes,omitempty"` // what is to be done about the overlay
	Reworded int      `json:"reworded"`        // places whose prose differs
	file     string   // ours
	text     []byte   // what Brex publishes now, nil where that is unknown
}

// report is all that is found out.
type report struct {
	Class     class      `json:"class"`
	Documents []document `json:"documents"`
	// Breaks are the places of package brex and the program that would not compile, by file and line.
	Breaks []string `json:"breaks,omitempty"`
	// Unserved are the operations that no method of package brex would call.
	Unserved []string `json:"operations_without_method,omitempty"`
	Notes    []string `json:"notes,omitempty"`
	Out      string   `json:"read_into"`
	Written  []string `json:"written,omitempty"`
}

// update reads, compares and perhaps writes. What can be said of the other documents is said although one fails; nothing is
// written then.
func update(ctx context.Context, o options, args []string, stderr io.Writer) (*report, error) {
	files, err := o.check(args)
	if err != nil {
		return nil, err
	}
	src, err := newSource(o, files)
	if err != nil {
		return nil, err
	}
	r := &report{Documents: []document{}, Out: o.out, Notes: src.strangers(files)}
	failures := 0
	for _, file := range files {
		doc := document{API: strings.TrimSuffix(filepath.Base(file), ".yaml"), Changes: []change{}, file: file}
		if err := doc.compare(ctx, src, o); err != nil {
			fmt.Fprintln(stderr, err)
			failures++
			continue
		}
		if doc.text != nil {
			r.Documents = append(r.Documents, doc)
			r.Class = max(r.Class, worst(doc.Changes))
		}
	}
	if r.Class > prose && o.compile {
		if err := r.preview(ctx, o, files); err != nil {
			return r, err
		}
	}
	if failures > 0 {
		return r, fmt.Errorf("%d of %d documents could not be compared", failures, len(files))
	}
	if o.write {
		return r, r.write()
	}
	return r, nil
}

// check refuses what cannot be meant, makes the folder for what is read and lists our documents.
func (o *options) check(args []string) ([]string, error) {
	if len(args) > 0 {
		return nil, errors.New("it takes no arguments, only flags")
	}
	if printers[o.format] == nil {
		return nil, fmt.Errorf("-o %s: it prints text, json or markdown", o.format)
	}
	files, err := filepath.Glob(filepath.Join(o.root, "openapi", "*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no openapi/*.yaml: run it in the module's folder", o.root)
	}
	o.out, err = outFolder(*o)
	return files, err
}

// outFolder makes the folder for what is read, which is never the one of our own documents.
func outFolder(o options) (string, error) {
	if o.out == "" {
		return os.MkdirTemp("", "brex-openapi-")
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return "", err
	}
	out, err := os.Stat(o.out)
	if err != nil {
		return "", err
	}
	ours, err := os.Stat(filepath.Join(o.root, "openapi"))
	if err != nil {
		return "", err
	}
	if os.SameFile(out, ours) {
		return "", errors.New("-out is the folder of our own documents: use -write to replace them")
	}
	return o.out, nil
}

// compare reads the official document and finds what differs from ours.
func (d *document) compare(ctx context.Context, src source, o options) error {
	text, err := os.ReadFile(d.file)
	if err != nil {
		return err
	}
	ours, err := prep.Normalise(d.API, text)
	if err != nil {
		return fmt.Errorf("our own document: %w", err)
	}
	theirText, from, err := src.read(ctx, d.API)
	if err != nil {
		return fmt.Errorf("%s: %w", d.API, err)
	}
	if theirText == nil {
		return nil // the folder has none
	}
	if err := os.WriteFile(filepath.Join(o.out, d.API+".yaml"), theirText, 0o644); err != nil {
		return err
	}
	theirs, err := prep.Normalise(d.API, theirText)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	d.text = theirText
	d.keep(differences(ours, theirs), o.words)
	if worst(d.Changes) > prose {
		d.tryOverlay(o.root)
	}
	return nil
}

// keep takes over the changes, those of prose as one line unless each is wanted.
func (d *document) keep(changes []change, words bool) {
	for _, c := range changes {
		if c.Class == prose && strings.HasSuffix(c.Text, reworded) {
			if d.Reworded++; !words {
				continue
			}
		}
		d.Changes = append(d.Changes, c)
	}
	if d.Reworded > 0 && !words {
		d.Changes = append(d.Changes, change{prose, fmt.Sprintf("prose differs in %d places; -prose lists them", d.Reworded)})
	}
}

// tryOverlay says what the overlay of today would have to learn of the document.
func (d *document) tryOverlay(root string) {
	overlay, err := os.ReadFile(filepath.Join(root, "openapi", "overlays", d.API+".yaml"))
	if err != nil && !os.IsNotExist(err) {
		d.Notes = append(d.Notes, err.Error())
		return
	}
	doc, err := prep.Preview(d.API, d.text, overlay)
	if err != nil {
		d.Notes = append(d.Notes, strings.Split(err.Error(), "\n")...)
		return
	}
	d.Notes = append(d.Notes, doc.Notes...)
}

// write replaces the documents that changed by more than their prose.
func (r *report) write() error {
	for _, d := range r.Documents {
		if worst(d.Changes) <= prose {
			continue // ours says the same, with prose of our own
		}
		if err := os.WriteFile(d.file, d.text, 0o644); err != nil {
			return err
		}
		r.Written = append(r.Written, "openapi/"+d.API+".yaml")
	}
	return nil
}

// changed are the documents in which more than prose differs.
func (r *report) changed() []document {
	return slices.DeleteFunc(slices.Clone(r.Documents), func(d document) bool { return worst(d.Changes) <= prose })
}
