package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/payments"
)

// VendorsService reads and changes vendors, the companies and people that can be paid, with their
// payment accounts.
type VendorsService struct {
	service
	api *payments.Client
}

// Types of the Vendors service.
type (
	// Vendor is a company or person that can be paid.
	Vendor = payments.VendorResponse
	// VendorListParams filters VendorsService.List; zero fields are not sent.
	VendorListParams = payments.ListVendorsParams
	// CreateVendorRequest is a vendor to create.
	CreateVendorRequest = payments.CreateVendorRequest
	// UpdateVendorRequest holds changes to a vendor.
	UpdateVendorRequest = payments.UpdateVendorRequest
	// PaymentAccountRequest is a payment account of a vendor to create.
	PaymentAccountRequest = payments.PaymentAccountRequest
	// PaymentAccountDetails says how a vendor is to be paid; see PaymentAccountACH,
	// PaymentAccountDomesticWire and PaymentAccountCheque.
	PaymentAccountDetails = payments.PaymentAccountDetails
	// PaymentAccount is a payment account of a vendor.
	PaymentAccount = payments.PaymentAccountResponse
	// PaymentAccountDetailsResponse says how a vendor is paid: switch on the type of its Value.
	PaymentAccountDetailsResponse = payments.PaymentAccountDetailsResponse
	// ACHDetails is a United States bank account to pay a vendor to by ACH.
	ACHDetails = payments.ACHDetailsRequest
	// DomesticWireDetails is a United States bank account to pay a vendor to by domestic wire.
	DomesticWireDetails = payments.DomesticWireDetailsRequest
	// ChequeDetails is an address to send a vendor cheques to.
	ChequeDetails = payments.ChequeDetailsRequest
	// ACHDetailsResponse is a United States bank account that is paid by ACH, as Brex keeps it.
	ACHDetailsResponse = payments.ACHDetailsResponse
	// DomesticWireDetailsResponse is a United States bank account that is paid by domestic wire, as
	// Brex keeps it.
	DomesticWireDetailsResponse = payments.DomesticWireDetailsResponse
	// ChequeDetailsResponse is a vendor that is paid by a cheque sent by post, as Brex keeps it.
	ChequeDetailsResponse = payments.ChequeDetailsResponse
	// InternationalWireDetailsResponse is a bank account that is paid by international wire.
	InternationalWireDetailsResponse = payments.InternationalWireDetailsResponse
	// PaymentDetailsTypeRequest says how a vendor is to be paid.
	PaymentDetailsTypeRequest = payments.PaymentDetailsTypeRequest
	// PaymentDetailsTypeResponse says how a vendor is paid.
	PaymentDetailsTypeResponse = payments.PaymentDetailsTypeResponse
	// BankAccountType says whether a bank account is a checking account (CHECKING) or a savings
	// account (SAVING).
	BankAccountType = payments.AccountType
	// BankAccountClass says whether a bank account belongs to a business (BUSINESS) or a person
	// (PERSONAL).
	BankAccountClass = payments.AccountClass
	// PaymentAddress is a postal address of a vendor or a bank; text must be ASCII.
	PaymentAddress = payments.Address
)

// List returns one page of vendors with their payment accounts, at most 1,000, optionally only
// those with the name params.Name. Account numbers are Secret. A 401 can also mean that the
// business account is not enabled or that the user has the wrong role.
//
// It calls listVendors, GET /v1/vendors. Scopes: vendors.readonly. Access: read.
func (s *VendorsService) List(ctx context.Context, params VendorListParams, opts ...CallOption) (*Page[Vendor], error) {
	return s.api.ListVendors(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *VendorsService) Pages(ctx context.Context, params VendorListParams, opts ...CallOption) iter.Seq2[*Page[Vendor], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
func (s *VendorsService) All(ctx context.Context, params VendorListParams, opts ...CallOption) iter.Seq2[Vendor, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one vendor with its payment accounts. The PaymentInstrumentID in the details of an
// account is what CounterpartyVendor accepts.
//
// It calls getVendorById, GET /v1/vendors/{id}. Scopes: vendors.readonly. Access: read.
func (s *VendorsService) Get(ctx context.Context, id string, opts ...CallOption) (*Vendor, error) {
	return s.api.GetVendor(ctx, id, opts...)
}

// Create adds a vendor and, where given, its payment accounts. No money moves, but the accounts
// decide where later payments go. Text must be ASCII. Set an idempotency key of your own, or a
// second run of your program adds the vendor again.
//
// It calls createVendor, POST /v1/vendors. Scopes: vendors. Access: write.
func (s *VendorsService) Create(ctx context.Context, req CreateVendorRequest, opts ...CallOption) (*Vendor, error) {
	return s.api.CreateVendor(ctx, req, opts...)
}

// Update changes name, contact or payment accounts of a vendor. Fields left alone are not sent.
// Whether accounts left out of the list are kept is not documented: check the response before you
// pay.
//
// It calls updateVendor, PUT /v1/vendors/{id}. Scopes: vendors. Access: write.
func (s *VendorsService) Update(ctx context.Context, id string, req UpdateVendorRequest, opts ...CallOption) (*Vendor, error) {
	return s.api.UpdateVendor(ctx, id, req, opts...)
}

// Delete deletes a vendor for good.
//
// It calls deleteVendor, DELETE /v1/vendors/{id}. Scopes: vendors. Access: write.
func (s *VendorsService) Delete(ctx context.Context, id string, opts ...CallOption) error {
	return s.api.DeleteVendor(ctx, id, opts...)
}
