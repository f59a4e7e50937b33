package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What would no longer compile is named by file and line, and the operations that nothing calls, before anything is written.
func TestPreview(t *testing.T) {
	if testing.Short() {
		t.Skip("it checks the types of the module")
	}
	root, dir := filepath.Join("..", ".."), t.TempDir()
	team, err := os.ReadFile(filepath.Join(root, "openapi", "team.yaml"))
	require.NoError(t, err)
	changed := strings.NewReplacer("operationId: listTitles", "operationId: listPositions", "LocationResponse", "PlaceResponse").Replace(string(team))
	file := filepath.Join(dir, "team.yaml")
	require.NoError(t, os.WriteFile(file, []byte(changed), 0o644))
	before, err := os.ReadFile(filepath.Join(root, "gen", "team", "team.gen.go"))
	require.NoError(t, err)

	var out, errs strings.Builder
	require.Equal(t, breaking, run(t.Context(), []string{"-root", root, "-out", t.TempDir(), "-dir", file}, &out, &errs), errs.String())
	_, rest, found := strings.Cut(out.String(), "\nwould no longer compile:\n")
	require.True(t, found, out.String())
	breaks, rest, found := strings.Cut(rest, "operations without a method:\n")
	require.True(t, found, out.String())
	require.Regexp(t, `(?m)^  brex/titles\.go:\d+:\d+: s\.api\.ListTitles undefined`, breaks)
	require.Regexp(t, `(?m)^  brex/locations\.go:\d+:\d+: undefined: team\.LocationResponse$`, breaks)
	require.NotContains(t, breaks, "gen/")
	require.True(t, strings.HasPrefix(rest, "  GET /v2/titles (team.ListPositions): go run ./scripts/newop listPositions\n"), rest)

	after, err := os.ReadFile(filepath.Join(root, "gen", "team", "team.gen.go"))
	require.NoError(t, err)
	require.Equal(t, string(before), string(after), "nothing is written")
}

// A document that the generator refuses is said to be one, with its words.
func TestPreviewRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the generator")
	}
	root, file := filepath.Join("..", ".."), filepath.Join(t.TempDir(), "team.yaml")
	team, err := os.ReadFile(filepath.Join(root, "openapi", "team.yaml"))
	require.NoError(t, err)
	changed := strings.Replace(string(team), "    UserStatus:", "    user_status: {type: object}\n    UserStatus:", 1)
	require.NoError(t, os.WriteFile(file, []byte(changed), 0o644))
	var out, errs strings.Builder
	require.Equal(t, breaking, run(t.Context(), []string{"-root", root, "-out", t.TempDir(), "-dir", file}, &out, &errs), errs.String())
	require.Contains(t, out.String(), "the generator does not take the documents:\n  generate: team: schemas UserStatus and user_status would both be UserStatus in Go")
}
