package cli

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

// golden compares with a file, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "make it with go test ./cmd/brex/internal/cli -run TestGolden -update")
	assert.Equal(t, string(want), got)
}

// On a terminal, tables and help fit its width, and only there states have colours.
func TestGoldenWidths(t *testing.T) {
	for _, width := range []int{60, 80, 120} {
		for _, noun := range []string{"cards", "expenses", "transfers", "users", "transactions", "accounts", "help"} {
			args := []string{noun, "list", "--sandbox-data", "testdata/company"}
			if noun == "help" {
				args = []string{"transactions", "list", "--help"}
			}
			t.Run(fmt.Sprintf("%s %d", noun, width), func(t *testing.T) {
				r := setup{width: width, env: map[string]string{"NO_COLOR": "1"}}.run(t, args...).ok(t)
				for _, line := range lines(t, r.out) {
					if !strings.HasPrefix(line, "  brex ") { // an example is one line, to be copied
						assert.LessOrEqual(t, uniseg.StringWidth(line), width, "%q", line)
					}
				}
				golden(t, fmt.Sprintf("%s.%d", noun, width), r.out)
				colored := setup{width: width}.run(t, args...).ok(t).out
				assert.Equal(t, r.out, regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(colored, ""), "a colour takes no room")
				assert.Equal(t, strings.Contains(lines(t, r.out)[0], "STATUS"), r.out != colored, "states have colours")
			})
		}
	}
}

// The golden files hold what each list prints of the small company in testdata/company, which does not change when the
// sandbox's made-up one does.
func TestGolden(t *testing.T) {
	const data = "testdata/company"
	commands := map[string][]string{"help": {"--help"}, "help_expenses_list": {"expenses", "list", "--help"},
		"cash_transactions": {"transactions", "list", "--account", "dpacc_clw977uo0i2y2c1qwa6r8suna", "--sandbox-data", data},
		"expense":           {"expenses", "get", "expense_cmvyubwmyj0t2py6hwzkhn6tu", "--sandbox-data", data},
		"whoami":            {"whoami", "--sandbox-data", data},
	}
	for _, l := range lists {
		commands[l.noun] = []string{l.noun, "list", "--sandbox-data", data}
	}
	for name, args := range commands {
		for _, format := range []string{"table", "csv"} { // TestJSONIsWhatBrexAnswered looks after the others
			if args[len(args)-1] == "--help" && format != "table" {
				continue
			}
			t.Run(name+" "+format, func(t *testing.T) {
				r := setup{}.run(t, append(args, "-o", format)...).ok(t)
				assert.Empty(t, r.err)
				golden(t, name+"."+strings.Replace(format, "table", "txt", 1), r.out)
			})
		}
	}
}
