//go:build readback && linux

package mirror_test

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/file"
	"github.com/brex-go/sdk/brex/mirror/internal/sinktest"
)

// memo has what a careless reader spoils.
const memo = `Größe é ñ 日本, "10" €`

// exported writes the expenses of the sandbox into a folder, and returns them.
func exported(t *testing.T, format file.Format, opts ...file.Option) (dir string, expenses map[string]brex.Expense) {
	t.Helper()
	server := brextest.NewServer(t, brextest.WithSize(brextest.Size{Users: 20, Expenses: 200}))
	client := sinktest.Client(t, server)
	for id := range sinktest.Truth(t, client, tableOf(t, "expenses")) {
		require.NoError(t, server.SetRow("expenses", id, json.RawMessage(`{"memo":`+strconv.Quote(memo)+`}`)))
	}
	dir = t.TempDir()
	sink, err := file.NewExport(dir, format, opts...)
	require.NoError(t, err)
	m, err := mirror.New(client, sink)
	require.NoError(t, err)
	_, err = m.Run(t.Context(), "expenses")
	require.NoError(t, err)
	require.NoError(t, sink.Close())
	expenses = map[string]brex.Expense{}
	for e, err := range client.Expenses.All(t.Context(), brex.ExpenseListParams{}) {
		require.NoError(t, err)
		expenses[e.ID] = e
	}
	require.Len(t, expenses, 200)
	return dir, expenses
}

// run runs a program in a folder.
func run(t *testing.T, dir, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir)
	out, err := cmd.Output()
	require.NoError(t, err, "%s: %s", name, out)
	return out
}

type cell struct {
	Type   string `xml:"value-type,attr"`
	Value  string `xml:"value,attr"`
	Date   string `xml:"date-value,attr"`
	Text   string `xml:"p"`
	Repeat int    `xml:"number-columns-repeated,attr"`
}

// In LibreOffice Calc, amounts of an exported CSV file are numbers, times are times and accents are right.
func TestReadCalc(t *testing.T) {
	dir, expenses := exported(t, file.CSV, file.Excel())
	run(t, dir, "soffice", "--headless", "--convert-to", "fods", "--infilter=CSV:44,34,76,1,,1033,false,true", "expenses.csv")
	text, err := os.ReadFile(filepath.Join(dir, "expenses.fods"))
	require.NoError(t, err)
	var document struct {
		Rows []struct {
			Cells []cell `xml:"table-cell"`
		} `xml:"body>spreadsheet>table>table-row"`
	}
	require.NoError(t, xml.Unmarshal(text, &document))
	var head []cell
	seen := 0
	for _, row := range document.Rows {
		var cells []cell
		for _, c := range row.Cells {
			for range max(1, min(c.Repeat, 200)) {
				cells = append(cells, c)
			}
		}
		if head == nil {
			head = cells
			continue
		}
		at := map[string]cell{}
		for i, c := range cells {
			if i < len(head) {
				at[head[i].Text] = c
			}
		}
		e, ok := expenses[at["id"].Text]
		if !ok {
			continue // rows that Calc fills the sheet with
		}
		seen++
		require.Equal(t, memo, at["memo"].Text)
		require.Equal(t, "float", at["original_amount"].Type)
		want, err := strconv.ParseFloat(e.OriginalAmount.Decimal().String(), 64)
		require.NoError(t, err)
		got, err := strconv.ParseFloat(at["original_amount"].Value, 64)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, "date", at["purchased_at"].Type, at["purchased_at"].Text)
		require.Equal(t, e.PurchasedAt.UTC().Format("2006-01-02T15:04:05"), at["purchased_at"].Date)
	}
	require.Equal(t, len(expenses), seen)
}

// duckDB is the version that reads the Parquet file.
const duckDB = "@duckdb/node-api@1.5.6-r.1"

const duckScript = `
const { DuckDBInstance } = require("@duckdb/node-api");
(async () => {
  const db = await (await DuckDBInstance.create()).connect();
  const rows = await db.runAndReadAll(
    "SELECT id, memo, original_amount_minor, original_amount_currency, strftime(purchased_at AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S') AS at, " +
    "typeof(purchased_at) AS type FROM 'expenses.parquet'");
  console.log(JSON.stringify(rows.getRowObjectsJson()));
})();`

// DuckDB reads an exported Parquet file: whole minor units, times with their zone, accents.
func TestReadDuckDB(t *testing.T) {
	dir, expenses := exported(t, file.Parquet)
	run(t, dir, "npm", "install", "--no-audit", "--no-fund", "--silent", duckDB)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "read.js"), []byte(duckScript), 0o600))
	var rows []struct {
		ID, Memo, At, Type string
		Minor              json.Number `json:"original_amount_minor"`
		Currency           string      `json:"original_amount_currency"`
	}
	out := run(t, dir, "node", "read.js")
	require.NoError(t, json.Unmarshal(out, &rows), "%s", out)
	require.Len(t, rows, len(expenses))
	for _, r := range rows {
		e := expenses[r.ID]
		require.Equal(t, memo, r.Memo)
		require.Equal(t, strconv.FormatInt(e.OriginalAmount.Amount, 10), r.Minor.String())
		require.Equal(t, string(e.OriginalAmount.Currency), r.Currency)
		require.Equal(t, "TIMESTAMP WITH TIME ZONE", r.Type)
		require.Equal(t, e.PurchasedAt.UTC().Format("2006-01-02T15:04:05"), r.At)
	}
}
