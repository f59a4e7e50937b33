package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/wire"
)

// finder reads what a person must know.
type finder struct {
	ctx      context.Context
	client   *brex.Client
	prepared *brex.Prepared
	facts    *facts
}

const (
	notKnown = "not known"
	unnamed  = " (name and balance not known)"
)

func (f *finder) all() (all []Fact) {
	company := notKnown
	if c, err := f.client.Company.Get(f.ctx); err == nil {
		company = clean(c.LegalName) + " (" + c.ID + ")"
	}
	all = append(all, Fact{"company", company}, Fact{"operation", f.prepared.Operation.ID + ": " + f.prepared.Operation.Summary})
	if f.facts.effect != nil && f.facts.effect.moves {
		all = append(all, f.transfer()...)
	} else {
		for name, id := range pathArgs(f.prepared) {
			all = append(all, Fact{name, id})
		}
		all = append(all, bodyFacts(f.facts.body, "")...)
	}
	if f.prepared.Key != "" {
		all = append(all, Fact{"key", f.prepared.Key})
	}
	return all
}

func (f *finder) one(paths []string) string {
	ids, _ := f.facts.texts(paths)
	if len(ids) != 1 {
		return ""
	}
	return ids[0]
}

// transfer are the facts of money that moves.
func (f *finder) transfer() []Fact {
	e := f.facts.effect
	from, to, paid := f.account(f.one(e.from)), notKnown, notKnown
	if id := f.one(e.payee); f.prepared.Operation.ID == "createIncomingTransfer" {
		to, paid = f.account(id), "does not apply"
	} else if id != "" {
		to, paid = f.payee(id)
	}
	amount := notKnown
	if all, ok := f.facts.amounts(); ok {
		amount = amountsText(all)
	}
	memo, _ := f.facts.texts(e.memo)
	for i, text := range memo {
		memo[i] = clean(text)
	}
	memo = slices.Compact(memo)
	text := strings.Join(memo, "")
	if len(memo) == 2 { // that of the payee, and that of the company's own books
		text = memo[0] + " (inside: " + memo[1] + ")"
	}
	return []Fact{{"from", from}, {"to", to}, {"paid before", paid}, {"amount", amount}, {"memo", text}}
}

// account names an own account.
func (f *finder) account(id string) string {
	if id == "" {
		return notKnown
	}
	if a, err := f.client.Accounts.GetCash(f.ctx, id); err == nil {
		return fmt.Sprintf("%s (%s), balance %s", clean(a.Name), id, a.AvailableBalance)
	}
	return id + unnamed
}

// payee names a vendor by one of its ways to be paid, or an own account.
func (f *finder) payee(instrument string) (payee, paid string) {
	for raw, err := range f.client.CallAll(f.ctx, "listVendors", nil) {
		if err != nil {
			break
		}
		var vendor struct {
			ID       string                             `json:"id"`
			Name     string                             `json:"company_name"`
			Accounts []struct{ Details map[string]any } `json:"payment_accounts"`
		}
		if json.Unmarshal(raw, &vendor) != nil {
			continue
		}
		for _, account := range vendor.Accounts {
			if account.Details["payment_instrument_id"] != instrument {
				continue
			}
			kind, _ := account.Details["type"].(string)
			return fmt.Sprintf("%s, %s%s", clean(vendor.Name), strings.ToLower(strings.ReplaceAll(kind, "_", " ")), lastFour(account.Details)), f.paidBefore(vendor.ID)
		}
	}
	if name := f.account(instrument); !strings.HasSuffix(name, unnamed) {
		return "own account " + name, "does not apply"
	}
	return instrument + " (payee not known)", notKnown
}

func lastFour(details map[string]any) string {
	for _, name := range []string{"account_number", "swift_account_number", "iban"} {
		if n, _ := details[name].(string); len(n) >= 4 {
			return " ending " + n[len(n)-4:]
		}
	}
	return ""
}

// paidBefore says whether a vendor was ever paid, as far as Brex lists it, and names transfers that are
// neither paid nor failed: the same invoice must not be paid twice because the first payment waits for
// its day.
func (f *finder) paidBefore(vendor string) string {
	const most = 5000 // transfers; who has more is not kept waiting
	read, open := 0, ""
	for raw, err := range f.client.CallAll(f.ctx, "listTransfers", nil) {
		if err != nil {
			var e *brex.Error
			if errors.As(err, &e) && e.StatusCode != 0 {
				return fmt.Sprintf("%s: status %d", notKnown, e.StatusCode)
			}
			return notKnown
		}
		var t struct {
			ID, Status   string
			Process      string `json:"process_date"`
			Created      string `json:"created_at"`
			Amount       brex.Money
			Counterparty struct{ ID string }
		}
		if json.Unmarshal(raw, &t) == nil && t.Counterparty.ID == vendor && t.Status != "FAILED" {
			what := fmt.Sprintf("%s on %s (%s)", t.Amount, clean(cmp.Or(t.Process, t.Created)), clean(t.ID))
			if t.Status == "PROCESSED" {
				return "yes, " + what + open
			}
			if open == "" { // one is reason enough to look
				open = ", but there is " + what + ", " + clean(t.Status)
			}
		}
		if read++; read == most {
			return fmt.Sprintf("not among the %d transfers that were looked at%s", most, open)
		}
	}
	return fmt.Sprintf("never (%d transfers looked at)%s", read, open)
}

// bodyFacts are the members of a body, those of its objects after a dot, amounts in major units,
// secrets hidden.
func bodyFacts(v any, path string) (all []Fact) {
	switch v := v.(type) {
	case map[string]any:
		if m, ok := moneyOf(v); ok {
			return []Fact{{path, m.String()}}
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			here := strings.TrimPrefix(path+"."+name, ".")
			if wire.IsSecretMember(name) {
				all = append(all, Fact{here, wire.NewSecret(fmt.Sprint(v[name])).String()})
				continue
			}
			all = append(all, bodyFacts(v[name], here)...)
		}
	case []any:
		for i, item := range v {
			all = append(all, bodyFacts(item, fmt.Sprintf("%s[%d]", path, i))...)
		}
	case nil:
		return []Fact{{path, "null"}}
	default:
		return []Fact{{path, cleanCell(fmt.Sprint(v), 200)}}
	}
	return all
}

// hasSecret reports whether a body has a member that holds a secret.
func hasSecret(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if wire.IsSecretMember(name) && value != nil || hasSecret(value) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, hasSecret)
	}
	return false
}
