package brex_test

import (
	"log"
	"net/http/httptest"
	"testing/fstest"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// smallCompany is what the examples work on: the shape of list answers, one file per resource.
var smallCompany = fstest.MapFS{
	"users.json": file(`[
		{"id":"user_ada","first_name":"Ada","last_name":"Lovelace","email":"ada@example.com","status":"ACTIVE"},
		{"id":"user_bob","first_name":"Bob","last_name":"Bemer","email":"bob@example.com","status":"ACTIVE"},
		{"id":"user_cyd","first_name":"Cyd","last_name":"Charisse","email":"cyd@example.com","status":"ACTIVE"}]`),
	"cards.json": file(`[
		{"id":"card_1","owner":{"type":"USER","user_id":"user_ada"},"status":"ACTIVE","last_four":"4242","card_name":"Travel","card_type":"VIRTUAL",
			"limit_type":"USER","billing_address":{},"expiration_date":{"month":1,"year":2029}},
		{"id":"card_2","owner":{"type":"USER","user_id":"user_bob"},"status":"ACTIVE","last_four":"1881","card_name":"Ads","card_type":"VIRTUAL",
			"limit_type":"USER","billing_address":{},"expiration_date":{"month":2,"year":2029}},
		{"id":"card_3","owner":{"type":"USER","user_id":"user_bob"},"status":"TERMINATED","last_four":"0005","card_name":"Old","card_type":"PHYSICAL",
			"limit_type":"USER","billing_address":{},"expiration_date":{"month":3,"year":2027}}]`),
	"expenses.json": file(`[
		{"id":"exp_1","expense_type":"CARD","user_id":"user_ada","status":"SETTLED","updated_at":"2026-11-02T10:00:00Z","payment_posted_at":"2026-11-02T10:00:00Z","purchased_at":"2026-11-02T09:00:00Z",
			"billing_amount":{"amount":1250,"currency":"USD"},"merchant_id":"m1","merchant":{"raw_descriptor":"Blue Bottle","mcc":"5814","country":"US"},
			"memo":"coffee","receipts":[{"id":"rc_1"}]},
		{"id":"exp_2","expense_type":"CARD","user_id":"user_bob","status":"SETTLED","updated_at":"2026-11-01T10:00:00Z","payment_posted_at":"2026-11-01T10:00:00Z","purchased_at":"2026-11-01T09:00:00Z",
			"billing_amount":{"amount":9900,"currency":"USD"},"merchant_id":"m2","merchant":{"raw_descriptor":"Example Cloud","mcc":"7372","country":"US"}},
		{"id":"exp_3","expense_type":"CARD","user_id":"user_ada","status":"SETTLED","updated_at":"2026-11-01T12:00:00Z","purchased_at":"2026-11-01T11:00:00Z",
			"billing_amount":{"amount":450,"currency":"USD"},"merchant_id":"m1","merchant":{"raw_descriptor":"Blue Bottle","mcc":"5814","country":"US"}},
		{"id":"exp_4","expense_type":"CARD","user_id":"user_ada","status":"SETTLED","updated_at":"2026-10-12T12:00:00Z","purchased_at":"2026-10-12T11:00:00Z",
			"billing_amount":{"amount":700000,"currency":"USD"},"merchant_id":"m3","merchant":{"raw_descriptor":"Last Month Inc","mcc":"5999","country":"US"},
			"receipts":[{"id":"rc_4"}]},
		{"id":"exp_5","expense_type":"CARD","user_id":"user_bob","status":"CANCELED","updated_at":"2026-11-02T10:00:00Z","purchased_at":"2026-11-02T09:00:00Z",
			"billing_amount":{"amount":5000,"currency":"USD"},"merchant_id":"m2","merchant":{"raw_descriptor":"Example Cloud","mcc":"7372","country":"US"},
			"receipts":[{"id":"rc_5"}]}]`),
	"cash_accounts.json": file(`[
		{"id":"cash_1","name":"Operating","status":"ACTIVE","current_balance":{"amount":10000000,"currency":"USD"},"available_balance":{"amount":9950000,"currency":"USD"},
			"account_number":"000123456789","routing_number":"021000021","primary":true},
		{"id":"cash_2","name":"Payroll","status":"ACTIVE","current_balance":{"amount":2500050,"currency":"USD"},"available_balance":{"amount":2500050,"currency":"USD"},
			"account_number":"000987654321","routing_number":"021000021","primary":false}]`),
	"card_accounts.json": file(`[
		{"id":"cuacc_1","status":"ACTIVE","current_balance":{"amount":123456,"currency":"USD"},"available_balance":{"amount":4876544,"currency":"USD"},
			"account_limit":{"amount":5000000,"currency":"USD"},"current_statement_period":{"start_date":"2026-11-01","end_date":"2026-11-30"}}]`),
	"spend_limits.json": file(`[
		{"id":"sl_1","account_id":"a1","name":"Ads","status":"ACTIVE","period_recurrence_type":"PER_MONTH","spend_type":"BUDGET_PROVISIONED_CARDS_ONLY",
			"owner_user_ids":["user_ada"],"member_user_ids":["user_bob"],
			"authorization_settings":{"base_limit":{"amount":200000,"currency":"USD"},"authorization_type":"HARD","rollover_refresh_rate":"OFF"},
			"current_period_balance":{"start_date":"2026-11-01","end_date":"2026-11-30","amount_spent":{"amount":150000,"currency":"USD"}}},
		{"id":"sl_2","account_id":"a1","name":"Offsite","status":"ACTIVE","period_recurrence_type":"ONE_TIME","spend_type":"NON_BUDGET_PROVISIONED_CARDS_ALLOWED",
			"owner_user_ids":["user_ada"],"member_user_ids":[]}]`),
	"integrations.json": file(`[
		{"integration_id":"int_1","vendor":"ACME_ERP","vendor_account_id":"va_1","status":"ACTIVE","created_at":"2026-01-01T00:00:00Z"}]`),
	"accounting_records.json": file(`[
		{"id":"rec_1","amount":{"amount":12.5,"currency":"USD"},"type":"CARD_EXPENSE_POST","review_status":"READY_FOR_EXPORT","source_type":"CARD",
			"erp_posting_date":"2026-11-02T00:00:00Z","updated_at":"2026-11-02T10:00:00Z","version":1,"posted_at":"2026-11-02T00:00:00Z","line_items":[]},
		{"id":"rec_2","amount":{"amount":99.00,"currency":"USD"},"type":"CARD_EXPENSE_POST","review_status":"READY_FOR_EXPORT","source_type":"CARD",
			"erp_posting_date":"2026-11-01T00:00:00Z","updated_at":"2026-11-01T10:00:00Z","version":1,"posted_at":"2026-11-01T00:00:00Z","line_items":[]},
		{"id":"rec_3","amount":{"amount":7000.00,"currency":"USD"},"type":"CARD_EXPENSE_POST","review_status":"EXPORTED","source_type":"CARD",
			"erp_posting_date":"2026-10-12T00:00:00Z","updated_at":"2026-10-12T12:00:00Z","version":2,"posted_at":"2026-10-12T00:00:00Z","line_items":[]}]`),
	"card_transactions.json": file(`[
		{"id":"tx_1","card_id":"card_1","description":"BLUE BOTTLE","amount":{"amount":1250,"currency":"USD"},"type":"PURCHASE","initiated_at_date":"2026-11-02",
			"posted_at_date":"2026-11-02","expense_id":"exp_1"},
		{"id":"tx_2","card_id":"card_2","description":"EXAMPLE CLOUD","amount":{"amount":10890,"currency":"USD"},"type":"PURCHASE","initiated_at_date":"2026-11-01",
			"posted_at_date":"2026-11-01","expense_id":"exp_2"},
		{"id":"tx_3","description":"Payment","amount":{"amount":-500000,"currency":"USD"},"type":"COLLECTION","initiated_at_date":"2026-11-02",
			"posted_at_date":"2026-11-02"}]`),
	"vendors.json": file(`[
		{"id":"vend_1","company_name":"Acme Paper","email":"ar@acme.example","payment_accounts":[{"details":{"type":"ACH","payment_instrument_id":"pi_1",
			"routing_number":"021000021","account_number":"000111222333"}}]},
		{"id":"vend_2","company_name":"Globex","payment_accounts":[]}]`),
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// sandbox is a client of a Brex in memory. Yours is made with brex.New(brex.WithToken(token)) or brex.NewFromEnv().
func sandbox() (client *brex.Client, closeIt func()) {
	h, err := brextest.NewHandler(brextest.WithData(smallCompany))
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(h)
	client, err = brex.New(brex.WithToken(h.Token()), brex.WithBaseURL(server.URL))
	if err != nil {
		log.Fatal(err)
	}
	return client, server.Close
}
