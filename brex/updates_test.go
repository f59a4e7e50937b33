package brex_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

// sending returns a client and the bytes of the last body it sent. Every call fails with 418.
func sending(t *testing.T, opts ...brex.Option) (*brex.Client, *string) {
	var body string
	transport := roundTrip(func(r *http.Request) (*http.Response, error) {
		b, _ := io.ReadAll(r.Body)
		body = string(b)
		return &http.Response{StatusCode: 418, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
	})
	c, err := brex.New(append([]brex.Option{brex.WithToken("t"), brex.WithLimiter(nil), brex.WithHTTPClient(&http.Client{Transport: transport})}, opts...)...)
	require.NoError(t, err)
	return c, &body
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// What is sent for a field that is left alone, cleared and set.
func TestUpdatesOnTheWire(t *testing.T) {
	ctx := context.Background()
	usd := func(n int64) brex.Money { return brex.Money{Amount: n, Currency: "USD"} }
	day := brex.NewDate(2026, 12, 31)
	updated := map[string]bool{"setUserLimit": false} // every PUT, and the POST that is one
	for _, op := range brex.Operations() {
		if op.Method == http.MethodPut {
			updated[op.ID] = false
		}
	}
	c, body := sending(t, brex.WithObserver(func(_ context.Context, e brex.Event) { updated[e.Operation] = true }))
	for _, test := range []struct {
		name string
		call func()
		want string
	}{
		{"expense: left alone", func() { c.Expenses.Update(ctx, "e", brex.UpdateExpenseRequest{}) }, `{}`},
		{"expense: memo cleared", func() { c.Expenses.Update(ctx, "e", brex.UpdateExpenseRequest{Memo: brex.Set("")}) }, `{"memo":""}`},
		{"expense: memo null", func() { c.Expenses.Update(ctx, "e", brex.UpdateExpenseRequest{Memo: brex.Null[string]()}) }, `{"memo":null}`},
		{"expense: memo", func() { c.Expenses.Update(ctx, "e", brex.UpdateExpenseRequest{Memo: brex.Set("lunch")}) }, `{"memo":"lunch"}`},

		{"limit: left alone", func() { c.Users.SetLimit(ctx, "u", brex.SetUserLimitRequest{}) }, `{}`},
		{"limit: removed", func() { c.Users.SetLimit(ctx, "u", brex.SetUserLimitRequest{MonthlyLimit: brex.Null[brex.Money]()}) },
			`{"monthly_limit":null}`},
		{"limit: nothing may be spent", func() { c.Users.SetLimit(ctx, "u", brex.SetUserLimitRequest{MonthlyLimit: brex.Set(usd(0))}) },
			`{"monthly_limit":{"amount":0,"currency":"USD"}}`},
		{"limit", func() {
			c.Users.SetLimit(ctx, "u", brex.SetUserLimitRequest{MonthlyLimit: brex.Set(brex.Money{Amount: 5000})})
		},
			`{"monthly_limit":{"amount":5000}}`},

		{"user: left alone", func() { c.Users.Update(ctx, "u", brex.UpdateUserRequest{}) }, `{}`},
		{"user", func() {
			c.Users.Update(ctx, "u", brex.UpdateUserRequest{Status: brex.Set(brex.UpdateUserStatusActive), ManagerID: brex.Null[string](), TitleID: brex.Set("t1")})
		}, `{"status":"ACTIVE","manager_id":null,"title_id":"t1"}`},

		{"card: left alone", func() { c.Cards.Update(ctx, "c", brex.UpdateCardRequest{}) }, `{}`},
		{"card: no limit of its own", func() {
			c.Cards.Update(ctx, "c", brex.UpdateCardRequest{SpendControls: brex.Null[brex.SpendControlUpdateRequest]()})
		}, `{"spend_controls":null}`},
		{"card: fields within", func() {
			c.Cards.Update(ctx, "c", brex.UpdateCardRequest{SpendControls: brex.Set(brex.SpendControlUpdateRequest{SpendLimit: brex.Set(usd(1)),
				LockAfterDate: brex.Null[brex.Date](), AllowedMerchantDetails: brex.Set([]brex.MerchantDetails{})})})
		}, `{"spend_controls":{"spend_limit":{"amount":1,"currency":"USD"},"lock_after_date":null,"allowed_merchant_details":[]}}`},

		{"budget: left alone", func() { c.Budgets.Update(ctx, "b", brex.UpdateBudgetRequest{}) }, `{}`},
		{"budget", func() {
			c.Budgets.Update(ctx, "b", brex.UpdateBudgetRequest{Description: brex.Set(""), Amount: brex.Set(usd(2)), StartDate: brex.Set(day), EndDate: brex.Null[brex.Date]()})
		}, `{"description":"","amount":{"amount":2,"currency":"USD"},"start_date":"2026-12-31","end_date":null}`},

		{"spend limit: left alone", func() { c.SpendLimits.Update(ctx, "s", brex.UpdateSpendLimitRequest{}) }, `{}`},
		{"spend limit", func() {
			c.SpendLimits.Update(ctx, "s", brex.UpdateSpendLimitRequest{TransactionLimit: brex.Null[brex.Money](), MemberUserIDs: brex.Set([]string{}),
				AuthorizationSettings: brex.Set(brex.UpdateAuthorizationSettingsRequest{LimitBufferPercentage: brex.Null[brex.Decimal]()})})
		}, `{"authorization_settings":{"limit_buffer_percentage":null},"transaction_limit":null,"member_user_ids":[]}`},

		{"budget program: left alone", func() { c.BudgetPrograms.Update(ctx, "p", brex.UpdateBudgetProgramRequest{}) }, `{}`},
		{"budget program", func() {
			c.BudgetPrograms.Update(ctx, "p", brex.UpdateBudgetProgramRequest{EmployeeFilter: brex.Null[brex.EmployeeFilter](),
				BudgetBlueprints: brex.Set([]brex.UpdateBudgetBlueprintRequest{{ID: brex.Set("b1"), EndDate: brex.Null[brex.Date]()}})})
		}, `{"budget_blueprints":[{"id":"b1","end_date":null}],"employee_filter":null}`},

		{"v1 spend limit: left alone", func() { c.SpendLimitsV1.Update(ctx, "s", brex.UpdateSpendLimitV1Request{}) }, `{}`},
		{"v1 spend limit", func() {
			c.SpendLimitsV1.Update(ctx, "s", brex.UpdateSpendLimitV1Request{Description: brex.Null[string](), Limit: brex.Set(usd(3))})
		}, `{"description":null,"limit":{"amount":3,"currency":"USD"}}`},

		{"vendor: left alone", func() { c.Vendors.Update(ctx, "v", brex.UpdateVendorRequest{}) }, `{}`},
		{"vendor", func() {
			c.Vendors.Update(ctx, "v", brex.UpdateVendorRequest{Email: brex.Null[string](), PaymentAccounts: brex.Set([]brex.PaymentAccountRequest{})})
		}, `{"email":null,"payment_accounts":[]}`},

		{"field: left alone", func() { c.Fields.Update(ctx, "f", brex.UpdateFieldRequest{}) }, `{}`},
		{"field", func() { c.Fields.Update(ctx, "f", brex.UpdateFieldRequest{IsDisabled: brex.Set(false)}) }, `{"is_disabled":false}`},

		{"field value: left alone", func() {
			c.FieldValues.Update(ctx, "f", brex.UpdateFieldValuesRequest{Items: []brex.FieldValueUpdate{brex.FieldValueUpdateByBrexID("b1", brex.FieldValueChanges{})}})
		}, `{"items":[{"brex_id":"b1","data":{}}]}`},
		{"field value", func() {
			c.FieldValues.Update(ctx, "f", brex.UpdateFieldValuesRequest{Items: []brex.FieldValueUpdate{
				brex.FieldValueUpdateByRemoteID("r1", brex.FieldValueChanges{Value: brex.Null[string](), IsDisabled: brex.Set(true)})}})
		}, `{"items":[{"remote_id":"r1","data":{"value":null,"is_disabled":true}}]}`},

		{"webhook: everything is sent", func() {
			c.Webhooks.Update(ctx, "w", brex.UpdateWebhookRequest{URL: "https://a.example", EventTypes: []brex.WebhookEventType{"NEW_TYPE"}, Status: "INACTIVE"})
		}, `{"url":"https://a.example","event_types":["NEW_TYPE"],"status":"INACTIVE"}`},
	} {
		*body = "(nothing)"
		test.call()
		require.Equal(t, test.want, *body, test.name)
	}
	require.NotContains(t, slices.Collect(maps.Values(updated)), false, "%v", updated)
}

// TestUpdatesAreNullable finds update requests in which absent and null cannot be told apart.
func TestUpdatesAreNullable(t *testing.T) {
	for _, req := range []any{brex.UpdateExpenseRequest{}, brex.SetUserLimitRequest{}, brex.UpdateUserRequest{}, brex.UpdateCardRequest{},
		brex.SpendControlUpdateRequest{}, brex.UpdateBudgetRequest{}, brex.UpdateSpendLimitRequest{}, brex.UpdateAuthorizationSettingsRequest{},
		brex.UpdateBudgetProgramRequest{}, brex.UpdateBudgetBlueprintRequest{}, brex.UpdateSpendLimitV1Request{}, brex.UpdateVendorRequest{},
		brex.UpdateFieldRequest{}, brex.FieldValueChanges{}} {
		typ := reflect.TypeOf(req)
		for i := range typ.NumField() {
			f := typ.Field(i)
			require.True(t, strings.HasPrefix(f.Type.Name(), "Nullable["), "%s.%s", typ, f.Name)
			require.Contains(t, f.Tag.Get("json"), ",omitzero", "%s.%s", typ, f.Name)
		}
	}
}
