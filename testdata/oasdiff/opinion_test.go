// Package oasdiff asks github.com/oasdiff/oasdiff for a second opinion on every change that the tests of scripts/specsupdate plant.
// It is a module of its own, as oasdiff needs a newer kin-openapi than the SDK.
package oasdiff

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

var folder = filepath.Join("..", "..", "scripts", "specsupdate", "testdata")

// pair is a planted change. Oasdiff says why the two judge it differently, where they do.
type pair struct {
	Name, Note, Oasdiff string
	Replace, Lines      []string
}

func specOf(t *testing.T, text string) *load.SpecInfo {
	t.Helper()
	spec, err := load.NewSpecInfoFromData(openapi3.NewLoader(), []byte(text), "cards.yaml")
	require.NoError(t, err)
	return spec
}

// breaking says whether oasdiff calls a change an error, and in which words.
func breaking(t *testing.T, before, after string) (bool, string) {
	t.Helper()
	report, sources, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(), specOf(t, before), specOf(t, after))
	require.NoError(t, err)
	changes := checker.CheckBackwardCompatibility(checker.NewConfig(checker.GetAllChecks()), report, sources)
	var ids []string
	worst := checker.Level(0)
	for _, c := range changes {
		ids = append(ids, c.GetId())
		worst = max(worst, c.GetLevel())
	}
	return worst == checker.ERR, strings.Join(ids, ", ")
}

// What is breaking to one is breaking to the other, except where pairs.yaml says why not.
func TestSecondOpinion(t *testing.T) {
	before, err := os.ReadFile(filepath.Join(folder, "cards.yaml"))
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(folder, "pairs.yaml"))
	require.NoError(t, err)
	var pairs []pair
	require.NoError(t, yaml.Unmarshal(text, &pairs))
	require.GreaterOrEqual(t, len(pairs), 60)
	agreed := 0
	for _, p := range pairs {
		t.Run(p.Name, func(t *testing.T) {
			after := string(before)
			for i := 0; i < len(p.Replace); i += 2 {
				after = strings.Replace(after, p.Replace[i], p.Replace[i+1], 1)
			}
			ours := false
			for _, line := range p.Lines {
				ours = ours || strings.HasPrefix(line, "breaks ")
			}
			theirs, words := breaking(t, string(before), after)
			if ours == theirs {
				require.Empty(t, p.Oasdiff, "pairs.yaml gives a reason for a difference that is none: breaking is %v to both (oasdiff: %s)", ours, words)
				agreed++
				return
			}
			require.NotEmpty(t, p.Oasdiff, "breaking is %v here and %v to oasdiff (%s): say why in pairs.yaml", ours, theirs, words)
		})
	}
	t.Logf("agreed on %d of %d", agreed, len(pairs))
}
