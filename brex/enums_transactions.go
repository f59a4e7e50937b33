package brex

import "github.com/brex-go/sdk/gen/transactions"

// Values of AccountStatus that are documented. Brex may answer others, which are kept as they are.
const (
	AccountStatusActive = transactions.StatusActive
)

// Values of CardTransactionType that are documented. Brex may answer others, which are kept as they are.
const (
	CardTransactionTypeBNPLFee       = transactions.CardTransactionTypeBnplFee
	CardTransactionTypeChargeback    = transactions.CardTransactionTypeChargeback
	CardTransactionTypeCollection    = transactions.CardTransactionTypeCollection
	CardTransactionTypePurchase      = transactions.CardTransactionTypePurchase
	CardTransactionTypeRefund        = transactions.CardTransactionTypeRefund
	CardTransactionTypeRewardsCredit = transactions.CardTransactionTypeRewardsCredit
)

// Values of CashTransactionType that are documented. Brex may answer others, which are kept as they are.
const (
	CashTransactionTypeAdjustment                       = transactions.CashTransactionTypeAdjustment
	CashTransactionTypeBookTransfer                     = transactions.CashTransactionTypeBookTransfer
	CashTransactionTypeBrexOperationalTransfer          = transactions.CashTransactionTypeBrexOperationalTransfer
	CashTransactionTypeCardCollection                   = transactions.CashTransactionTypeCardCollection
	CashTransactionTypeCryptoBridge                     = transactions.CashTransactionTypeCryptoBridge
	CashTransactionTypeDividend                         = transactions.CashTransactionTypeDividend
	CashTransactionTypeFBOTransfer                      = transactions.CashTransactionTypeFboTransfer
	CashTransactionTypeFee                              = transactions.CashTransactionTypeFee
	CashTransactionTypeInterest                         = transactions.CashTransactionTypeInterest
	CashTransactionTypeIntraCustomerAccountBookTransfer = transactions.CashTransactionTypeIntraCustomerAccountBookTransfer
	CashTransactionTypePayback                          = transactions.CashTransactionTypePayback
	CashTransactionTypePayment                          = transactions.CashTransactionTypePayment
	CashTransactionTypeReceivablesOffersAdvance         = transactions.CashTransactionTypeReceivablesOffersAdvance
	CashTransactionTypeReceivablesOffersCollection      = transactions.CashTransactionTypeReceivablesOffersCollection
	CashTransactionTypeReceivablesOffersRepayment       = transactions.CashTransactionTypeReceivablesOffersRepayment
	CashTransactionTypeRewardsRedemption                = transactions.CashTransactionTypeRewardsRedemption
	CashTransactionTypeStablecoin                       = transactions.CashTransactionTypeStablecoin
	CashTransactionTypeTransactionFeesCollection        = transactions.CashTransactionTypeTransactionFeesCollection
)
