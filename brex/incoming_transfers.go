package brex

import (
	"context"

	"github.com/brex-go/sdk/gen/payments"
)

// IncomingTransfersService moves money from linked bank accounts into business (cash) accounts.
type IncomingTransfersService struct {
	service
	api *payments.Client
}

// Types of the IncomingTransfers service.
type (
	// CreateIncomingTransferRequest is an incoming transfer to make; its amount is in minor units.
	CreateIncomingTransferRequest = payments.CreateIncomingTransferRequest
	// IncomingTransferCounterparty is the source of an incoming transfer, made with
	// IncomingTransferCounterpartyBank.
	IncomingTransferCounterparty = payments.CounterPartyIncomingTransfer
	// CounterpartyBankDetails is the linked bank account an incoming transfer takes the money from.
	CounterpartyBankDetails = payments.CounterPartyBankDetails
	// IncomingTransferCounterpartyType is the kind of source of an incoming transfer.
	IncomingTransferCounterpartyType = payments.CounterPartyIncomingTransferType
	// ReceivingAccount is the account that receives an incoming transfer, made with
	// ReceivingAccountCash.
	ReceivingAccount = payments.ReceivingAccount
	// ReceivingAccountType is the kind of account that receives an incoming transfer.
	ReceivingAccountType = payments.ReceivingAccountType
	// BrexCashDetails is the Brex business account that receives an incoming transfer.
	BrexCashDetails = payments.BrexCashDetails
)

// Create pulls money from a linked bank account into a business (cash) account. Amount is positive
// and in minor units, Description ASCII. It counts towards the 1,000 transfers in 24 hours that
// TransfersService.Create describes. Always set an idempotency key of your own, see KeyFrom:
// without one, a second run of your program pulls the money twice. How long Brex remembers a key is
// not documented. Read the transfer later with TransfersService.Get.
//
// It calls createIncomingTransfer, POST /v1/incoming_transfers. Scopes: incoming_transfers. Access:
// money.
func (s *IncomingTransfersService) Create(ctx context.Context, req CreateIncomingTransferRequest, opts ...CallOption) (*Transfer, error) {
	return s.api.CreateIncomingTransfer(ctx, req, opts...)
}
