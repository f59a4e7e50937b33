package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/transactions"
)

// TransactionsService reads settled transactions of the primary card account and of business (cash)
// accounts. Pending ones are not listed by Brex. Amounts are in minor units.
type TransactionsService struct {
	service
	api *transactions.Client
}

// Types of the Transactions service.
type (
	// CardTransaction is a settled transaction of the card account.
	CardTransaction = transactions.CardTransaction
	// CardTransactionType is the kind of card transaction.
	CardTransactionType = transactions.CardTransactionType
	// CashTransaction is a settled transaction of a business (cash) account.
	CashTransaction = transactions.CashTransaction
	// CashTransactionType is the kind of business account transaction.
	CashTransactionType = transactions.CashTransactionType
	// TransactionMerchant is the merchant of a card transaction, as the card network reports it.
	TransactionMerchant = transactions.Merchant
	// CardTransactionListParams filters TransactionsService.ListCard; zero fields are not sent.
	CardTransactionListParams = transactions.ListPrimaryCardTransactionsParams
	// CashTransactionListParams filters TransactionsService.ListCash; zero fields are not sent.
	CashTransactionListParams = transactions.ListCashTransactionsParams
)

// ListCard returns one page of settled transactions of the primary card account, at most 1,000.
// PostedAtStart has no counterpart for the end: drop later rows yourself by PostedAtDate. Rows can
// repeat or be missed while new ones arrive between two pages.
//
// It calls listPrimaryCardTransactions, GET /v2/transactions/card/primary. Scopes:
// transactions.card.readonly. Access: read.
func (s *TransactionsService) ListCard(ctx context.Context, params CardTransactionListParams, opts ...CallOption) (*Page[CardTransaction], error) {
	return s.api.ListPrimaryCardTransactions(ctx, params, opts...)
}

// PagesCard reads the pages of ListCard one after the other.
func (s *TransactionsService) PagesCard(ctx context.Context, params CardTransactionListParams, opts ...CallOption) iter.Seq2[*Page[CardTransaction], error] {
	return pagesOf(ctx, params, params.Cursor, s.ListCard, opts)
}

// AllCard reads every item that ListCard would return, page by page.
func (s *TransactionsService) AllCard(ctx context.Context, params CardTransactionListParams, opts ...CallOption) iter.Seq2[CardTransaction, error] {
	return items(s.PagesCard(ctx, params, opts...))
}

// ListCash returns one page of settled transactions of a business (cash) account, at most 1,000.
// PostedAtStart has no counterpart for the end: drop later rows yourself by PostedAtDate. Rows can
// repeat or be missed while new ones arrive between two pages.
//
// It calls listCashTransactions, GET /v2/transactions/cash/{id}. Scopes:
// transactions.cash.readonly. Access: read.
func (s *TransactionsService) ListCash(ctx context.Context, accountID string, params CashTransactionListParams, opts ...CallOption) (*Page[CashTransaction], error) {
	return s.api.ListCashTransactions(ctx, accountID, params, opts...)
}

// PagesCash reads the pages of ListCash one after the other.
func (s *TransactionsService) PagesCash(ctx context.Context, accountID string, params CashTransactionListParams, opts ...CallOption) iter.Seq2[*Page[CashTransaction], error] {
	return pagesOf(ctx, params, params.Cursor, under(s.ListCash, accountID), opts)
}

// AllCash reads every item that ListCash would return, page by page.
func (s *TransactionsService) AllCash(ctx context.Context, accountID string, params CashTransactionListParams, opts ...CallOption) iter.Seq2[CashTransaction, error] {
	return items(s.PagesCash(ctx, accountID, params, opts...))
}
