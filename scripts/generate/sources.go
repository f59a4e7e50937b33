package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

var (
	hashLine  = regexp.MustCompile("(?m)^\\| (\\w+)\\.yaml \\| `[0-9a-f]*` \\|$")
	countLine = regexp.MustCompile(`\d+ documents, \d+ operations, \d+ schemas`)
)

// sources is SOURCES.md of the folder with the hashes and counts of the documents as they are. All else in it people write.
func sources(folder string, documents []string, operations int) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(folder, "SOURCES.md"))
	if err != nil {
		return nil, err
	}
	hashes := map[string]string{}
	schemas := 0
	for _, name := range documents {
		document, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var doc struct {
			Components struct{ Schemas map[string]any }
		}
		if err := yaml.Unmarshal(document, &doc); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		schemas += len(doc.Components.Schemas)
		hashes[strings.TrimSuffix(filepath.Base(name), ".yaml")] = fmt.Sprintf("%x", sha256.Sum256(document))
	}
	text = hashLine.ReplaceAllFunc(text, func(line []byte) []byte {
		api := string(hashLine.FindSubmatch(line)[1])
		return fmt.Appendf(nil, "| %s.yaml | `%s` |", api, hashes[api])
	})
	return countLine.ReplaceAll(text, fmt.Appendf(nil, "%d documents, %d operations, %d schemas", len(documents), operations, schemas)), nil
}
