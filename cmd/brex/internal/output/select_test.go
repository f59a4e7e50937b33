package output

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"testing"

	"github.com/itchyny/gojq"
	"github.com/stretchr/testify/require"
)

var someCards = []json.RawMessage{
	json.RawMessage(`{"id":"a","owner":{"name":"Maya"},"limit":{"amount":900,"currency":"USD"},"n":10}`),
	json.RawMessage(`{"id":"b","owner":{"name":"Joe"},"limit":{"amount":12345678901234567,"currency":"USD"},"n":9}`),
	json.RawMessage(`{"id":"c","owner":null,"limit":null,"number":"4111111111111111"}`),
}

func printed(t *testing.T, o Options, raw ...json.RawMessage) string {
	t.Helper()
	var b bytes.Buffer
	p := NewPrinter(&b, o, []Column[string]{ID("id", func(s string) string { return s })})
	require.NoError(t, p.Page([]string{"a", "b", "c"}[:len(raw)], raw))
	require.NoError(t, p.Close())
	return b.String()
}

func query(t *testing.T, program string) *gojq.Code {
	t.Helper()
	q, err := gojq.Parse(program)
	require.NoError(t, err)
	code, err := gojq.Compile(q)
	require.NoError(t, err)
	return code
}

// A row without the only value that is shown is a row all the same.
func TestCSVKeepsRowsWithoutAValue(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, NewPrinter(&b, Options{Format: CSV}, []Column[string]{Text("name", func(s string) string { return s })}).Show([]string{"a", "", "b"}))
	records, err := csv.NewReader(&b).ReadAll()
	require.NoError(t, err)
	require.Equal(t, [][]string{{"name"}, {"a"}, {""}, {"b"}}, records)
}

func TestSelection(t *testing.T) {
	columns := []string{"id", "limit", "owner.name"}
	require.Regexp(t, `(?m)^b +123456789012345.67 USD  Joe$`, printed(t, Options{Format: Table, Columns: columns}, someCards...))
	require.Equal(t, "id,limit,limit_currency,owner.name\na,9.00,USD,Maya\nb,123456789012345.67,USD,Joe\nc,,,\n",
		printed(t, Options{Format: CSV, Columns: columns}, someCards...))
	require.Equal(t, `{"id":"b","limit":{"amount":12345678901234567,"currency":"USD"}}`+"\n",
		printed(t, Options{Format: JSONL, Columns: columns[:2]}, someCards[1]))
	require.Equal(t, "id\nb\na\nc\n", printed(t, Options{Format: CSV, Sort: "-limit"}, someCards...))
	require.Equal(t, "id\nb\na\nc\n", printed(t, Options{Format: CSV, Sort: "n"}, someCards...), "numbers are not sorted as strings")
	require.Equal(t, "a\nb\nc\n", printed(t, Options{Format: JSON, Query: query(t, ".[].id")}, someCards...))
	require.Equal(t, "900\n12345678901234567\nnull\n", printed(t, Options{Format: JSONL, Query: query(t, ".limit.amount")}, someCards...), "numbers stay exact")
	require.NotContains(t, printed(t, Options{Format: JSON, Query: query(t, ".[].number")}, someCards...), "4111")
	require.Equal(t, "0\n", printed(t, Options{Format: JSON, Query: query(t, "length")}))

	p := NewPrinter[string](&bytes.Buffer{}, Options{Format: JSON, Query: query(t, ".[0].id | tonumber")}, nil)
	require.NoError(t, p.Page(nil, someCards[:1]))
	require.ErrorContains(t, p.Close(), "--jq")
}

func TestTableFitsTheTerminal(t *testing.T) {
	type line struct{ id, name, status string }
	columns := []Column[line]{ID("id", func(l line) string { return l.id }), Text("name", func(l line) string { return l.name }),
		Text("status", func(l line) string { return l.status })}
	var b bytes.Buffer
	rows := []line{{"card_0123456789", "A rather long name of a card", "ACTIVE"}}
	require.NoError(t, NewPrinter(&b, Options{Format: Table, Width: 40}, columns).Show(rows))
	require.Equal(t, "ID               NAME             STATUS\ncard_0123456789  A rather long …  ACTIVE\n", b.String())
	b.Reset()
	require.NoError(t, NewPrinter(&b, Options{Format: Table, Width: 24, Color: true}, columns).Show(rows))
	for _, l := range bytes.Split(bytes.TrimSpace(b.Bytes()), []byte("\n")) {
		require.LessOrEqual(t, width(string(bytes.ReplaceAll(bytes.ReplaceAll(l, []byte(green), nil), []byte(plain), nil))), 24)
	}
	require.Contains(t, b.String(), green+"ACTIVE"+plain)
}
