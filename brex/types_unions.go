package brex

import (
	"encoding/json"

	"github.com/brex-go/sdk/gen/accounting"
	"github.com/brex-go/sdk/gen/fields"
	"github.com/brex-go/sdk/gen/payments"
	"github.com/brex-go/sdk/gen/team"
)

// Constructors of the unions that requests take. The unions of answers are read with a switch on the type of their Value:
//
//	switch other := transfer.Counterparty.Value().(type) {
//	case brex.VendorDetailsResponse: // other.PaymentInstrumentID
//	case brex.Unknown: // a variant that this version does not know: other.Type, other.Raw
//	case nil: // none
//	}

// CardOwnerUser is the user with this id as the owner of a card.
func CardOwnerUser(userID string) CardOwner {
	return team.CardOwnerFromUserOwner(UserOwner{UserID: userID})
}

// CounterpartyVendor is a vendor as the receiver of a transfer, named by the id of one of its payment accounts, which also
// decides how the money travels. See PaymentInstrumentID.
func CounterpartyVendor(paymentInstrumentID string) Counterparty {
	return payments.CounterPartyFromVendorDetails(VendorDetails{PaymentInstrumentID: paymentInstrumentID})
}

// CounterpartyAccount is another account as the receiver of a transfer that stays within Brex.
func CounterpartyAccount(accountID string) Counterparty {
	return payments.CounterPartyFromBookTransferDetails(BookTransferDetails{Recipient: Recipient{Type: RecipientTypeAccountID, ID: accountID}})
}

// CounterpartyInstrument is a payment instrument as the receiver of a transfer that stays within Brex.
func CounterpartyInstrument(paymentInstrumentID string) Counterparty {
	return payments.CounterPartyFromBookTransferDetails(
		BookTransferDetails{Recipient: Recipient{Type: RecipientTypePaymentInstrumentID, ID: paymentInstrumentID}})
}

// OriginatingAccountCash is the business (cash) account that the money of a transfer leaves.
func OriginatingAccountCash(accountID string) OriginatingAccount {
	return payments.OriginatingAccountFromBrexCashAccountDetails(BrexCashAccountDetails{ID: accountID})
}

// ReceivingAccountCash is the business (cash) account that receives an incoming transfer.
func ReceivingAccountCash(accountID string) ReceivingAccount {
	return payments.ReceivingAccountFromBrexCashDetails(BrexCashDetails{ID: accountID})
}

// IncomingTransferCounterpartyBank is the linked bank account that an incoming transfer takes the money from.
func IncomingTransferCounterpartyBank(linkedAccountID string) IncomingTransferCounterparty {
	return payments.CounterPartyIncomingTransferFromCounterPartyBankDetails(CounterpartyBankDetails{ID: linkedAccountID})
}

// PaymentAccountACH is a payment account of a vendor that is paid by ACH. Type is filled in.
func PaymentAccountACH(d ACHDetails) PaymentAccountRequest {
	return PaymentAccountRequest{Details: payments.PaymentAccountDetailsFromACHDetailsRequest(d)}
}

// PaymentAccountDomesticWire is a payment account of a vendor that is paid by domestic wire. Type is filled in.
func PaymentAccountDomesticWire(d DomesticWireDetails) PaymentAccountRequest {
	return PaymentAccountRequest{Details: payments.PaymentAccountDetailsFromDomesticWireDetailsRequest(d)}
}

// PaymentAccountCheque is a payment account of a vendor that is sent cheques. Type is filled in; RecipientName has 40 ASCII
// characters at the most, and so has the ExternalMemo of transfers to it.
func PaymentAccountCheque(d ChequeDetails) PaymentAccountRequest {
	return PaymentAccountRequest{Details: payments.PaymentAccountDetailsFromChequeDetailsRequest(d)}
}

// PaymentInstrumentID is what CounterpartyVendor takes to pay to this account of a vendor, whatever its variant. It is
// false when the account has none.
func PaymentInstrumentID(account PaymentAccount) (string, bool) {
	raw, err := account.Details.Raw()
	if err != nil {
		return "", false
	}
	var d struct {
		ID string `json:"payment_instrument_id"`
	}
	if json.Unmarshal(raw, &d) != nil {
		return "", false
	}
	return d.ID, d.ID != ""
}

// FieldValueUpdateByBrexID changes the field value that Brex gave this id.
func FieldValueUpdateByBrexID(id string, changes FieldValueChanges) FieldValueUpdate {
	return fields.UpdateFieldValueBodyFromUpdateFieldValueByBrexID(UpdateFieldValueByBrexID{BrexID: id, Data: changes})
}

// FieldValueUpdateByValueID changes the field value that was created with this value_id.
func FieldValueUpdateByValueID(id string, changes FieldValueChanges) FieldValueUpdate {
	return fields.UpdateFieldValueBodyFromUpdateFieldValueByValueID(UpdateFieldValueByValueID{ValueID: id, Data: changes})
}

// FieldValueUpdateByRemoteID changes the field value that has this id in the other system.
func FieldValueUpdateByRemoteID(id string, changes FieldValueChanges) FieldValueUpdate {
	return fields.UpdateFieldValueBodyFromUpdateFieldValueByRemoteID(UpdateFieldValueByRemoteID{RemoteID: id, Data: changes})
}

// FieldValueDeletionByBrexID names the field value that Brex gave this id.
func FieldValueDeletionByBrexID(id string) FieldValueDeletion {
	return fields.DeleteFieldValueBodyFromDeleteFieldValueByBrexID(DeleteFieldValueByBrexID{BrexID: id})
}

// FieldValueDeletionByValueID names the field value that was created with this value_id.
func FieldValueDeletionByValueID(id string) FieldValueDeletion {
	return fields.DeleteFieldValueBodyFromDeleteFieldValueByValueID(DeleteFieldValueByValueID{ValueID: id})
}

// FieldValueDeletionByRemoteID names the field value that has this id in the other system.
func FieldValueDeletionByRemoteID(id string) FieldValueDeletion {
	return fields.DeleteFieldValueBodyFromDeleteFieldValueByRemoteID(DeleteFieldValueByRemoteID{RemoteID: id})
}

// ExportResultSuccess reports that an accounting record was exported, with the entry's id and link in the accounting system
// where there are any.
func ExportResultSuccess(recordID string, details ExportSuccessDetails) ExportResult {
	return accounting.ExportResultFromSuccessfulExportResult(SuccessfulExportResult{AccountingRecordID: recordID, Success: details})
}

// ExportResultFailure reports that an accounting record could not be exported, and why.
func ExportResultFailure(recordID, reason string) ExportResult {
	return accounting.ExportResultFromFailedExportResult(
		FailedExportResult{AccountingRecordID: recordID, Failure: ExportFailureDetails{ErrorMessage: reason}})
}
