package brex

import (
	"context"

	"github.com/brex-go/sdk/gen/transactions"
)

// AccountsService reads card accounts and business (cash) accounts with their balances. All amounts
// are in minor units.
type AccountsService struct {
	service
	api *transactions.Client
}

// Types of the Accounts service.
type (
	// CardAccount is a card account of the company.
	CardAccount = transactions.CardAccount
	// CashAccount is a business (cash) account of the company.
	CashAccount = transactions.CashAccount
	// AccountStatus is the state of an account.
	AccountStatus = transactions.Status
)

// ListCard returns the card accounts of the company with balances and limits, all at once, because
// the operation has no pages.
//
// It calls listCardAccounts, GET /v2/accounts/card. Scopes: accounts.card.readonly. Access: read.
func (s *AccountsService) ListCard(ctx context.Context, opts ...CallOption) ([]CardAccount, error) {
	return s.api.ListCardAccounts(ctx, opts...)
}

// ListCash returns the business (cash) accounts of the company with balances, all at once: the
// response has the form of a page, but the operation accepts no cursor. Account numbers are Secret.
// A 401 can also mean that the business account is not enabled or that the user has the wrong role.
//
// It calls listAccounts, GET /v2/accounts/cash. Scopes: accounts.cash.readonly. Access: read.
func (s *AccountsService) ListCash(ctx context.Context, opts ...CallOption) (*Page[CashAccount], error) {
	return s.api.ListCashAccounts(ctx, opts...)
}

// GetCash returns one business (cash) account. Its account number is Secret. A 401 can also mean
// that the business account is not enabled or that the user has the wrong role.
//
// It calls getAccount, GET /v2/accounts/cash/{id}. Scopes: accounts.cash.readonly. Access: read.
func (s *AccountsService) GetCash(ctx context.Context, id string, opts ...CallOption) (*CashAccount, error) {
	return s.api.GetCashAccount(ctx, id, opts...)
}

// PrimaryCash returns the primary business (cash) account of the company. Its account number is
// Secret. A 401 can also mean that the business account is not enabled or that the user has the
// wrong role.
//
// It calls getPrimaryAccount, GET /v2/accounts/cash/primary. Scopes: accounts.cash.readonly.
// Access: read.
func (s *AccountsService) PrimaryCash(ctx context.Context, opts ...CallOption) (*CashAccount, error) {
	return s.api.GetPrimaryCashAccount(ctx, opts...)
}
