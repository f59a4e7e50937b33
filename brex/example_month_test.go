package brex_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/money"
)

// Pay a file of invoices by ACH. All lines are read before the first is paid, and each has its idempotency key: whatever fails, mend
// it and run the program again with the same file, on the same day: Brex does not say how long it remembers a key.
func ExampleTransfersService_Create_file() {
	client, closeIt := sandbox()
	defer closeIt()
	ctx := context.Background()
	file := strings.NewReader("vendor,invoice,amount\nAcme Paper,1042,1250.00\nAcme Paper,1043,80.50\n")

	accounts := map[string]string{} // what to pay a vendor to, by its name
	for v, err := range client.Vendors.All(ctx, brex.VendorListParams{}) {
		if err != nil {
			log.Fatal(err)
		}
		for _, account := range v.PaymentAccounts {
			id, ok := brex.PaymentInstrumentID(account)
			if _, byACH := account.Details.Value().(brex.ACHDetailsResponse); byACH && ok {
				accounts[v.CompanyName] = id
			}
		}
	}
	cash, err := client.Accounts.PrimaryCash(ctx)
	if err != nil {
		log.Fatal(err)
	}

	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		log.Fatal(err)
	}
	var payments []brex.CreateTransferRequest
	var keys []string
	for i, line := range lines[1:] {
		vendor, invoice := line[0], line[1]
		amount, err := money.ParseIn(line[2], money.USD)
		if err != nil {
			log.Fatalf("line %d: %v", i+2, err)
		}
		if accounts[vendor] == "" {
			log.Fatalf("line %d: no vendor %q that is paid by ACH", i+2, vendor)
		}
		payments = append(payments, brex.CreateTransferRequest{
			Counterparty:       brex.CounterpartyVendor(accounts[vendor]),
			OriginatingAccount: brex.OriginatingAccountCash(cash.ID),
			Amount:             amount,
			Description:        "Invoice " + invoice,
			ExternalMemo:       "INV-" + invoice,
		})
		keys = append(keys, brex.KeyFrom("invoice", vendor, invoice))
	}

	for i, payment := range payments {
		transfer, err := client.Transfers.Create(ctx, payment, brex.WithIdempotencyKey(keys[i]))
		var e *brex.Error
		switch {
		case err == nil:
			fmt.Println(transfer.ExternalMemo, transfer.Amount, transfer.Status)
		case errors.As(err, &e) && e.Outcome() == brex.OutcomeUnknown:
			fmt.Println(payment.ExternalMemo, "may have been paid: run this again, and it is paid once")
		default:
			fmt.Println(payment.ExternalMemo, "was not paid:", err)
		}
	}
	// Output:
	// INV-1042 1250.00 USD PROCESSING
	// INV-1043 80.50 USD PROCESSING
}

// Reconcile a month: every card transaction against the expense that it belongs to.
func ExampleTransactionsService_BackfillCard() {
	client, closeIt := sandbox()
	defer closeIt()
	ctx := context.Background()
	from := time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(0, 1, 0)

	posted := map[string]brex.Expense{}
	options := brex.ExpenseBackfillOptions{
		By:     brex.ByPosting,
		Filter: brex.ExpenseListParams{ExpenseType: []brex.ExpenseType{brex.ExpenseTypeCard}},
	}
	for e, err := range client.Expenses.Backfill(ctx, from, to, options) {
		if err != nil {
			log.Fatal(err)
		}
		posted[e.ID] = e
	}
	for tx, err := range client.Transactions.BackfillCard(ctx, from, to, brex.CardTransactionBackfillOptions{}) {
		if err != nil {
			log.Fatal(err)
		}
		expense, ok := posted[tx.ExpenseID]
		delete(posted, tx.ExpenseID)
		switch {
		case tx.ExpenseID == "": // a payment towards the account, a fee
			fmt.Println(tx.ID, tx.Type, tx.Amount)
		case !ok || expense.BillingAmount == nil:
			fmt.Println(tx.ID, "has no expense that was posted this month:", tx.ExpenseID)
		case !tx.Amount.Equal(*expense.BillingAmount):
			fmt.Println(tx.ID, "is", tx.Amount, "and its expense", expense.BillingAmount)
		}
	}
	for id := range posted {
		fmt.Println(id, "has no transaction")
	}
	// Unordered output:
	// tx_2 is 108.90 USD and its expense 99.00 USD
	// tx_3 COLLECTION -5000.00 USD
}
