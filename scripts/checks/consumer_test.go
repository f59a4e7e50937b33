package checks

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the module's folder as seen from this package.
const root = "../.."

// goCommand runs go in dir, offline and without changing any module file.
func goCommand(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly -buildvcs=false")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "go %s\n%s", strings.Join(args, " "), out)
	return string(out)
}

// A module that requires only the SDK builds, with nothing but what go.sum there lists.
func TestConsumerBuilds(t *testing.T) {
	dir := filepath.Join(root, "testdata", "consumer")
	goCommand(t, dir, "vet", ".")
	goCommand(t, dir, "build", "-o", filepath.Join(t.TempDir(), "consumer"), ".")
}

// What an importer has to trust and download: a new name here is a decision, not an accident.
func TestConsumerDependsOnLittle(t *testing.T) {
	deps := goCommand(t, filepath.Join(root, "testdata", "consumer"), "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".")
	seen := map[string]bool{}
	for line := range strings.Lines(deps) {
		seen[strings.TrimSpace(line)] = true
	}
	delete(seen, "")
	require.Equal(t, map[string]bool{
		"example.com/consumer": true, "github.com/brex-go/sdk": true,
		"github.com/cenkalti/backoff/v4": true, "github.com/google/uuid": true, "golang.org/x/oauth2": true,
	}, seen)
}

// What specsupdate calls breaking, oasdiff does too, or testdata/pairs.yaml says why not. Its module needs more of kin-openapi than ours.
func TestSecondOpinionOnChanges(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles another tool")
	}
	dir := filepath.Join(root, "testdata", "oasdiff")
	goCommand(t, dir, "vet", "./...")
	goCommand(t, dir, "test", "-count=1", "./...")
}
