package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A rule that no test misses is reported, and no other.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles a package")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/small\n\ngo 1.26\n",
		"small.go": `package small

type work struct{ n int }

func (w *work) double() { w.n *= 2 }

func note(w *work) { println("note", w.n) }

func run(n int) int { w := &work{n}; w.double(); note(w); return w.n }
`,
		"small_test.go": `package small

import "testing"

func TestDouble(t *testing.T) {
	if run(2) != 4 {
		t.Fatal()
	}
}
`} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	t.Chdir(dir)
	t.Setenv("GOWORK", "off")
	var out bytes.Buffer
	survivors, err := run(&out, ".")
	require.NoError(t, err)
	require.Equal(t, 1, survivors)
	require.Equal(t, "without small.go/double: --- FAIL: TestDouble\nwithout small.go/note: no test fails\n2 mutants, 1 survive\n", out.String())
}
