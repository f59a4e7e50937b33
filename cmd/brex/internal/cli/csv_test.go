package cli

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What a memo says stays a string where the semicolon separates, too; --csv-excel adds the mark and the form of times.
func TestCSVForSpreadsheets(t *testing.T) {
	s := answering(t, `{"items":[{"id":"e1","memo":"lunch;=1+1;-2+3|cmd","purchased_at":"2026-11-02T23:00:00+0100"}]}`)
	plain := s.run(t, "expenses", "list", "-o", "csv").ok(t).out
	require.Contains(t, plain, "lunch;'=1+1;'-2+3|cmd")
	require.Contains(t, plain, "2026-11-02T22:00:00Z")
	excel := s.run(t, "expenses", "list", "-o", "csv", "--csv-excel").ok(t).out
	require.Equal(t, "\xef\xbb\xbf", excel[:3])
	require.Contains(t, excel, "2026-11-02 22:00:00")
	require.NotContains(t, excel, "T22:00")
	for _, flag := range []string{"--csv-excel", "--csv-formulas"} {
		for _, format := range []string{"table", "json", "jsonl"} {
			require.Contains(t, s.run(t, "expenses", "list", "-o", format, flag).fails(t, exitUsage), flag+" is about CSV: add -o csv")
		}
	}
}
