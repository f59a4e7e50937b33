package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/expenses"
)

// ExpensesService reads expenses of every type and sets the memo of card expenses. Amounts are in
// minor units.
type ExpensesService struct {
	service
	api *expenses.Client
}

// Types of the Expenses service.
type (
	// Expense is an expense of any type; amounts are in minor units.
	Expense = expenses.ExpandableExpense
	// ExpenseListParams filters ExpensesService.List; zero fields are not sent.
	ExpenseListParams = expenses.ListExpensesParams
	// ExpenseGetParams says what ExpensesService.Get includes.
	ExpenseGetParams = expenses.GetExpenseParams
	// CardExpenseListParams filters ExpensesService.ListCard; zero fields are not sent.
	//
	// Deprecated: Use ExpenseListParams.
	CardExpenseListParams = expenses.ListCardExpensesParams
	// CardExpenseGetParams says what ExpensesService.GetCard includes.
	//
	// Deprecated: Use ExpenseGetParams.
	CardExpenseGetParams = expenses.GetCardExpenseParams
	// UpdateExpenseRequest holds the changes to a card expense.
	UpdateExpenseRequest = expenses.UpdateExpenseRequest
	// UpdatedExpense is a card expense in short form, as returned by an update.
	UpdatedExpense = expenses.Expense
	// ExpenseType says how the money of an expense was spent.
	ExpenseType = expenses.ExpenseType
	// ExpenseStatus says where an expense stands.
	ExpenseStatus = expenses.ExpenseStatus
	// ExpensePaymentStatus says where the payment of an expense stands.
	ExpensePaymentStatus = expenses.ExpensePaymentStatus
	// ExpenseCategory is the spending category of an expense.
	ExpenseCategory = expenses.Category
	// ExpenseMerchant is the merchant of an expense, as reported with the transaction.
	ExpenseMerchant = expenses.Merchant
	// ExpenseUser is a user of the company, in short form.
	ExpenseUser = expenses.User
	// ExpenseDepartment is a department of the company, in short form.
	ExpenseDepartment = expenses.Department
	// ExpenseLocation is a location of the company, in short form.
	ExpenseLocation = expenses.CustomerLocation
	// ExpensePlace is a place given by address, coordinates or both.
	ExpensePlace = expenses.Location
	// ExpenseCoordinates is a position on the globe.
	ExpenseCoordinates = expenses.LocationLatLong
	// ExpenseBudget is the budget of an expense, in short form.
	ExpenseBudget = expenses.Budget
	// ExpenseLegalEntity is a legal entity of the company, with its billing address and the state
	// of its verification.
	ExpenseLegalEntity = expenses.LegalEntity
	// ExpenseLegalEntityStatus is the state of a legal entity's verification.
	ExpenseLegalEntityStatus = expenses.LegalEntityStatus
	// ExpenseAddress is a postal address with an optional phone number.
	ExpenseAddress = expenses.Address
	// ExpensePayment is the payment behind an expense.
	ExpensePayment = expenses.Payment
	// ExpensePaymentInstrument says what an expense was paid with.
	ExpensePaymentInstrument = expenses.PaymentInstrument
	// CardPaymentInstrument is the card an expense was paid with.
	CardPaymentInstrument = expenses.CardPaymentInstrument
	// ExpensePaymentInstrumentType is the kind of payment instrument.
	ExpensePaymentInstrumentType = expenses.PaymentInstrumentType
	// ExpensePaymentStatusReason says why a payment was approved or declined.
	ExpensePaymentStatusReason = expenses.PaymentStatusReason
	// ExpenseRepayment is the repayment of an expense.
	ExpenseRepayment = expenses.Repayment
	// ExpenseReview is the review of an expense: its compliance, its reviewers and its approval.
	ExpenseReview = expenses.Review
	// ExpenseReviewers are the reviewers of an expense and the state of their review.
	ExpenseReviewers = expenses.ReviewerDetails
)

// List returns one page of expenses, at most 100. To keep a copy up to date, ask by UpdatedAtStart:
// the time of purchase misses later edits.
//
// It calls listExpenses, GET /v1/expenses. Scopes: expenses.card or expenses.card.readonly. Access:
// read.
func (s *ExpensesService) List(ctx context.Context, params ExpenseListParams, opts ...CallOption) (*Page[Expense], error) {
	return s.api.ListExpenses(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *ExpensesService) Pages(ctx context.Context, params ExpenseListParams, opts ...CallOption) iter.Seq2[*Page[Expense], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
func (s *ExpensesService) All(ctx context.Context, params ExpenseListParams, opts ...CallOption) iter.Seq2[Expense, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one expense of any type. Related objects are filled in as params.Expand asks.
//
// It calls getExpense, GET /v1/expenses/{id}. Scopes: expenses.card or expenses.card.readonly.
// Access: read.
func (s *ExpensesService) Get(ctx context.Context, id string, params ExpenseGetParams, opts ...CallOption) (*Expense, error) {
	return s.api.GetExpense(ctx, id, params, opts...)
}

// Update sets the memo of a card expense: Set("") clears it, Null does too where Brex accepts it,
// and the zero value leaves it alone.
//
// It calls updateExpense, PUT /v1/expenses/card/{expense_id}. Scopes: expenses.card. Access: write.
func (s *ExpensesService) Update(ctx context.Context, id string, req UpdateExpenseRequest, opts ...CallOption) (*UpdatedExpense, error) {
	return s.api.UpdateExpense(ctx, id, req, opts...)
}

// ListCard returns one page of card expenses, at most 100.
//
// It calls listExpenses_1, GET /v1/expenses/card. Scopes: expenses.card or expenses.card.readonly.
// Access: read.
//
// Deprecated: Use List with ExpenseType set to CARD.
func (s *ExpensesService) ListCard(ctx context.Context, params CardExpenseListParams, opts ...CallOption) (*Page[Expense], error) {
	return s.api.ListCardExpenses(ctx, params, opts...)
}

// PagesCard reads the pages of ListCard one after the other.
//
// Deprecated: Use Pages with ExpenseType set to CARD.
func (s *ExpensesService) PagesCard(ctx context.Context, params CardExpenseListParams, opts ...CallOption) iter.Seq2[*Page[Expense], error] {
	return pagesOf(ctx, params, params.Cursor, s.ListCard, opts)
}

// AllCard reads every item that ListCard would return, page by page.
//
// Deprecated: Use All with ExpenseType set to CARD.
func (s *ExpensesService) AllCard(ctx context.Context, params CardExpenseListParams, opts ...CallOption) iter.Seq2[Expense, error] {
	return items(s.PagesCard(ctx, params, opts...))
}

// GetCard returns one card expense.
//
// It calls getCardExpense, GET /v1/expenses/card/{expense_id}. Scopes: expenses.card or
// expenses.card.readonly. Access: read.
//
// Deprecated: Use Get.
func (s *ExpensesService) GetCard(ctx context.Context, id string, params CardExpenseGetParams, opts ...CallOption) (*Expense, error) {
	return s.api.GetCardExpense(ctx, id, params, opts...)
}
