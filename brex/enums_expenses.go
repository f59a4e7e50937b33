package brex

import "github.com/brex-go/sdk/gen/expenses"

// Values of CustomFieldDataType that are documented. Brex may answer others, which are kept as they are.
const (
	CustomFieldDataTypeBoolean      = expenses.CustomFieldDataTypeBoolean
	CustomFieldDataTypeDate         = expenses.CustomFieldDataTypeDate
	CustomFieldDataTypeDecimal      = expenses.CustomFieldDataTypeDecimal
	CustomFieldDataTypeEnum         = expenses.CustomFieldDataTypeEnum
	CustomFieldDataTypeMoney        = expenses.CustomFieldDataTypeMoney
	CustomFieldDataTypeOptionString = expenses.CustomFieldDataTypeOptionString
	CustomFieldDataTypeString       = expenses.CustomFieldDataTypeString
	CustomFieldDataTypeTimestamp    = expenses.CustomFieldDataTypeTimestamp
)

// Values of CustomFieldValueType that are documented. Brex may answer others, which are kept as they are.
const (
	CustomFieldValueTypeList        = expenses.CustomFieldValueTypeList
	CustomFieldValueTypeSingleValue = expenses.CustomFieldValueTypeSingleValue
)

// Values of ExpenseCategory that are documented. Brex may answer others, which are kept as they are.
const (
	ExpenseCategoryAdvertisingAndMarketing  = expenses.CategoryAdvertisingAndMarketing
	ExpenseCategoryAirlineExpenses          = expenses.CategoryAirlineExpenses
	ExpenseCategoryBankAndFinancialFees     = expenses.CategoryBankAndFinancialFees
	ExpenseCategoryBarsAndNightlife         = expenses.CategoryBarsAndNightlife
	ExpenseCategoryBooksAndNewspapers       = expenses.CategoryBooksAndNewspapers
	ExpenseCategoryCarRental                = expenses.CategoryCarRental
	ExpenseCategoryCharity                  = expenses.CategoryCharity
	ExpenseCategoryClothing                 = expenses.CategoryClothing
	ExpenseCategoryConferences              = expenses.CategoryConferences
	ExpenseCategoryConsultantAndContractor  = expenses.CategoryConsultantAndContractor
	ExpenseCategoryCorporateInsurance       = expenses.CategoryCorporateInsurance
	ExpenseCategoryDigitalGoods             = expenses.CategoryDigitalGoods
	ExpenseCategoryElectronics              = expenses.CategoryElectronics
	ExpenseCategoryEventExpenses            = expenses.CategoryEventExpenses
	ExpenseCategoryFacilitiesExpenses       = expenses.CategoryFacilitiesExpenses
	ExpenseCategoryFeesAndLicensesAndTaxes  = expenses.CategoryFeesAndLicensesAndTaxes
	ExpenseCategoryFlowers                  = expenses.CategoryFlowers
	ExpenseCategoryFoodDelivery             = expenses.CategoryFoodDelivery
	ExpenseCategoryFurniture                = expenses.CategoryFurniture
	ExpenseCategoryGambling                 = expenses.CategoryGambling
	ExpenseCategoryGasAndFuel               = expenses.CategoryGasAndFuel
	ExpenseCategoryGeneralMerchandise       = expenses.CategoryGeneralMerchandise
	ExpenseCategoryGrocery                  = expenses.CategoryGrocery
	ExpenseCategoryLaundry                  = expenses.CategoryLaundry
	ExpenseCategoryLegalServices            = expenses.CategoryLegalServices
	ExpenseCategoryLodging                  = expenses.CategoryLodging
	ExpenseCategoryMedical                  = expenses.CategoryMedical
	ExpenseCategoryMembershipsAndClubs      = expenses.CategoryMembershipsAndClubs
	ExpenseCategoryOfficeSupplies           = expenses.CategoryOfficeSupplies
	ExpenseCategoryOtherBusinessExpenses    = expenses.CategoryOtherBusinessExpenses
	ExpenseCategoryOtherTravelExpenses      = expenses.CategoryOtherTravelExpenses
	ExpenseCategoryParkingExpenses          = expenses.CategoryParkingExpenses
	ExpenseCategoryPoliticalDonations       = expenses.CategoryPoliticalDonations
	ExpenseCategoryPrivateAirTravel         = expenses.CategoryPrivateAirTravel
	ExpenseCategoryPublicTransportation     = expenses.CategoryPublicTransportation
	ExpenseCategoryRecurringSoftwareAndSaaS = expenses.CategoryRecurringSoftwareAndSaas
	ExpenseCategoryRent                     = expenses.CategoryRent
	ExpenseCategoryRestaurants              = expenses.CategoryRestaurants
	ExpenseCategoryRideshareAndTaxi         = expenses.CategoryRideshareAndTaxi
	ExpenseCategoryServers                  = expenses.CategoryServers
	ExpenseCategoryShipping                 = expenses.CategoryShipping
	ExpenseCategorySoftwareNonRecurring     = expenses.CategorySoftwareNonRecurring
	ExpenseCategoryTelephony                = expenses.CategoryTelephony
	ExpenseCategoryTollAndBridgeFees        = expenses.CategoryTollAndBridgeFees
	ExpenseCategoryTrainingAndEducation     = expenses.CategoryTrainingAndEducation
	ExpenseCategoryTravelWiFi               = expenses.CategoryTravelWifi
	ExpenseCategoryUtilities                = expenses.CategoryUtilities
	ExpenseCategoryVehicleExpenses          = expenses.CategoryVehicleExpenses
)

// Values of ExpenseLegalEntityStatus that are documented. Brex may answer others, which are kept as they are.
const (
	ExpenseLegalEntityStatusInProgress  = expenses.LegalEntityStatusInProgress
	ExpenseLegalEntityStatusRejected    = expenses.LegalEntityStatusRejected
	ExpenseLegalEntityStatusUnsubmitted = expenses.LegalEntityStatusUnsubmitted
	ExpenseLegalEntityStatusUnverified  = expenses.LegalEntityStatusUnverified
	ExpenseLegalEntityStatusVerified    = expenses.LegalEntityStatusVerified
)

// Values of ExpensePaymentInstrumentType that are documented. Brex may answer others, which are kept as they are.
const (
	ExpensePaymentInstrumentTypeCard = expenses.PaymentInstrumentTypeCard
)

// Values of ExpensePaymentStatus that are documented. Brex may answer others, which are kept as they are.
const (
	ExpensePaymentStatusAwaitingPayment = expenses.ExpensePaymentStatusAwaitingPayment
	ExpensePaymentStatusCanceled        = expenses.ExpensePaymentStatusCanceled
	ExpensePaymentStatusCashAdvance     = expenses.ExpensePaymentStatusCashAdvance
	ExpensePaymentStatusCleared         = expenses.ExpensePaymentStatusCleared
	ExpensePaymentStatusCredited        = expenses.ExpensePaymentStatusCredited
	ExpensePaymentStatusDeclined        = expenses.ExpensePaymentStatusDeclined
	ExpensePaymentStatusNotStarted      = expenses.ExpensePaymentStatusNotStarted
	ExpensePaymentStatusProcessing      = expenses.ExpensePaymentStatusProcessing
	ExpensePaymentStatusRefunded        = expenses.ExpensePaymentStatusRefunded
	ExpensePaymentStatusRefunding       = expenses.ExpensePaymentStatusRefunding
	ExpensePaymentStatusScheduled       = expenses.ExpensePaymentStatusScheduled
)

// Values of ExpensePaymentStatusReason that are documented. Brex may answer others, which are kept as they are.
const (
	ExpensePaymentStatusReasonApproved                       = expenses.PaymentStatusReasonApproved
	ExpensePaymentStatusReasonBudgetCategoryRestriction      = expenses.PaymentStatusReasonBudgetCategoryRestriction
	ExpensePaymentStatusReasonBudgetExpired                  = expenses.PaymentStatusReasonBudgetExpired
	ExpensePaymentStatusReasonBudgetMerchantRestriction      = expenses.PaymentStatusReasonBudgetMerchantRestriction
	ExpensePaymentStatusReasonBudgetNotYetStarted            = expenses.PaymentStatusReasonBudgetNotYetStarted
	ExpensePaymentStatusReasonCardExpired                    = expenses.PaymentStatusReasonCardExpired
	ExpensePaymentStatusReasonCardNotActive                  = expenses.PaymentStatusReasonCardNotActive
	ExpensePaymentStatusReasonCardSuspended                  = expenses.PaymentStatusReasonCardSuspended
	ExpensePaymentStatusReasonCardTerminated                 = expenses.PaymentStatusReasonCardTerminated
	ExpensePaymentStatusReasonComplianceBlocked              = expenses.PaymentStatusReasonComplianceBlocked
	ExpensePaymentStatusReasonExceededAncestorBudgetLimit    = expenses.PaymentStatusReasonExceededAncestorBudgetLimit
	ExpensePaymentStatusReasonExceededBudgetLimit            = expenses.PaymentStatusReasonExceededBudgetLimit
	ExpensePaymentStatusReasonExceededBudgetTransactionLimit = expenses.PaymentStatusReasonExceededBudgetTransactionLimit
	ExpensePaymentStatusReasonExceededCardLimit              = expenses.PaymentStatusReasonExceededCardLimit
	ExpensePaymentStatusReasonExceededGlobalLimit            = expenses.PaymentStatusReasonExceededGlobalLimit
	ExpensePaymentStatusReasonExceededPINAttempts            = expenses.PaymentStatusReasonExceededPinAttempts
	ExpensePaymentStatusReasonExceededUserLimit              = expenses.PaymentStatusReasonExceededUserLimit
	ExpensePaymentStatusReasonInsideSanctionedCountry        = expenses.PaymentStatusReasonInsideSanctionedCountry
	ExpensePaymentStatusReasonInvalidBillingAddress          = expenses.PaymentStatusReasonInvalidBillingAddress
	ExpensePaymentStatusReasonInvalidCVV                     = expenses.PaymentStatusReasonInvalidCVV
	ExpensePaymentStatusReasonInvalidCardCredentials         = expenses.PaymentStatusReasonInvalidCardCredentials
	ExpensePaymentStatusReasonInvalidExpirationDate          = expenses.PaymentStatusReasonInvalidExpirationDate
	ExpensePaymentStatusReasonInvalidPIN                     = expenses.PaymentStatusReasonInvalidPin
	ExpensePaymentStatusReasonMCCBlocked                     = expenses.PaymentStatusReasonMCCBlocked
	ExpensePaymentStatusReasonNoBudget                       = expenses.PaymentStatusReasonNoBudget
	ExpensePaymentStatusReasonOther                          = expenses.PaymentStatusReasonOther
	ExpensePaymentStatusReasonSoftExpiration                 = expenses.PaymentStatusReasonSoftExpiration
	ExpensePaymentStatusReasonSuspectedFraud                 = expenses.PaymentStatusReasonSuspectedFraud
	ExpensePaymentStatusReasonTOSBlocked                     = expenses.PaymentStatusReasonTosBlocked
	ExpensePaymentStatusReasonTransferredCardNewMerchant     = expenses.PaymentStatusReasonTransferredCardNewMerchant
	ExpensePaymentStatusReasonUserSuspended                  = expenses.PaymentStatusReasonUserSuspended
)

// Values of ExpenseStatus that are documented. Brex may answer others, which are kept as they are.
const (
	ExpenseStatusApproved    = expenses.ExpenseStatusApproved
	ExpenseStatusCanceled    = expenses.ExpenseStatusCanceled
	ExpenseStatusDraft       = expenses.ExpenseStatusDraft
	ExpenseStatusOutOfPolicy = expenses.ExpenseStatusOutOfPolicy
	ExpenseStatusSettled     = expenses.ExpenseStatusSettled
	ExpenseStatusSplit       = expenses.ExpenseStatusSplit
	ExpenseStatusSubmitted   = expenses.ExpenseStatusSubmitted
	ExpenseStatusVoid        = expenses.ExpenseStatusVoid
)

// Values of ExpenseType that are documented. Brex may answer others, which are kept as they are.
const (
	ExpenseTypeBillpay       = expenses.ExpenseTypeBillpay
	ExpenseTypeCard          = expenses.ExpenseTypeCard
	ExpenseTypeClawback      = expenses.ExpenseTypeClawback
	ExpenseTypeReimbursement = expenses.ExpenseTypeReimbursement
	ExpenseTypeUnset         = expenses.ExpenseTypeUnset
)
