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

// VendorCounterparty is a vendor as the receiver of a transfer, named by the id of one of its payment accounts, which also
// decides how the money travels. See PaymentInstrumentID.
func VendorCounterparty(paymentInstrumentID string) Counterparty {
	return payments.CounterPartyFromVendorDetails(VendorDetails{PaymentInstrumentID: paymentInstrumentID})
}

// BookTransferCounterparty is another account as the receiver of a transfer that stays within Brex.
func BookTransferCounterparty(accountID string) Counterparty {
	return payments.CounterPartyFromBookTransferDetails(BookTransferDetails{Recipient: Recipient{Type: RecipientTypeAccountID, ID: accountID}})
}

// BookTransferToInstrument is a payment instrument as the receiver of a transfer that stays within Brex.
func BookTransferToInstrument(paymentInstrumentID string) Counterparty {
	return payments.CounterPartyFromBookTransferDetails(
		BookTransferDetails{Recipient: Recipient{Type: RecipientTypePaymentInstrumentID, ID: paymentInstrumentID}})
}

// FromCashAccount is the business (cash) account that the money of a transfer leaves.
func FromCashAccount(accountID string) OriginatingAccount {
	return payments.OriginatingAccountFromBrexCashAccountDetails(BrexCashAccountDetails{ID: accountID})
}

// ToCashAccount is the business (cash) account that receives an incoming transfer.
func ToCashAccount(accountID string) ReceivingAccount {
	return payments.ReceivingAccountFromBrexCashDetails(BrexCashDetails{ID: accountID})
}

// BankCounterparty is the linked bank account that an incoming transfer takes the money from.
func BankCounterparty(linkedAccountID string) IncomingTransferCounterparty {
	return payments.CounterPartyIncomingTransferFromCounterPartyBankDetails(CounterpartyBankDetails{ID: linkedAccountID})
}

// PayByACH is a payment account of a vendor that is paid by ACH. Type is filled in.
func PayByACH(d ACHDetails) PaymentAccountRequest {
	return PaymentAccountRequest{Details: payments.PaymentAccountDetailsFromACHDetailsRequest(d)}
}

// PayByWire is a payment account of a vendor that is paid by domestic wire. Type is filled in.
func PayByWire(d DomesticWireDetails) PaymentAccountRequest {
	return PaymentAccountRequest{Details: payments.PaymentAccountDetailsFromDomesticWireDetailsRequest(d)}
}

// PayByCheque is a payment account of a vendor that is sent cheques. Type is filled in; RecipientName has 40 ASCII
// characters at the most, and so has the ExternalMemo of transfers to it.
func PayByCheque(d ChequeDetails) PaymentAccountRequest {
	return PaymentAccountRequest{Details: payments.PaymentAccountDetailsFromChequeDetailsRequest(d)}
}

// PaymentInstrumentID is what VendorCounterparty takes to pay to this account of a vendor, whatever its variant. It is
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

// UpdateByBrexID changes the field value that Brex gave this id.
func UpdateByBrexID(id string, changes FieldValueChanges) FieldValueUpdate {
	return fields.UpdateFieldValueBodyFromUpdateFieldValueByBrexID(UpdateFieldValueByBrexID{BrexID: id, Data: changes})
}

// UpdateByValueID changes the field value that was created with this value_id.
func UpdateByValueID(id string, changes FieldValueChanges) FieldValueUpdate {
	return fields.UpdateFieldValueBodyFromUpdateFieldValueByValueID(UpdateFieldValueByValueID{ValueID: id, Data: changes})
}

// UpdateByRemoteID changes the field value that has this id in the other system.
func UpdateByRemoteID(id string, changes FieldValueChanges) FieldValueUpdate {
	return fields.UpdateFieldValueBodyFromUpdateFieldValueByRemoteID(UpdateFieldValueByRemoteID{RemoteID: id, Data: changes})
}

// DeleteByBrexID names the field value that Brex gave this id.
func DeleteByBrexID(id string) FieldValueDeletion {
	return fields.DeleteFieldValueBodyFromDeleteFieldValueByBrexID(DeleteFieldValueByBrexID{BrexID: id})
}

// DeleteByValueID names the field value that was created with this value_id.
func DeleteByValueID(id string) FieldValueDeletion {
	return fields.DeleteFieldValueBodyFromDeleteFieldValueByValueID(DeleteFieldValueByValueID{ValueID: id})
}

// DeleteByRemoteID names the field value that has this id in the other system.
func DeleteByRemoteID(id string) FieldValueDeletion {
	return fields.DeleteFieldValueBodyFromDeleteFieldValueByRemoteID(DeleteFieldValueByRemoteID{RemoteID: id})
}

// ExportSucceeded reports that an accounting record was exported, with the entry's id and link in the accounting system
// where there are any.
func ExportSucceeded(recordID string, details ExportSuccessDetails) ExportResult {
	return accounting.ExportResultFromSuccessfulExportResult(SuccessfulExportResult{AccountingRecordID: recordID, Success: details})
}

// ExportFailed reports that an accounting record could not be exported, and why.
func ExportFailed(recordID, reason string) ExportResult {
	return accounting.ExportResultFromFailedExportResult(
		FailedExportResult{AccountingRecordID: recordID, Failure: ExportFailureDetails{ErrorMessage: reason}})
}
