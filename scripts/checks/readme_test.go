package checks

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")
	shBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")
)

// fragment turns a snippet that is no program into one: it stands in a function that has a context and a client.
func fragment(code string) string {
	return `package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/money"
)

var _ = []any{errors.Is, fmt.Sprint, log.Print, slog.Info, os.Exit, time.Now, money.New}

func main() {}

func snippet(ctx context.Context, client *brex.Client) error {
` + code + `
	return nil
}
`
}

// Every Go snippet of the README compiles and passes vet as it stands there.
func TestReadmeSnippetsCompile(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	blocks := goBlock.FindAllStringSubmatch(string(readme), -1)
	require.GreaterOrEqual(t, len(blocks), 5, "the README shows how to use the package")
	for i, b := range blocks {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			code := b[1]
			if !strings.Contains(code, "package ") {
				code = fragment(code)
			}
			name := "main.go"
			if strings.Contains(code, "testing.T") {
				name = "snippet_test.go"
			}
			file := filepath.Join(t.TempDir(), name)
			require.NoError(t, os.WriteFile(file, []byte(code), 0o600))
			cmd := exec.Command("go", "vet", file)
			cmd.Dir = root
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s\n%s", out, code)
		})
	}
}

// Every make target that the README or CI names exists.
func TestMakeTargetsExist(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	for _, file := range []string{"README.md", ".ci/run"} {
		text, err := os.ReadFile(filepath.Join(root, file))
		require.NoError(t, err)
		if file == "README.md" {
			var shell strings.Builder
			for _, b := range shBlock.FindAllStringSubmatch(string(text), -1) {
				shell.WriteString(b[1])
			}
			text = []byte(shell.String())
		}
		for _, m := range regexp.MustCompile(`(?m)^make ([a-z-]+)`).FindAllStringSubmatch(string(text), -1) {
			require.Contains(t, string(makefile), "\n"+m[1]+":", "%s names make %s", file, m[1])
		}
	}
}
