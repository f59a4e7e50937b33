package brextest_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// TestCardsShowSpend: what is available is the limit less the purchases of the
// period.
func TestCardsShowSpend(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	start := map[any]string{"MONTHLY": "2026-11-01", "QUARTERLY": "2026-10-01", "YEARLY": "2026-01-01", "ONE_TIME": "2000-01-01"}
	spent := map[string]map[string]int64{}
	for duration, from := range start {
		for _, e := range s.all("/v1/expenses?expand[]=payment&purchased_at_start=" + from + "T00:00:00") {
			payment, _ := e["payment"].(m)
			switch e["payment_status"] {
			case "DECLINED", "CANCELED", "REFUNDED", "CREDITED":
				continue
			}
			if payment == nil {
				continue
			}
			card := payment["paymentInstrument"].(m)["id"].(string)
			if spent[card] == nil {
				spent[card] = map[string]int64{}
			}
			spent[card][duration.(string)] += cents(e["usd_equivalent_amount"])
		}
	}
	checked := 0
	for _, c := range s.all("/v2/cards") {
		controls, _ := c["spend_controls"].(m)
		if controls == nil {
			continue
		}
		sum := spent[c["id"].(string)][controls["spend_duration"].(string)]
		require.Equal(t, cents(controls["spend_limit"])-sum, cents(controls["spend_available"]), c["id"])
		if sum > 0 {
			checked++
		}
	}
	require.Greater(t, checked, 5)
}

func TestPurchase(t *testing.T) {
	t.Parallel()
	w := newWalker(t, newSandbox(t, small))
	user, budget := w.first("listUsers"), w.first("listSpendBudgets")
	limit := idOf(w.call("createSpendLimit", spendLimit(user, budget)))
	card := idOf(w.call("createCard", js(m{"owner": m{"type": "USER", "user_id": user}, "card_name": "Tools", "card_type": "VIRTUAL",
		"limit_type": "CARD", "spend_controls": m{"spend_limit": m{"amount": 90_000}, "spend_duration": "MONTHLY", "parent_budget_id": limit}})))
	buy := func(amount int64) m {
		t.Helper()
		id, err := w.Purchase(card, amount, "Bolt & Nut")
		require.NoError(t, err)
		return w.call("getExpense", "", id, "expand[]=payment&expand[]=budget&expand[]=merchant&expand[]=user")
	}
	declined := func(e m, reason string) {
		t.Helper()
		require.Equal(t, "DECLINED", e["payment_status"])
		require.Equal(t, reason, e["payment"].(m)["statusReason"])
	}
	available := func() int64 {
		return cents(w.call("getCardById", "", card)["spend_controls"].(m)["spend_available"])
	}
	account := func() int64 {
		var list []m
		require.NoError(t, jsonOf(w.get("/v2/accounts/card"), &list))
		return cents(list[0]["current_balance"])
	}
	owed := account()
	e := buy(60_000)
	require.Equal(t, "PROCESSING", e["payment_status"])
	require.Equal(t, limit, e["budget"].(m)["id"])
	require.Equal(t, e["id"], w.first("listExpenses"), "the newest is first")
	require.Equal(t, int64(30_000), available())
	require.EqualValues(t, 60_000, cents(w.call("getSpendLimitById", "", limit)["current_period_balance"].(m)["amount_spent"]))
	declined(buy(30_001), "EXCEEDED_CARD_LIMIT")
	require.Equal(t, int64(30_000), available(), "what is declined is not spent")

	w.call("updateCard", `{"spend_controls":{"spend_limit":{"amount":500000}}}`, card)
	require.Equal(t, int64(440_000), available(), "what was spent stays spent")
	declined(buy(50_000), "EXCEEDED_BUDGET_LIMIT")
	w.call("setUserLimit", `{"monthly_limit":{"amount":10000000}}`, user)
	month := cents(w.call("getUserLimit", "", user)["monthly_available"])
	buy(10_000)
	require.Equal(t, month-10_000, cents(w.call("getUserLimit", "", user)["monthly_available"]))
	w.call("setUserLimit", `{"monthly_limit":{"amount":100}}`, user)
	declined(buy(200), "EXCEEDED_USER_LIMIT")
	w.call("setUserLimit", `{"monthly_limit":null}`, user)
	w.call("lockCard", `{"reason":"OTHER"}`, card)
	declined(buy(100), "CARD_NOT_ACTIVE")
	w.call("unlockCard", "", card)
	w.call("archiveSpendLimit", "", limit)
	declined(buy(100), "BUDGET_EXPIRED")

	// Two days later it has posted, and is in the books.
	w.Advance(49 * time.Hour)
	got := w.call("getExpense", "", e["id"].(string))
	require.Equal(t, "CLEARED", got["payment_status"])
	require.Equal(t, "2026-11-04T12:00:00.000Z", got["payment_posted_at"])
	found := 0
	for _, tx := range w.all("/v2/transactions/card/primary") {
		if tx["expense_id"] == e["id"] {
			found++
			require.EqualValues(t, 60_000, cents(tx["amount"]))
			require.Equal(t, card, tx["card_id"])
		}
	}
	require.Equal(t, 1, found)
	require.GreaterOrEqual(t, account()-owed, int64(70_000))
	found = 0
	for _, r := range w.records("") {
		if r["source_id"] == e["id"] {
			found++
			require.Equal(t, "PREPARE", r["review_status"])
			require.Equal(t, r, w.call("getAccountingRecord", "", r["id"].(string)))
		}
	}
	require.Equal(t, 1, found)

	w.Advance(30 * 24 * time.Hour)
	require.Equal(t, int64(500_000), available(), "a new month, a new limit")
	w.call("updateCard", `{"spend_controls":{"lock_after_date":"2026-12-10"}}`, card)
	w.Advance(10 * 24 * time.Hour)
	require.Equal(t, "LOCKED", w.call("getCardById", "", card)["status"], "locked by its date")
	w.call("terminateCard", `{"reason":"FRAUD"}`, card)
	declined(buy(100), "CARD_TERMINATED")

	for _, bad := range []func() (string, error){
		func() (string, error) { return w.Purchase("nope", 1, "x") },
		func() (string, error) { return w.Purchase(card, 0, "x") },
		func() (string, error) { return w.Purchase(card, 1, "") },
	} {
		_, err := bad()
		require.Error(t, err)
	}
}

func jsonOf(r result, into any) error { return json.Unmarshal(r.Body, into) }

// TestExpensesGoOn: what is under way at the start settles with the clock, and
// everything that follows from it is there.
func TestExpensesGoOn(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	open := s.all("/v1/expenses?payment_status[]=PROCESSING&expense_type[]=CARD")
	require.NotEmpty(t, open)
	edited := open[0]["id"].(string)
	require.Equal(t, 200, s.do("PUT", "/v1/expenses/card/"+edited, `{"memo":"kept"}`).Status)
	s.Advance(20 * 24 * time.Hour)
	require.Empty(t, s.all("/v1/expenses?payment_status[]=PROCESSING"))
	require.Empty(t, s.all("/v1/expenses?status[]=DRAFT"))
	booked := map[any]string{}
	for _, tx := range s.all("/v2/transactions/card/primary") {
		if id := tx["expense_id"]; id != nil {
			require.Empty(t, booked[id], "booked twice")
			booked[id] = tx["id"].(string)
		}
	}
	for _, e := range open {
		id := e["id"].(string)
		now := s.get("/v1/expenses/" + id).json(t)
		require.NotNil(t, now["payment_posted_at"])
		require.NotEmpty(t, booked[id])
		require.Greater(t, now["updated_at"], e["updated_at"])
		for _, same := range []string{"user_id", "merchant_id", "original_amount", "purchased_at", "budget_id"} {
			require.Equal(t, e[same], now[same])
		}
	}
	require.Equal(t, "kept", s.get("/v1/expenses/" + edited).json(t)["memo"])

	// In one leap or in small steps, the outcome is the same.
	step := newSandbox(t)
	require.Equal(t, 200, step.do("PUT", "/v1/expenses/card/"+edited, `{"memo":"kept"}`).Status)
	for range 20 {
		step.Advance(24 * time.Hour)
	}
	for _, path := range []string{"/v1/expenses", "/v2/transactions/card/primary", "/v3/accounting/records", "/v1/trips", "/v2/accounts/card"} {
		require.JSONEq(t, string(s.get(path).Body), string(step.get(path).Body), path)
	}
}

// TestEverythingAtOnce: reads, writes and the clock from many goroutines, for
// the race detector; and what was made is all there afterwards.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	// The clock runs on by days between a request and its repeat, so keys must not be forgotten.
	s := newSandbox(t, small, brextest.WithKeyRetention(0))
	user, card := ids(s.all("/v2/users"))[0], ids(s.all("/v2/cards"))[0]
	budget := idOf(s.all("/v2/budgets")[0])
	field := s.all("/v1/fields")[0]["brex_id"].(string)
	send := func(method, target, body, key string) result {
		return s.raw(method, target, body, "Authorization", "Bearer "+s.Token(), "Idempotency-Key", key)
	}
	var all sync.WaitGroup
	const workers = 8
	for n := range workers {
		all.Go(func() {
			for i := range 12 {
				key := fmt.Sprint(n, "/", i)
				for _, got := range []result{
					send("POST", "/v2/spend_limits", spendLimit(user, budget), key),
					send("POST", "/v2/spend_limits", spendLimit(user, budget), key), // the same again
					send("POST", "/v1/fields/"+field+"/values", `{"items":[{"value":"`+key+`","remote_id":"`+key+`"}]}`, key),
					send("GET", "/v2/spend_limits", "", ""),
					send("GET", "/v2/cards?limit=10", "", ""),
					send("GET", "/v3/accounting/records?limit=5&review_status=REVIEW", "", ""),
					send("GET", "/v1/expenses?status[]=DRAFT", "", ""),
					send("GET", "/v1/trips?limit=5", "", ""),
					send("POST", "/v1/expenses/card/receipt_match", `{"receipt_name":"a"}`, ""),
				} {
					if got.Status >= 300 {
						t.Errorf("%d %s", got.Status, got.Body)
					}
				}
				_, _ = s.Purchase(card, 100, "M")
				if n == 0 {
					s.Advance(5 * time.Hour)
				}
			}
		})
	}
	all.Wait()
	limits := 0
	for _, l := range s.all("/v2/spend_limits") {
		if l["name"] == "L" {
			limits++
		}
	}
	require.Equal(t, workers*12, limits)
	require.Len(t, s.all("/v1/expenses?purchased_at_start=2026-11-02T12:00:00"), workers*12)
}

// TestWebhookResources: one endpoint, and one more for each group.
func TestWebhookResources(t *testing.T) {
	t.Parallel()
	w := newWalker(t, newSandbox(t, small))
	body := m{"url": "https://x.example/hook", "event_types": []string{"USER_UPDATED"}}
	first := idOf(w.call("createWebhookSubscription", js(body)))
	wantProblem(t, w.try("createWebhookSubscription", js(body)), 409, "already registered")
	group := idOf(w.call("createWebhookGroup", `{"name":"G"}`))
	body["group_id"] = group
	second := w.call("createWebhookSubscription", js(body))
	require.Equal(t, group, second["group_id"])
	require.Equal(t, 409, w.try("createWebhookSubscription", js(body)).Status)
	require.Len(t, w.all("/v1/webhooks?limit=1"), 2)
	got := w.call("updateWebhookSubscription", `{"url":"https://y.example/","event_types":["TRANSFER_FAILED"],"status":"INACTIVE"}`, first)
	require.Equal(t, "INACTIVE", got["status"])
	require.NotContains(t, got, "client")
	for change, message := range map[string]string{
		`{"url":"ftp://x","event_types":["USER_UPDATED"],"status":"ACTIVE"}`:                 "url is invalid",
		`{"url":"https://u:p@x/","event_types":["USER_UPDATED"],"status":"ACTIVE"}`:          "url is invalid",
		`{"url":"https://x.example/","event_types":[],"status":"ACTIVE"}`:                    "event_types is invalid",
		`{"url":"https://x.example/","event_types":["PAYMENT_COMPLETED"],"status":"ACTIVE"}`: "event_types[0] is invalid",
		`{"url":"https://x.example/","event_types":["USER_UPDATED"],"status":"ERROR"}`:       "status is invalid",
		`{"url":"https://x.example/","event_types":["USER_UPDATED"]}`:                        "status is required",
	} {
		wantProblem(t, w.try("updateWebhookSubscription", change, first), 400, message)
	}
	body["group_id"] = "nope"
	wantProblem(t, w.try("createWebhookSubscription", js(body)), 400, "group_id is invalid")

	members := func(ids ...string) string {
		list := []m{}
		for _, id := range ids {
			list = append(list, m{"member_id": id, "member_type": "ACCOUNT"})
		}
		return js(m{"members": list})
	}
	w.call("addWebhookGroupMembers", members("a", "b"), group)
	w.call("addWebhookGroupMembers", members("b", "c"), group)
	w.call("removeWebhookGroupMembers", members("a", "x"), group)
	require.Len(t, w.all("/v1/webhooks/groups/"+group+"/members?limit=1"), 2)
	require.Equal(t, 404, w.try("addWebhookGroupMembers", members("a"), "nope").Status)
	w.call("deleteWebhookGroup", "", group)
	require.Equal(t, 404, w.try("getWebhookSubscription", "", idOf(second)).Status, "a group takes its endpoint along")
	w.call("deleteWebhookSubscription", "", first)
	require.NotEmpty(t, idOf(w.call("createWebhookSubscription", `{"url":"http://localhost:1/","event_types":["USER_UPDATED"]}`)))
}
