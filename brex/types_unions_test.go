package brex_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

// The constructors, as they are sent.
func TestUnionConstructors(t *testing.T) {
	address := brex.PaymentAddress{Line1: "1 Main St", Country: "US"}
	renamed := brex.FieldValueChanges{Value: brex.Set("x")}
	for want, union := range map[string]any{
		`{"type":"USER","user_id":"u1"}`:                                                  brex.CardOwnerUser("u1"),
		`{"type":"VENDOR","payment_instrument_id":"p1"}`:                                  brex.CounterpartyVendor("p1"),
		`{"type":"BOOK_TRANSFER","recipient":{"type":"ACCOUNT_ID","id":"a1"}}`:            brex.CounterpartyAccount("a1"),
		`{"type":"BOOK_TRANSFER","recipient":{"type":"PAYMENT_INSTRUMENT_ID","id":"p1"}}`: brex.CounterpartyInstrument("p1"),
		`{"type":"BREX_CASH","id":"a1"}`:                                                  brex.OriginatingAccountCash("a1"),
		`{"type":"BREX_CASH","id":"a2"}`:                                                  brex.ReceivingAccountCash("a2"),
		`{"type":"BANK","id":"b1"}`:                                                       brex.IncomingTransferCounterpartyBank("b1"),
		`{"brex_id":"1","data":{"value":"x"}}`:                                            brex.FieldValueUpdateByBrexID("1", renamed),
		`{"value_id":"2","data":{"value":"x"}}`:                                           brex.FieldValueUpdateByValueID("2", renamed),
		`{"remote_id":"3","data":{"value":"x"}}`:                                          brex.FieldValueUpdateByRemoteID("3", renamed),
		`{"brex_id":"1"}`:                                                                 brex.FieldValueDeletionByBrexID("1"),
		`{"value_id":"2"}`:                                                                brex.FieldValueDeletionByValueID("2"),
		`{"remote_id":"3"}`:                                                               brex.FieldValueDeletionByRemoteID("3"),
		`{"accounting_record_id":"r1","success":{}}`:                                      brex.ExportResultSuccess("r1", brex.ExportSuccessDetails{}),
		`{"accounting_record_id":"r2","failure":{"error_message":"closed"}}`:              brex.ExportResultFailure("r2", "closed"),
		`{"details":{"type":"CHEQUE","mailing_address":{"line1":"1 Main St","country":"US"},"recipient_name":"Acme"}}`: brex.PaymentAccountCheque(brex.ChequeDetails{MailingAddress: address, RecipientName: "Acme"}),
		`{"details":{"type":"DOMESTIC_WIRE","routing_number":"021000021","account_number":"1","address":{"line1":"1 Main St","country":"US"}}}`: brex.PaymentAccountDomesticWire(
			brex.DomesticWireDetails{RoutingNumber: "021000021", AccountNumber: brex.NewSecret("1"), Address: address}),
		`{"details":{"type":"ACH","routing_number":"021000021","account_number":"1","account_type":"CHECKING","account_class":"BUSINESS"}}`: brex.PaymentAccountACH(
			brex.ACHDetails{RoutingNumber: "021000021", AccountNumber: brex.NewSecret("1"), AccountType: brex.BankAccountTypeChecking, AccountClass: brex.BankAccountClassBusiness}),
	} {
		b, err := json.Marshal(union)
		require.NoError(t, err)
		require.Equal(t, want, string(b))
	}
}

// union is what every union has.
type union interface {
	Value() any
	IsZero() bool
	Raw() (json.RawMessage, error)
}

// Each union of an answer: a known variant, another one, and null.
func TestUnionsOfResponses(t *testing.T) {
	for _, test := range []struct {
		json    string
		into    union
		variant any
		wrong   func(u union) bool // asks for a variant that it is not
	}{
		{`{"type":"VENDOR","payment_instrument_id":"p1","id":"v1"}`, &brex.CounterpartyResponse{}, brex.VendorDetailsResponse{Type: "VENDOR", PaymentInstrumentID: "p1", ID: "v1"},
			func(u union) bool { _, ok := u.(*brex.CounterpartyResponse).AsBankAccountDetailsResponse(); return ok }},
		{`{"type":"BANK_ACCOUNT","description":"x"}`, &brex.CounterpartyResponse{}, brex.BankAccountDetailsResponse{Type: "BANK_ACCOUNT", Description: "x"},
			func(u union) bool { _, ok := u.(*brex.CounterpartyResponse).AsVendorDetailsResponse(); return ok }},
		{`{"type":"BREX_CASH","id":"a1"}`, &brex.OriginatingAccountResponse{}, brex.BrexCashAccountDetailsResponse{Type: "BREX_CASH", ID: "a1"}, nil},
		{`{"type":"USER","user_id":"u1"}`, &brex.CardOwner{}, brex.UserOwner{Type: "USER", UserID: "u1"}, nil},
		{`{"type":"ACH","payment_instrument_id":"p1","routing_number":"1","account_number":"2"}`, &brex.PaymentAccountDetailsResponse{},
			brex.ACHDetailsResponse{Type: "ACH", PaymentInstrumentID: "p1", RoutingNumber: "1", AccountNumber: brex.NewSecret("2")},
			func(u union) bool {
				_, ok := u.(*brex.PaymentAccountDetailsResponse).AsChequeDetailsResponse()
				return ok
			}},
		{`{"data_type":"STRING","value_type":"LIST","data":["a"]}`, &brex.ExpenseCustomFieldValue{},
			brex.CustomStringList{DataType: "STRING", ValueType: "LIST", Data: []string{"a"}},
			func(u union) bool { _, ok := u.(*brex.ExpenseCustomFieldValue).AsStringValue(); return ok }},
		{`{"type":"RAIL","journeys":[]}`, &brex.BookingData{}, brex.RailBooking{Type: "RAIL", Journeys: []brex.RailJourney{}},
			func(u union) bool { _, ok := u.(*brex.BookingData).AsAirBookingData(); return ok }},
		{`{"type":"CARD","id":"c1"}`, &brex.ExpensePaymentInstrument{}, brex.CardPaymentInstrument{Type: "CARD", ID: "c1"}, nil},
	} {
		require.NoError(t, json.Unmarshal([]byte(test.json), test.into))
		require.Equal(t, test.variant, test.into.Value(), test.json)
		if test.wrong != nil {
			require.False(t, test.wrong(test.into), test.json)
		}

		const unknown = `{"type":"TELEPORT", "data_type":"ODOUR","value_type":"SINGLE_VALUE", "n":12345678901234567890}`
		require.NoError(t, json.Unmarshal([]byte(unknown), test.into))
		got, ok := test.into.Value().(brex.Unknown)
		require.True(t, ok, "%T", test.into.Value())
		require.Equal(t, unknown, string(got.Raw))
		raw, err := test.into.Raw()
		require.NoError(t, err)
		require.Equal(t, unknown, string(raw))
		again, err := json.Marshal(test.into)
		require.NoError(t, err)
		require.JSONEq(t, unknown, string(again))
		require.Contains(t, string(again), "12345678901234567890", "digits are kept")
		if test.wrong != nil {
			require.False(t, test.wrong(test.into))
		}

		require.NoError(t, json.Unmarshal([]byte(`null`), test.into))
		require.Nil(t, test.into.Value())
		require.True(t, test.into.IsZero())
	}
}

// A known variant whose content has another shape is not half an object.
func TestUnionWithTheWrongShape(t *testing.T) {
	var u brex.CounterpartyResponse
	require.NoError(t, json.Unmarshal([]byte(`{"type":"VENDOR","payment_instrument_id":7}`), &u))
	unknown, ok := u.Value().(brex.Unknown)
	require.True(t, ok)
	require.Equal(t, "VENDOR", unknown.Type)
	require.Error(t, unknown.Err)
	_, ok = u.AsVendorDetailsResponse()
	require.False(t, ok)
}

func TestUnionsDoNotPrintAccountNumbers(t *testing.T) {
	account := brex.PaymentAccountACH(brex.ACHDetails{RoutingNumber: "021000021", AccountNumber: brex.NewSecret("000123456789")})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		require.NotContains(t, fmt.Sprintf(verb, account), "000123456789", verb)
	}
}

func TestPaymentInstrumentID(t *testing.T) {
	for text, want := range map[string]string{
		`{"details":{"type":"ACH","payment_instrument_id":"p1"}}`:                "p1",
		`{"details":{"type":"INTERNATIONAL_WIRE","payment_instrument_id":"p2"}}`: "p2",
		`{"details":{"type":"PIGEON","payment_instrument_id":"p3"}}`:             "p3",
		`{"details":{"type":"PIGEON"}}`:                                          "",
		`{"details":{"type":"PIGEON","payment_instrument_id":7}}`:                "",
		`{"details":null}`: "",
		`{}`:               "",
	} {
		var account brex.PaymentAccount
		require.NoError(t, json.Unmarshal([]byte(text), &account))
		id, ok := brex.PaymentInstrumentID(account)
		require.Equal(t, want, id, text)
		require.Equal(t, want != "", ok, text)
	}
}
