package brex

import (
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The program that the package documentation begins with can be built as it stands.
func TestDocProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the compiler")
	}
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	var program strings.Builder
	for line := range strings.Lines(file.Doc.Text()) {
		if code, ok := strings.CutPrefix(line, "\t"); ok || program.Len() > 0 && strings.TrimSpace(line) == "" {
			program.WriteString(code)
		} else if program.Len() > 0 {
			break
		}
	}
	path := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(path, []byte(program.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "vet", path).CombinedOutput(); err != nil || !strings.Contains(program.String(), "func main() {") {
		t.Errorf("%v\n%s\n%s", err, out, program.String())
	}
}
