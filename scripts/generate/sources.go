package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// sources is openapi/SOURCES.md with the hashes and counts of the documents as they are.
type sources struct {
	file string
	text []byte
}

var (
	hashLine  = regexp.MustCompile("(?m)^\\| (\\w+)\\.yaml \\| `[0-9a-f]*` \\|$")
	countLine = regexp.MustCompile(`\d+ documents, \d+ operations, \d+ schemas`)
)

// staleSources is what SOURCES.md should be, or nil when it is so, or when other documents than those beside it are read.
func staleSources(in input) (*sources, error) {
	if in.documents != "" {
		return nil, nil
	}
	file := filepath.Join(in.folder(), "SOURCES.md")
	old, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	documents, err := filepath.Glob(filepath.Join(in.folder(), "*.yaml"))
	if err != nil {
		return nil, err
	}
	hashes := map[string]string{}
	operations, schemas := 0, 0
	for _, name := range documents {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var doc struct {
			Paths      map[string]map[string]any
			Components struct{ Schemas map[string]any }
		}
		if err := yaml.Unmarshal(text, &doc); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, item := range doc.Paths {
			for method := range item {
				if strings.Contains(" get put post delete patch head options trace ", " "+method+" ") {
					operations++
				}
			}
		}
		schemas += len(doc.Components.Schemas)
		hashes[strings.TrimSuffix(filepath.Base(name), ".yaml")] = fmt.Sprintf("%x", sha256.Sum256(text))
	}
	text := hashLine.ReplaceAllFunc(old, func(line []byte) []byte {
		api := string(hashLine.FindSubmatch(line)[1])
		return fmt.Appendf(nil, "| %s.yaml | `%s` |", api, hashes[api])
	})
	counts := fmt.Sprintf("%d documents, %d operations, %d schemas", len(documents), operations, schemas)
	text = countLine.ReplaceAll(text, []byte(counts))
	if bytes.Equal(old, text) {
		return nil, nil
	}
	return &sources{file, text}, nil
}
