package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/payments"
)

// TransfersService sends money from business (cash) accounts and reads transfers.
type TransfersService struct {
	service
	api *payments.Client
}

// Types of the Transfers service.
type (
	// Transfer is money sent out of, or pulled into, a business (cash) account; amounts are in
	// minor units.
	Transfer = payments.Transfer
	// TransferListParams filters TransfersService.List; zero fields are not sent.
	TransferListParams = payments.ListTransfersParams
	// CreateTransferRequest is a transfer to make; its amount is in minor units.
	CreateTransferRequest = payments.CreateTransferRequest
	// TransferStatus is the state of a transfer.
	TransferStatus = payments.TransferStatus
	// TransferCancellationReason says why a transfer was cancelled.
	TransferCancellationReason = payments.TransferCancellationReason
	// PaymentType says how the money of a transfer travels.
	PaymentType = payments.PaymentType
	// ApprovalType says how a transfer is approved.
	ApprovalType = payments.ApprovalType
	// Counterparty is the receiver of a transfer, made with CounterpartyVendor, CounterpartyAccount
	// or CounterpartyInstrument.
	Counterparty = payments.CounterParty
	// CounterpartyType is the kind of receiver of a transfer.
	CounterpartyType = payments.CounterPartyType
	// VendorDetails is a payment account of a vendor as the receiver of a transfer.
	VendorDetails = payments.VendorDetails
	// BookTransferDetails is another account as the receiver of a book transfer.
	BookTransferDetails = payments.BookTransferDetails
	// Recipient is the receiver of a book transfer.
	Recipient = payments.Recipient
	// RecipientType says what the id of a recipient names.
	RecipientType = payments.RecipientType
	// OriginatingAccount is the account the money of a transfer leaves, made with
	// OriginatingAccountCash.
	OriginatingAccount = payments.OriginatingAccount
	// OriginatingAccountType is the kind of account the money leaves.
	OriginatingAccountType = payments.OriginatingAccountType
	// BrexCashAccountDetails is the Brex business account the money leaves.
	BrexCashAccountDetails = payments.BrexCashAccountDetails
	// CounterpartyResponse is the other side of a transfer: switch on the type of its Value.
	CounterpartyResponse = payments.CounterPartyResponse
	// CounterpartyResponseType is the kind of other side of a transfer.
	CounterpartyResponseType = payments.CounterPartyResponseType
	// VendorDetailsResponse is a vendor as the other side of a transfer.
	VendorDetailsResponse = payments.VendorDetailsResponse
	// BookTransferDetailsResponse is the account on the other side of a book transfer.
	BookTransferDetailsResponse = payments.BookTransferDetailsResponse
	// BankAccountDetailsResponse is a bank account as the other side of a transfer.
	BankAccountDetailsResponse = payments.BankAccountDetailsResponse
	// BeneficiaryBank is the bank that holds the account of the other side of a transfer.
	BeneficiaryBank = payments.BeneficiaryBank
	// OriginatingAccountResponse is the Brex account of a transfer.
	OriginatingAccountResponse = payments.OriginatingAccountResponse
	// OriginatingAccountResponseType is the kind of Brex account of a transfer.
	OriginatingAccountResponseType = payments.OriginatingAccountResponseType
	// BrexCashAccountDetailsResponse is the Brex business account of a transfer.
	BrexCashAccountDetailsResponse = payments.BrexCashAccountDetailsResponse
)

// List returns one page of transfers, at most 1,000. Brex has no filters here and leaves book
// transfers out: Get returns those by id.
//
// It calls listTransfers, GET /v1/transfers. Scopes: incoming_transfers or transfers.readonly.
// Access: read.
func (s *TransfersService) List(ctx context.Context, params TransferListParams, opts ...CallOption) (*Page[Transfer], error) {
	return s.api.ListTransfers(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *TransfersService) Pages(ctx context.Context, params TransferListParams, opts ...CallOption) iter.Seq2[*Page[Transfer], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
func (s *TransfersService) All(ctx context.Context, params TransferListParams, opts ...CallOption) iter.Seq2[Transfer, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one transfer with its present status. ExternalMemo comes back as it was sent,
// Description does not.
//
// It calls getTransfersById, GET /v1/transfers/{id}. Scopes: incoming_transfers or
// transfers.readonly. Access: read.
func (s *TransfersService) Get(ctx context.Context, id string, opts ...CallOption) (*Transfer, error) {
	return s.api.GetTransfer(ctx, id, opts...)
}

// Create sends money to a payment account of a vendor, or to another account as a book transfer.
// Amount is positive and in minor units. Description and ExternalMemo must be ASCII; ExternalMemo
// has at most 90 characters and is the place for a reference of yours, because Brex rewrites
// Description. For cheques ExternalMemo has at most 40: that is not checked here, because the
// request does not say how the vendor is paid, and Brex refuses a longer one (ErrInvalid). With
// ApprovalType MANUAL an admin approves the transfer in Brex before money moves. Brex allows 1,000
// transfers and 100 international wires in 24 hours. Always set an idempotency key of your own, see
// KeyFrom: without one, a second run of your program pays twice. How long Brex remembers a key is
// not documented.
//
// It calls createTransfer, POST /v1/transfers. Scopes: transfers. Access: money.
func (s *TransfersService) Create(ctx context.Context, req CreateTransferRequest, opts ...CallOption) (*Transfer, error) {
	return s.api.CreateTransfer(ctx, req, opts...)
}
