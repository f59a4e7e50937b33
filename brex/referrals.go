package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/onboarding"
	"github.com/brex-go/sdk/gen/operations"
)

// ReferralsService refers customers to Brex, for partners. It needs a token of the client
// credentials flow with the scope https://onboarding.brexapis.com/referrals.
type ReferralsService struct {
	service
	api *onboarding.Client
}

// Types of the Referrals service.
type (
	// Referral is a referral of an applicant to Brex.
	Referral = onboarding.Referral
	// ReferralListParams filters ReferralsService.List; zero fields are not sent.
	ReferralListParams = onboarding.ListReferralsParams
	// CreateReferralRequest is a referral to create.
	CreateReferralRequest = onboarding.CreateReferralRequest
	// ReferralStatus is the state of a referral.
	ReferralStatus = onboarding.ReferralStatus
	// ReferralApplicant is the person who is to apply to Brex.
	ReferralApplicant = onboarding.Applicant
	// ReferralApplication is the application for a product.
	ReferralApplication = onboarding.Application
	// ReferralApplicationStatus is the state of an application.
	ReferralApplicationStatus = onboarding.ApplicationStatus
	// ReferralBusiness has details of the business being referred.
	ReferralBusiness = onboarding.Business
	// BeneficialOwner is a person who owns or controls the business.
	BeneficialOwner = onboarding.BeneficialOwner
	// BeneficialOwnerProng says why a person counts as a beneficial owner.
	BeneficialOwnerProng = onboarding.Prong
	// CompanyRelationship is the role of a beneficial owner in the business.
	CompanyRelationship = onboarding.CompanyRelationship
	// ContactPreference says whether Brex may contact the applicant on its own account.
	ContactPreference = onboarding.ContactPreference
	// IdentityDocument proves the identity of a person.
	IdentityDocument = onboarding.IdentityDocument
	// IdentityDocumentType is the kind of identity document.
	IdentityDocumentType = onboarding.IdentityDocumentType
	// IncorporationType is the legal form of a business.
	IncorporationType = onboarding.IncorporationType
	// ReferralAddress is a postal address with an optional telephone number.
	ReferralAddress = onboarding.Address
	// ReferralProduct says what the applicant applies for through the referral.
	ReferralProduct = onboarding.Product
	// ReferralCash is the Brex cash product of a referral.
	ReferralCash = onboarding.Cash
	// ReferralAccount is a Brex cash account opened through the referral.
	ReferralAccount = onboarding.Account
	// ReferralInstruction says how to send money to an account.
	ReferralInstruction = onboarding.Instruction
	// ReferralDomesticInstruction says how to send money to the account from within the United
	// States.
	ReferralDomesticInstruction = onboarding.DomesticInstruction
	// ReferralInternationalInstruction says how to send money to the account from outside the
	// United States.
	ReferralInternationalInstruction = onboarding.InternationalInstruction
	// CreateReferralDocumentRequest is a document to announce.
	CreateReferralDocumentRequest = onboarding.CreateDocumentRequest
	// ReferralDocument is an announced document, to be uploaded.
	ReferralDocument = onboarding.Document
	// ReferralDocumentType is the kind of document.
	ReferralDocumentType = onboarding.DocumentType
	// ProcessEINDocumentRequest is the document to process.
	ProcessEINDocumentRequest = onboarding.ProcessDelayedEINDocumentRequest
)

// List returns one page of the referrals that the partner has made. The size of a page cannot be
// chosen.
//
// It calls listReferrals, GET /v1/referrals. Scopes: https://onboarding.brexapis.com/referrals.
// Access: read.
func (s *ReferralsService) List(ctx context.Context, params ReferralListParams, opts ...CallOption) (*Page[Referral], error) {
	return s.api.ListReferrals(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *ReferralsService) Pages(ctx context.Context, params ReferralListParams, opts ...CallOption) iter.Seq2[*Page[Referral], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
func (s *ReferralsService) All(ctx context.Context, params ReferralListParams, opts ...CallOption) iter.Seq2[Referral, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one referral with its status and the state of the applications made through it.
//
// It calls getReferral, GET /v1/referrals/{id}. Scopes: https://onboarding.brexapis.com/referrals.
// Access: read.
func (s *ReferralsService) Get(ctx context.Context, id string, opts ...CallOption) (*Referral, error) {
	return s.api.GetReferral(ctx, id, opts...)
}

// Create refers an applicant and returns the address to sign up at. Text must be ASCII. Brex
// declares no idempotency key for it, so it is not retried after a broken connection: check its
// effect before you repeat it.
//
// It calls createReferralRequest, POST /v1/referrals. Scopes:
// https://onboarding.brexapis.com/referrals. Access: write.
func (s *ReferralsService) Create(ctx context.Context, req CreateReferralRequest, opts ...CallOption) (*Referral, error) {
	return s.api.CreateReferral(ctx, req, opts...)
}

// CreateDocument announces a document of the referred business and returns its id and the address
// to PUT its file to. The PUT must not carry the Brex token. UploadDocument does both. Brex
// declares no idempotency key for it, so it is not retried after a broken connection: check its
// effect before you repeat it.
//
// It calls createDocument, POST /v1/referrals/{id}/document_upload. Scopes:
// https://onboarding.brexapis.com/referrals. Access: write.
func (s *ReferralsService) CreateDocument(ctx context.Context, id string, req CreateReferralDocumentRequest, opts ...CallOption) (*ReferralDocument, error) {
	return s.api.UploadReferralDocument(ctx, id, req, opts...)
}

// ProcessEINDocument asks Brex to process an IRS_EIN_CONFIRMATION document that was uploaded after
// the referral was made. Brex declares no idempotency key for it, so it is not retried after a
// broken connection: check its effect before you repeat it.
//
// It calls processDelayedEINDocument, POST /v1/referrals/{id}/process_ein_document. Scopes:
// https://onboarding.brexapis.com/referrals. Access: write.
func (s *ReferralsService) ProcessEINDocument(ctx context.Context, id string, req ProcessEINDocumentRequest, opts ...CallOption) error {
	return s.api.ProcessDelayedEINDocument(ctx, id, req, opts...)
}

// UploadDocument sends Brex a document of the referred business: CreateDocument, then a PUT of the
// file like ReceiptsService.Upload's. After an IRS_EIN_CONFIRMATION call ProcessEINDocument with
// the id.
func (s *ReferralsService) UploadDocument(ctx context.Context, referralID string, kind ReferralDocumentType, file File, opts ...CallOption) (*Upload, error) {
	return s.upload(ctx, operations.UploadReferralDocument, file, func(ctx context.Context, _ string, opts ...CallOption) (id, uri string, err error) {
		d, err := s.CreateDocument(ctx, referralID, CreateReferralDocumentRequest{Type: kind}, opts...)
		if err != nil {
			return "", "", err
		}
		return d.ID, d.URI.Reveal(), nil
	}, opts)
}
