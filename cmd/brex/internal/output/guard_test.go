package output

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
)

func TestGuard(t *testing.T) {
	for s, want := range map[string]string{
		"":                       "",
		"lunch":                  "lunch",
		"a=b":                    "a=b",
		"a; b":                   "a; b",
		"-5":                     "-5",
		"+1 415 555 0100":        "+1 415 555 0100",
		"=1+1":                   "'=1+1",
		" =1+1":                  "' =1+1",
		"@SUM(A1)":               "'@SUM(A1)",
		"-2+3|cmd":               "'-2+3|cmd",
		"lunch;=1+1;-2+3|cmd":    "lunch;'=1+1;'-2+3|cmd",
		"lunch; =1+1":            "lunch;' =1+1",
		`lunch;"=1+1"`:           `lunch;'"=1+1"`,
		`a";"" =1+1`:             `a";'"" =1+1`,
		"5;-5":                   "5;'-5",
		";;+1":                   ";;'+1",
		"\u00a0=1+1":             "'\u00a0=1+1",
		"\u3000=1+1":             "'\u3000=1+1",
		"\u2003\u202f+1+1":       "'\u2003\u202f+1+1",
		"a;\u00a0=1+1":           "a;'\u00a0=1+1",
		"\u1680=1+1":             "'\u1680=1+1",
		"\u0085=1+1":             "'\u0085=1+1",
		"＝1+1":                   "'＝1+1",
		"＋1":                     "'＋1",
		"－1":                     "'－1",
		"＠SUM":                   "'＠SUM",
		"\ufe62\u0031":           "'\ufe62\u0031",
		"\ufe63\u0031":           "'\ufe63\u0031",
		"\ufe64\u0031":           "'\ufe64\u0031",
		"\ufe65\u0031":           "'\ufe65\u0031",
		"\ufe66\u0031":           "'\ufe66\u0031",
		"\ufe6bSUM":              "'\ufe6bSUM",
		"a;\ufe66\u0031":         "a;'\ufe66\u0031",
		"\u22121":                "'\u22121",
		"\u207c1":                "'\u207c1",
		"'=1":                    "'=1",
		"https://x/?a=1;b=2;c=3": "https://x/?a=1;b=2;c=3",
	} {
		require.Equal(t, want, guard(s), "%q", s)
	}
}

// What cannot be seen, and what reorders, is shown as an escape.
func TestCleanShowsTheInvisible(t *testing.T) {
	for _, r := range "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2061\u2062\u2063\u2064\u2065" +
		"\u2066\u2069\u206a\u206f\u2800\u3164\ufe00\ufe0f\ufeff\uffa0\ufff0\ufff9\U0001bca0\U0001d173\U000e0001\U000e0020\U000e007f\U000e0100\U000e0fff" {
		got := Clean("a" + string(r) + "b")
		require.True(t, strings.HasPrefix(got, `a\`) && strings.HasSuffix(got, "b"), "%U: %q", r, got)
		require.NotContains(t, got, string(r))
		require.Equal(t, rune('\\'), []rune(guard(Clean(string(r) + "=1")))[0], "%U hides a formula", r)
		json := string(cleanJSON([]byte(`{"a":"` + string(r) + `"}`)))
		require.NotContains(t, json, string(r))
	}
	for _, r := range "aé日😀\u0301\u00a0\u3000\u0600\u06dd٣א" {
		require.Equal(t, string(r), Clean(string(r)), "%U", r)
	}
}

func TestExcelCSV(t *testing.T) {
	var out bytes.Buffer
	p := NewPrinter(&out, Options{Format: CSV, ExcelCSV: true}, vendorColumns)
	require.NoError(t, p.Page(vendors, nil))
	require.NoError(t, p.Page(vendors[1:], nil))
	require.NoError(t, p.Close())
	require.Equal(t, "\xef\xbb\xbfname,owed,owed_currency,made_at,number\n'=A\\x1b[31m,7.00,USD,2026-11-03 00:00:00,[redacted]6789\nB,,,,\nB,,,,\n", out.String())

	out.Reset()
	days := []Column[wire.Date]{Day("day", func(d wire.Date) wire.Date { return d })}
	require.NoError(t, Object(&out, Options{Format: CSV, ExcelCSV: true}, days, wire.NewDate(2026, time.November, 3), nil))
	require.Equal(t, "\ufeffday\n2026-11-03\n", out.String())
}

// However the line is taken apart, at commas or at semicolons, with quotation marks or without, no cell is a formula.
func FuzzCSVCells(f *testing.F) {
	for _, seed := range []string{"lunch;=1+1", `a";"=1`, "\u00a0=1", ";\t+1", "\u2062=1", `"";"";=`, "\n=1", "＝1;﹦1"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		var out bytes.Buffer
		two := []Column[[2]string]{Text("a", func(v [2]string) string { return v[0] }), Text("b", func(v [2]string) string { return v[1] })}
		require.NoError(t, Object(&out, Options{Format: CSV}, two, [2]string{a, b}, nil))
		_, line, _ := strings.Cut(out.String(), "\n")
		rows, err := csv.NewReader(strings.NewReader(line)).ReadAll()
		require.NoError(t, err)
		cells := strings.Split(line, ";")
		for _, row := range rows {
			require.Len(t, row, 2)
			cells = append(cells, row...)
		}
		for _, c := range cells {
			c = strings.TrimFunc(c, func(r rune) bool { return r == '"' || unicode.IsSpace(r) || wire.IsUnsafeRune(r) })
			number, _, _ := strings.Cut(c, ",") // of a whole cell, which guard lets through
			first, _ := utf8.DecodeRuneInString(c)
			require.True(t, c == "" || digits.MatchString(number) || !strings.ContainsRune(formulaSigns, first), "%q and %q: %q", a, b, c)
		}
	})
}
