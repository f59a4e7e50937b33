package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/transactions"
)

// StatementsService reads the statements of card and business (cash) accounts, each with its period
// and its balances in minor units.
type StatementsService struct {
	service
	api *transactions.Client
}

// Types of the Statements service.
type (
	// Statement is a statement of a card or business account for one period.
	Statement = transactions.Statement
	// StatementPeriod is the first and the last day of a statement.
	StatementPeriod = transactions.StatementPeriod
	// CardStatementListParams filters StatementsService.ListCard; zero fields are not sent.
	CardStatementListParams = transactions.ListPrimaryCardStatementsParams
	// CashStatementListParams filters StatementsService.ListCash; zero fields are not sent.
	CashStatementListParams = transactions.ListCashStatementsParams
)

// ListCard returns one page of statements of the primary card account, at most 1,000.
//
// It calls listPrimaryCardStatements, GET /v2/accounts/card/primary/statements. Scopes:
// statements.card.readonly. Access: read.
func (s *StatementsService) ListCard(ctx context.Context, params CardStatementListParams, opts ...CallOption) (*Page[Statement], error) {
	return s.api.ListPrimaryCardStatements(ctx, params, opts...)
}

// PagesCard reads the pages of ListCard one after the other.
func (s *StatementsService) PagesCard(ctx context.Context, params CardStatementListParams, opts ...CallOption) iter.Seq2[*Page[Statement], error] {
	return pagesOf(ctx, params, params.Cursor, s.ListCard, opts)
}

// AllCard reads every item that ListCard would return, page by page.
func (s *StatementsService) AllCard(ctx context.Context, params CardStatementListParams, opts ...CallOption) iter.Seq2[Statement, error] {
	return items(s.PagesCard(ctx, params, opts...))
}

// ListCash returns one page of statements of a business (cash) account, at most 1,000. A 401 can
// also mean that the business account is not enabled or that the user has the wrong role.
//
// It calls listCashStatements, GET /v2/accounts/cash/{id}/statements. Scopes:
// statements.cash.readonly. Access: read.
func (s *StatementsService) ListCash(ctx context.Context, accountID string, params CashStatementListParams, opts ...CallOption) (*Page[Statement], error) {
	return s.api.ListCashStatements(ctx, accountID, params, opts...)
}

// PagesCash reads the pages of ListCash one after the other.
func (s *StatementsService) PagesCash(ctx context.Context, accountID string, params CashStatementListParams, opts ...CallOption) iter.Seq2[*Page[Statement], error] {
	return pagesOf(ctx, params, params.Cursor, under(s.ListCash, accountID), opts)
}

// AllCash reads every item that ListCash would return, page by page.
func (s *StatementsService) AllCash(ctx context.Context, accountID string, params CashStatementListParams, opts ...CallOption) iter.Seq2[Statement, error] {
	return items(s.PagesCash(ctx, accountID, params, opts...))
}
