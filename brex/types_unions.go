package brex

import (
	"encoding/json"

	"github.com/brex-go/sdk/gen/accounting"
	"github.com/brex-go/sdk/gen/fields"
	"github.com/brex-go/sdk/gen/payments"
	"github.com/brex-go/sdk/gen/team"
)

// Constructors of the unions in requests. To read a union in a response, switch on the type of its
// Value:
//
//	switch other := transfer.Counterparty.Value().(type) {
//	case brex.VendorDetailsResponse: // other.PaymentInstrumentID
//	case brex.Unknown: // a variant that this version does not know: other.Type, other.Raw
//	case nil: // none
//	}

// CardOwnerUser returns the user with this id as the owner of a card.
func CardOwnerUser(userID string) CardOwner {
	return team.CardOwnerFromUserOwner(UserOwner{UserID: userID})
}

// CounterpartyVendor returns a vendor as the receiver of a transfer. The id is that of one of the
// vendor's payment accounts, see PaymentInstrumentID; the account also decides how the money
// travels.
func CounterpartyVendor(paymentInstrumentID string) Counterparty {
	return payments.CounterPartyFromVendorDetails(VendorDetails{PaymentInstrumentID: paymentInstrumentID})
}

// CounterpartyAccount returns another account as the receiver of a transfer that stays within Brex.
func CounterpartyAccount(accountID string) Counterparty {
	return payments.CounterPartyFromBookTransferDetails(BookTransferDetails{Recipient: Recipient{Type: RecipientTypeAccountID, ID: accountID}})
}

// CounterpartyInstrument returns a payment instrument as the receiver of a transfer that stays
// within Brex.
func CounterpartyInstrument(paymentInstrumentID string) Counterparty {
	return payments.CounterPartyFromBookTransferDetails(
		BookTransferDetails{Recipient: Recipient{Type: RecipientTypePaymentInstrumentID, ID: paymentInstrumentID}})
}

// OriginatingAccountCash returns the business (cash) account that the money of a transfer leaves.
func OriginatingAccountCash(accountID string) OriginatingAccount {
	return payments.OriginatingAccountFromBrexCashAccountDetails(BrexCashAccountDetails{ID: accountID})
}

// ReceivingAccountCash returns the business (cash) account that receives an incoming transfer.
func ReceivingAccountCash(accountID string) ReceivingAccount {
	return payments.ReceivingAccountFromBrexCashDetails(BrexCashDetails{ID: accountID})
}

// IncomingTransferCounterpartyBank returns the linked bank account from which an incoming transfer
// pulls the money.
func IncomingTransferCounterpartyBank(linkedAccountID string) IncomingTransferCounterparty {
	return payments.CounterPartyIncomingTransferFromCounterPartyBankDetails(CounterpartyBankDetails{ID: linkedAccountID})
}

// PaymentAccountACH returns a payment account to pay a vendor by ACH. It sets Type.
func PaymentAccountACH(d ACHDetails) PaymentAccountRequest {
	return PaymentAccountRequest{Details: payments.PaymentAccountDetailsFromACHDetailsRequest(d)}
}

// PaymentAccountDomesticWire returns a payment account to pay a vendor by domestic wire. It sets
// Type.
func PaymentAccountDomesticWire(d DomesticWireDetails) PaymentAccountRequest {
	return PaymentAccountRequest{Details: payments.PaymentAccountDetailsFromDomesticWireDetailsRequest(d)}
}

// PaymentAccountCheque returns a payment account to pay a vendor by cheque. It sets Type.
// RecipientName has at most 40 ASCII characters, and so has the ExternalMemo of transfers to the
// account.
func PaymentAccountCheque(d ChequeDetails) PaymentAccountRequest {
	return PaymentAccountRequest{Details: payments.PaymentAccountDetailsFromChequeDetailsRequest(d)}
}

// PaymentInstrumentID returns the id with which CounterpartyVendor pays to this account of a
// vendor, whatever its variant. It returns false if the account has none.
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

// FieldValueUpdateByBrexID returns a change of the field value that Brex gave this id.
func FieldValueUpdateByBrexID(id string, changes FieldValueChanges) FieldValueUpdate {
	return fields.UpdateFieldValueBodyFromUpdateFieldValueByBrexID(UpdateFieldValueByBrexID{BrexID: id, Data: changes})
}

// FieldValueUpdateByValueID returns a change of the field value that was created with this
// value_id.
func FieldValueUpdateByValueID(id string, changes FieldValueChanges) FieldValueUpdate {
	return fields.UpdateFieldValueBodyFromUpdateFieldValueByValueID(UpdateFieldValueByValueID{ValueID: id, Data: changes})
}

// FieldValueUpdateByRemoteID returns a change of the field value that has this id in the other
// system.
func FieldValueUpdateByRemoteID(id string, changes FieldValueChanges) FieldValueUpdate {
	return fields.UpdateFieldValueBodyFromUpdateFieldValueByRemoteID(UpdateFieldValueByRemoteID{RemoteID: id, Data: changes})
}

// FieldValueDeletionByBrexID returns a deletion of the field value that Brex gave this id.
func FieldValueDeletionByBrexID(id string) FieldValueDeletion {
	return fields.DeleteFieldValueBodyFromDeleteFieldValueByBrexID(DeleteFieldValueByBrexID{BrexID: id})
}

// FieldValueDeletionByValueID returns a deletion of the field value that was created with this
// value_id.
func FieldValueDeletionByValueID(id string) FieldValueDeletion {
	return fields.DeleteFieldValueBodyFromDeleteFieldValueByValueID(DeleteFieldValueByValueID{ValueID: id})
}

// FieldValueDeletionByRemoteID returns a deletion of the field value that has this id in the other
// system.
func FieldValueDeletionByRemoteID(id string) FieldValueDeletion {
	return fields.DeleteFieldValueBodyFromDeleteFieldValueByRemoteID(DeleteFieldValueByRemoteID{RemoteID: id})
}

// ExportResultSuccess returns the result of a record that was exported, with the id and link of the
// entry in the accounting system, if there are any.
func ExportResultSuccess(recordID string, details ExportSuccessDetails) ExportResult {
	return accounting.ExportResultFromSuccessfulExportResult(SuccessfulExportResult{AccountingRecordID: recordID, Success: details})
}

// ExportResultFailure returns the result of a record that could not be exported, with the reason.
func ExportResultFailure(recordID, reason string) ExportResult {
	return accounting.ExportResultFromFailedExportResult(
		FailedExportResult{AccountingRecordID: recordID, Failure: ExportFailureDetails{ErrorMessage: reason}})
}
