// Command specsupdate shows what Brex has changed since the documents in openapi/ were made: it downloads the official
// bundles, brings both sides into one form and prints a line for every difference.
//
//	go run ./scripts/specsupdate             # download into a temporary folder and compare
//	go run ./scripts/specsupdate -write      # and put the changed documents into openapi/
//
// It ends with status 0 where nothing changed, 3 where something did and 1 where it could not find out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
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
	changed   = 3
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options are what the flags say.
type options struct {
	base, root, out string
	write           bool
	timeout         time.Duration
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("specsupdate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.base, "base", bundles, "address that <api>_api.yaml is below")
	flags.StringVar(&o.root, "root", ".", "the module's folder")
	flags.StringVar(&o.out, "out", "", "folder for what is downloaded (default a new temporary one)")
	flags.BoolVar(&o.write, "write", false, "replace the documents in openapi/ that changed")
	flags.DurationVar(&o.timeout, "timeout", time.Minute, "for each download")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return unchanged
		}
		return failed
	}
	if flags.NArg() > 0 {
		fmt.Fprintln(stderr, "specsupdate: it takes no arguments, only flags")
		return failed
	}
	changes, err := update(ctx, o, stdout, stderr)
	switch {
	case err != nil:
		fmt.Fprintln(stderr, "specsupdate:", err)
		return failed
	case changes > 0:
		return changed
	}
	return unchanged
}

// document is one API, before and after.
type document struct {
	api, file  string // file is ours
	downloaded []byte
	changes    []string
}

// update downloads, compares and perhaps writes, and returns the number of changes. What can be said of the other
// documents is said before an error is returned; nothing is written then.
func update(ctx context.Context, o options, stdout, stderr io.Writer) (int, error) {
	files, err := filepath.Glob(filepath.Join(o.root, "openapi", "*.yaml"))
	if err != nil {
		return 0, err
	}
	if len(files) == 0 {
		return 0, fmt.Errorf("%s has no openapi/*.yaml: run it in the module's folder", o.root)
	}
	if o.out, err = outFolder(o); err != nil {
		return 0, err
	}
	client := &http.Client{Timeout: o.timeout}
	var docs []document
	total, failures := 0, 0
	for _, file := range files {
		doc := document{api: strings.TrimSuffix(filepath.Base(file), ".yaml"), file: file}
		if err := doc.compare(ctx, client, o); err != nil {
			fmt.Fprintln(stderr, err)
			failures++
			continue
		}
		for _, line := range doc.changes {
			fmt.Fprintf(stdout, "%s: %s\n", doc.api, line)
		}
		if len(doc.changes) > 0 {
			doc.tryOverlay(o.root, stdout)
		}
		total += len(doc.changes)
		docs = append(docs, doc)
	}
	fmt.Fprintf(stdout, "%d changes in %d of %d documents; what was downloaded is in %s\n", total, count(docs), len(files), o.out)
	if failures > 0 {
		return total, fmt.Errorf("%d of %d documents could not be compared", failures, len(files))
	}
	if o.write && total > 0 {
		return total, write(docs, stdout)
	}
	return total, nil
}

// outFolder makes the folder for the downloads, which is never the one of our own documents.
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

// compare downloads the official document and finds what differs from ours.
func (d *document) compare(ctx context.Context, client *http.Client, o options) error {
	text, err := os.ReadFile(d.file)
	if err != nil {
		return err
	}
	ours, err := prep.Normalise(d.api, text)
	if err != nil {
		return fmt.Errorf("our own document: %w", err)
	}
	address := strings.TrimSuffix(o.base, "/") + "/" + d.api + "_api.yaml"
	if d.downloaded, err = download(ctx, client, address); err != nil {
		return fmt.Errorf("%s: %w", d.api, err)
	}
	if err := os.WriteFile(filepath.Join(o.out, d.api+".yaml"), d.downloaded, 0o644); err != nil {
		return err
	}
	theirs, err := prep.Normalise(d.api, d.downloaded)
	if err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	d.changes = differences(ours, theirs)
	return nil
}

// tryOverlay says whether the generator would take the document as it is, with the overlay of today.
func (d *document) tryOverlay(root string, stdout io.Writer) {
	overlay, err := os.ReadFile(filepath.Join(root, "openapi", "overlays", d.api+".yaml"))
	if err != nil && !os.IsNotExist(err) {
		fmt.Fprintf(stdout, "%s: note: %v\n", d.api, err)
		return
	}
	if _, err := prep.Prepare(d.api, d.downloaded, overlay); err != nil {
		fmt.Fprintf(stdout, "%s: note: openapi/overlays/%s.yaml needs work: %s\n", d.api, d.api,
			strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}

func write(docs []document, stdout io.Writer) error {
	for _, d := range docs {
		if len(d.changes) == 0 {
			continue // ours says the same, with prose of our own
		}
		if err := os.WriteFile(d.file, d.downloaded, 0o644); err != nil {
			return err
		}
		fmt.Fprintf(stdout, "wrote openapi/%s.yaml\n", d.api)
	}
	fmt.Fprintln(stdout, "next: bring openapi/SOURCES.md up to date, mend openapi/overlays/ where a note above says so, run make generate")
	return nil
}

func count(docs []document) int {
	n := 0
	for _, d := range docs {
		if len(d.changes) > 0 {
			n++
		}
	}
	return n
}
