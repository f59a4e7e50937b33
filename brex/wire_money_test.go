package brex_test

import (
	"context"
	"time"

	"github.com/brex-go/sdk/brex"
)

var someDay = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

var transactionsWire = []wireCase{
	{"listCardAccounts", func(ctx context.Context, c *brex.Client) (any, error) { return c.Accounts.ListCard(ctx) }},
	{"listAccounts", func(ctx context.Context, c *brex.Client) (any, error) { return c.Accounts.ListCash(ctx) }},
	{"getPrimaryAccount", func(ctx context.Context, c *brex.Client) (any, error) { return c.Accounts.PrimaryCash(ctx) }},
	{"getAccount", func(ctx context.Context, c *brex.Client) (any, error) { return c.Accounts.GetCash(ctx, "acc_1") }},
	{"listPrimaryCardStatements", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Statements.ListCard(ctx, brex.CardStatementListParams{Cursor: "c", Limit: 12})
	}},
	{"listCashStatements", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Statements.ListCash(ctx, "acc_1", brex.CashStatementListParams{Limit: 12})
	}},
	{"listPrimaryCardTransactions", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Transactions.ListCard(ctx, brex.CardTransactionListParams{UserIDs: []string{"u1", "u2"}, PostedAtStart: someDay, Expand: []string{"expense_id"}, Limit: 100})
	}},
	{"listCashTransactions", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Transactions.ListCash(ctx, "acc_1", brex.CashTransactionListParams{PostedAtStart: someDay, Cursor: "c"})
	}},
}

var paymentsWire = []wireCase{
	{"listVendors", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Vendors.List(ctx, brex.VendorListParams{Name: "Acme", Limit: 50})
	}},
	{"getVendorById", func(ctx context.Context, c *brex.Client) (any, error) { return c.Vendors.Get(ctx, "vendor_1") }},
	{"createVendor", func(ctx context.Context, c *brex.Client) (any, error) {
		address := brex.PaymentAddress{Line1: "1 Main St", City: "Reno", State: "NV", Country: "US", PostalCode: "89501"}
		return c.Vendors.Create(ctx, brex.CreateVendorRequest{CompanyName: "Acme", Email: "ar@acme.example", Phone: "+1 555 0100", PaymentAccounts: []brex.PaymentAccountRequest{
			brex.PaymentAccountACH(brex.ACHDetails{RoutingNumber: "021000021", AccountNumber: brex.NewSecret("12345678"), AccountType: brex.BankAccountTypeChecking, AccountClass: brex.BankAccountClassBusiness,
				BeneficiaryName: "Acme Inc"}),
			brex.PaymentAccountDomesticWire(brex.DomesticWireDetails{RoutingNumber: "021000021", AccountNumber: brex.NewSecret("12345678"), Address: address}),
			brex.PaymentAccountCheque(brex.ChequeDetails{MailingAddress: address, RecipientName: "Acme Inc"}),
		}})
	}},
	{"updateVendor", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Vendors.Update(ctx, "vendor_1", brex.UpdateVendorRequest{CompanyName: brex.Set("Acme Ltd"), Email: brex.Null[string](), BeneficiaryName: brex.Set("Acme Ltd"),
			PaymentAccounts: brex.Set([]brex.PaymentAccountRequest{brex.PaymentAccountACH(brex.ACHDetails{RoutingNumber: "021000021", AccountNumber: brex.NewSecret("1"), AccountType: brex.BankAccountTypeSaving,
				AccountClass: brex.BankAccountClassPersonal})})})
	}},
	{"deleteVendor", func(ctx context.Context, c *brex.Client) (any, error) { return done(c.Vendors.Delete(ctx, "vendor_1")) }},
	{"listTransfers", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Transfers.List(ctx, brex.TransferListParams{Cursor: "c", Limit: 9})
	}},
	{"getTransfersById", func(ctx context.Context, c *brex.Client) (any, error) { return c.Transfers.Get(ctx, "tr_1") }},
	{"createTransfer", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Transfers.Create(ctx, brex.CreateTransferRequest{Counterparty: brex.CounterpartyVendor("pi_1"), Amount: brex.Money{Amount: 1250, Currency: "USD"}, Description: "Invoice 7",
			ExternalMemo: "INV-7", OriginatingAccount: brex.OriginatingAccountCash("acc_1"), ApprovalType: brex.ApprovalTypeManual, IsPPROEnabled: brex.Ptr(false)})
	}},
	{"createIncomingTransfer", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.IncomingTransfers.Create(ctx, brex.CreateIncomingTransferRequest{Counterparty: brex.IncomingTransferCounterpartyBank("bank_1"), ReceivingAccount: brex.ReceivingAccountCash("acc_1"),
			Amount: brex.Money{Amount: 100}, Description: "top up"})
	}},
	{"listLinkedAccounts", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.LinkedAccounts.List(ctx, brex.LinkedAccountListParams{Limit: 3})
	}},
}

var expensesWire = []wireCase{
	{"listExpenses", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Expenses.List(ctx, brex.ExpenseListParams{Expand: []string{"merchant", "receipts.download_uris"}, UserIDs: []string{"u1"}, ParentExpenseIDs: []string{"e0"}, BudgetIDs: []string{"b1"},
			SpendingEntityIDs: []string{"le1"}, ExpenseType: []brex.ExpenseType{brex.ExpenseTypeCard, brex.ExpenseTypeReimbursement}, Status: []brex.ExpenseStatus{brex.ExpenseStatusSettled},
			PaymentStatus: []brex.ExpensePaymentStatus{brex.ExpensePaymentStatusCleared}, PurchasedAtStart: someDay, PurchasedAtEnd: someDay, UpdatedAtStart: someDay, UpdatedAtEnd: someDay,
			PaymentPostedAtStart: someDay, PaymentPostedAtEnd: someDay, LoadCustomFields: true, Cursor: "c", Limit: 100})
	}},
	{"getExpense", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Expenses.Get(ctx, "exp_1", brex.ExpenseGetParams{Expand: []string{"user", "payment"}, LoadCustomFields: true})
	}},
	{"updateExpense", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Expenses.Update(ctx, "exp_1", brex.UpdateExpenseRequest{Memo: brex.Set("Team lunch")})
	}},
	{"listExpenses_1", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Expenses.ListCard(ctx, brex.CardExpenseListParams{UserIDs: []string{"u1"}, PurchasedAtStart: someDay, Limit: 100})
	}},
	{"getCardExpense", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Expenses.GetCard(ctx, "exp_1", brex.CardExpenseGetParams{Expand: []string{"budget"}})
	}},
	{"receiptUpload", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Receipts.CreateUpload(ctx, "exp_1", brex.ReceiptUploadRequest{ReceiptName: "lunch.jpg"})
	}},
	{"receiptMatch", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Receipts.CreateMatch(ctx, brex.ReceiptMatchRequest{ReceiptName: "lunch.jpg"})
	}},
}

var budgetsWire = []wireCase{
	{"listSpendBudgets", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Budgets.List(ctx, brex.BudgetListParams{Limit: 1000})
	}},
	{"getSpendBudgetById", func(ctx context.Context, c *brex.Client) (any, error) { return c.Budgets.Get(ctx, "budget_1") }},
	{"createSpendBudget", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Budgets.Create(ctx, brex.CreateBudgetRequest{Name: "Travel", Description: "all trips", ParentBudgetID: "budget_0", OwnerUserIDs: []string{"u1"},
			PeriodRecurrenceType: brex.BudgetPeriodRecurrenceTypeQuarterly, Amount: brex.Money{Amount: 10_000_00, Currency: "USD"}, LimitType: brex.BudgetLimitTypeHard,
			StartDate: brex.DateOf(someDay), EndDate: brex.DateOf(someDay.AddDate(1, 0, 0))})
	}},
	{"updateSpendBudget", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Budgets.Update(ctx, "budget_1", brex.UpdateBudgetRequest{Amount: brex.Set(brex.Money{Amount: 1}), EndDate: brex.Null[brex.Date](), OwnerUserIDs: brex.Set([]string{"u1"})})
	}},
	{"archiveSpendBudget", func(ctx context.Context, c *brex.Client) (any, error) {
		return done(c.Budgets.Archive(ctx, "budget_1"))
	}},
	{"listSpendLimits", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.SpendLimits.List(ctx, brex.SpendLimitListParams{MemberUserIDs: []string{"u1", "u2"}, Limit: 7})
	}},
	{"getSpendLimitById", func(ctx context.Context, c *brex.Client) (any, error) { return c.SpendLimits.Get(ctx, "sl_1") }},
	{"createSpendLimit", func(ctx context.Context, c *brex.Client) (any, error) {
		percent, err := brex.ParseDecimal("12.5")
		if err != nil {
			return nil, err
		}
		return c.SpendLimits.Create(ctx, brex.CreateSpendLimitRequest{Name: "Ads", PeriodRecurrenceType: brex.SpendLimitPeriodRecurrenceTypePerMonth,
			AuthorizationSettings: brex.AuthorizationSettingsRequest{BaseLimit: brex.Money{Amount: 500_00, Currency: "USD"}, LimitBufferPercentage: &percent,
				AuthorizationType: brex.AuthorizationTypeHard, RolloverRefreshRate: brex.RolloverRefreshRateOff},
			ExpenseVisibility: brex.ExpenseVisibilityShared, AuthorizationVisibility: brex.AuthorizationVisibilityPublic, TransactionLimit: &brex.Money{Amount: 100_00},
			LimitIncreaseSetting: brex.LimitIncreaseSettingEnabled, SpendType: brex.SpendTypeBudgetProvisionedCardsOnly, AutoTransferCardsSetting: brex.AutoTransferCardsSettingDisabled,
			AutoCreateLimitCardsSetting: brex.AutoCreateLimitCardsSettingAllMembers, OwnerUserIDs: []string{"u1"}, MemberUserIDs: []string{"u2"}, ExpensePolicyID: "policy_1"})
	}},
	{"updateSpendLimit", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.SpendLimits.Update(ctx, "sl_1", brex.UpdateSpendLimitRequest{
			AuthorizationSettings:    brex.Set(brex.UpdateAuthorizationSettingsRequest{BaseLimit: brex.Set(brex.Money{Amount: 600_00})}),
			MerchantCategoryControls: brex.Set(brex.MerchantCategoryControls{BlockedMerchantCategories: []string{"GAMBLING"}}), TransactionLimit: brex.Null[brex.Money]()})
	}},
	{"archiveSpendLimit", func(ctx context.Context, c *brex.Client) (any, error) {
		return done(c.SpendLimits.Archive(ctx, "sl_1"))
	}},
	{"listBudgetPrograms", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.BudgetPrograms.List(ctx, brex.BudgetProgramListParams{Cursor: "c"})
	}},
	{"getBudgetProgramById", func(ctx context.Context, c *brex.Client) (any, error) { return c.BudgetPrograms.Get(ctx, "bp_1") }},
	{"createBudgetProgram", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.BudgetPrograms.Create(ctx, brex.CreateBudgetProgramRequest{Name: "Perks", EmployeeFilter: &brex.EmployeeFilter{EmploymentType: brex.EmploymentTypeFullTime},
			BudgetBlueprints: []brex.CreateBudgetBlueprintRequest{{Name: "Gym", PeriodType: brex.BudgetPeriodTypeMonthly, Limit: brex.Money{Amount: 50_00}, LimitType: brex.BudgetLimitTypeSoft,
				SpendType: brex.SpendTypeNonBudgetProvisionedCardsAllowed, LimitVisibility: brex.BudgetLimitVisibilityTypePrivate}}})
	}},
	{"updateBudgetProgram", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.BudgetPrograms.Update(ctx, "bp_1", brex.UpdateBudgetProgramRequest{Name: brex.Set("Perks 2"),
			BudgetBlueprints: brex.Set([]brex.UpdateBudgetBlueprintRequest{{ID: brex.Set("bb_1"), Limit: brex.Set(brex.Money{Amount: 60_00})}})})
	}},
	{"deleteBudgetProgram", func(ctx context.Context, c *brex.Client) (any, error) { return c.BudgetPrograms.Delete(ctx, "bp_1") }},
	{"listBudgets", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.SpendLimitsV1.List(ctx, brex.SpendLimitV1ListParams{Limit: 5})
	}},
	{"getBudgetById", func(ctx context.Context, c *brex.Client) (any, error) { return c.SpendLimitsV1.Get(ctx, "sl_1") }},
	{"createBudget", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.SpendLimitsV1.Create(ctx, brex.CreateSpendLimitV1Request{Name: "Ads", ParentBudgetID: "budget_1", MemberUserIDs: []string{"u1"}, PeriodType: brex.BudgetPeriodTypeMonthly,
			Limit: brex.Money{Amount: 1}, LimitType: brex.BudgetLimitTypeHard, SpendType: brex.SpendTypeBudgetProvisionedCardsOnly, LimitVisibility: brex.BudgetLimitVisibilityTypeShared})
	}},
	{"updateBudget", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.SpendLimitsV1.Update(ctx, "sl_1", brex.UpdateSpendLimitV1Request{Limit: brex.Set(brex.Money{Amount: 2}), Description: brex.Set("")})
	}},
	{"archiveBudget", func(ctx context.Context, c *brex.Client) (any, error) {
		return done(c.SpendLimitsV1.Archive(ctx, "sl_1"))
	}},
}
