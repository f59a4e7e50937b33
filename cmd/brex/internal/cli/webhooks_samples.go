package cli

import (
	"maps"
	"slices"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/webhook"
	gen "github.com/brex-go/sdk/gen/webhooks"
)

const (
	sampleCompany  = "cuacc_cl5x1q2m40000356h8n2j7k1d"
	sampleTransfer = "dptx_cl6b7e4v90001357q2m9x4t8w"
	sampleReferral = "referral_cl4z9p3k20000356f5b8y6r3s"
)

// samples make an event of each type whose payload Brex documents.
var samples = map[webhook.EventType]func(now time.Time) webhook.Event{
	webhook.TypeTransferProcessed: func(time.Time) webhook.Event {
		return &webhook.TransferProcessed{TransferID: sampleTransfer, PaymentType: gen.PaymentTypeACH, CompanyID: sampleCompany}
	},
	webhook.TypeTransferFailed: func(time.Time) webhook.Event {
		return &webhook.TransferFailed{TransferID: sampleTransfer, PaymentType: gen.PaymentTypeDomesticWire, CompanyID: sampleCompany}
	},
	webhook.TypeExpensePaymentUpdated: func(now time.Time) webhook.Event {
		return &webhook.ExpensePaymentUpdated{
			ExpenseID: "expense_cl7d2f8h10000356p4k6m1n9q", CompanyID: sampleCompany, CardID: "card_cl3v8w5x60000356d7g2h4j1k",
			PaymentStatus: gen.ExpensePaymentStatusPending, PaymentStatusReason: gen.ExpensePaymentStatusReasonApproved,
			PaymentType: gen.ExpensePaymentTypePurchase, PurchasedAt: brex.Time{Time: now.UTC().Truncate(time.Millisecond)},
			OriginalAmount: &brex.Money{Amount: 1250, Currency: "USD"}, BillingAmount: &brex.Money{Amount: 1250, Currency: "USD"},
			Merchant:                 gen.Merchant{RawDescriptor: "BLUE BOTTLE COFFEE", MCC: "5814", Country: "USA"},
			PaymentAuthorizationCode: "A1B2C3", Version: 1,
		}
	},
	webhook.TypeUserUpdated: func(time.Time) webhook.Event {
		return &webhook.UserUpdated{UserID: "cuuser_cl2r6t9y40000356s3a5d7f1g", CompanyID: sampleCompany,
			UpdatedAttributes: []webhook.UserAttributes{gen.UserAttributesStatus, gen.UserAttributesDepartmentID}}
	},
	webhook.TypeAccountingRecordReadyForExport: func(time.Time) webhook.Event {
		return &webhook.AccountingRecordReadyForExport{CompanyID: sampleCompany,
			AccountingRecordIDs: []string{"acr_cl8h4j6k20000356z1x3c5v7b", "acr_cl8h4j6k20001356n9m1q3w5e"}}
	},
	webhook.TypeReferralCreated: func(time.Time) webhook.Event {
		return &webhook.ReferralCreated{ReferralID: sampleReferral}
	},
	webhook.TypeReferralActivated: func(time.Time) webhook.Event {
		return &webhook.ReferralActivated{ReferralID: sampleReferral}
	},
	webhook.TypeReferralApplicationStatusChanged: func(time.Time) webhook.Event {
		return &webhook.ReferralApplicationStatusChanged{ReferralID: sampleReferral,
			Application: gen.ProductApplication{Cash: gen.ApplicationStatusActive}}
	},
}

// sampleTypes are the types with a sample, by the alphabet.
func sampleTypes() []string {
	var types []string
	for _, t := range slices.Sorted(maps.Keys(samples)) {
		types = append(types, string(t))
	}
	return types
}
