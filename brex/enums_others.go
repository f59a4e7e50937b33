package brex

import (
	"github.com/brex-go/sdk/gen/fields"
	"github.com/brex-go/sdk/gen/onboarding"
)

// Values of FieldGroup that are documented. Brex may answer others, which are kept as they are.
const (
	FieldGroupAccounting = fields.FieldGroupAccounting
	FieldGroupERP        = fields.FieldGroupERP
	FieldGroupTravel     = fields.FieldGroupTravel
	FieldGroupUser       = fields.FieldGroupUser
)

// Values of BeneficialOwnerProng that are documented. Brex may answer others, which are kept as they are.
const (
	BeneficialOwnerProngBoth      = onboarding.ProngBoth
	BeneficialOwnerProngControl   = onboarding.ProngControl
	BeneficialOwnerProngOwnership = onboarding.ProngOwnership
)

// Values of CompanyRelationship that are documented. Brex may answer others, which are kept as they are.
const (
	CompanyRelationshipExecutive        = onboarding.CompanyRelationshipExecutive
	CompanyRelationshipFounder          = onboarding.CompanyRelationshipFounder
	CompanyRelationshipOther            = onboarding.CompanyRelationshipOther
	CompanyRelationshipSeniorLeadership = onboarding.CompanyRelationshipSeniorLeadership
)

// Values of ContactPreference that are documented. Brex may answer others, which are kept as they are.
const (
	ContactPreferenceEmailOutbound = onboarding.ContactPreferenceEmailOutbound
	ContactPreferenceNoOutbound    = onboarding.ContactPreferenceNoOutbound
)

// Values of IdentityDocumentType that are documented. Brex may answer others, which are kept as they are.
const (
	IdentityDocumentTypePassport = onboarding.IdentityDocumentTypePassport
	IdentityDocumentTypeSSN      = onboarding.IdentityDocumentTypeSSN
)

// Values of IncorporationType that are documented. Brex may answer others, which are kept as they are.
const (
	IncorporationTypeBCorp    = onboarding.IncorporationTypeBCorp
	IncorporationTypeCCorp    = onboarding.IncorporationTypeCCorp
	IncorporationTypeLLC      = onboarding.IncorporationTypeLLC
	IncorporationTypeLLP      = onboarding.IncorporationTypeLLP
	IncorporationTypeLP       = onboarding.IncorporationTypeLp
	IncorporationTypeOrg501C3 = onboarding.IncorporationTypeOrg501C3
	IncorporationTypeSCorp    = onboarding.IncorporationTypeSCorp
	IncorporationTypeSoleProp = onboarding.IncorporationTypeSoleProp
)

// Values of ReferralApplicationStatus that are documented. Brex may answer others, which are kept as they are.
const (
	ReferralApplicationStatusActive             = onboarding.ApplicationStatusActive
	ReferralApplicationStatusClosed             = onboarding.ApplicationStatusClosed
	ReferralApplicationStatusInformationPending = onboarding.ApplicationStatusInformationPending
	ReferralApplicationStatusManualReview       = onboarding.ApplicationStatusManualReview
	ReferralApplicationStatusNoAccount          = onboarding.ApplicationStatusNoAccount
	ReferralApplicationStatusNotSubmitted       = onboarding.ApplicationStatusNotSubmitted
	ReferralApplicationStatusProcessing         = onboarding.ApplicationStatusProcessing
	ReferralApplicationStatusRejected           = onboarding.ApplicationStatusRejected
)

// Values of ReferralDocumentType that are documented. Brex may answer others, which are kept as they are.
const (
	ReferralDocumentTypeArticlesOfIncorporation = onboarding.DocumentTypeArticlesOfIncorporation
	ReferralDocumentTypeCertificateGoodStanding = onboarding.DocumentTypeCertificateGoodStanding
	ReferralDocumentTypeIRSEINApplication       = onboarding.DocumentTypeIrsEINApplication
	ReferralDocumentTypeIRSEINConfirmation      = onboarding.DocumentTypeIrsEINConfirmation
)

// Values of ReferralStatus that are documented. Brex may answer others, which are kept as they are.
const (
	ReferralStatusActive    = onboarding.ReferralStatusActive
	ReferralStatusClosed    = onboarding.ReferralStatusClosed
	ReferralStatusExpired   = onboarding.ReferralStatusExpired
	ReferralStatusUnclaimed = onboarding.ReferralStatusUnclaimed
)
