package brex

import "github.com/brex-go/sdk/gen/webhooks"

// Values of UpdateWebhookStatus that are documented. Brex may answer others, which are kept as they are.
const (
	UpdateWebhookStatusActive   = webhooks.UpdateWebhookSubscriptionStatusActive
	UpdateWebhookStatusInactive = webhooks.UpdateWebhookSubscriptionStatusInactive
)

// Values of WebhookEventType that are documented. Brex may answer others, which are kept as they are.
const (
	WebhookEventTypeAccountingRecordReadyForExport          = webhooks.WebhookEventTypeAccountingRecordReadyForExport
	WebhookEventTypeEmbeddedAccountUpdated                  = webhooks.WebhookEventTypeEmbeddedAccountUpdated
	WebhookEventTypeEmbeddedBillingGroupUpdated             = webhooks.WebhookEventTypeEmbeddedBillingGroupUpdated
	WebhookEventTypeEmbeddedBillingStatementUpdated         = webhooks.WebhookEventTypeEmbeddedBillingStatementUpdated
	WebhookEventTypeEmbeddedCardAuthorization               = webhooks.WebhookEventTypeEmbeddedCardAuthorization
	WebhookEventTypeEmbeddedCardShippingUpdated             = webhooks.WebhookEventTypeEmbeddedCardShippingUpdated
	WebhookEventTypeEmbeddedCardTransactionUpdated          = webhooks.WebhookEventTypeEmbeddedCardTransactionUpdated
	WebhookEventTypeEmbeddedCardUpdated                     = webhooks.WebhookEventTypeEmbeddedCardUpdated
	WebhookEventTypeEmbeddedDisputeUpdated                  = webhooks.WebhookEventTypeEmbeddedDisputeUpdated
	WebhookEventTypeEmbeddedFraudAlert                      = webhooks.WebhookEventTypeEmbeddedFraudAlert
	WebhookEventTypeEmbeddedLegalEntityUpdated              = webhooks.WebhookEventTypeEmbeddedLegalEntityUpdated
	WebhookEventTypeEmbeddedUserStatusUpdated               = webhooks.WebhookEventTypeEmbeddedUserStatusUpdated
	WebhookEventTypeExpensePaymentUpdated                   = webhooks.WebhookEventTypeExpensePaymentUpdated
	WebhookEventTypePartnershipIntegrationConnectionUpdated = webhooks.WebhookEventTypePartnershipIntegrationConnectionUpdated
	WebhookEventTypeReferralActivated                       = webhooks.WebhookEventTypeReferralActivated
	WebhookEventTypeReferralApplicationStatusChanged        = webhooks.WebhookEventTypeReferralApplicationStatusChanged
	WebhookEventTypeReferralCreated                         = webhooks.WebhookEventTypeReferralCreated
	WebhookEventTypeTransferFailed                          = webhooks.WebhookEventTypeTransferFailed
	WebhookEventTypeTransferProcessed                       = webhooks.WebhookEventTypeTransferProcessed
	WebhookEventTypeUserUpdated                             = webhooks.WebhookEventTypeUserUpdated
)

// Values of WebhookGroupMemberType that are documented. Brex may answer others, which are kept as they are.
const (
	WebhookGroupMemberTypeAccount = webhooks.WebhookGroupMemberTypeAccount
)

// Values of WebhookSecretStatus that are documented. Brex may answer others, which are kept as they are.
const (
	WebhookSecretStatusActive        = webhooks.WebhookSecretStatusActive
	WebhookSecretStatusPendingRevoke = webhooks.WebhookSecretStatusPendingRevoke
	WebhookSecretStatusRevoked       = webhooks.WebhookSecretStatusRevoked
)

// Values of WebhookStatus that are documented. Brex may answer others, which are kept as they are.
const (
	WebhookStatusActive   = webhooks.WebhookSubscriptionStatusActive
	WebhookStatusError    = webhooks.WebhookSubscriptionStatusError
	WebhookStatusInactive = webhooks.WebhookSubscriptionStatusInactive
)
