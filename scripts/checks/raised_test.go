package checks

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// older is what a program that imports the SDK may require already.
var older = map[string]string{
	"github.com/jackc/pgx/v5":        "v5.7.6",
	"github.com/redis/go-redis/v9":   "v9.17.3",
	"github.com/spf13/cobra":         "v1.8.0",
	"github.com/spf13/pflag":         "v1.0.5",
	"github.com/google/uuid":         "v1.5.0",
	"github.com/cenkalti/backoff/v4": "v4.3.0",
}

// reasons says why the SDK needs more than that: version selection gives it to everyone who imports a package of ours.
var reasons = map[string]string{
	"github.com/spf13/cobra":  "cobra.Completion, since 1.9",
	"github.com/spf13/pflag":  "pflag.NotExistError, which names the unknown flag, since 1.0.7",
	"github.com/jackc/pgx/v5": "older ones have known vulnerabilities, the last fixed by 5.12.0 (GHSA-j38q-h3ph-jjpq); make databases passes with 5.7.6 too",
	"github.com/google/uuid":  "oapi-codegen/runtime requires it",
}

// What importing the SDK raises in a program that uses older modules is known, and each has a reason.
func TestConsumerRaisesLittle(t *testing.T) {
	dir := t.TempDir()
	sdkDir, err := filepath.Abs(root)
	require.NoError(t, err)
	mod := "module example.com/older\n\ngo 1.26.0\n\nrequire github.com/brex-go/sdk v0.0.0\n\nreplace github.com/brex-go/sdk => " + sdkDir + "\n\n"
	for path, version := range older {
		mod += "require " + path + " " + version + "\n"
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\n\nimport _ \"github.com/brex-go/sdk/brex\"\n\nfunc main() {}\n"), 0o600))
	output(t, dir, "go", "list", "-mod=mod", "-deps", ".") // which selects the versions
	var chosen struct {
		Require []struct{ Path, Version string }
	}
	require.NoError(t, json.Unmarshal([]byte(output(t, dir, "go", "mod", "edit", "-json")), &chosen))
	raised := map[string]bool{}
	for _, m := range chosen.Require {
		if was, ok := older[m.Path]; ok && was != m.Version {
			raised[m.Path] = true
			t.Logf("%s %s becomes %s: %s", m.Path, was, m.Version, reasons[m.Path])
			require.NotEmpty(t, reasons[m.Path], "%s is raised from %s to %s, and nothing says why", m.Path, was, m.Version)
		}
	}
	for path := range reasons {
		require.True(t, raised[path], "%s is not raised any more: its reason can go", path)
	}
}
