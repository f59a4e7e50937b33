package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/operations"
)

// The table of operations is what is known of the API, row by row: testdata/operations.csv was compiled apart from the
// documents.
func TestOperationsMatchFacts(t *testing.T) {
	f, err := os.Open(filepath.Join(module, "testdata", "operations.csv"))
	require.NoError(t, err)
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"api", "method", "path", "operationId", "paginated", "idempotency_key", "scopes", "deprecated", "access", "action"}, lines[0])

	rows := map[string]*wire.Operation{}
	for _, op := range operations.All {
		rows[op.Method+" "+op.Path] = op
	}
	for _, line := range lines[1:] {
		key := line[1] + " " + line[2]
		op := rows[key]
		if op == nil {
			t.Errorf("testdata/operations.csv has %s (%s), which no document has", key, line[3])
			continue
		}
		delete(rows, key)
		got := fact(op)
		if line[9] == "" {
			line[9] = op.Action // not every operation has an action name of old
		}
		require.Equal(t, line, got, "testdata/operations.csv expects one thing of %s, openapi/ and its overlay say another: mend the one that is wrong", key)
	}
	for _, op := range rows {
		line := fact(op)
		line[8] = "WHAT_IT_CAN_DO" // read, write, money or sensitive: not from the overlay, which this line is there to check
		t.Errorf("testdata/operations.csv lacks %s; if Brex has it, add, in your own judgement of its access,\n%s", op.ID, strings.Join(line, ","))
	}
}

// fact is an operation as a line of testdata/operations.csv.
func fact(op *wire.Operation) []string {
	scopes := slices.Clone(op.Scopes)
	slices.Sort(scopes)
	return []string{op.API, op.Method, op.Path, op.ID, yes(op.Paginated), string(op.Idempotency), strings.Join(scopes, " "), yes(op.Deprecated), string(op.Access), op.Action}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// Every row has what its readers rely on.
func TestOperationsComplete(t *testing.T) {
	for _, op := range operations.All {
		require.NotEmpty(t, op.GoName)
		require.NotEmpty(t, op.Summary, op.GoName)
		require.NotEmpty(t, op.Tag, op.GoName)
		require.True(t, strings.HasPrefix(op.Action, op.API+"/"), op.GoName)
		require.Equal(t, 2, op.Status/100, op.GoName)
		require.Len(t, op.PathParams, strings.Count(op.Path, "{"), op.GoName)
		for _, param := range op.PathParams {
			require.True(t, param.Required, "%s %s", op.GoName, param.Name)
		}
		for _, param := range append(slices.Clone(op.PathParams), op.Query...) {
			require.Contains(t, []string{"string", "integer", "boolean", "date-time", "object", "[]string"}, param.Type, "%s %s", op.GoName, param.Name)
		}
		if op.Paginated {
			require.Contains(t, op.Result, "Page", op.GoName)
		}
		if op.Method == "GET" {
			require.Empty(t, op.Body, op.GoName)
			require.Equal(t, wire.IdempotencyNone, op.Idempotency, op.GoName)
		}
	}
	require.True(t, slices.IsSortedFunc(operations.All, func(a, b *wire.Operation) int {
		return slices.Compare([]string{a.API, a.Path, a.Method}, []string{b.API, b.Path, b.Method})
	}), "by API, path and method")
}
