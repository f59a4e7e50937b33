// Command specprep prints an OpenAPI document as the generator sees it, to look at what the rules of scripts/internal/prep
// and an overlay make of it.
//
//	go run ./scripts/specprep -api team [-overlay openapi/overlays/team.yaml] [-plain] openapi/team.yaml
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/brex-go/sdk/scripts/internal/prep"
)

func main() {
	api := flag.String("api", "", "name of the API, the name of its package")
	overlay := flag.String("overlay", "", "overlay to apply")
	plain := flag.Bool("plain", false, "without prose and extensions, as validators use it")
	flag.Parse()
	if err := run(os.Stdout, *api, *overlay, *plain, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "specprep:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, api, overlayFile string, plain bool, args []string) error {
	if api == "" || len(args) != 1 {
		return fmt.Errorf("say -api NAME and one document, - for standard input")
	}
	read := os.ReadFile
	if args[0] == "-" {
		read = func(string) ([]byte, error) { return io.ReadAll(os.Stdin) }
	}
	text, err := read(args[0])
	if err != nil {
		return err
	}
	var overlay []byte
	if overlayFile != "" {
		if overlay, err = os.ReadFile(overlayFile); err != nil {
			return err
		}
	}
	doc, err := prep.Prepare(api, text, overlay)
	if err != nil {
		return err
	}
	render := doc.JSON
	if plain {
		render = doc.Plain
	}
	b, err := render()
	if err != nil {
		return err
	}
	_, err = out.Write(append(b, '\n'))
	return err
}
