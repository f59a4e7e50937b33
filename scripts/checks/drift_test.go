package checks

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// `make drift` names tests; one that is renamed would fall out of it unseen.
func TestDriftNamesTests(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	list := func(name string) []string {
		found := regexp.MustCompile(`(?m)^` + name + ` = ((?:.*\\\n)*.*)$`).FindSubmatch(makefile)
		require.NotNil(t, found, name)
		return strings.Fields(strings.ReplaceAll(string(found[1]), "\\\n", " "))
	}
	var source strings.Builder
	for _, folder := range list("DRIFT_PACKAGES") {
		files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
		require.NoError(t, err)
		require.NotEmpty(t, files, folder)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			source.Write(text)
		}
	}
	tests := list("DRIFT_TESTS")
	require.Greater(t, len(tests), 20)
	for _, test := range tests {
		require.Contains(t, source.String(), "func "+test+"(", "the Makefile's DRIFT_TESTS names %s, which no package of DRIFT_PACKAGES has", test)
	}
}
