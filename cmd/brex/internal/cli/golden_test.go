package cli

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

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
				file := filepath.Join("testdata", name+"."+strings.Replace(format, "table", "txt", 1)+".golden")
				if *update {
					require.NoError(t, os.WriteFile(file, []byte(r.out), 0o600))
				}
				want, err := os.ReadFile(file)
				require.NoError(t, err, "make it with go test ./cmd/brex/internal/cli -run TestGolden -update")
				assert.Equal(t, string(want), r.out)
			})
		}
	}
}
