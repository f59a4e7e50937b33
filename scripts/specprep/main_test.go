package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	openapi := filepath.Join("..", "..", "openapi")
	document, overlay := filepath.Join(openapi, "team.yaml"), filepath.Join(openapi, "overlays", "team.yaml")
	for _, plain := range []bool{false, true} {
		var out strings.Builder
		require.NoError(t, run(&out, "team", overlay, plain, []string{document}))
		require.True(t, json.Valid([]byte(out.String())))
		require.Equal(t, !plain, strings.Contains(out.String(), `"x-go-name": "Emails"`))
		require.Contains(t, out.String(), `"UserResponse"`)
	}
}

func TestRunErrors(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	require.NoError(t, os.WriteFile(bad, []byte("hello"), 0o644))
	for _, test := range []struct {
		api, overlay, text string
		args               []string
	}{
		{"", "", "say -api NAME", []string{bad}},
		{"x", "", "say -api NAME", nil},
		{"x", "", "no such file", []string{bad + "x"}},
		{"x", bad + "x", "no such file", []string{bad}},
		{"x", "", "x: the document is not an object", []string{bad}},
	} {
		var out strings.Builder
		require.ErrorContains(t, run(&out, test.api, test.overlay, false, test.args), test.text)
		require.Empty(t, out.String())
	}
}
