package brex_test

import (
	"context"
	"fmt"
	"log"
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex"
)

// Export what is ready to the accounting system, and tell Brex how it went, one result for each record. Amounts are in major
// units here.
func ExampleAccountingRecordsService_ReportExportResults() {
	client, closeIt := sandbox()
	defer closeIt()
	ctx := context.Background()
	book := func(r brex.AccountingRecord) (reference string, err error) { // yours
		if r.ID == "rec_2" {
			return "", fmt.Errorf("the period is closed")
		}
		return "bill-" + r.ID, nil
	}

	var results []brex.ExportResult
	for r, err := range client.AccountingRecords.All(ctx, brex.AccountingRecordListParams{ReviewStatus: brex.AccountingReviewStatusReadyForExport}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.ID, r.Amount.Amount, r.Amount.Currency)
		if reference, err := book(r); err != nil {
			results = append(results, brex.ExportResultFailure(r.ID, err.Error()))
		} else {
			results = append(results, brex.ExportResultSuccess(r.ID, brex.ExportSuccessDetails{ReferenceID: reference}))
		}
	}
	if len(results) == 0 {
		return
	}
	report, err := client.AccountingRecords.ReportExportResults(ctx, brex.ReportExportResultsRequest{Results: results})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(report.UpdatedAccountingRecordIDs), "reported")
	// Unordered output:
	// rec_1 12.5 USD
	// rec_2 99.00 USD
	// 2 reported
}

// Keep the values of a field like those of another system: add what is new, rename what changed, disable what is gone.
func ExampleFieldValuesService_Update() {
	client, closeIt := sandbox()
	defer closeIt()
	ctx := context.Background()
	field, err := client.Fields.Create(ctx, brex.CreateFieldRequest{Name: "Project", Group: brex.FieldGroupAccounting})
	if err != nil {
		log.Fatal(err)
	}

	sync := func(projects map[string]string) { // name by id in the other system
		var update []brex.FieldValueUpdate
		known := map[string]bool{}
		for v, err := range client.FieldValues.All(ctx, field.BrexID, brex.FieldValueListParams{}) {
			if err != nil {
				log.Fatal(err)
			}
			if v.RemoteID == "" {
				continue // not of the other system
			}
			known[v.RemoteID] = true
			name, there := projects[v.RemoteID]
			if name != v.Value && there || there == v.IsDisabled {
				changes := brex.FieldValueChanges{IsDisabled: brex.Set(!there)}
				if there {
					changes.Value = brex.Set(name)
				}
				update = append(update, brex.FieldValueUpdateByRemoteID(v.RemoteID, changes))
			}
		}
		var create []brex.NewFieldValue
		for id, name := range projects {
			if !known[id] {
				create = append(create, brex.NewFieldValue{Value: name, RemoteID: id})
			}
		}
		for some := range slices.Chunk(create, 1000) { // one call takes 1,000 at the most
			if _, err := client.FieldValues.Create(ctx, field.BrexID, brex.CreateFieldValuesRequest{Items: some}); err != nil {
				log.Fatal(err)
			}
		}
		for some := range slices.Chunk(update, 1000) {
			if _, err := client.FieldValues.Update(ctx, field.BrexID, brex.UpdateFieldValuesRequest{Items: some}); err != nil {
				log.Fatal(err)
			}
		}
		fmt.Println(len(create), "new,", len(update), "changed")
	}
	sync(map[string]string{"7": "Apollo", "8": "Gemini"})
	sync(map[string]string{"7": "Apollo 11"})
	sync(map[string]string{"7": "Apollo 11"})
	// Output:
	// 2 new, 0 changed
	// 0 new, 2 changed
	// 0 new, 0 changed
}

// Attach a receipt to a card expense. Any file will do: brex.FileFromPath, brex.FileFromFile or, as here, a reader.
func ExampleReceiptsService_Upload() {
	client, closeIt := sandbox()
	defer closeIt()
	ctx := context.Background()
	file := brex.FileFromReader("hosting.pdf", strings.NewReader("%PDF-1.7 ..."), -1)
	up, err := client.Receipts.Upload(ctx, "exp_2", file)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(up.Size, "bytes of", up.ContentType)
	// Output:
	// 12 bytes of application/pdf
}

// Set a memo, and clear another.
func ExampleExpensesService_Update() {
	client, closeIt := sandbox()
	defer closeIt()
	ctx := context.Background()

	e, err := client.Expenses.Update(ctx, "exp_2", brex.UpdateExpenseRequest{Memo: brex.Set("October hosting")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", e.Memo)
	e, err = client.Expenses.Update(ctx, "exp_1", brex.UpdateExpenseRequest{Memo: brex.Set("")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", e.Memo)
	// Output:
	// "October hosting"
	// ""
}
