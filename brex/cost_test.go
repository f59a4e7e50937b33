//go:build !race

package brex_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/brex-go/sdk/brex"
)

// cost is what one run of f allocates: objects and bytes.
func cost(f func()) (allocs, bytes float64) {
	const runs = 50
	f() // fills the pools
	allocs = testing.AllocsPerRun(runs, f)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		f()
	}
	runtime.ReadMemStats(&after)
	return allocs, float64(after.TotalAlloc-before.TotalAlloc) / runs
}

// What a page costs against hand-written code, in figures that repeat: bytes at most 0.40, allocations at most 0.60 of the
// floor's, which on Go 1.27 has about half of those on Go 1.26. Times are for `make bench`.
func TestCostOfAPage(t *testing.T) {
	hc, client := benchClient(t, pageJSON(100))
	floorAllocs, floorBytes := cost(func() {
		if _, err := floorGet[floorPage](hc, brex.DefaultBaseURL+"/v1/expenses?limit=100"); err != nil {
			t.Fatal(err)
		}
	})
	allocs, bytes := cost(func() {
		if _, err := client.Expenses.List(context.Background(), brex.ExpenseListParams{Limit: 100}); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("floor %.0f allocs %.0f bytes; brex %.0f allocs (%.2f) %.0f bytes (%.2f)", floorAllocs, floorBytes, allocs, allocs/floorAllocs, bytes, bytes/floorBytes)
	if allocs > 0.60*floorAllocs || bytes > 0.40*floorBytes {
		t.Errorf("a page costs %.2f of the floor's allocations and %.2f of its bytes, above 0.60 and 0.40", allocs/floorAllocs, bytes/floorBytes)
	}
}

// One small read allocates less than hand-written code: at most 0.90 of its objects and bytes.
func TestCostOfAGet(t *testing.T) {
	hc, client := benchClient(t, []byte(`{"id":"expense_1","updated_at":"2026-10-01T12:34:56Z"}`))
	floorAllocs, floorBytes := cost(func() {
		if _, err := floorGet[floorExpense](hc, brex.DefaultBaseURL+"/v1/expenses/expense_1"); err != nil {
			t.Fatal(err)
		}
	})
	allocs, bytes := cost(func() {
		if _, err := client.Expenses.Get(context.Background(), "expense_1", brex.ExpenseGetParams{}); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("floor %.0f allocs %.0f bytes; brex %.0f allocs (%.2f) %.0f bytes (%.2f)", floorAllocs, floorBytes, allocs, allocs/floorAllocs, bytes, bytes/floorBytes)
	if allocs > 0.90*floorAllocs || bytes > 0.90*floorBytes {
		t.Errorf("a small read costs %.2f of the floor's allocations and %.2f of its bytes, above 0.90", allocs/floorAllocs, bytes/floorBytes)
	}
}
