package brex

import "github.com/brex-go/sdk/gen/payments"

// Values of ApprovalType that are documented. Brex may answer others, which are kept as they are.
const (
	ApprovalTypeManual = payments.ApprovalTypeManual
)

// Values of BankAccountClass that are documented. Brex may answer others, which are kept as they are.
const (
	BankAccountClassBusiness = payments.AccountClassBusiness
	BankAccountClassPersonal = payments.AccountClassPersonal
)

// Values of BankAccountType that are documented. Brex may answer others, which are kept as they are.
const (
	BankAccountTypeChecking = payments.AccountTypeChecking
	BankAccountTypeSaving   = payments.AccountTypeSaving
)

// Values of CounterpartyResponseType that are documented. Brex may answer others, which are kept as they are.
const (
	CounterpartyResponseTypeBankAccount  = payments.CounterPartyResponseTypeBankAccount
	CounterpartyResponseTypeBookTransfer = payments.CounterPartyResponseTypeBookTransfer
	CounterpartyResponseTypeVendor       = payments.CounterPartyResponseTypeVendor
)

// Values of CounterpartyType that are documented. Brex may answer others, which are kept as they are.
const (
	CounterpartyTypeBookTransfer = payments.CounterPartyTypeBookTransfer
	CounterpartyTypeVendor       = payments.CounterPartyTypeVendor
)

// Values of IncomingTransferCounterpartyType that are documented. Brex may answer others, which are kept as they are.
const (
	IncomingTransferCounterpartyTypeBank = payments.CounterPartyIncomingTransferTypeBank
)

// Values of LinkedAccountType that are documented. Brex may answer others, which are kept as they are.
const (
	LinkedAccountTypeChecking = payments.BankTypeChecking
	LinkedAccountTypeSaving   = payments.BankTypeSaving
)

// Values of OriginatingAccountResponseType that are documented. Brex may answer others, which are kept as they are.
const (
	OriginatingAccountResponseTypeBrexCash = payments.OriginatingAccountResponseTypeBrexCash
)

// Values of OriginatingAccountType that are documented. Brex may answer others, which are kept as they are.
const (
	OriginatingAccountTypeBrexCash = payments.OriginatingAccountTypeBrexCash
)

// Values of PaymentDetailsTypeRequest that are documented. Brex may answer others, which are kept as they are.
const (
	PaymentDetailsTypeRequestACH          = payments.PaymentDetailsTypeRequestACH
	PaymentDetailsTypeRequestCheque       = payments.PaymentDetailsTypeRequestCheque
	PaymentDetailsTypeRequestDomesticWire = payments.PaymentDetailsTypeRequestDomesticWire
)

// Values of PaymentDetailsTypeResponse that are documented. Brex may answer others, which are kept as they are.
const (
	PaymentDetailsTypeResponseACH               = payments.PaymentDetailsTypeResponseACH
	PaymentDetailsTypeResponseCheque            = payments.PaymentDetailsTypeResponseCheque
	PaymentDetailsTypeResponseDomesticWire      = payments.PaymentDetailsTypeResponseDomesticWire
	PaymentDetailsTypeResponseInternationalWire = payments.PaymentDetailsTypeResponseInternationalWire
)

// Values of PaymentType that are documented. Brex may answer others, which are kept as they are.
const (
	PaymentTypeACH               = payments.PaymentTypeACH
	PaymentTypeBookTransfer      = payments.PaymentTypeBookTransfer
	PaymentTypeCheque            = payments.PaymentTypeCheque
	PaymentTypeDomesticWire      = payments.PaymentTypeDomesticWire
	PaymentTypeInternationalWire = payments.PaymentTypeInternationalWire
	PaymentTypeStablecoin        = payments.PaymentTypeStablecoin
)

// Values of ReceivingAccountType that are documented. Brex may answer others, which are kept as they are.
const (
	ReceivingAccountTypeBrexCash = payments.ReceivingAccountTypeBrexCash
)

// Values of RecipientType that are documented. Brex may answer others, which are kept as they are.
const (
	RecipientTypeAccountID           = payments.RecipientTypeAccountID
	RecipientTypePaymentInstrumentID = payments.RecipientTypePaymentInstrumentID
)

// Values of TransferCancellationReason that are documented. Brex may answer others, which are kept as they are.
const (
	TransferCancellationReasonApprovalDenied       = payments.TransferCancellationReasonApprovalDenied
	TransferCancellationReasonBlockedByPositivePay = payments.TransferCancellationReasonBlockedByPositivePay
	TransferCancellationReasonInsufficientFunds    = payments.TransferCancellationReasonInsufficientFunds
	TransferCancellationReasonUserCancelled        = payments.TransferCancellationReasonUserCancelled
)

// Values of TransferStatus that are documented. Brex may answer others, which are kept as they are.
const (
	TransferStatusFailed          = payments.TransferStatusFailed
	TransferStatusPendingApproval = payments.TransferStatusPendingApproval
	TransferStatusProcessed       = payments.TransferStatusProcessed
	TransferStatusProcessing      = payments.TransferStatusProcessing
	TransferStatusScheduled       = payments.TransferStatusScheduled
)
