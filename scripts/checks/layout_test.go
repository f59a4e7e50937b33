package checks

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	sdk     = "github.com/brex-go/sdk/"
	program = sdk + "cmd/brex/internal/"
)

// goPackage is what go list reports of a package, without its tests.
type goPackage struct {
	ImportPath    string
	Imports, Deps []string // direct, and with what these import
}

// packages lists the packages of this module, with the files that overlay adds.
func packages(t *testing.T, overlay map[string]string) (all []goPackage) {
	t.Helper()
	dir := t.TempDir()
	added := map[string]string{}
	for name, text := range overlay {
		file := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		target, err := filepath.Abs(filepath.Join(root, name))
		require.NoError(t, err)
		added[target] = file
	}
	text, err := json.Marshal(map[string]any{"Replace": added})
	require.NoError(t, err)
	list := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(list, text, 0o600))
	dec := json.NewDecoder(strings.NewReader(goCommand(t, root, "list", "-e", "-overlay", list, "-json=ImportPath,Imports,Deps", "./...")))
	for dec.More() {
		var p goPackage
		require.NoError(t, dec.Decode(&p))
		all = append(all, p)
	}
	return all
}

// breaches says which imports point the wrong way.
func breaches(all []goPackage) (found []string) {
	for _, p := range all {
		name := strings.TrimPrefix(p.ImportPath, sdk)
		breach := func(imported string) { found = append(found, name+" imports "+imported) }
		only := func(allowed ...string) { // besides the standard library
			for _, i := range p.Imports {
				if strings.Contains(i, ".") && !slices.Contains(allowed, i) {
					breach(i)
				}
			}
		}
		never := func(from []string, module string) {
			for _, i := range from {
				if i == module || strings.HasPrefix(i, module+"/") {
					breach(i)
				}
			}
		}
		switch {
		case name == "brex/wire", name == "brex/money", name == "brex/internal/decode":
			only()
		case strings.HasPrefix(name, "gen/"):
			only(sdk+"brex/wire", sdk+"brex/money", sdk+"gen/operations")
		case name == "brex/webhook", name == "brex/brexoauth", name == "brex/brextest", name == "brex/webhook/storetest":
			if slices.Contains(p.Deps, sdk+"brex") {
				breach(sdk + "brex")
			}
			never(p.Deps, "github.com/getkin/kin-openapi") // the second opinion of the tests
		case name == "brex/payout":
			only(sdk+"brex", sdk+"brex/money", sdk+"brex/internal/filelock", sdk+"brex/internal/journal")
		case name == "brex/payout/journaltest":
			only(sdk+"brex/payout", "github.com/stretchr/testify/require")
		case name == "brex/limitertest", name == "brex/internal/leases":
			only(sdk + "brex")
		case name == "brex/agent":
			never(p.Deps, "github.com/modelcontextprotocol/go-sdk")
		case name == "brex/mirror/report", name == "brex/mirror/singer", name == "brex/mirror/memory": // whatever keeps the copy
			never(p.Deps, sdk+"brex/mirror/sqlite")
			never(p.Deps, sdk+"brex/mirror/postgres")
		case name == "cmd/brex":
			never(p.Deps, "google.golang.org/protobuf") // which newer versions of parquet-go bring: they compile twice as long
		case name == "brex":
			for _, module := range []string{"github.com/getkin/kin-openapi", "github.com/spf13/cobra", sdk + "brex/brextest"} {
				never(p.Deps, module)
			}
		}
		if name != "brex/brexmcp" && p.ImportPath != program+"cli" {
			never(p.Imports, "github.com/modelcontextprotocol/go-sdk")
		}
		if name != "brex/brexriver" {
			never(p.Imports, "github.com/riverqueue/river")
		}
		if name != "brex/brexredis" {
			never(p.Imports, "github.com/redis/go-redis/v9")
		}
		if !slices.Contains([]string{"brex/brexpg", "brex/brexriver", "brex/mirror/postgres", "cmd/brex/internal/cli"}, name) {
			never(p.Imports, "github.com/jackc/pgx/v5")
		}
		if name != "brex/brexotel" {
			never(p.Imports, "go.opentelemetry.io")
		}
		if p.ImportPath != program+"profile" {
			never(p.Imports, "github.com/zalando/go-keyring")
			if p.ImportPath != program+"output" {
				never(p.Imports, "golang.org/x/term")
			}
		}
		if p.ImportPath == program+"output" {
			never(p.Imports, "net/http")
		}
	}
	return found
}

// Imports point one way, and what is heavy or touches secrets has one owner.
func TestLayout(t *testing.T) {
	all := packages(t, nil)
	require.Greater(t, len(all), 20)
	require.Empty(t, breaches(all))
}

func TestLayoutNoticesAPlantedImport(t *testing.T) {
	overlay := map[string]string{}
	var want []string
	for i, planted := range []struct{ dir, imports, breach string }{
		{"brex/wire", "github.com/google/uuid", ""},
		{"brex/money", sdk + "brex/wire", ""},
		{"brex/internal/decode", sdk + "brex/wire", ""},
		{"gen/operations", sdk + "gen/documents", ""},
		{"brex/webhook", sdk + "brex/schema", "-"}, // allowed
		{"brex/brexoauth", sdk + "brex", ""},
		{"brex/payout", sdk + "gen/payments", ""},
		{"brex", "github.com/spf13/cobra", ""},
		{"brex/mirror", "github.com/modelcontextprotocol/go-sdk/mcp", ""},
		{"brex/mirror/report", sdk + "brex/mirror/sqlite", ""},
		{"brex/payout/journaltest", sdk + "brex/brextest", ""},
		{"brex/mirror/postgres", "github.com/riverqueue/river", ""},
		{"cmd/brex/internal/cli", "github.com/riverqueue/river/rivertype", ""},
		{"brex/brextest", "golang.org/x/term", ""},
		{"brex/brextest", "github.com/getkin/kin-openapi/openapi3", ""},
		{"brex/brexpg", "github.com/redis/go-redis/v9", ""},
		{"brex/brexredis", "github.com/jackc/pgx/v5/pgxpool", ""},
		{"brex/limitertest", "github.com/stretchr/testify/require", ""},
		{"brex/mirror/memory", "go.opentelemetry.io/otel/trace", ""},
		{"brex/brexotel", "go.opentelemetry.io/otel/trace", "-"},
		{"cmd/brex", "github.com/zalando/go-keyring", ""},
		{"cmd/brex/internal/output", "net/http", ""},
		{"cmd/brex/internal/profile", "github.com/zalando/go-keyring", "-"},
	} {
		pkg := filepath.Base(planted.dir)
		if planted.dir == "cmd/brex" {
			pkg = "main"
		}
		overlay[fmt.Sprintf("%s/planted%d.go", planted.dir, i)] = fmt.Sprintf("package %s\n\nimport _ %q\n", pkg, planted.imports)
		if planted.breach == "" {
			want = append(want, planted.dir+" imports "+planted.imports)
		}
	}
	require.ElementsMatch(t, want, breaches(packages(t, overlay)))
}
