package webhook_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/webhook"
	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/webhooks"
)

func TestParse(t *testing.T) {
	for file, want := range map[string]webhook.Event{
		"referral_created.json":   &webhook.ReferralCreated{EventType: webhook.TypeReferralCreated, ReferralID: "ref_1"},
		"referral_activated.json": &webhook.ReferralActivated{EventType: webhook.TypeReferralActivated, ReferralID: "ref_1"},
		"referral_application_status_changed.json": &webhook.ReferralApplicationStatusChanged{
			EventType: webhook.TypeReferralApplicationStatusChanged, ReferralID: "ref_1",
			Application: webhook.ProductApplication{Cash: webhooks.ApplicationStatusManualReview}},
		"transfer_processed.json": &webhook.TransferProcessed{EventType: webhook.TypeTransferProcessed, TransferID: "dptx_1",
			PaymentType: webhooks.PaymentTypeWireReturn, ReturnForID: "dptx_0", CompanyID: "cuacc_1"},
		"transfer_failed.json": &webhook.TransferFailed{EventType: webhook.TypeTransferFailed, TransferID: "dptx_2",
			PaymentType: webhooks.PaymentTypeACH, CompanyID: "cuacc_1"},
		"user_updated.json": &webhook.UserUpdated{EventType: webhook.TypeUserUpdated, UserID: "cuuser_1", CompanyID: "cuacc_1",
			UpdatedAttributes: []webhook.UserAttributes{webhooks.UserAttributesStatus, webhooks.UserAttributesManagerID}},
		"accounting_record_ready_for_export.json": &webhook.AccountingRecordReadyForExport{
			EventType: webhook.TypeAccountingRecordReadyForExport, AccountingRecordIDs: []string{"rec_1", "rec_2"}, CompanyID: "cuacc_1"},
		"accounting_record_ready_for_export_older.json": &webhook.AccountingRecordReadyForExport{
			EventType: webhook.TypeAccountingRecordReadyForExport, AccountingRecordIDs: []string{"rec_1", "rec_2"}},
		"expense_payment_updated.json": &webhook.ExpensePaymentUpdated{
			EventType: webhook.TypeExpensePaymentUpdated, ExpenseID: "expense_1", PaymentStatus: webhooks.ExpensePaymentStatusDeclined,
			PaymentStatusReason: webhooks.ExpensePaymentStatusReasonExceededCardLimit, PaymentType: webhooks.ExpensePaymentTypeDeclined,
			CompanyID: "cuacc_1", PurchasedAt: wire.At(time.Date(2026, 5, 4, 10, 11, 12, 345e6, time.UTC)),
			OriginalAmount: ptr(money.New(9900, money.EUR)), BillingAmount: ptr(money.New(10742, money.USD)), CardID: "card_1",
			Merchant:                 webhook.Merchant{RawDescriptor: "SCHRUTE FARMS 555", MCC: "7011", Country: "USA"},
			PaymentAuthorizationCode: "A1B2C3", PaymentDescription: "Schrute Farms", Version: 3},
		// Brex's own example, which lacks half of what is required.
		"expense_payment_updated_2024.json": &webhook.ExpensePaymentUpdated{
			EventType: webhook.TypeExpensePaymentUpdated, ExpenseID: "expense_cl3khzfnr00000k92bdjtmmes",
			PaymentStatus: webhooks.ExpensePaymentStatusPending, PaymentType: webhooks.ExpensePaymentTypePurchase,
			CompanyID: "cuacc_ckwodfq7h000801q48qqsae5k", Amount: ptr(money.New(1030, money.USD)), PaymentDescription: "Schrute Farms"},
	} {
		t.Run(file, func(t *testing.T) {
			body := sample(t, file)
			got, err := webhook.Parse(body)
			require.NoError(t, err)
			assert.Equal(t, want, got)
			assert.Equal(t, company(want), got.Company())

			// What NewRequest sends for the event is the event.
			r := request(t, got)
			again, err := webhook.Parse(bodyOf(t, r))
			require.NoError(t, err)
			assert.Equal(t, want, again)
		})
	}
}

func ptr[T any](v T) *T { return &v }

func company(e webhook.Event) string {
	b, _ := json.Marshal(e)
	var m map[string]any
	_ = json.Unmarshal(b, &m)
	for _, name := range []string{"company_id", "companyId"} {
		if s, ok := m[name].(string); ok {
			return s
		}
	}
	return ""
}

// Every type that the document maps to a payload has a type here, and every other type that it lists is unknown.
func TestParseKnowsTheDocument(t *testing.T) {
	b, err := os.ReadFile("../../openapi/webhooks.yaml")
	require.NoError(t, err)
	var doc struct {
		Components struct {
			Schemas struct {
				WebhookEvent struct {
					Discriminator struct{ Mapping map[string]string }
				} `yaml:"WebhookEvent"`
				WebhookEventType struct{ Enum []string } `yaml:"WebhookEventType"`
			}
		}
	}
	require.NoError(t, yaml.Unmarshal(b, &doc))
	mapping, types := doc.Components.Schemas.WebhookEvent.Discriminator.Mapping, doc.Components.Schemas.WebhookEventType.Enum
	require.Len(t, mapping, 8)
	require.Len(t, types, 20)
	for _, name := range types {
		event, err := webhook.Parse([]byte(`{"event_type":"` + name + `"}`))
		require.NoError(t, err)
		require.Equal(t, webhook.EventType(name), event.Type())
		_, unknown := event.(*webhook.UnknownEvent)
		_, mapped := mapping[name]
		require.Equal(t, !mapped, unknown, name)
	}
}

func TestParseUnknown(t *testing.T) {
	body := []byte(`{"event_type":"EMBEDDED_FRAUD_ALERT","company_id":"cuacc_1","account_number":"123456789"}`)
	event, err := webhook.Parse(body)
	require.NoError(t, err)
	u := event.(*webhook.UnknownEvent)
	require.Equal(t, &webhook.UnknownEvent{EventType: "EMBEDDED_FRAUD_ALERT", CompanyID: "cuacc_1", Raw: json.RawMessage(string(body))}, u)
	require.Equal(t, "cuacc_1", u.Company())
	body[0] = 'x'
	require.Equal(t, byte('{'), u.Raw[0], "the caller's buffer is not kept")
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %d", u, u, u, u), fmt.Sprintf("%v %+v %#v %d", *u, *u, *u, *u), u.LogValue().String()} {
		assert.NotContains(t, text, "123456789")
		assert.NotContains(t, text, "49 50 51 52")
		assert.Contains(t, text, "EMBEDDED_FRAUD_ALERT")
	}

	event, err = webhook.Parse([]byte(`{"event_type":"NEW","companyId":"cuacc_2"}`))
	require.NoError(t, err)
	require.Equal(t, "cuacc_2", event.Company())
	require.Equal(t, string(event.(*webhook.UnknownEvent).Raw), string(bodyOf(t, request(t, event))))
	require.JSONEq(t, `{"event_type":"NEW"}`, string(bodyOf(t, request(t, &webhook.UnknownEvent{EventType: "NEW"}))))

	// Unknown members and values of a known type are no trouble.
	event, err = webhook.Parse([]byte(`{"event_type":"TRANSFER_FAILED","transfer_id":"x","payment_type":"CARRIER_PIGEON","new":{}}`))
	require.NoError(t, err)
	require.Equal(t, webhook.PaymentType("CARRIER_PIGEON"), event.(*webhook.TransferFailed).PaymentType)

	// Another shape than documented is not an error either, but is told.
	for _, body := range []string{
		`{"event_type":"TRANSFER_FAILED","transfer_id":7,"company_id":"cuacc_1"}`,
		`{"event_type":"ACCOUNTING_RECORD_READY_FOR_EXPORT","accountingRecordIds":"rec_1","company_id":"cuacc_1"}`,
		`{"event_type":"ACCOUNTING_RECORD_READY_FOR_EXPORT","accounting_record_ids":"rec_1","company_id":"cuacc_1"}`,
	} {
		event, err = webhook.Parse([]byte(body))
		require.NoError(t, err)
		u = event.(*webhook.UnknownEvent)
		require.Error(t, u.Err)
		require.Equal(t, body, string(u.Raw))
		require.Equal(t, "cuacc_1", u.CompanyID)
	}
}

func TestParseErrors(t *testing.T) {
	for body, want := range map[string]error{
		"":                             webhook.ErrEmptyBody,
		" ":                            webhook.ErrNotEvent,
		"null":                         webhook.ErrNotEvent,
		"[]":                           webhook.ErrNotEvent,
		`"TRANSFER_FAILED"`:            webhook.ErrNotEvent,
		"{}":                           webhook.ErrNotEvent,
		`{"event_type":""}`:            webhook.ErrNotEvent,
		`{"event_type":null}`:          webhook.ErrNotEvent,
		`{"event_type":1}`:             webhook.ErrNotEvent,
		`{"type":"TRANSFER_FAILED"}`:   webhook.ErrNotEvent,
		`{"event_type":"USER_UPDATED"`: webhook.ErrNotEvent,
		processed + processed:          webhook.ErrNotEvent,
		"event_type=USER_UPDATED":      webhook.ErrNotEvent,
		strings.Repeat("[", 100_000):   webhook.ErrNotEvent,
	} {
		event, err := webhook.Parse([]byte(body))
		require.ErrorIs(t, err, want, "%.40q", body)
		require.Nil(t, event)
	}
	_, err := webhook.Parse(nil)
	require.ErrorIs(t, err, webhook.ErrEmptyBody)
	require.False(t, errors.Is(err, webhook.ErrNotEvent))
}
