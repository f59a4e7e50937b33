package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/gen/documents"
	"github.com/brex-go/sdk/gen/operations"
)

func load(t *testing.T, api string) *openapi3.T {
	t.Helper()
	text, err := documents.FS.ReadFile(api + ".json")
	require.NoError(t, err)
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(text)
	require.NoError(t, err)
	require.NoError(t, doc.Validate(loader.Context))
	return doc
}

func TestDocumentsValidate(t *testing.T) {
	files, err := documents.FS.ReadDir(".")
	require.NoError(t, err)
	require.Len(t, files, 10)
	count := 0
	for _, api := range documents.APIs {
		for _, item := range load(t, api).Paths.Map() {
			count += len(item.Operations())
		}
	}
	require.Equal(t, len(operations.All), count)
}

// visit validates JSON against a schema.
func visit(t *testing.T, s *openapi3.SchemaRef, text string, opts ...openapi3.SchemaValidationOption) error {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal([]byte(text), &v))
	return s.Value.VisitJSON(v, opts...)
}

// The unions of payments are inherited by their own members as published; normalised, they tell good bodies from bad.
func TestCreateTransferBodies(t *testing.T) {
	doc := load(t, "payments")
	body := doc.Paths.Value("/v1/transfers").Post.RequestBody.Value.Content.Get("application/json").Schema
	const cash = `{"type": "BREX_CASH", "id": "dpacc_1"}`
	const vendor = `{"type": "VENDOR", "payment_instrument_id": "pi_1"}`
	for _, test := range []struct{ name, counterparty, account, err string }{
		{"vendor", vendor, cash, ""},
		{"book transfer", `{"type": "BOOK_TRANSFER", "recipient": {"type": "ACCOUNT_ID", "id": "dpacc_2"}}`, cash, ""},
		{"unknown type", `{"type": "CRYPTO", "payment_instrument_id": "pi_1"}`, cash, "counterparty"},
		{"no type", `{"payment_instrument_id": "pi_1"}`, cash, "counterparty"},
		{"no payment instrument", `{"type": "VENDOR"}`, cash, `payment_instrument_id`},
		{"members of another type", `{"type": "BOOK_TRANSFER", "payment_instrument_id": "pi_1"}`, cash, `recipient`},
		{"instrument a number", `{"type": "VENDOR", "payment_instrument_id": 7}`, cash, "payment_instrument_id"},
		{"account of an unknown type", vendor, `{"type": "OTHER_BANK", "id": "x"}`, "originating_account"},
		{"account without an id", vendor, `{"type": "BREX_CASH"}`, `id`},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := visit(t, body, fmt.Sprintf(`{"amount": {"amount": 1250, "currency": "USD"}, "description": "rent", "external_memo": "rent",
				"counterparty": %s, "originating_account": %s}`, test.counterparty, test.account), openapi3.VisitAsRequest())
			if test.err == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.err)
		})
	}
}

func TestCreateVendorBodies(t *testing.T) {
	body := load(t, "payments").Paths.Value("/v1/vendors").Post.RequestBody.Value.Content.Get("application/json").Schema
	const ach = `{"type": "ACH", "routing_number": "021000021", "account_number": "1", "account_type": "CHECKING", "account_class": "BUSINESS"}`
	require.NoError(t, visit(t, body, `{"company_name": "ACME", "payment_accounts": [{"details": `+ach+`}]}`))
	require.ErrorContains(t, visit(t, body, `{"company_name": "ACME", "payment_accounts": [{"details": {"type": "ACH"}}]}`), "account_number")
	require.Error(t, visit(t, body, `{"company_name": "ACME", "payment_accounts": [{"details": {"type": "PIGEON"}}]}`))
}

// Answers that hold unions, null for a nullable reference, and values that only constants tell apart.
func TestAnswers(t *testing.T) {
	transfer := load(t, "payments").Components.Schemas["Transfer"]
	const text = `{"id": "ptx_1", "counterparty": %s, "payment_type": "ACH", "amount": {"amount": 1, "currency": null},
		"originating_account": {"type": "BREX_CASH", "id": "dpacc_1"}, "status": "PROCESSED", "cancellation_reason": null,
		"process_date": null, "estimated_delivery_date": null, "creator_user_id": null, "created_at": null, "display_name": null, "external_memo": null}`
	require.NoError(t, visit(t, transfer, fmt.Sprintf(text, `{"type": "VENDOR", "id": "v", "payment_instrument_id": "pi_1", "routing_number": null}`)))
	require.NoError(t, visit(t, transfer, fmt.Sprintf(text, `null`)))
	require.Error(t, visit(t, transfer, fmt.Sprintf(text, `{"type": "VENDOR"}`)))

	value := load(t, "expenses").Components.Schemas["CustomFieldValue"]
	for dataType, data := range map[string]string{
		"STRING": `"x"`, "DECIMAL": `1.5`, "BOOLEAN": `true`, "ENUM": `"A"`, "DATE": `"2026-01-31"`, "TIMESTAMP": `"2026-01-31T12:00:00Z"`,
		"MONEY": `{"amount": 1, "currency": "USD"}`, "OPTION_STRING": `{"option_id": "o", "option_label": "x"}`,
	} {
		single := fmt.Sprintf(`{"value_type": "SINGLE_VALUE", "data_type": %q, "data": %s}`, dataType, data)
		require.NoError(t, visit(t, value, single), single)
		many := fmt.Sprintf(`{"value_type": "LIST", "data_type": %q, "data": [%s, %s]}`, dataType, data, data)
		require.NoError(t, visit(t, value, many), many)
		wrong := fmt.Sprintf(`{"value_type": "LIST", "data_type": %q, "data": %s}`, dataType, data)
		require.Error(t, visit(t, value, wrong), wrong)
	}
	require.Error(t, visit(t, value, `{"value_type": "SINGLE_VALUE", "data_type": "COLOUR", "data": "red"}`))
}
