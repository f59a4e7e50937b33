package brex_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/gen/documents"
	"github.com/brex-go/sdk/gen/operations"
)

// documentedOnly passes on what the documents know, and notes by API and Go name which operations were answered with success.
type documentedOnly struct {
	t    *testing.T
	mu   sync.Mutex
	done map[string]bool
}

func (d *documentedOnly) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	routers, err := documented()
	require.NoError(d.t, err)
	var found []string
	for _, api := range documents.APIs {
		if route, _, err := routers[api].FindRoute(relative(req, body)); err == nil {
			requireDocumented(d.t, api, req, body)
			found = append(found, api+"."+route.Operation.OperationID)
		}
	}
	require.Len(d.t, found, 1, "%s %s", req.Method, req.URL)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err == nil && res.StatusCode/100 == 2 {
		d.mu.Lock()
		d.done[found[0]] = true
		d.mu.Unlock()
	}
	return res, err
}

// got is what a call gives that must not fail.
func got[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// first is the first item of a page that must have one.
func first[T any](page *brex.Page[T], err error) T { return got(page, err).Items[0] }

// TestEveryMethodAgainstTheSandbox carries out all operations through the services, with success, and looks at what came of it.
func TestEveryMethodAgainstTheSandbox(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery(), brextest.WithSize(brextest.Size{Expenses: 350, CardTransactions: 300}))
	seen := &documentedOnly{t: t, done: map[string]bool{}}
	client := got(brex.New(brex.WithToken(server.Token()), brex.WithBaseURL(server.URL), brex.WithLimiter(nil),
		brex.WithHTTPClient(&http.Client{Transport: seen}), brex.WithZonedTimes(), brex.WithRetryPolicy(brex.RetryPolicy{MaxAttempts: 1})))
	for _, walk := range walks {
		walk(t, client)
	}
	for _, op := range operations.All {
		require.True(t, seen.done[op.API+"."+op.GoName], "%s was not carried out", op.ID)
	}
	require.Len(t, seen.done, len(operations.All))
}

// walks carry out every operation.
var walks = []func(*testing.T, *brex.Client){walkTeam, walkCards, walkBudgets, walkExpenses, walkFields, walkAccounting, walkTravel, walkOnboarding,
	walkTransactions, walkPayments, walkWebhooks}

var twelveFifty = brex.Money{Amount: 1250, Currency: "USD"}

func walkTeam(t *testing.T, c *brex.Client) {
	ctx := t.Context()
	me := got(c.Users.Me(ctx, brex.UserMeParams{}))
	require.Equal(t, me.ID, got(c.Users.Get(ctx, me.ID, brex.UserGetParams{})).ID)
	department := got(c.Departments.Create(ctx, brex.CreateDepartmentRequest{Name: "Analysis"}))
	require.Equal(t, department, got(c.Departments.Get(ctx, department.ID)))
	require.Equal(t, *department, first(c.Departments.List(ctx, brex.DepartmentListParams{Name: "Analysis"})))
	location := got(c.Locations.Create(ctx, brex.CreateLocationRequest{Name: "Oslo"}))
	require.Equal(t, location, got(c.Locations.Get(ctx, location.ID)))
	require.Equal(t, *location, first(c.Locations.List(ctx, brex.LocationListParams{Name: "Oslo"})))
	title := got(c.Titles.Create(ctx, brex.CreateTitleRequest{Name: "Countess"}))
	require.Equal(t, title, got(c.Titles.Get(ctx, title.ID)))
	require.Equal(t, *title, first(c.Titles.List(ctx, brex.TitleListParams{Name: "Countess"})))
	entity := first(c.LegalEntities.List(ctx, brex.LegalEntityListParams{}))
	require.Equal(t, entity.ID, got(c.LegalEntities.Get(ctx, entity.ID)).ID)
	require.NotEmpty(t, got(c.Company.Get(ctx)).ID)

	user := got(c.Users.Create(ctx, brex.CreateUserRequest{FirstName: "Ada", LastName: "Byron", Email: "ada@x.example", ManagerID: me.ID, DepartmentID: department.ID,
		LocationID: location.ID, TitleID: title.ID, LegalEntityID: entity.ID, Metadata: map[string]string{"hr": "7"}}))
	require.Equal(t, user.ID, first(c.Users.List(ctx, brex.UserListParams{Email: "ada@x.example", DepartmentIDs: []string{department.ID}})).ID)
	require.Equal(t, &twelveFifty, got(c.Users.SetLimit(ctx, user.ID, brex.SetUserLimitRequest{MonthlyLimit: brex.Set(twelveFifty)})).MonthlyLimit)
	got(c.Users.SetLimit(ctx, user.ID, brex.SetUserLimitRequest{MonthlyLimit: brex.Null[brex.Money]()}))
	require.Nil(t, got(c.Users.Limit(ctx, user.ID)).MonthlyLimit)
	got(c.Users.Update(ctx, user.ID, brex.UpdateUserRequest{Status: brex.Set(brex.UpdateUserStatusDisabled), ManagerID: brex.Null[string]()}))
	gone := got(c.Users.Get(ctx, user.ID, brex.UserGetParams{}))
	require.Equal(t, brex.UserStatusDisabled, gone.Status)
	require.Empty(t, gone.ManagerID)
	require.Equal(t, title.ID, gone.TitleID, "left alone")
}

func walkCards(t *testing.T, c *brex.Client) {
	ctx := t.Context()
	me := got(c.Users.Me(ctx, brex.UserMeParams{}))
	card := got(c.Cards.Create(ctx, brex.CreateCardRequest{Owner: brex.CardOwnerUser(me.ID), CardName: "Tools", CardType: brex.CardTypePhysical, LimitType: brex.CardLimitTypeCard,
		SpendControls:  &brex.SpendControlRequest{SpendLimit: twelveFifty, SpendDuration: brex.SpendDurationMonthly},
		MailingAddress: &brex.Address{Line1: "1 Main St", City: "Reno", State: "NV", Country: "US", PostalCode: "89501"}}))
	owner, ok := card.Owner.AsUserOwner()
	require.True(t, ok)
	require.Equal(t, me.ID, owner.UserID)
	require.Contains(t, got(brex.Collect(c.Cards.All(ctx, brex.CardListParams{UserID: me.ID}))), *got(c.Cards.Get(ctx, card.ID)))
	changed := got(c.Cards.Update(ctx, card.ID, brex.UpdateCardRequest{SpendControls: brex.Set(brex.SpendControlUpdateRequest{SpendLimit: brex.Set(brex.Money{Amount: 9, Currency: "USD"})})}))
	require.Equal(t, int64(9), changed.SpendControls.SpendLimit.Amount)
	require.Equal(t, brex.SpendDurationMonthly, changed.SpendControls.SpendDuration, "left alone")
	require.Len(t, got(c.Cards.Number(ctx, card.ID)).Number.Reveal(), 16)
	require.NoError(t, c.Cards.EmailNumber(ctx, card.ID, brex.EmailCardNumberRequest{RecipientEmail: "ada@x.example", SenderName: "Finance", ExpiryDays: brex.Ptr(1)}))
	require.Equal(t, brex.CardStatusLocked, got(c.Cards.Lock(ctx, card.ID, brex.LockCardRequest{Reason: brex.CardChangeReasonCardLost})).Status)
	require.NotEqual(t, brex.CardStatusLocked, got(c.Cards.Unlock(ctx, card.ID)).Status)
	require.Equal(t, brex.CardStatusTerminated, got(c.Cards.Terminate(ctx, card.ID, brex.TerminateCardRequest{Reason: brex.CardChangeReasonFraud})).Status)
}

func walkBudgets(t *testing.T, c *brex.Client) {
	ctx := t.Context()
	user := got(c.Users.Me(ctx, brex.UserMeParams{})).ID
	above := first(c.Budgets.List(ctx, brex.BudgetListParams{}))
	budget := got(c.Budgets.Create(ctx, brex.CreateBudgetRequest{Name: "B", Description: "d", ParentBudgetID: above.BudgetID, Amount: twelveFifty,
		PeriodRecurrenceType: brex.BudgetPeriodRecurrenceTypeMonthly, OwnerUserIDs: []string{user}}))
	got(c.Budgets.Update(ctx, budget.BudgetID, brex.UpdateBudgetRequest{Name: brex.Set("C")}))
	require.Equal(t, "C", got(c.Budgets.Get(ctx, budget.BudgetID)).Name)
	require.NoError(t, c.Budgets.Archive(ctx, budget.BudgetID))

	limit := got(c.SpendLimits.Create(ctx, brex.CreateSpendLimitRequest{Name: "L", ParentBudgetID: above.BudgetID, ExpensePolicyID: "p", OwnerUserIDs: []string{user}, MemberUserIDs: []string{user},
		PeriodRecurrenceType: brex.SpendLimitPeriodRecurrenceTypePerMonth, SpendType: brex.SpendTypeNonBudgetProvisionedCardsAllowed,
		AuthorizationVisibility: brex.AuthorizationVisibilityPublic, AutoCreateLimitCardsSetting: brex.AutoCreateLimitCardsSettingDisabled,
		AutoTransferCardsSetting: brex.AutoTransferCardsSettingDisabled, ExpenseVisibility: brex.ExpenseVisibilityShared, LimitIncreaseSetting: brex.LimitIncreaseSettingEnabled,
		TransactionLimit: &twelveFifty, AuthorizationSettings: brex.AuthorizationSettingsRequest{BaseLimit: twelveFifty,
			AuthorizationType: brex.AuthorizationTypeHard, RolloverRefreshRate: brex.RolloverRefreshRateOff}}))
	got(c.SpendLimits.Update(ctx, limit.ID, brex.UpdateSpendLimitRequest{TransactionLimit: brex.Null[brex.Money]()}))
	now := got(c.SpendLimits.Get(ctx, limit.ID))
	require.Nil(t, now.TransactionLimit)
	require.Equal(t, twelveFifty, now.AuthorizationSettings.BaseLimit)
	require.Contains(t, got(brex.Collect(c.SpendLimits.All(ctx, brex.SpendLimitListParams{MemberUserIDs: []string{user}}))), *now)
	require.NoError(t, c.SpendLimits.Archive(ctx, limit.ID))

	require.NotEmpty(t, first(c.SpendLimitsV1.List(ctx, brex.SpendLimitV1ListParams{})).BudgetID)
	v1 := got(c.SpendLimitsV1.Create(ctx, brex.CreateSpendLimitV1Request{Name: "V1", Description: "d", ParentBudgetID: above.BudgetID, PeriodType: brex.BudgetPeriodTypeWeekly,
		Limit: twelveFifty, LimitType: brex.BudgetLimitTypeHard, SpendType: brex.SpendTypeBudgetProvisionedCardsOnly, LimitVisibility: brex.BudgetLimitVisibilityTypeShared}))
	got(c.SpendLimitsV1.Update(ctx, v1.BudgetID, brex.UpdateSpendLimitV1Request{Limit: brex.Set(brex.Money{Amount: 99, Currency: "USD"})}))
	require.Equal(t, int64(99), got(c.SpendLimitsV1.Get(ctx, v1.BudgetID)).Limit.Amount)
	require.NoError(t, c.SpendLimitsV1.Archive(ctx, v1.BudgetID))

	require.NotEmpty(t, first(c.BudgetPrograms.List(ctx, brex.BudgetProgramListParams{})).ID)
	program := got(c.BudgetPrograms.Create(ctx, brex.CreateBudgetProgramRequest{Name: "P", BudgetBlueprints: []brex.CreateBudgetBlueprintRequest{{Limit: twelveFifty,
		LimitType: brex.BudgetLimitTypeHard, LimitVisibility: brex.BudgetLimitVisibilityTypePrivate, PeriodType: brex.BudgetPeriodTypeMonthly, SpendType: brex.SpendTypeBudgetProvisionedCardsOnly}}}))
	got(c.BudgetPrograms.Update(ctx, program.ID, brex.UpdateBudgetProgramRequest{Description: brex.Set("new")}))
	require.Equal(t, "new", got(c.BudgetPrograms.Get(ctx, program.ID)).Description)
	require.Equal(t, program.ID, got(c.BudgetPrograms.Delete(ctx, program.ID)).ID)
}

func walkExpenses(t *testing.T, c *brex.Client) {
	ctx := t.Context()
	require.NotEmpty(t, got(c.Expenses.List(ctx, brex.ExpenseListParams{Limit: 100})).Items)
	expense := first(c.Expenses.ListCard(ctx, brex.CardExpenseListParams{})).ID
	require.Equal(t, expense, got(c.Expenses.GetCard(ctx, expense, brex.CardExpenseGetParams{})).ID)
	got(c.Expenses.Update(ctx, expense, brex.UpdateExpenseRequest{Memo: brex.Set("x")}))
	require.Equal(t, "x", got(c.Expenses.Get(ctx, expense, brex.ExpenseGetParams{})).Memo)
	before := len(got(c.Expenses.Get(ctx, expense, brex.ExpenseGetParams{})).Receipts)
	got(c.Receipts.Upload(ctx, expense, brex.FileFromReader("a.pdf", strings.NewReader("%PDF-1.7"), -1)))
	require.Len(t, got(c.Expenses.Get(ctx, expense, brex.ExpenseGetParams{})).Receipts, before+1)
	got(c.Receipts.Match(ctx, brex.FileFromReader("b.pdf", strings.NewReader("%PDF-1.7"), -1)))
}

func walkFields(t *testing.T, c *brex.Client) {
	ctx := t.Context()
	require.NotEmpty(t, first(c.Fields.List(ctx, brex.FieldListParams{})).BrexID)
	field := got(c.Fields.Create(ctx, brex.CreateFieldRequest{Name: "Region", Group: brex.FieldGroupERP, RemoteID: "R1"})).BrexID
	got(c.Fields.Update(ctx, field, brex.UpdateFieldRequest{IsDisabled: brex.Set(true)}))
	require.True(t, got(c.Fields.Get(ctx, field)).IsDisabled)
	got(c.FieldValues.Create(ctx, field, brex.CreateFieldValuesRequest{Items: []brex.NewFieldValue{{Value: "EMEA", ValueID: "v1"}, {Value: "APAC", RemoteID: "r1"}}}))
	value := first(c.FieldValues.List(ctx, field, brex.FieldValueListParams{ValueIDs: []string{"v1"}})).BrexID
	got(c.FieldValues.Update(ctx, field, brex.UpdateFieldValuesRequest{Items: []brex.FieldValueUpdate{brex.FieldValueUpdateByValueID("v1", brex.FieldValueChanges{Value: brex.Set("EU")}),
		brex.FieldValueUpdateByRemoteID("r1", brex.FieldValueChanges{IsDisabled: brex.Set(true)})}}))
	require.Equal(t, "EU", got(c.FieldValues.Get(ctx, field, value)).Value)
	require.NoError(t, c.FieldValues.Delete(ctx, field, brex.DeleteFieldValuesRequest{Items: []brex.FieldValueDeletion{brex.FieldValueDeletionByBrexID(value), brex.FieldValueDeletionByRemoteID("r1")}}))
	require.Empty(t, got(brex.Collect(c.FieldValues.All(ctx, field, brex.FieldValueListParams{}))))
	require.NoError(t, c.Fields.Delete(ctx, field))
}

func walkAccounting(t *testing.T, c *brex.Client) {
	ctx := t.Context()
	made := got(c.AccountingIntegrations.Create(ctx, brex.CreateAccountingIntegrationRequest{Vendor: "NETSUITE", VendorAccountID: "1"}))
	require.NotEqual(t, made.Status, got(c.AccountingIntegrations.Disconnect(ctx, made.IntegrationID)).Status)
	require.Equal(t, made.Status, got(c.AccountingIntegrations.Reactivate(ctx, made.IntegrationID)).Status)
	record := first(c.AccountingRecords.List(ctx, brex.AccountingRecordListParams{ReviewStatus: brex.AccountingReviewStatusReadyForExport})).ID
	report := got(c.AccountingRecords.ReportExportResults(ctx, brex.ReportExportResultsRequest{Results: []brex.ExportResult{brex.ExportResultSuccess(record, brex.ExportSuccessDetails{ReferenceID: "JE-1"})}}))
	require.Equal(t, []string{record}, report.UpdatedAccountingRecordIDs)
	require.Equal(t, brex.AccountingReviewStatusExported, got(c.AccountingRecords.Get(ctx, record, brex.AccountingRecordGetParams{})).ReviewStatus)
}

func walkTravel(t *testing.T, c *brex.Client) {
	ctx := t.Context()
	trip := first(c.Trips.List(ctx, brex.TripListParams{LastUpdatedAfter: someDay.AddDate(-1, 0, 0)})).ID
	require.Equal(t, trip, got(c.Trips.Get(ctx, trip)).ID)
	booking := first(c.Bookings.List(ctx, trip, brex.BookingListParams{}))
	require.Equal(t, booking, *got(c.Bookings.Get(ctx, trip, booking.ID)))
}

func walkOnboarding(t *testing.T, c *brex.Client) {
	ctx := t.Context()
	made := got(c.Referrals.Create(ctx, brex.CreateReferralRequest{ReferralCode: "abc", Applicant: brex.ReferralApplicant{Email: "f@x.example", FirstName: "F", LastName: "X"}}))
	require.Equal(t, made.ID, got(c.Referrals.Get(ctx, made.ID)).ID)
	require.Equal(t, made.ID, first(c.Referrals.List(ctx, brex.ReferralListParams{})).ID)
	up := got(c.Referrals.UploadDocument(ctx, made.ID, brex.ReferralDocumentTypeIRSEINConfirmation, brex.FileFromReader("ein.pdf", strings.NewReader("%PDF-1.7"), -1)))
	require.NoError(t, c.Referrals.ProcessEINDocument(ctx, made.ID, brex.ProcessEINDocumentRequest{DocumentID: up.ID}))
}

func walkTransactions(t *testing.T, c *brex.Client) {
	ctx := t.Context()
	require.NotEmpty(t, got(c.Accounts.ListCard(ctx)))
	primary := got(c.Accounts.PrimaryCash(ctx))
	require.Contains(t, got(c.Accounts.ListCash(ctx)).Items, *got(c.Accounts.GetCash(ctx, primary.ID)))
	require.NotEmpty(t, first(c.Statements.ListCard(ctx, brex.CardStatementListParams{})).ID)
	require.NotEmpty(t, first(c.Statements.ListCash(ctx, primary.ID, brex.CashStatementListParams{})).ID)
	require.NotEmpty(t, first(c.Transactions.ListCard(ctx, brex.CardTransactionListParams{})).ID)
	require.NotEmpty(t, first(c.Transactions.ListCash(ctx, primary.ID, brex.CashTransactionListParams{})).ID)
}

func walkPayments(t *testing.T, c *brex.Client) {
	ctx := t.Context()
	vendor := got(c.Vendors.Create(ctx, brex.CreateVendorRequest{CompanyName: "V Inc", PaymentAccounts: []brex.PaymentAccountRequest{brex.PaymentAccountACH(brex.ACHDetails{
		RoutingNumber: "021000021", AccountNumber: brex.NewSecret("12345678"), AccountType: brex.BankAccountTypeChecking, AccountClass: brex.BankAccountClassBusiness})}}))
	got(c.Vendors.Update(ctx, vendor.ID, brex.UpdateVendorRequest{Phone: brex.Set("1")}))
	require.Equal(t, "1", got(c.Vendors.Get(ctx, vendor.ID)).Phone)
	require.Equal(t, vendor.ID, first(c.Vendors.List(ctx, brex.VendorListParams{Name: "V Inc"})).ID)
	instrument, ok := brex.PaymentInstrumentID(vendor.PaymentAccounts[0])
	require.True(t, ok)
	account := got(c.Accounts.PrimaryCash(ctx)).ID
	transfer := got(c.Transfers.Create(ctx, brex.CreateTransferRequest{Counterparty: brex.CounterpartyVendor(instrument), Amount: twelveFifty, Description: "d", ExternalMemo: "INV-1",
		OriginatingAccount: brex.OriginatingAccountCash(account)}))
	require.Equal(t, "INV-1", got(c.Transfers.Get(ctx, transfer.ID)).ExternalMemo)
	require.Equal(t, transfer.ID, first(c.Transfers.List(ctx, brex.TransferListParams{})).ID)
	bank := first(c.LinkedAccounts.List(ctx, brex.LinkedAccountListParams{})).ID
	pulled := got(c.IncomingTransfers.Create(ctx, brex.CreateIncomingTransferRequest{Counterparty: brex.IncomingTransferCounterpartyBank(bank), ReceivingAccount: brex.ReceivingAccountCash(account),
		Amount: twelveFifty, Description: "d"}))
	require.Equal(t, twelveFifty, pulled.Amount)
	require.NoError(t, c.Vendors.Delete(ctx, vendor.ID))
	_, err := c.Vendors.Get(ctx, vendor.ID)
	require.ErrorIs(t, err, brex.ErrNotFound)
}

func walkWebhooks(t *testing.T, c *brex.Client) {
	ctx := t.Context()
	group := got(c.WebhookGroups.Create(ctx, brex.CreateWebhookGroupRequest{Name: "G"})).ID
	require.Equal(t, group, first(c.WebhookGroups.List(ctx, brex.WebhookGroupListParams{})).ID)
	require.Equal(t, "G", got(c.WebhookGroups.Get(ctx, group)).Name)
	members := []brex.WebhookGroupMemberRequest{{MemberID: "cuacc_1", MemberType: brex.WebhookGroupMemberTypeAccount}}
	require.NoError(t, c.WebhookGroups.AddMembers(ctx, group, brex.AddWebhookGroupMembersRequest{Members: members}))
	require.Len(t, got(brex.Collect(c.WebhookGroups.AllMembers(ctx, group, brex.WebhookGroupMemberListParams{}))), 1)
	require.NoError(t, c.WebhookGroups.RemoveMembers(ctx, group, brex.RemoveWebhookGroupMembersRequest{Members: members}))
	types := []brex.WebhookEventType{brex.WebhookEventTypeUserUpdated}
	hook := got(c.Webhooks.Create(ctx, brex.CreateWebhookRequest{URL: "https://x.example/hook", EventTypes: types})).ID
	got(c.Webhooks.Update(ctx, hook, brex.UpdateWebhookRequest{URL: "https://x.example/2", EventTypes: types, Status: brex.UpdateWebhookStatusInactive}))
	require.Equal(t, "https://x.example/2", got(c.Webhooks.Get(ctx, hook)).URL)
	require.Equal(t, hook, first(c.Webhooks.List(ctx, brex.WebhookListParams{})).ID)
	require.NotEmpty(t, got(c.Webhooks.Secrets(ctx))[0].Secret.Reveal())
	require.NoError(t, c.Webhooks.Delete(ctx, hook))
	require.NoError(t, c.WebhookGroups.Delete(ctx, group))
}
