package brextest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// walker calls operations and notes which have succeeded.
type walker struct {
	*sandbox
	done map[string]bool
	keys int
}

// call sends a request of an operation and expects success. Path parameters
// are filled in order.
func (w *walker) call(op, body string, args ...string) map[string]any {
	w.t.Helper()
	got := w.try(op, body, args...)
	require.Less(w.t, got.Status, 300, "%s: %s", op, got.Body)
	w.done[op] = true
	var m map[string]any
	_ = json.Unmarshal(got.Body, &m) // some responses are empty, some are arrays
	return m
}

func (w *walker) try(op, body string, args ...string) result {
	w.t.Helper()
	_, method, path := brextest.Route(op)
	require.NotEmpty(w.t, method, op)
	w.keys++
	return w.do(method, fill(path, args), body, "Idempotency-Key", fmt.Sprint("walk-", w.keys))
}

// fill puts values in the place of path parameters; one that is left over is
// the query.
func fill(path string, args []string) string {
	out := ""
	for i := 0; i < len(path); i++ {
		if path[i] != '{' {
			out += string(path[i])
			continue
		}
		for path[i] != '}' {
			i++
		}
		out, args = out+args[0], args[1:]
	}
	if len(args) > 0 {
		out += "?" + args[0]
	}
	return out
}

// first returns the id of the first item of a list.
func (w *walker) first(op string, args ...string) string {
	w.t.Helper()
	items, _ := w.call(op, "", args...)["items"].([]any)
	require.NotEmpty(w.t, items, op)
	return idOf(items[0].(map[string]any))
}

func idOf(m map[string]any) string {
	for _, name := range []string{"id", "budget_id", "brex_id", "integration_id"} {
		if id, ok := m[name].(string); ok {
			return id
		}
	}
	return ""
}

func js(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

type m = map[string]any

// TestEveryOperation calls all operations with valid requests. Every response is
// held against the documents, and has to be a success.
func TestEveryOperation(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	s.everyRow = true
	w := &walker{sandbox: s, done: map[string]bool{}}
	usd := m{"amount": 12500, "currency": "USD"}

	// Team.
	user := w.first("listUsers")
	w.call("getUserById", "", user)
	w.call("getMe", "")
	newUser := idOf(w.call("createUser", `{"first_name":"Ada","last_name":"Byron","email":"ada@x.example"}`))
	w.call("updateUser", `{"status":"DISABLED"}`, newUser)
	w.call("setUserLimit", js(m{"monthly_limit": usd}), user)
	w.call("getUserLimit", "", user)
	w.call("getCompany", "")
	for list, ops := range map[string][]string{"listDepartments": {"getDepartmentById", "createDepartment"},
		"listLocations": {"getLocationById", "createLocation"}, "listTitles": {"getTitleById", "createTitle"}} {
		w.call(ops[0], "", w.first(list))
		w.call(ops[1], `{"name":"New"}`)
	}
	entity := w.first("listLegalEntities")
	w.call("getLegalEntity", "", entity)
	w.call("listCardsByUserId", "", "user_id="+user)
	card := idOf(w.call("createCard", js(m{"owner": m{"type": "USER", "user_id": user}, "card_name": "Tools", "card_type": "VIRTUAL",
		"limit_type": "CARD", "spend_controls": m{"spend_limit": usd, "spend_duration": "MONTHLY"}})))
	w.call("getCardById", "", card)
	w.call("updateCard", js(m{"spend_controls": m{"reason": "more"}}), card)
	w.call("getCardNumber", "", card)
	w.call("emailCardNumber", `{"recipient_email":"a@b.example","sender_name":"A"}`, card)
	w.call("lockCard", `{"reason":"CARD_LOST"}`, card)
	w.call("unlockCard", "", card)
	w.call("terminateCard", `{"reason":"FRAUD"}`, card)

	// Budgets.
	budget := w.first("listSpendBudgets")
	made := idOf(w.call("createSpendBudget", js(m{"name": "B", "description": "d", "parent_budget_id": budget,
		"period_recurrence_type": "MONTHLY", "amount": usd, "owner_user_ids": []string{user}})))
	w.call("getSpendBudgetById", "", made)
	w.call("updateSpendBudget", `{"name":"C","description":null}`, made)
	w.call("archiveSpendBudget", "", made)
	w.call("listSpendLimits", "", "member_user_id[]="+user)
	limit := idOf(w.call("createSpendLimit", spendLimit(user, budget)))
	w.call("getSpendLimitById", "", limit)
	w.call("updateSpendLimit", `{"authorization_settings":{"base_limit":{"amount":5}},"merchant_category_controls":{"blocked_merchant_categories":["BARS"]}}`, limit)
	w.call("archiveSpendLimit", "", limit)
	w.first("listBudgets")
	v1 := idOf(w.call("createBudget", js(m{"name": "V1", "description": "d", "parent_budget_id": budget, "limit": usd, "limit_type": "HARD",
		"limit_visibility": "SHARED", "period_type": "WEEKLY", "spend_type": "BUDGET_PROVISIONED_CARDS_ONLY"})))
	w.call("getBudgetById", "", v1)
	w.call("updateBudget", `{"limit":{"amount":99}}`, v1)
	w.call("archiveBudget", "", v1)
	w.first("listBudgetPrograms")
	program := idOf(w.call("createBudgetProgram", js(m{"name": "P", "budget_blueprints": []m{{"limit": usd, "limit_type": "HARD",
		"limit_visibility": "PRIVATE", "period_type": "MONTHLY", "spend_type": "BUDGET_PROVISIONED_CARDS_ONLY"}}})))
	w.call("getBudgetProgramById", "", program)
	w.call("updateBudgetProgram", `{"description":"new"}`, program)
	w.call("deleteBudgetProgram", "", program)

	// Expenses.
	w.first("listExpenses")
	expense := w.first("listExpenses_1")
	w.call("getExpense", "", expense)
	w.call("getCardExpense", "", expense)
	w.call("updateExpense", `{"memo":"x"}`, expense)
	for _, link := range []m{w.call("receiptUpload", `{"receipt_name":"a.pdf"}`, expense), w.call("receiptMatch", `{"receipt_name":"b.pdf"}`)} {
		require.Equal(t, 200, s.put(link["uri"].(string), "%PDF-1.7").Status)
	}

	// Fields.
	w.first("listFields")
	field := idOf(w.call("createField", `{"name":"Region","group":"ERP","remote_id":"R1"}`))
	w.call("getFieldById", "", field)
	w.call("updateField", `{"is_disabled":true}`, field)
	w.call("createFieldValues", `{"items":[{"value":"EMEA","value_id":"v1"},{"value":"APAC","remote_id":"r1"}]}`, field)
	value := w.first("listFieldValues", field, "value=eme")
	w.call("getFieldValueById", "", field, value)
	w.call("updateFieldValues", `{"items":[{"value_id":"v1","data":{"value":"EU"}},{"remote_id":"r1","data":{"is_disabled":true}}]}`, field)
	w.call("deleteFieldValues", `{"items":[{"brex_id":"`+value+`"}]}`, field)
	w.call("deleteField", "", field)

	// Accounting.
	integration := idOf(w.call("createIntegration", `{"vendor":"NETSUITE","vendor_account_id":"1"}`))
	w.call("disconnectIntegration", "", integration)
	w.call("reactivateIntegration", "", integration)
	record := w.first("queryAccountingRecords", "review_status=READY_FOR_EXPORT")
	w.call("getAccountingRecord", "", record, "single_entry=true")
	w.call("reportAccountingExportResults", js(m{"results": []m{{"accounting_record_id": record, "success": m{"reference_id": "JE-1"}}}}))

	// Travel.
	trip := w.first("listTrips", "last_updated_after=2026-01-01T00:00:00Z")
	w.call("getTrip", "", trip)
	w.call("getBooking", "", trip, w.first("listTripBookings", trip))

	// Onboarding.
	w.first("listReferrals")
	referral := idOf(w.call("createReferralRequest", js(m{"referral_code": "abc", "applicant": m{"email": "f@x.example", "first_name": "F", "last_name": "X"}})))
	w.call("getReferral", "", referral)
	document := w.call("createDocument", `{"type":"IRS_EIN_CONFIRMATION"}`, referral)
	require.Equal(t, 200, s.put(document["uri"].(string), "ein").Status)
	w.call("processDelayedEINDocument", js(m{"document_id": document["id"]}), referral)

	// Transactions and payments.
	w.call("listCardAccounts", "")
	w.first("listPrimaryCardStatements")
	w.first("listPrimaryCardTransactions")
	account := w.first("listAccounts")
	w.call("getPrimaryAccount", "")
	w.call("getAccount", "", account)
	w.first("listCashStatements", account)
	w.first("listCashTransactions", account)
	w.first("listVendors")
	vendor := w.call("createVendor", `{"company_name":"V","payment_accounts":[`+achAccount+`]}`)
	w.call("getVendorById", "", idOf(vendor))
	w.call("updateVendor", `{"phone":"1"}`, idOf(vendor))
	instrument := vendor["payment_accounts"].([]any)[0].(m)["details"].(m)["payment_instrument_id"]
	transfer := idOf(w.call("createTransfer", js(m{"counterparty": m{"type": "VENDOR", "payment_instrument_id": instrument}, "amount": usd,
		"description": "d", "external_memo": "m", "originating_account": m{"type": "BREX_CASH", "id": account}})))
	w.call("getTransfersById", "", transfer)
	w.first("listTransfers")
	bank := w.first("listLinkedAccounts")
	w.call("createIncomingTransfer", js(m{"counterparty": m{"type": "BANK", "id": bank}, "amount": usd, "description": "d",
		"receiving_account": m{"type": "BREX_CASH", "id": account}}))
	w.call("deleteVendor", "", idOf(vendor))

	// Webhooks.
	group := idOf(w.call("createWebhookGroup", `{"name":"G"}`))
	w.call("listWebhookGroups", "")
	w.call("getWebhookGroup", "", group)
	members := `{"members":[{"member_id":"cuacc_1","member_type":"ACCOUNT"}]}`
	w.call("addWebhookGroupMembers", members, group)
	w.call("listWebhookGroupMembers", "", group)
	w.call("removeWebhookGroupMembers", members, group)
	hook := idOf(w.call("createWebhookSubscription", `{"url":"https://x.example/hook","event_types":["USER_UPDATED"]}`))
	w.call("listWebhookSubscriptions", "")
	w.call("getWebhookSubscription", "", hook)
	w.call("updateWebhookSubscription", `{"url":"https://x.example/2","event_types":["USER_UPDATED"],"status":"INACTIVE"}`, hook)
	w.call("listWebhookSecrets", "")
	w.call("deleteWebhookSubscription", "", hook)
	w.call("deleteWebhookGroup", "", group)

	for _, op := range brextest.Operations() {
		require.True(t, w.done[op], "%s was not called: go run ./scripts/newop %s prints the call to add here", op, op)
	}
	require.Len(t, w.done, len(brextest.Operations()))

	// A year later everything can still be read.
	s.Advance(365 * 24 * time.Hour)
	for _, op := range brextest.Operations() {
		if _, method, path := brextest.Route(op); method == http.MethodGet && !strings.Contains(path, "{") {
			require.Equal(t, 200, s.get(path).Status, op)
		}
	}
}

func spendLimit(user, budget string) string {
	return js(m{"name": "L", "parent_budget_id": budget, "expense_policy_id": "p", "period_recurrence_type": "PER_MONTH",
		"spend_type": "NON_BUDGET_PROVISIONED_CARDS_ALLOWED", "authorization_visibility": "PUBLIC", "auto_create_limit_cards_setting": "DISABLED",
		"auto_transfer_cards_setting": "DISABLED", "expense_visibility": "SHARED", "limit_increase_setting": "ENABLED",
		"member_user_ids": []string{user}, "owner_user_ids": []string{user},
		"authorization_settings": m{"base_limit": m{"amount": 100_000, "currency": "USD"}, "authorization_type": "HARD", "rollover_refresh_rate": "OFF"}})
}

// put sends a file to the upload host.
func (s *sandbox) put(uri, body string, header ...string) result {
	s.t.Helper()
	u, err := url.Parse(uri)
	require.NoError(s.t, err)
	return s.raw("PUT", u.RequestURI(), body, header...)
}
