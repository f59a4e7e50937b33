package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The branches that a package's tests do not need are reported, and no others.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles a package")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/small\n\ngo 1.26\n",
		"small.go": `package small

var units = map[string]int{"k": 1000, "m": 1000000}

func scale(n int, unit string) (out int) {
	out = n
	if f, ok := units[unit]; ok {
		out *= f
	}
	switch unit {
	case "dozen":
		out *= 12
	}
	switch {
	case n < 0:
		negative()
	}
	return out
}

func negative() { println("negative") }
`,
		"small_test.go": `package small

import "testing"

func TestScale(t *testing.T) {
	if scale(2, "k") != 2000 || scale(1, "dozen") != 12 || scale(-1, "") != -1 {
		t.Fatal()
	}
}
`} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	t.Chdir(dir)
	t.Setenv("GOWORK", "off")
	var out bytes.Buffer
	r := runner{out: &out}
	survivors, err := r.run("small", []string{"."})
	require.NoError(t, err)
	require.Equal(t, `small.go:3: without the string "m": survives, tests that reach it: 1
small.go:15: without the case n < 0: survives, tests that reach it: 1
small.go:16: without the statement negative(): survives, tests that reach it: 1
small.go:21: without the function negative: survives, tests that reach it: 1
small.go:21: without the statement println("negative"): survives, tests that reach it: 1
11 mutants, 0 change nothing (equivalent.txt), 5 survive
`, out.String())
	require.Equal(t, 5, survivors)
}
