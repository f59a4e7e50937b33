package agent

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/schema"
)

// resources maps Brex's groups of operations to the resources that policies name.
var resources = map[string]string{
	"Card Expenses": "expenses", "Expenses": "expenses",
	"Receipt Match": "receipts", "Receipt Upload": "receipts",
	"Accounting Integrations": "accounting", "Accounting Records": "accounting",
	"Budgets": "budgets", "Budget Programs": "budgets",
	"Spend Limits (v1)": "spend_limits", "Spend Limits (v2)": "spend_limits",
	"Fields": "fields", "Field Values": "fields",
	"Referrals": "referrals", "Transfers": "transfers", "Vendors": "vendors", "Cards": "cards", "Users": "users",
	"Companies": "company", "Legal Entities": "company", "Departments": "company", "Locations": "company", "Titles": "company",
	"Accounts": "accounts", "Linked Accounts": "accounts", "Transactions": "transactions", "Trips": "travel",
	"Webhook Groups": "webhooks", "Webhook Subscriptions": "webhooks",
}

// ResourceOf is the resource of an operation as policies name it, "transfers"; empty for one that
// no policy can grant.
func ResourceOf(op *brex.Operation) string { return resources[op.Tag] }

// Resources returns the names of all resources, sorted.
func Resources() []string {
	return slices.Compact(slices.Sorted(maps.Values(resources)))
}

// never are operations that no policy can grant: the model would see the card number, or could have
// it sent.
var never = map[string]bool{"getCardNumber": true, "emailCardNumber": true}

// byName are operations that no level grants, besides those of the class sensitive: whoever changes
// a subscription chooses who is told of everything that happens in the account.
var byName = map[string]bool{"createWebhookSubscription": true, "updateWebhookSubscription": true}

// effect is what an operation does to money: it spends amounts, or changes who can spend.
type effect struct {
	moves   bool     // the amounts are spent; otherwise it changes who can spend, and a person is always asked
	when    string   // member of the body without which the operation has no effect on money; empty for always
	amounts []string // paths of the amounts in the body; "[]" after each item of a list
	payee   []string // paths of the id that is paid, one of which is set
	from    []string // path of the account that pays
	memo    []string // paths of the texts that the payee or the company reads
}

// effects are the operations with an effect. A test over all operations fails when one is missing.
var effects = map[string]effect{
	"createTransfer": {moves: true, amounts: []string{"amount"}, payee: []string{"counterparty.payment_instrument_id", "counterparty.recipient.id"},
		from: []string{"originating_account.id"}, memo: []string{"external_memo", "description"}},
	"createIncomingTransfer": {moves: true, amounts: []string{"amount"}, payee: []string{"receiving_account.id"},
		from: []string{"counterparty.id"}, memo: []string{"description"}},
	"setUserLimit":        {amounts: []string{"monthly_limit"}},
	"createBudgetProgram": {amounts: []string{"budget_blueprints[].limit"}},
	"updateBudgetProgram": {amounts: []string{"budget_blueprints[].limit"}},
	"deleteBudgetProgram": {},
	"createBudget":        {amounts: []string{"limit"}},
	"updateBudget":        {amounts: []string{"limit"}},
	"archiveBudget":       {},
	"createSpendBudget":   {amounts: []string{"amount"}},
	"updateSpendBudget":   {amounts: []string{"amount"}},
	"archiveSpendBudget":  {},
	"createSpendLimit":    {amounts: []string{"authorization_settings.base_limit", "transaction_limit"}},
	"updateSpendLimit":    {amounts: []string{"authorization_settings.base_limit", "transaction_limit"}},
	"archiveSpendLimit":   {},
	"createCard":          {amounts: []string{"spend_controls.spend_limit"}},
	"updateCard":          {amounts: []string{"spend_controls.spend_limit"}},
	"lockCard":            {}, "unlockCard": {}, "terminateCard": {},
	"updateUser": {}, "createUser": {},
	"createVendor": {when: "payment_accounts"}, "updateVendor": {when: "payment_accounts"},
	"createWebhookSubscription": {}, "updateWebhookSubscription": {},
	"listWebhookSecrets": {},
}

// facts are what a policy needs to know of a prepared request.
type facts struct {
	op     *brex.Operation
	access brex.Access // money if the request has an effect, whatever the class of the operation
	effect *effect     // nil for none
	value  any         // the body
	body   map[string]any
	expand []string
	fault  string // why it cannot be decided; empty for none
}

// factsOf reads a prepared request: its bytes, and nothing that was said about them.
func factsOf(p *brex.Prepared) *facts {
	f := &facts{op: p.Operation, access: p.Operation.Access}
	if len(p.Body) > 0 {
		dec := json.NewDecoder(bytes.NewReader(p.Body))
		dec.UseNumber()
		if err := dec.Decode(&f.value); err != nil || dec.More() {
			f.fault = "its body is not JSON"
			return f
		}
		f.body, _ = f.value.(map[string]any) // of no operation with an effect is it a list
		if schema.RepeatedMember(p.Body) != "" {
			f.fault = "its body has a member twice"
			return f
		}
	}
	if p.Query != "" {
		query, err := url.ParseQuery(p.Query)
		if err != nil {
			f.fault = "its query cannot be read"
			return f
		}
		f.expand = append(query["expand[]"], query["expand"]...)
	}
	e, ok := effects[p.Operation.ID]
	switch {
	case ok && (e.when == "" || f.body[e.when] != nil):
		f.effect, f.access = &e, effectAccess(p.Operation)
	case ok, f.access == brex.AccessRead, f.access == brex.AccessWrite:
	default:
		f.fault = "this version does not know what it does to money"
	}
	return f
}

// at returns the values at a path in a body; an absent or null one is left out.
func at(v any, path string) []any {
	if path == "" {
		if v == nil {
			return nil
		}
		return []any{v}
	}
	name, rest, _ := strings.Cut(path, ".")
	name, list := strings.CutSuffix(name, "[]")
	o, _ := v.(map[string]any)
	if !list {
		return at(o[name], rest)
	}
	items, _ := o[name].([]any)
	var all []any
	for _, item := range items {
		all = append(all, at(item, rest)...)
	}
	return all
}

// texts returns the strings at paths, and false if something else is there.
func (f *facts) texts(paths []string) (all []string, ok bool) {
	for _, path := range paths {
		for _, v := range at(f.body, path) {
			s, isText := v.(string)
			if !isText {
				return nil, false
			}
			if s != "" {
				all = append(all, s)
			}
		}
	}
	return all, true
}

// amounts returns the amounts of the request, and false if one cannot be read.
func (f *facts) amounts() (all []money.Money, ok bool) {
	for _, path := range f.effect.amounts {
		for _, v := range at(f.body, path) {
			m, ok := moneyOf(v)
			if !ok || m.Sign() < 0 || f.effect.moves && m.Sign() == 0 {
				return nil, false
			}
			all = append(all, m)
		}
	}
	return all, len(all) > 0 || !f.effect.moves
}

// moneyOf reads an amount in minor units with its currency.
func moneyOf(v any) (money.Money, bool) {
	o, ok := v.(map[string]any)
	number, isNumber := o["amount"].(json.Number)
	if !ok || !isNumber {
		return money.Money{}, false
	}
	n, err := strconv.ParseInt(number.String(), 10, 64)
	currency, isText := o["currency"].(string)
	if err != nil || !isText && o["currency"] != nil {
		return money.Money{}, false
	}
	m := money.New(n, money.Currency(money.Currency(currency).Code()))
	return m, m.Currency.Known()
}
