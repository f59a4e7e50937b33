package payout

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/money"
)

const header = "vendor,method,amount,currency,reference,description\n"

func TestReadCSV(t *testing.T) {
	t.Parallel()
	rows, err := ReadCSV(strings.NewReader("\ufeff"+strings.ReplaceAll(ExampleCSV, "\n", "\r\n")),
		CSVOptions{})
	require.NoError(t, err)
	require.Equal(t, []Row{
		{Line: 2, Vendor: "Acme Paper Inc", Method: "ACH", Amount: money.New(125000, "USD"),
			Reference: "INV-1001", Description: "November paper"},
		{Line: 3, Vendor: "Northwind Traders", Amount: money.New(9995, "USD"),
			Reference: "INV-1002"},
	}, rows)
	rows, err = ReadCSV(strings.NewReader("Payee,Total,No,Due\nA,12.5,1,2026-11-01\nB,7,2,\n"),
		CSVOptions{Columns: map[string]string{"vendor": "Payee", "amount": "Total",
			"reference": "No"}, Ignore: []string{"Due"}, Currency: "USD"})
	require.NoError(t, err)
	require.Equal(t, []Row{{Line: 2, Vendor: "A", Amount: money.New(1250, "USD"), Reference: "1"},
		{Line: 3, Vendor: "B", Amount: money.New(700, "USD"), Reference: "2"}}, rows)
}

// Where a spreadsheet has been at work, the place and the mistake are named.
func TestReadCSVRefuses(t *testing.T) {
	t.Parallel()
	row := func(cells string) string { return header + "A,,1,USD,R-1,\n" + cells + "\n" }
	for text, want := range map[string]string{
		"":                                 "the file is empty",
		header:                             "no rows after its header",
		"vendor;amount;reference":          "not separated by commas",
		"A,,1.00,USD,R-1,\n":               `line 1, column 1.00: unknown column`,
		"vendor,amount,reference\nA,1,2\n": "line 1, column currency: the column is missing",
		"vendor,vendor,amount,currency,reference\n":     "the column vendor is there twice",
		"vendor,amount,currency,reference,amount due\n": "line 1, column amount due: unknown column",
		"v\x00endor":                  "not plain text",
		row(`B,,"1,234.50",USD,R-2,`): "line 3, column amount: malformed",
		row(`B,,"1.234,50",USD,R-2,`): "a comma is ambiguous",
		row(`B,,1.234,USD,R-2,`):      "USD has 2 digits after the point",
		row(`B,,$12,USD,R-2,`):        "line 3, column amount",
		row(`B,,(12.00),USD,R-2,`):    "line 3, column amount",
		row(`B,,-12.00,USD,R-2,`):     `"-12.00" is not above zero`,
		row(`B,,0,USD,R-2,`):          "is not above zero",
		row(`B,,1.2E+06,USD,R-2,`):    "shortened",
		row(`B,,2026-11-02,USD,R-2,`): `column amount: "2026-11-02" is a date`,
		row(`B,,11/02/2026,USD,R-2,`): "is a date",
		row(`B,,5-Nov,USD,R-2,`):      "is a date",
		row(`B,,1,USD,Nov-26,`):       "line 3, column reference",
		row(`B,,1,USD,1/2/2026,`):     "line 3, column reference",
		row(`B,,1,USD,1.23457E+12,`):  "line 3, column reference",
		row(`B,,#REF!,USD,R-2,`):      "a spreadsheet's error",
		row(`B,,=A1*2,USD,R-2,`):      "is a formula",
		row(`B,,##########,USD,R-2,`): "a spreadsheet's error",
		row(`B,,,USD,R-2,`):           "column amount: is empty",
		row(`,,,,,`):                  "line 3, column vendor: is empty",
		row(`Total,,99,,,`):           "line 3, column currency: is empty",
		row(`B ,,1,USD,R-2,`):         "begins or ends with a space",
		row(`B,,1,usd,R-2,`):          `"usd" is not an ISO 4217 code in capitals`,
		row(`B,,1,XXY,R-2,`):          "is not an ISO 4217 code",
		row(`B,,1,USD`):               "line 3: has 4 cells, the header 6",
		row(`B,,1,USD,R-2,a,b`):       "has 7 cells",
		row("B,,1,USD,\"R\n2\","):     "line break",
		row("B,,1,USD,R-\xff,"):       "is not UTF-8",
		row(`B,,1,USD,R"2,`):          "is not CSV",
		header + "A,,1,USD,00123,\nB,,1,USD,00124,\nC,,1,USD,125,\n": `line 4, column reference: "125" is shorter`,
		header + "0001,,1,USD,R-1,\n12,,1,USD,R-2,\n":                `line 3, column vendor: "12" is shorter`,
		header + strings.Repeat("A,,1,USD,R,\n", MaxRows+1):          "at most 10000 payments",
		header + strings.Repeat("x", maxFile):                        "larger than 16 MiB",
	} {
		_, err := ReadCSV(strings.NewReader(text), CSVOptions{})
		var problems Problems
		require.ErrorAs(t, err, &problems, "%.80q", text)
		if strings.HasPrefix(want, "line 3, column amount: malformed") {
			want = "line 3, column amount: "
		}
		require.ErrorContains(t, err, want, "%.80q", text)
	}
	for _, opts := range []CSVOptions{{Columns: map[string]string{"payee": "vendor"}},
		{Columns: map[string]string{"vendor": "Payee"}}, {Ignore: []string{"Due"}},
		{Currency: "usd"}, {Currency: "USD"}} {
		_, err := ReadCSV(strings.NewReader(ExampleCSV), opts)
		require.Error(t, err, fmt.Sprint(opts))
	}
}

// Whatever a file holds, rows that are read say what stands in it: above zero, without control
// characters, one for each line.
func FuzzReadCSV(f *testing.F) {
	f.Add([]byte(ExampleCSV))
	f.Add([]byte(header + "A,,1.5,JPY,R,\n\"B\n\",,1,USD,2026-11-02,\n"))
	f.Add([]byte("\xff\xfev\x00e\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := ReadCSV(strings.NewReader(string(data)), CSVOptions{})
		if err != nil {
			if len(err.Error()) > 64<<10+len(data)*4 {
				t.Fatalf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		if len(rows) == 0 || len(rows) > strings.Count(string(data), "\n") {
			t.Fatalf("%d rows", len(rows))
		}
		for _, r := range rows {
			digits := r.Amount.Decimal().String()
			if r.Amount.Amount <= 0 || r.Vendor == "" || r.Reference == "" ||
				!strings.Contains(string(data),
					strings.TrimRight(strings.TrimRight(digits, "0"), ".")) {
				t.Fatalf("%+v", r)
			}
		}
	})
}
