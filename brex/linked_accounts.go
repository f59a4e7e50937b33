package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/payments"
)

// LinkedAccountsService reads the bank accounts outside Brex that are connected to the company.
type LinkedAccountsService struct {
	service
	api *payments.Client
}

// Types of the LinkedAccounts service.
type (
	// LinkedAccount is a bank account outside Brex that is connected to the company.
	LinkedAccount = payments.BankConnection
	// LinkedAccountListParams filters LinkedAccountsService.List; zero fields are not sent.
	LinkedAccountListParams = payments.ListLinkedAccountsParams
	// LinkedAccountBank is the name of the bank of a linked account, and the type of that account.
	LinkedAccountBank = payments.BankDetails
	// LinkedAccountType says whether a linked account is a checking account (CHECKING) or a savings
	// account (SAVING).
	LinkedAccountType = payments.BankType
	// LinkedAccountBalance is the balance of a linked account on a given day.
	LinkedAccountBalance = payments.Balance
)

// List returns one page of linked accounts with their balances where these are known, in minor
// units, at most 1,000. IncomingTransferCounterpartyBank accepts their ids.
//
// It calls listLinkedAccounts, GET /v1/linked_accounts. Scopes: linked_accounts.readonly. Access:
// read.
func (s *LinkedAccountsService) List(ctx context.Context, params LinkedAccountListParams, opts ...CallOption) (*Page[LinkedAccount], error) {
	return s.api.ListLinkedAccounts(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *LinkedAccountsService) Pages(ctx context.Context, params LinkedAccountListParams, opts ...CallOption) iter.Seq2[*Page[LinkedAccount], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
func (s *LinkedAccountsService) All(ctx context.Context, params LinkedAccountListParams, opts ...CallOption) iter.Seq2[LinkedAccount, error] {
	return items(s.Pages(ctx, params, opts...))
}
