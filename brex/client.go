package brex

import (
	"fmt"
	"os"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/accounting"
	"github.com/brex-go/sdk/gen/budgets"
	"github.com/brex-go/sdk/gen/expenses"
	"github.com/brex-go/sdk/gen/fields"
	"github.com/brex-go/sdk/gen/onboarding"
	"github.com/brex-go/sdk/gen/payments"
	"github.com/brex-go/sdk/gen/team"
	"github.com/brex-go/sdk/gen/transactions"
	"github.com/brex-go/sdk/gen/travel"
	"github.com/brex-go/sdk/gen/webhooks"
)

// Client is a client for the Brex API, with one service for each kind of resource. Make it with New
// or NewFromEnv. It is safe for concurrent use.
type Client struct {
	Accounts     *AccountsService
	Statements   *StatementsService
	Transactions *TransactionsService

	Cards         *CardsService
	Users         *UsersService
	Departments   *DepartmentsService
	Locations     *LocationsService
	Titles        *TitlesService
	LegalEntities *LegalEntitiesService
	Company       *CompanyService

	Budgets        *BudgetsService
	SpendLimits    *SpendLimitsService
	BudgetPrograms *BudgetProgramsService
	// Deprecated: Brex deprecated it in October 2024. Use SpendLimits.
	SpendLimitsV1 *SpendLimitsV1Service

	Expenses    *ExpensesService
	Receipts    *ReceiptsService
	Fields      *FieldsService
	FieldValues *FieldValuesService

	Vendors           *VendorsService
	Transfers         *TransfersService
	IncomingTransfers *IncomingTransfersService
	LinkedAccounts    *LinkedAccountsService

	Referrals     *ReferralsService
	Trips         *TripsService
	Bookings      *BookingsService
	Webhooks      *WebhooksService
	WebhookGroups *WebhookGroupsService

	AccountingIntegrations *AccountingIntegrationsService
	AccountingRecords      *AccountingRecordsService

	caller *caller
}

// New returns a client. It does no I/O. It needs a token, from WithToken or WithTokenSource; every
// option is checked, and an invalid one is an ErrUsage.
func New(opts ...Option) (*Client, error) {
	cfg, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	c := &Client{caller: &caller{cfg: cfg, send: cfg.assemble()}}
	c.services(cfg)
	return c, nil
}

// services sets up the fields of the client.
func (c *Client) services(cfg *config) {
	svc := service{cfg}
	accountingAPI := accounting.NewClient(c.caller)
	budgetsAPI := budgets.NewClient(c.caller)
	expensesAPI := expenses.NewClient(c.caller)
	fieldsAPI := fields.NewClient(c.caller)
	onboardingAPI := onboarding.NewClient(c.caller)
	paymentsAPI := payments.NewClient(c.caller)
	teamAPI := team.NewClient(c.caller)
	transactionsAPI := transactions.NewClient(c.caller)
	travelAPI := travel.NewClient(c.caller)
	webhooksAPI := webhooks.NewClient(c.caller)
	c.Accounts = &AccountsService{svc, transactionsAPI}
	c.Statements = &StatementsService{svc, transactionsAPI}
	c.Transactions = &TransactionsService{svc, transactionsAPI}
	c.Cards = &CardsService{svc, teamAPI}
	c.Users = &UsersService{svc, teamAPI}
	c.Departments = &DepartmentsService{svc, teamAPI}
	c.Locations = &LocationsService{svc, teamAPI}
	c.Titles = &TitlesService{svc, teamAPI}
	c.LegalEntities = &LegalEntitiesService{svc, teamAPI}
	c.Company = &CompanyService{svc, teamAPI}
	c.Budgets = &BudgetsService{svc, budgetsAPI}
	c.SpendLimits = &SpendLimitsService{svc, budgetsAPI}
	c.BudgetPrograms = &BudgetProgramsService{svc, budgetsAPI}
	c.SpendLimitsV1 = &SpendLimitsV1Service{svc, budgetsAPI}
	c.Expenses = &ExpensesService{svc, expensesAPI}
	c.Receipts = &ReceiptsService{svc, expensesAPI}
	c.Fields = &FieldsService{svc, fieldsAPI}
	c.FieldValues = &FieldValuesService{svc, fieldsAPI}
	c.Vendors = &VendorsService{svc, paymentsAPI}
	c.Transfers = &TransfersService{svc, paymentsAPI}
	c.IncomingTransfers = &IncomingTransfersService{svc, paymentsAPI}
	c.LinkedAccounts = &LinkedAccountsService{svc, paymentsAPI}
	c.Referrals = &ReferralsService{svc, onboardingAPI}
	c.Trips = &TripsService{svc, travelAPI}
	c.Bookings = &BookingsService{svc, travelAPI}
	c.Webhooks = &WebhooksService{svc, webhooksAPI}
	c.WebhookGroups = &WebhookGroupsService{svc, webhooksAPI}
	c.AccountingIntegrations = &AccountingIntegrationsService{svc, accountingAPI}
	c.AccountingRecords = &AccountingRecordsService{svc, accountingAPI}
}

// NewFromEnv returns a client with the token in BREX_TOKEN and, if that is set, the base URL in
// BREX_BASE_URL. The given options override both.
func NewFromEnv(opts ...Option) (*Client, error) {
	token := os.Getenv("BREX_TOKEN")
	if token == "" {
		return nil, usageError("BREX_TOKEN is not set; make a user token in the Brex dashboard, under Developer, and export it")
	}
	env := []Option{func(c *config) error {
		if err := WithToken(token)(c); err != nil {
			return fmt.Errorf("BREX_TOKEN: %w", err)
		}
		return nil
	}}
	if base := os.Getenv("BREX_BASE_URL"); base != "" {
		env = append(env, WithBaseURL(base))
	}
	return New(append(env, opts...)...)
}

// Caller returns the pipeline under the services, for a client of a package below gen:
//
//	raw := team.NewClient(client.Caller())
//
// Calls of that client pass through the same checks, guards, retries and limits, return the same
// errors, and accept the same options.
func (c *Client) Caller() wire.Caller { return c.caller }

// String returns the host and nothing else, because a client holds a token.
func (c *Client) String() string { return "brex.Client(" + c.caller.cfg.baseURL.Host + ")" }

// GoString returns String, so that no verb prints the token.
func (c *Client) GoString() string { return c.String() }
