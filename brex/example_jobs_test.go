package brex_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"maps"
	"slices"
	"time"

	"github.com/brex-go/sdk/brex"
)

// Spend by merchant this month: amounts are minor units of a currency, so they are added, not multiplied.
func ExampleExpensesService_All_spendByMerchant() {
	client, closeIt := sandbox()
	defer closeIt()
	month := time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)

	spent := map[string]brex.Money{}
	for e, err := range client.Expenses.All(context.Background(), brex.ExpenseListParams{PurchasedAtStart: month, Expand: []string{"merchant"}}) {
		if err != nil {
			log.Fatal(err)
		}
		switch e.Status {
		case brex.ExpenseStatusVoid, brex.ExpenseStatusCanceled, brex.ExpenseStatusSplit: // the parts of a split expense are listed too
			continue
		}
		if e.BillingAmount == nil || e.Merchant == nil {
			continue
		}
		sum, err := spent[e.Merchant.RawDescriptor].Add(*e.BillingAmount)
		if err != nil { // two currencies: keep a sum for each
			log.Fatal(err)
		}
		spent[e.Merchant.RawDescriptor] = sum
	}
	for _, merchant := range slices.Sorted(maps.Keys(spent)) {
		fmt.Println(merchant, spent[merchant])
	}
	// Output:
	// Blue Bottle 17.00 USD
	// Example Cloud 99.00 USD
}

// All card expenses of this month that have no receipt, with whom to ask for it.
func ExampleExpensesService_All_missingReceipts() {
	client, closeIt := sandbox()
	defer closeIt()
	params := brex.ExpenseListParams{
		ExpenseType:      []brex.ExpenseType{brex.ExpenseTypeCard},
		PurchasedAtStart: time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC),
		Expand:           []string{"user"},
	}
	for e, err := range client.Expenses.All(context.Background(), params) {
		if err != nil {
			log.Fatal(err)
		}
		if len(e.Receipts) > 0 {
			continue
		}
		who := e.UserID
		if e.User != nil {
			who = e.User.FirstName
		}
		fmt.Println(e.ID, e.BillingAmount, who)
	}
	// Unordered output:
	// exp_2 99.00 USD Bob
	// exp_3 4.50 USD Ada
}

// The balances of all accounts. One answer that fails, for lack of a scope say, need not end the other.
func ExampleAccountsService() {
	client, closeIt := sandbox()
	defer closeIt()
	ctx := context.Background()

	if cash, err := client.Accounts.ListCash(ctx); err != nil {
		fmt.Println("cash accounts:", err)
	} else {
		for _, a := range cash.Items {
			fmt.Println(a.Name, "available", a.AvailableBalance, "account", a.AccountNumber)
		}
	}
	if cards, err := client.Accounts.ListCard(ctx); err != nil {
		fmt.Println("card accounts:", err)
	} else {
		for _, a := range cards {
			fmt.Println("Cards owe", a.CurrentBalance, "of", a.AccountLimit)
		}
	}
	// Output:
	// Operating available 99500.00 USD account [redacted]6789
	// Payroll available 25000.50 USD account [redacted]4321
	// Cards owe 1234.56 USD of 50000.00 USD
}

// All vendors, and how each is paid.
func ExampleVendorsService_All() {
	client, closeIt := sandbox()
	defer closeIt()
	for v, err := range client.Vendors.All(context.Background(), brex.VendorListParams{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(v.CompanyName)
		for _, account := range v.PaymentAccounts {
			switch d := account.Details.Value().(type) {
			case brex.ACHDetailsResponse:
				fmt.Println("  ACH to", d.RoutingNumber)
			case brex.DomesticWireDetailsResponse:
				fmt.Println("  wire to", d.RoutingNumber)
			case brex.ChequeDetailsResponse:
				fmt.Println("  cheque to", d.RecipientName)
			case brex.InternationalWireDetailsResponse:
				fmt.Println("  wire to", d.SwiftCode)
			case brex.Unknown: // new since this version of the package
				fmt.Println(" ", d.Type)
			}
		}
	}
	// Unordered output:
	// Acme Paper
	//   ACH to 021000021
	// Globex
}

// Add a vendor and pay its invoice by ACH. The idempotency keys come from what makes the payment unique, so that a run that
// breaks off can be started again: the vendor is there once and paid once.
func ExampleTransfersService_Create() {
	client, closeIt := sandbox()
	defer closeIt()
	ctx := context.Background()

	pay := func() (*brex.Transfer, error) {
		vendor, err := client.Vendors.Create(ctx, brex.CreateVendorRequest{
			CompanyName: "Initech",
			PaymentAccounts: []brex.PaymentAccountRequest{brex.PaymentAccountACH(brex.ACHDetails{
				RoutingNumber: "021000021", AccountNumber: brex.NewSecret("000555666777"), AccountType: brex.BankAccountTypeChecking, AccountClass: brex.BankAccountClassBusiness,
			})},
		}, brex.WithIdempotencyKey(brex.KeyFrom("vendor", "Initech")))
		if err != nil {
			return nil, err
		}
		instrument, ok := brex.PaymentInstrumentID(vendor.PaymentAccounts[0])
		if !ok {
			return nil, fmt.Errorf("vendor %s has no account to pay to", vendor.ID)
		}
		from, err := client.Accounts.PrimaryCash(ctx)
		if err != nil {
			return nil, err
		}
		return client.Transfers.Create(ctx, brex.CreateTransferRequest{
			Counterparty:       brex.CounterpartyVendor(instrument),
			OriginatingAccount: brex.OriginatingAccountCash(from.ID),
			Amount:             brex.Money{Amount: 125_000, Currency: "USD"}, // 1,250.00
			Description:        "Invoice 1042",
			ExternalMemo:       "INV-1042", // comes back as sent
		}, brex.WithIdempotencyKey(brex.KeyFrom("invoice", "Initech", "1042")))
	}

	first, err := pay()
	if err != nil {
		log.Fatal(err)
	}
	again, err := pay() // another run of the program
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(first.Amount, first.ExternalMemo, first.PaymentType)
	fmt.Println("paid once:", first.ID == again.ID)
	// Output:
	// 1250.00 USD INV-1042 ACH
	// paid once: true
}

// Users page by page, with the cursor to go on from in another run.
func ExampleUsersService_Pages() {
	client, closeIt := sandbox()
	defer closeIt()
	for page, err := range client.Users.Pages(context.Background(), brex.UserListParams{Limit: 2}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(len(page.Items), "users, more:", page.NextCursor != "")
	}
	// Output:
	// 2 users, more: true
	// 1 users, more: false
}

// Issue a virtual card for one supplier, 500.00 a month.
func ExampleCardsService_Create() {
	client, closeIt := sandbox()
	defer closeIt()
	card, err := client.Cards.Create(context.Background(), brex.CreateCardRequest{
		Owner:     brex.CardOwnerUser("user_ada"),
		CardName:  "Example Cloud",
		CardType:  brex.CardTypeVirtual,
		LimitType: brex.CardLimitTypeCard,
		SpendControls: &brex.SpendControlRequest{
			SpendLimit:    brex.Money{Amount: 50_000, Currency: "USD"},
			SpendDuration: brex.SpendDurationMonthly,
		},
	}, brex.WithIdempotencyKey(brex.KeyFrom("card", "user_ada", "Example Cloud")))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(card.CardName, card.SpendControls.SpendLimit, card.SpendControls.SpendDuration)
	// Output:
	// Example Cloud 500.00 USD MONTHLY
}

// Lock all cards of somebody who leaves. Cards that have ended stay as they are, and one that fails does not save the others.
func ExampleCardsService_Lock() {
	client, closeIt := sandbox()
	defer closeIt()
	ctx := context.Background()
	var failed []error
	for card, err := range client.Cards.All(ctx, brex.CardListParams{UserID: "user_bob"}) {
		if err != nil {
			log.Fatal(err)
		}
		if card.Status == brex.CardStatusLocked || card.Status == brex.CardStatusTerminated {
			continue
		}
		locked, err := client.Cards.Lock(ctx, card.ID, brex.LockCardRequest{Reason: brex.CardChangeReasonOther, Description: "left the company"})
		if err != nil {
			failed = append(failed, fmt.Errorf("card %s ending in %s: %w", card.ID, card.LastFour, err))
			continue
		}
		fmt.Println(locked.CardName, locked.Status)
	}
	if err := errors.Join(failed...); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Ads LOCKED
}

// Onboard a user: invite, then a monthly limit of 1,000.00.
func ExampleUsersService_Create() {
	client, closeIt := sandbox()
	defer closeIt()
	ctx := context.Background()
	user, err := client.Users.Create(ctx, brex.CreateUserRequest{FirstName: "Dee", LastName: "Hock", Email: "dee@example.com"},
		brex.WithIdempotencyKey(brex.KeyFrom("user", "dee@example.com")))
	if err != nil {
		log.Fatal(err)
	}
	limit, err := client.Users.SetLimit(ctx, user.ID, brex.SetUserLimitRequest{MonthlyLimit: brex.Set(brex.Money{Amount: 100_000, Currency: "USD"})})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(user.FirstName, user.Status, limit.MonthlyLimit)
	// Output:
	// Dee INVITED 1000.00 USD
}

// How much of each spend limit is used up. What is not known is nil, and not zero.
func ExampleSpendLimitsService_All() {
	client, closeIt := sandbox()
	defer closeIt()
	for limit, err := range client.SpendLimits.All(context.Background(), brex.SpendLimitListParams{}) {
		if err != nil {
			log.Fatal(err)
		}
		settings, balance := limit.AuthorizationSettings, limit.CurrentPeriodBalance
		if settings == nil || balance == nil || balance.AmountSpent == nil || settings.BaseLimit.IsZero() {
			fmt.Println(limit.Name, "unknown")
			continue
		}
		fmt.Printf("%s %v of %v, %d%%\n", limit.Name, balance.AmountSpent, settings.BaseLimit, balance.AmountSpent.Amount*100/settings.BaseLimit.Amount)
	}
	// Unordered output:
	// Ads 1500.00 USD of 2000.00 USD, 75%
	// Offsite unknown
}
