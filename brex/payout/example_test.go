package payout_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/payout"
)

// Pay a file of invoices. Run it again after a crash, and it goes on where it was.
func Example() {
	ctx := context.Background()
	sandbox, client, closeIt := company()
	defer closeIt()
	folder, err := os.MkdirTemp("", "runs")
	check(err)
	dir, err := payout.OpenDir(filepath.Join(folder, "payouts"))
	check(err)

	rows, err := payout.ReadCSV(strings.NewReader("vendor,method,amount,currency,reference\n"+
		"Acme Office Supply,ACH,1250.00,USD,INV-1001\nHarbor Legal LLP,ACH,99.95,USD,INV-1002\n"), payout.CSVOptions{})
	check(err) // all problems with their line and column
	earlier, err := dir.Reports(ctx)
	check(err)
	plan, err := payout.NewPlan(ctx, client, rows,
		payout.PlanOptions{Earlier: earlier, Now: sandbox.Now})
	check(err)
	fmt.Println("to pay:", plan.Totals, "warnings:", len(plan.Warnings))
	check(dir.Save(ctx, plan))
	journal, err := dir.Journal(plan)
	check(err)
	check(payout.Approve(ctx, plan, journal, "Ada", len(plan.Warnings), nil))

	report, err := payout.Execute(ctx, client, plan, journal,
		payout.ExecuteOptions{Now: sandbox.Now})
	check(err) // ErrStopped: run it again; ErrDecision and ErrHalted: a person must look
	for _, p := range report.Lines {
		fmt.Println(p.Vendor.Name, p.Amount, p.State, p.Status)
	}
	fmt.Println("pending:", report.Sums[0].Pending)
	check(os.RemoveAll(folder))
	// Output:
	// to pay: [1349.95 USD] warnings: 0
	// Acme Office Supply 1250.00 USD ACCEPTED PENDING_APPROVAL
	// Harbor Legal LLP 99.95 USD ACCEPTED PENDING_APPROVAL
	// pending: 1349.95 USD
}

// company is a sandbox in the place of Brex.
func company() (sandbox *brextest.Handler, client *brex.Client, closeIt func()) {
	sandbox, err := brextest.NewHandler()
	check(err)
	server := httptest.NewServer(sandbox)
	client, err = brex.New(brex.WithToken(sandbox.Token()), brex.WithBaseURL(server.URL))
	check(err)
	return sandbox, client, server.Close
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
