package brex

import "github.com/brex-go/sdk/gen/team"

// Values of CardChangeReason that are documented. Brex may answer others, which are kept as they are.
const (
	CardChangeReasonCardDamaged           = team.ChangeCardReasonCardDamaged
	CardChangeReasonCardLost              = team.ChangeCardReasonCardLost
	CardChangeReasonCardNotReceived       = team.ChangeCardReasonCardNotReceived
	CardChangeReasonDoNotNeedPhysicalCard = team.ChangeCardReasonDoNotNeedPhysicalCard
	CardChangeReasonDoNotNeedVirtualCard  = team.ChangeCardReasonDoNotNeedVirtualCard
	CardChangeReasonFraud                 = team.ChangeCardReasonFraud
	CardChangeReasonOther                 = team.ChangeCardReasonOther
)

// Values of CardLimitType that are documented. Brex may answer others, which are kept as they are.
const (
	CardLimitTypeCard = team.LimitTypeCard
	CardLimitTypeUser = team.LimitTypeUser
)

// Values of CardOwnerType that are documented. Brex may answer others, which are kept as they are.
const (
	CardOwnerTypeUser = team.OwnerTypeUser
)

// Values of CardStatus that are documented. Brex may answer others, which are kept as they are.
const (
	CardStatusActive     = team.CardStatusActive
	CardStatusLocked     = team.CardStatusLocked
	CardStatusShipped    = team.CardStatusShipped
	CardStatusTerminated = team.CardStatusTerminated
)

// Values of CardType that are documented. Brex may answer others, which are kept as they are.
const (
	CardTypePhysical = team.CardTypePhysical
	CardTypeVirtual  = team.CardTypeVirtual
)

// Values of CompanyAccountType that are documented. Brex may answer others, which are kept as they are.
const (
	CompanyAccountTypeBrexClassic = team.AccountTypeBrexClassic
	CompanyAccountTypeBrexEmpower = team.AccountTypeBrexEmpower
)

// Values of LegalEntityStatus that are documented. Brex may answer others, which are kept as they are.
const (
	LegalEntityStatusInProgress  = team.LegalEntityStatusInProgress
	LegalEntityStatusRejected    = team.LegalEntityStatusRejected
	LegalEntityStatusUnsubmitted = team.LegalEntityStatusUnsubmitted
	LegalEntityStatusUnverified  = team.LegalEntityStatusUnverified
	LegalEntityStatusVerified    = team.LegalEntityStatusVerified
)

// Values of SpendDuration that are documented. Brex may answer others, which are kept as they are.
const (
	SpendDurationMonthly   = team.SpendDurationMonthly
	SpendDurationOneTime   = team.SpendDurationOneTime
	SpendDurationQuarterly = team.SpendDurationQuarterly
	SpendDurationYearly    = team.SpendDurationYearly
)

// Values of ThreeDSecurePreference that are documented. Brex may answer others, which are kept as they are.
const (
	ThreeDSecureDisabled = team.ThreeDomainSecureEnabledPreferenceThreeDomainSecureDisabled
	ThreeDSecureEnabled  = team.ThreeDomainSecureEnabledPreferenceThreeDomainSecureEnabled
)

// Values of UpdateUserStatus that are documented. Brex may answer others, which are kept as they are.
const (
	UpdateUserStatusActive   = team.UpdateUserStatusActive
	UpdateUserStatusDisabled = team.UpdateUserStatusDisabled
)

// Values of UserStatus that are documented. Brex may answer others, which are kept as they are.
const (
	UserStatusActive            = team.UserStatusActive
	UserStatusArchived          = team.UserStatusArchived
	UserStatusClosed            = team.UserStatusClosed
	UserStatusDeleted           = team.UserStatusDeleted
	UserStatusDisabled          = team.UserStatusDisabled
	UserStatusInactive          = team.UserStatusInactive
	UserStatusInvited           = team.UserStatusInvited
	UserStatusPendingActivation = team.UserStatusPendingActivation
)

// Values of UserStatusFilter that are documented. Brex may answer others, which are kept as they are.
const (
	UserStatusFilterActive            = team.UserStatusFilterActive
	UserStatusFilterArchived          = team.UserStatusFilterArchived
	UserStatusFilterDisabled          = team.UserStatusFilterDisabled
	UserStatusFilterInactive          = team.UserStatusFilterInactive
	UserStatusFilterInvited           = team.UserStatusFilterInvited
	UserStatusFilterPendingActivation = team.UserStatusFilterPendingActivation
)
