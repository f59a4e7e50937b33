package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/brex-go/sdk/gen/documents"
	"github.com/brex-go/sdk/gen/operations"
)

// openapi/SOURCES.md speaks of the documents as they are: their versions, where the official ones are found and their hashes.
func TestSourcesAreCurrent(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(module, "openapi", "SOURCES.md"))
	require.NoError(t, err)
	schemas := 0
	for _, api := range documents.APIs {
		name := api + ".yaml"
		document, err := os.ReadFile(filepath.Join(module, "openapi", name))
		require.NoError(t, err)
		var doc struct {
			Info       struct{ Version string }
			Components struct{ Schemas map[string]any }
		}
		require.NoError(t, yaml.Unmarshal(document, &doc))
		schemas += len(doc.Components.Schemas)
		for _, line := range []string{
			fmt.Sprintf("| %s | `%x` |\n", name, sha256.Sum256(document)),
			fmt.Sprintf("| %s | https://developer.brex.com/_bundle/openapi/%s_api.yaml |\n", name, api),
			fmt.Sprintf("| %s | %s | ", name, doc.Info.Version),
			fmt.Sprintf("**%s**", api),
		} {
			if !strings.Contains(string(text), line) {
				t.Errorf("openapi/SOURCES.md: bring it up to date with openapi/%s, it lacks %q", name, line)
			}
		}
	}
	counts := fmt.Sprintf("%d documents, %d operations, %d schemas", len(documents.APIs), len(operations.All), schemas)
	if !strings.Contains(string(text), counts) {
		t.Errorf("openapi/SOURCES.md: bring its counts up to date, it lacks %q", counts)
	}
}
