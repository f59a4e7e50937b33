package agent

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/schema"
)

// Every operation belongs to a resource, and every one that can touch money is described.
func TestEveryOperationIsKnown(t *testing.T) {
	t.Parallel()
	for _, op := range brex.Operations() {
		require.NotEmpty(t, ResourceOf(op), "%s: the tag %q has no resource", op.ID, op.Tag)
		e, ok := effects[op.ID]
		if op.Access == brex.AccessMoney || op.Access == brex.AccessSensitive {
			require.True(t, ok || never[op.ID], "%s of the class %s needs an effect: its amounts, or that it changes who can spend", op.ID, op.Access)
		}
		doc, err := schema.Load(op.API)
		require.NoError(t, err)
		found := amountPaths(doc, doc.Body(op), "", 4)
		if op.Access != brex.AccessRead {
			for _, path := range found {
				require.Contains(t, e.amounts, path, "%s: the amount is not read", op.ID)
			}
			require.Len(t, e.amounts, len(found), op.ID)
		}
		for _, path := range slices.Concat(e.payee, e.from, e.memo) {
			_, ok := lookup(doc, doc.Body(op), path)
			require.True(t, ok, "%s has no %s", op.ID, path)
		}
		if members := names(doc, doc.Body(op)); op.Access == brex.AccessWrite && !ok {
			for _, risky := range []string{"payment_accounts", "member_user_ids", "owner_user_ids", "limit", "spend_controls", "role"} {
				require.NotContains(t, members, risky, "%s can change who is paid or who can spend", op.ID)
			}
		}
	}
	for id := range effects {
		_, ok := brex.LookupOperation(id)
		require.True(t, ok, id)
	}
}

func names(doc *schema.Document, s *schema.Schema) (all []string) {
	for name := range doc.Plain(s).Properties {
		all = append(all, name)
	}
	return all
}

// amountPaths are the paths of the amounts in a body.
func amountPaths(doc *schema.Document, s *schema.Schema, path string, deep int) (all []string) {
	p := doc.Plain(s)
	if isAmount(doc, p) {
		return []string{path}
	}
	if deep == 0 {
		return nil
	}
	for _, variant := range p.OneOf {
		all = append(all, amountPaths(doc, variant, path, deep-1)...)
	}
	if p.Items != nil {
		return append(all, amountPaths(doc, p.Items, path+"[]", deep-1)...)
	}
	for name, member := range p.Properties {
		all = append(all, amountPaths(doc, member, strings.TrimPrefix(path+"."+name, "."), deep-1)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func testPolicy(t testing.TB) string {
	t.Helper()
	return fmt.Sprintf(policyText, "company_1", "pi_1", "dpacc_1")
}

func TestPolicyErrors(t *testing.T) {
	t.Parallel()
	good := testPolicy(t)
	_, err := parse(good)
	require.NoError(t, err)
	for _, c := range []struct{ old, new, want string }{
		{"version: 1", "version: 2", "policy.yaml:1: version: must be 1"},
		{"zone: America/New_York", "zone: Mars/Base", `policy.yaml:3: zone: "Mars/Base" is not a time zone`},
		{"zone: America/New_York\n", "", "zone: is missing"},
		{"company: company_1\n", "", "company: is missing"},
		{"expand: [merchant]}", "expand: [merchant], expand: [merchant]}", "policy.yaml:7: agents.reader.expenses.expand: is there twice"},
		{"expenses: {", "expences: {", "agents.reader.expences: is not known; known are"},
		{"level: read, fields: [id, first", "level: reed, fields: [id, first", `"reed" is not a level`},
		{"first_name", "fist_name", `"fist_name" is not a field`},
		{"operations: [createTransfer]", "operations: [createTransfers]", `"createTransfers" is not an operation`},
		{"operations: [createTransfer]", "operations: [getCardNumber]", "is an operation of cards"},
		{"      level: full\n", "      operations: [getCardNumber]\n", "can never be granted"},
		{"max: 2500.00 USD", "max: 2500.00 USX", "USX"},
		{"max: 2500.00 USD", "max: 2500", "agents.payer.transfers.max"},
		{"max: 2500.00 USD", "max: -1.00 USD", "is not more than nothing"},
		{"per_day: 5000.00 USD", "per_day: 50.00 USD", "is below the limit before it"},
		{"per_day: 5000.00 USD", "per_day: 5000.00 EUR", "agents.payer.transfers.per_day"},
		{"per_day", "per_week", "agents.payer.transfers.per_week: is not known"},
		{"      hours: Mon-Fri 08:00-18:00\n", "", "agents.payer.transfers.hours: is missing"},
		{"Mon-Fri 08:00-18:00", "Mon-Fri 18:00-08:00", "with the end after the start"},
		{"      payees: [pi_1]\n", "", "agents.payer.transfers.payees: is missing"},
		{"memo: INV-[0-9]{4,10}", `memo: "INV)|(.*"`, "is not a regular expression"},
		{"from: [dpacc_1]", "from:\n        - dpacc_1", "must be a list in brackets"},
		{"from: [dpacc_1]", "from: &a [dpacc_1]", "must be a list in brackets"},
		{"memo: INV-[0-9]{4,10}", "memo: INV-[0-9]{4,10}\n        .*", "must stand on one line"},
		{"vendors: read", "vendors: full", "write a mapping with level: full"},
		{"calls: 1000/min\n    rows", "rows", "agents.payer.calls: is missing"},
		{"payees: [pi_1]", "payees: file:../x.csv", "must be a file beside the policy"},
		{"payees: [pi_1]", "payees: [pi_1, any]", `"any" must be the only value`},
		{"accounts: read", "accounts: {level: read, fields: all, approvers: [cfo]}", "has limits of money"},
		{"agents:", "---\nagents:", "more than one document"},
	} {
		require.Contains(t, good, c.old)
		_, err := parse(strings.Replace(good, c.old, c.new, 1))
		require.ErrorIs(t, err, ErrPolicy, c.new)
		require.ErrorContains(t, err, c.want, c.new)
	}
}

// prepared are requests that the policies below differ about.
func prepared(t testing.TB) (all []*brex.Prepared) {
	t.Helper()
	client, err := brex.New(brex.WithToken("bxt_test"))
	require.NoError(t, err)
	add := func(op string, params string) {
		p, err := client.Prepare(op, json.RawMessage(params))
		require.NoError(t, err, op)
		all = append(all, p)
	}
	for _, op := range brex.Operations() {
		if op.Access == brex.AccessRead && len(op.PathParams) == 0 {
			add(op.ID, `{}`)
		}
	}
	add("listExpenses", `{"expand":["merchant"]}`)
	add("listWebhookSecrets", `{}`)
	add("createTitle", `{"name":"x"}`)
	add("lockCard", `{"id":"card_1","reason":"FRAUD"}`)
	add("setUserLimit", `{"id":"u","monthly_limit":{"amount":1,"currency":"USD"}}`)
	add("createVendor", `{"company_name":"x"}`)
	add("createVendor", `{"company_name":"x","payment_accounts":[{"details":{"type":"CHEQUE","mailing_address":{"line1":"a","city":"b","state":"CA","country":"US","postal_code":"1"},"recipient_name":"x"}}]}`)
	for _, cents := range []int64{1, 60000, 250001} {
		for _, memo := range []string{"INV-1234", "x", "INV-1\nx"} {
			for _, payee := range []string{"pi_1", "pi_2", "any"} {
				for _, currency := range []string{"USD", "EUR"} {
					p, err := client.Prepare("createTransfer", map[string]any{"counterparty": map[string]any{"type": "VENDOR", "payment_instrument_id": payee},
						"amount": map[string]any{"amount": cents, "currency": currency}, "description": memo, "external_memo": memo, "approval_type": "MANUAL",
						"originating_account": map[string]any{"type": "BREX_CASH", "id": "dpacc_1"}})
					require.NoError(t, err)
					all = append(all, p)
				}
			}
		}
	}
	return all
}

// Removing any line of a policy never allows more, asks where it denied, shows more
// fields, or accepts other approvers.
func TestRemovingLinesNeverAllowsMore(t *testing.T) {
	t.Parallel()
	requests := prepared(t)
	variants := []string{testPolicy(t)}
	// Forms that could go wrong: lists over several lines, several currencies, keys in other orders.
	variants = append(variants,
		strings.Replace(variants[0], "payees: [pi_1]", "payees: [\n        pi_1,\n        pi_2,\n      ]", 1),
		strings.NewReplacer("max: 2500.00 USD", "max: [2500.00 USD, 10.00 EUR]", "per_day: 5000.00 USD", "per_day: [\n        5000.00 USD,\n        20.00 EUR\n      ]",
			"per_month: 6000.00 USD", "per_month: [6000.00 USD, 30.00 EUR]").Replace(variants[0]),
		strings.Replace(variants[0], "  payer:\n    calls: 1000/min\n", "  payer:\n    webhooks: {operations: [listWebhookSecrets],\n      fields: all,\n      hours: any,\n      approvers: [cfo]}\n    calls: 1000/min\n", 1))
	r := rand.New(rand.NewPCG(1, 2))
	shuffled := strings.Split(variants[0], "\n")
	block := shuffled[slices.Index(shuffled, "    transfers:")+1 : slices.Index(shuffled, "    cards:")]
	for range 5 {
		r.Shuffle(len(block), func(i, j int) { block[i], block[j] = block[j], block[i] })
		variants = append(variants, strings.Join(shuffled, "\n"))
	}
	if testing.Short() {
		variants = variants[:4]
	}
	loaded := 0
	for _, text := range variants {
		whole, err := parse(text)
		require.NoError(t, err, text)
		before := decisions(whole, requests)
		lines := strings.SplitAfter(text, "\n")
		for i := range lines {
			less := strings.Join(slices.Concat(lines[:i], lines[i+1:]), "")
			p, err := parse(less)
			if err != nil {
				continue
			}
			loaded++
			for k, b := range decisions(p, requests) {
				a := before[k]
				if verdicts[b.Verdict] > verdicts[a.Verdict] || b.Verdict != Deny && (b.Rows > a.Rows || wider(a.Fields, b.Fields) ||
					wider(a.Expand, b.Expand) || b.Verdict == Ask && wider(a.Approvers, b.Approvers)) {
					require.Fail(t, "a lost line allows more", "%s became %s by %s\n%s", a.Verdict, b.Verdict, b.Rule, less)
				}
			}
		}
	}
	require.Greater(t, loaded, 20)
}

var verdicts = map[Verdict]int{Deny: 0, Ask: 1, Allow: 2}

// situations are times and pasts that the policy differs about.
func situations() (all []Request) {
	monday := time.Date(2026, 11, 30, 15, 0, 0, 0, time.UTC)
	for _, at := range []time.Time{monday, monday.Add(9 * time.Hour), time.Date(2026, 12, 5, 3, 0, 0, 0, time.UTC)} {
		all = append(all, Request{At: at})
	}
	for _, past := range []Snapshot{{Calls: 999}, {Untrusted: true}, {Spends: []Spend{{"transfers", money.New(300000, "USD"), monday.Add(-time.Hour)}}},
		{Spends: []Spend{{"transfers", money.New(560000, "USD"), monday.Add(-30 * time.Hour)}}}} {
		all = append(all, Request{At: monday, Ledger: past})
	}
	return all
}

// decisions are those of a policy in all situations.
func decisions(p *Policy, requests []*brex.Prepared) (all []Decision) {
	for _, name := range []string{"reader", "payer"} {
		for _, q := range requests {
			for _, s := range situations() {
				s.Agent, s.Prepared = name, q
				all = append(all, p.Decide(s))
			}
		}
	}
	return all
}

// wider reports whether b has something that a has not; nil is everything for fields.
func wider(a, b []string) bool {
	if a == nil {
		return false
	}
	return b == nil || slices.ContainsFunc(b, func(s string) bool { return !slices.Contains(a, s) })
}

// Nothing that shows card numbers is ever allowed, and secrets by name only.
func TestSensitiveNeverByLevel(t *testing.T) {
	t.Parallel()
	p, err := parse("version: 1\ncompany: c\nzone: UTC\nagents:\n  a:\n    calls: 10/min\n" +
		"    cards: {level: full, fields: all, max: 1.00 USD, hours: any, approvers: [x]}\n    webhooks: full\n")
	require.NoError(t, err)
	client, err := brex.New(brex.WithToken("bxt_test"))
	require.NoError(t, err)
	for op, params := range map[string]string{"getCardNumber": `{"id":"c"}`, "emailCardNumber": `{"id":"c","recipient_email":"a@b.example"}`, "listWebhookSecrets": `{}`,
		"createWebhookSubscription": `{"url":"https://a.example","event_types":["TRANSFER_PROCESSED"]}`} {
		q, err := client.Prepare(op, json.RawMessage(params))
		require.NoError(t, err)
		require.Equal(t, Deny, p.Decide(Request{Agent: "a", Prepared: q}).Verdict, op)
		require.False(t, p.Grants("a", q.Operation), op)
	}
}

// FuzzPolicy: what is read is read again as the same, and its agents never get card numbers.
func FuzzPolicy(f *testing.F) {
	f.Add(testPolicy(f))
	f.Add("version: 1\nagents: {a: {calls: 1/min, cards: read}}\n")
	f.Add("version: 1\nagents: &a {a: *a}\n")
	f.Add("a: !!binary x\n---\n")
	client, err := brex.New(brex.WithToken("bxt_test"))
	require.NoError(f, err)
	pan, err := client.Prepare("getCardNumber", map[string]any{"id": "c"})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parse(text)
		if err != nil {
			require.ErrorIs(t, err, ErrPolicy)
			return
		}
		again, err := parse(p.Text())
		require.NoError(t, err)
		require.Equal(t, p.Hash(), again.Hash())
		for _, name := range p.Agents() {
			require.Equal(t, Deny, p.Decide(Request{Agent: name, Prepared: pan}).Verdict)
		}
	})
}
