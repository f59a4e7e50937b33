package brex

import (
	"context"

	"github.com/brex-go/sdk/gen/expenses"
	"github.com/brex-go/sdk/gen/operations"
)

// ReceiptsService attaches receipts to card expenses. Upload and Match do so in one call;
// CreateUpload and CreateMatch return only the address to send the file to.
type ReceiptsService struct {
	service
	api *expenses.Client
}

// Types of the Receipts service.
type (
	// Receipt is a receipt attached to an expense.
	Receipt = expenses.Receipt
	// UploadLink is the address to PUT the file of a receipt to, and the id of the upload.
	UploadLink = expenses.CreateAsyncFileUploadResponse
	// ReceiptUploadRequest is the receipt to attach to the expense.
	ReceiptUploadRequest = expenses.ReceiptUploadRequest
	// ReceiptMatchRequest is the receipt to match to an expense.
	ReceiptMatchRequest = expenses.ReceiptMatchRequest
)

// CreateUpload announces a receipt for one card expense and returns the address to PUT its file to:
// good for 30 minutes and one file of at most 50 MB. The PUT must not carry the Brex token. Brex
// declares no idempotency key for it, so it is not retried after a broken connection: check its
// effect before you repeat it.
//
// It calls receiptUpload, POST /v1/expenses/card/{expense_id}/receipt_upload. Scopes: none
// documented. Access: write.
func (s *ReceiptsService) CreateUpload(ctx context.Context, expenseID string, req ReceiptUploadRequest, opts ...CallOption) (*UploadLink, error) {
	return s.api.ReceiptUpload(ctx, expenseID, req, opts...)
}

// CreateMatch announces a receipt whose expense Brex is to find and returns the address to PUT its
// file to: good for 30 minutes and one file of at most 50 MB. The PUT must not carry the Brex
// token. Matching comes later; its result is not part of any response. Brex declares no idempotency
// key for it, so it is not retried after a broken connection: check its effect before you repeat
// it.
//
// It calls receiptMatch, POST /v1/expenses/card/receipt_match. Scopes: none documented. Access:
// write.
func (s *ReceiptsService) CreateMatch(ctx context.Context, req ReceiptMatchRequest, opts ...CallOption) (*UploadLink, error) {
	return s.api.ReceiptMatch(ctx, req, opts...)
}

// Upload attaches a file to a card expense as its receipt: CreateUpload, then a PUT of the file to
// the address it gives, which is repeated as the retry policy allows, and once more with a new
// address if the first has expired (if a response was lost before that, the file can arrive twice).
// Empty files and those above 50 MB are refused before anything is sent. WithTimeout limits the
// time in which nothing is transferred, not the whole upload. The upload host never sees the Brex
// token, nor anything that call options set; see WithUploadTransport. A failure to send the file
// there is ErrUpload. Brex processes the receipt later.
func (s *ReceiptsService) Upload(ctx context.Context, expenseID string, file File, opts ...CallOption) (*Upload, error) {
	return s.upload(ctx, operations.ReceiptUpload, file, func(ctx context.Context, name string, opts ...CallOption) (id, uri string, err error) {
		l, err := s.CreateUpload(ctx, expenseID, ReceiptUploadRequest{ReceiptName: name}, opts...)
		if err != nil {
			return "", "", err
		}
		return l.ID, l.URI.Reveal(), nil
	}, opts)
}

// Match sends Brex a receipt whose expense it is to find: CreateMatch, then a PUT of the file as in
// Upload. Whether Brex finds one is not part of any response: look for the receipt on the expenses
// later.
func (s *ReceiptsService) Match(ctx context.Context, file File, opts ...CallOption) (*Upload, error) {
	return s.upload(ctx, operations.ReceiptMatch, file, func(ctx context.Context, name string, opts ...CallOption) (id, uri string, err error) {
		l, err := s.CreateMatch(ctx, ReceiptMatchRequest{ReceiptName: name}, opts...)
		if err != nil {
			return "", "", err
		}
		return l.ID, l.URI.Reveal(), nil
	}, opts)
}
