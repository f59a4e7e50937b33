package brex

import "github.com/brex-go/sdk/gen/accounting"

// Values of AccountingErrorCode that are documented. Brex may answer others, which are kept as they are.
const (
	AccountingErrorCodeAccountingRecordNotReadyForExport = accounting.AccountingErrorCodeAccountingRecordNotReadyForExport
	AccountingErrorCodeActiveIntegrationExists           = accounting.AccountingErrorCodeActiveIntegrationExists
	AccountingErrorCodeDuplicateAccountingRecordIDs      = accounting.AccountingErrorCodeDuplicateAccountingRecordIDs
	AccountingErrorCodeForbidden                         = accounting.AccountingErrorCodeForbidden
	AccountingErrorCodeIntegrationNotActive              = accounting.AccountingErrorCodeIntegrationNotActive
	AccountingErrorCodeInternalError                     = accounting.AccountingErrorCodeInternalError
	AccountingErrorCodeInvalidRequest                    = accounting.AccountingErrorCodeInvalidRequest
	AccountingErrorCodeNotFound                          = accounting.AccountingErrorCodeNotFound
	AccountingErrorCodeUnauthorized                      = accounting.AccountingErrorCodeUnauthorized
	AccountingErrorCodeVendorAccountIDMismatch           = accounting.AccountingErrorCodeVendorAccountIDMismatch
)

// Values of AccountingIntegrationStatus that are documented. Brex may answer others, which are kept as they are.
const (
	AccountingIntegrationStatusActive   = accounting.IntegrationStatusActive
	AccountingIntegrationStatusDisabled = accounting.IntegrationStatusDisabled
)

// Values of AccountingLineItemType that are documented. Brex may answer others, which are kept as they are.
const (
	AccountingLineItemTypeCredit = accounting.AccountingRecordLineItemTypeCredit
	AccountingLineItemTypeDebit  = accounting.AccountingRecordLineItemTypeDebit
)

// Values of AccountingRecordType that are documented. Brex may answer others, which are kept as they are.
const (
	AccountingRecordTypeBillExpense                                     = accounting.AccountingRecordTypeBillExpense
	AccountingRecordTypeBillExpenseCardPayment                          = accounting.AccountingRecordTypeBillExpenseCardPayment
	AccountingRecordTypeBillExpensePayment                              = accounting.AccountingRecordTypeBillExpensePayment
	AccountingRecordTypeBillMoneyMovementPayin                          = accounting.AccountingRecordTypeBillMoneyMovementPayin
	AccountingRecordTypeCardExpensePost                                 = accounting.AccountingRecordTypeCardExpensePost
	AccountingRecordTypeCardExpenseRefund                               = accounting.AccountingRecordTypeCardExpenseRefund
	AccountingRecordTypeCardExpenseRepayment                            = accounting.AccountingRecordTypeCardExpenseRepayment
	AccountingRecordTypeCardPayment                                     = accounting.AccountingRecordTypeCardPayment
	AccountingRecordTypeCardPaymentRefund                               = accounting.AccountingRecordTypeCardPaymentRefund
	AccountingRecordTypeInvoice                                         = accounting.AccountingRecordTypeInvoice
	AccountingRecordTypeInvoicePayment                                  = accounting.AccountingRecordTypeInvoicePayment
	AccountingRecordTypeReimbursementExpenseApproval                    = accounting.AccountingRecordTypeReimbursementExpenseApproval
	AccountingRecordTypeReimbursementExpenseMoneyMovementPayin          = accounting.AccountingRecordTypeReimbursementExpenseMoneyMovementPayin
	AccountingRecordTypeReimbursementExpenseMoneyMovementPayout         = accounting.AccountingRecordTypeReimbursementExpenseMoneyMovementPayout
	AccountingRecordTypeReimbursementExpenseMoneyMovementPayoutReversal = accounting.AccountingRecordTypeReimbursementExpenseMoneyMovementPayoutReversal
	AccountingRecordTypeReimbursementExpenseMoneyMovementRefund         = accounting.AccountingRecordTypeReimbursementExpenseMoneyMovementRefund
	AccountingRecordTypeReimbursementExpensePost                        = accounting.AccountingRecordTypeReimbursementExpensePost
	AccountingRecordTypeReimbursementExpenseRepayment                   = accounting.AccountingRecordTypeReimbursementExpenseRepayment
	AccountingRecordTypeRewardRedemption                                = accounting.AccountingRecordTypeRewardRedemption
)

// Values of AccountingReviewStatus that are documented. Brex may answer others, which are kept as they are.
const (
	AccountingReviewStatusExported       = accounting.AccountingReviewStatusExported
	AccountingReviewStatusPrepare        = accounting.AccountingReviewStatusPrepare
	AccountingReviewStatusReadyForExport = accounting.AccountingReviewStatusReadyForExport
	AccountingReviewStatusReview         = accounting.AccountingReviewStatusReview
)

// Values of AccountingSourceType that are documented. Brex may answer others, which are kept as they are.
const (
	AccountingSourceTypeBill          = accounting.AccountingSourceTypeBill
	AccountingSourceTypeCard          = accounting.AccountingSourceTypeCard
	AccountingSourceTypeReimbursement = accounting.AccountingSourceTypeReimbursement
)

// Values of AccountingUserRole that are documented. Brex may answer others, which are kept as they are.
const (
	AccountingUserRoleAccountAdmin             = accounting.UserRoleAccountAdmin
	AccountingUserRoleAPClerk                  = accounting.UserRoleApClerk
	AccountingUserRoleBookkeeper               = accounting.UserRoleBookkeeper
	AccountingUserRoleCardAdmin                = accounting.UserRoleCardAdmin
	AccountingUserRoleEmployee                 = accounting.UserRoleEmployee
	AccountingUserRoleEmployeeWithoutCorpCards = accounting.UserRoleEmployeeWithoutCorpCards
	AccountingUserRoleExpenseAdmin             = accounting.UserRoleExpenseAdmin
	AccountingUserRoleSuperAdmin               = accounting.UserRoleSuperAdmin
	AccountingUserRoleUserManagementAdmin      = accounting.UserRoleUserManagementAdmin
)

// Values of AccountingUserStatus that are documented. Brex may answer others, which are kept as they are.
const (
	AccountingUserStatusActive            = accounting.UserStatusActive
	AccountingUserStatusArchived          = accounting.UserStatusArchived
	AccountingUserStatusDeleted           = accounting.UserStatusDeleted
	AccountingUserStatusDisabled          = accounting.UserStatusDisabled
	AccountingUserStatusInactive          = accounting.UserStatusInactive
	AccountingUserStatusInvited           = accounting.UserStatusInvited
	AccountingUserStatusPendingActivation = accounting.UserStatusPendingActivation
)
