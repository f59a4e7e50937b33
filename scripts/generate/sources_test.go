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
)

// openapi/SOURCES.md speaks of the documents as they are: their versions, where the official ones are found and their hashes.
func TestSourcesAreCurrent(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(module, "openapi", "SOURCES.md"))
	require.NoError(t, err)
	for _, api := range documents.APIs {
		name := api + ".yaml"
		document, err := os.ReadFile(filepath.Join(module, "openapi", name))
		require.NoError(t, err)
		var doc struct{ Info struct{ Version string } }
		require.NoError(t, yaml.Unmarshal(document, &doc))
		for _, line := range []string{
			fmt.Sprintf("| %s | `%x` |\n", name, sha256.Sum256(document)),
			fmt.Sprintf("| %s | https://developer.brex.com/_bundle/openapi/%s_api.yaml |\n", name, api),
			fmt.Sprintf("| %s | %s | ", name, doc.Info.Version),
			fmt.Sprintf("**%s**", api),
		} {
			require.True(t, strings.Contains(string(text), line), "openapi/SOURCES.md: bring it up to date with openapi/%s, it lacks %q", name, line)
		}
	}
}
