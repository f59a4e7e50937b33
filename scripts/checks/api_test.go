package checks

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// apidiff is run by its version and not required by go.mod, which importers would pay for.
const apidiff = "golang.org/x/exp/cmd/apidiff@v0.0.0-20261113113407-e3970619a1a4"

// output runs a command in dir and returns what it writes. With -trimpath the same package in two folders is compiled once.
func output(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	var errs strings.Builder
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stderr = dir, &errs
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-trimpath "+os.Getenv("GOFLAGS"))
	out, err := cmd.Output()
	require.NoError(t, err, "%s %s\n%s", name, strings.Join(args, " "), errs.String())
	return string(out)
}

// incompatible lists the changes between two folders with a module that no longer let its callers compile.
func incompatible(t *testing.T, before, after, module string) (changes []string) {
	t.Helper()
	var exports []string
	for i, dir := range []string{before, after} {
		file := filepath.Join(t.TempDir(), []string{"before", "after"}[i])
		output(t, dir, "go", "run", apidiff, "-m", "-w", file, module)
		exports = append(exports, file)
	}
	for line := range strings.Lines(output(t, after, "go", "run", apidiff, "-m", "-incompatible", exports[0], exports[1])) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "- ")
		if line != "" && !strings.HasPrefix(line, "./scripts/") && !strings.HasPrefix(line, "./cmd/") {
			changes = append(changes, line)
		}
	}
	return changes
}

// mergeBase is the commit where this branch left main, or "" where no main is known, as in an archive.
func mergeBase(t *testing.T) string {
	t.Helper()
	for _, main := range []string{"origin/main", "main"} {
		cmd := exec.Command("git", "merge-base", "HEAD", main)
		cmd.Dir = root
		if out, err := cmd.Output(); err == nil {
			return strings.TrimSpace(string(out))
		}
	}
	return ""
}

// Whoever breaks callers says so in the changelog.
func TestAPI(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the module twice")
	}
	base := mergeBase(t)
	if base == "" {
		t.Skip("no main to compare with: a clone with history has one")
	}
	before := t.TempDir()
	archive := filepath.Join(t.TempDir(), "base.tar")
	output(t, root, "git", "archive", "-o", archive, base)
	output(t, before, "tar", "-xf", archive)
	after, err := filepath.Abs(root)
	require.NoError(t, err)
	changes := incompatible(t, before, after, strings.TrimSuffix(sdk, "/"))
	t.Logf("%d incompatible changes since %s\n%s", len(changes), base, strings.Join(changes, "\n"))
	was, err := os.ReadFile(filepath.Join(before, "CHANGELOG.md"))
	require.NoError(t, err)
	is, err := os.ReadFile(filepath.Join(after, "CHANGELOG.md"))
	require.NoError(t, err)
	if string(was) == string(is) {
		require.Empty(t, changes, "callers no longer compile, and CHANGELOG.md does not say so")
	}
}

func TestAPINamesAPlantedBreak(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the compiler")
	}
	var dirs []string
	for _, text := range []string{
		"package sample\n\nfunc Pay(cents int) {}\n\nfunc Kept() {}\n",
		"package sample\n\nfunc Pay(cents string) {}\n\nfunc Kept() {}\n\nfunc Added() {}\n",
	} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/sample\n\ngo 1.26.0\n"), 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "sample.go"), []byte(text), 0o600))
		dirs = append(dirs, dir)
	}
	require.Equal(t, []string{"Pay: changed from func(int) to func(string)"}, incompatible(t, dirs[0], dirs[1], "example.com/sample"))
	require.Empty(t, incompatible(t, dirs[1], dirs[1], "example.com/sample"))
}
