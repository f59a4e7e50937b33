package brex

import (
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The rows of the package doc's table, with the faults of the matrix that each stands for.
var documentedFaults = map[string][]string{
	"no connection":                         {"refused"},
	"429":                                   {"429", "429 seconds", "429 date", "429 negative", "429 garbage"},
	"429 with too long a Retry-After":       {"429 absurd", "429 a century"},
	"401, and the source has another token": {"401, another token"},
	"500, 502, 503, 504":                    {"500", "502", "503", "504"},
	"the same with too long a Retry-After":  {"503 absurd"},
	"connection broken, attempt timed out":  {"reset before acting", "reset after acting", "timeout before acting", "timeout after acting"},
	"2xx cut off":                           {"200 cut off"},
	"2xx with some of the expected members": {"200 half of it"},
	"any other 2xx that is not as documented": {"200 empty", "200 null", "200 half JSON", "200 too large", "200 other type", "200 HTML", "200 error object",
		"200 OK", "200 {}", "200 status ok", "204"},
	"408, 499, 3xx except 307 and 308": {"408", "499", "302"},
	"400, 422 that speak of the key":   {"422 on the key"},
	"409, the key is declared":         {"409"},
	"409, it is not":                   {"409"},
	"other 4xx, 307, 308":              {"400", "401", "403", "404", "422", "307", "308"},
	"other 5xx":                        {"501"},
}

// The table of the package doc says what the matrix holds: all faults, all classes of operation, whether a call is repeated and what is
// known of its outcome when the fault stays.
func TestDocFaultTable(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	columns := regexp.MustCompile(`\s{2,}`)
	repeats := map[string]string{} // fault and class -> yes, no or once
	outcomes := map[string]string{}
	rows := 0
	for line := range strings.Lines(file.Doc.Text()) {
		cells := columns.Split(strings.TrimSpace(line), -1)
		faults, ok := documentedFaults[cells[0]]
		if !ok || len(cells) != 6 {
			continue
		}
		rows++
		for _, f := range faults {
			for class, cell := range map[string]string{"getThing": cells[1], "updateThing": cells[2], "deleteThing": cells[2], "createThing": cells[3], "sendThing": cells[4]} {
				if cell == "-" { // no such operation
					continue
				}
				repeats[f+class], outcomes[f+class] = cell, cells[5]
				if f == "200 half of it" && class == "deleteThing" { // no response is documented, so that nothing is expected
					outcomes[f+class] = "unknown"
				}
			}
		}
	}
	if rows != len(documentedFaults) {
		t.Fatalf("%d rows found in the package doc, want %d", rows, len(documentedFaults))
	}
	matrix := strings.Split(strings.TrimSpace(faultMatrix), "\n")
	var classes []string
	seen := map[string]bool{}
	for i, line := range matrix {
		cells := strings.Split(line, " | ")
		for j := range cells {
			cells[j] = strings.TrimSpace(cells[j])
		}
		if i == 0 {
			classes = cells[2:]
			continue
		}
		seen[cells[0]] = true
		if cells[1] == "once" {
			continue
		}
		for j, cell := range cells[2:] {
			what := cells[0] + classes[j]
			if strings.Contains(cell, " ok ") { // a DELETE reads nothing of its answer
				continue
			}
			attempts := map[string][]string{"yes": {"3", "4"}, "once": {"2"}, "no": {"1"}}[repeats[what]]
			if !slices.Contains(attempts, cell[:1]) || !strings.Contains(cell, " "+outcomes[what]+" ") {
				t.Errorf("%s, %s: the doc says %q and %q, the matrix %q", cells[0], classes[j], repeats[what], outcomes[what], cell)
			}
		}
	}
	for _, f := range faultKinds {
		if !seen[f.name] {
			t.Errorf("%s is not in the matrix", f.name)
		}
	}
}
