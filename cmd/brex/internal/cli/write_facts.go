package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/brex-go/sdk/brex"
)

// commonFacts are whose money it is, and where the request goes.
func (s *session) commonFacts(ctx context.Context) []fact {
	var company string
	if c, err := s.companyOf(ctx); err != nil {
		company = "not known: " + shortError(err)
	} else {
		company = c.LegalName + " (" + c.ID + ")"
	}
	return []fact{{"company", company}, {"token", s.cred.Source}, {"host", s.host()}}
}

// facts are what a person has to know before money moves: whose it is, where from, to whom, how much and why. What cannot be found
// out is said to be unknown.
func (s *session) facts(ctx context.Context, p *brex.Prepared) []fact {
	facts := s.commonFacts(ctx)
	var body object
	if v, err := decodeJSON(p.Body); err == nil {
		m, _ := v.(map[string]any)
		body = m
	}
	if p.Operation.ID == "createTransfer" {
		facts = append(facts, s.transferFacts(ctx, body)...)
	} else {
		facts = append(facts, s.objectFacts(ctx, p)...)
		if p.Body != nil {
			facts = append(facts, bodyFacts(body, "")...)
		}
	}
	if p.Key != "" {
		facts = append(facts, fact{"key", p.Key})
	}
	return facts
}

// objectFacts name the object that the path of a request names.
func (s *session) objectFacts(ctx context.Context, p *brex.Prepared) []fact {
	id := pathID(p)
	if id == "" {
		return nil
	}
	noun, _ := commandName(p.Operation)
	k, ok := kinds[noun]
	if !ok {
		return []fact{{"id", id}}
	}
	o, err := s.finder().find(ctx, noun, id)
	if err != nil {
		return []fact{{k.one, id + " (name not known)"}}
	}
	return []fact{{k.one, id + " (" + k.label(o) + ")"}}
}

// pathID is the last id in the path of a request.
func pathID(p *brex.Prepared) string {
	if len(p.Operation.PathParams) == 0 {
		return ""
	}
	return lastPathID(p.Operation.Path, p.Path)
}

// bodyFacts are the members of a body, those of its objects after a dot, amounts in major units.
func bodyFacts(o object, path string) (facts []fact) {
	for _, name := range sortedNames(o) {
		value := o[name]
		here := dotted(path, name)
		if m := amountOf(value); m != nil {
			facts = append(facts, fact{here, m.String()})
			continue
		}
		switch v := value.(type) {
		case map[string]any:
			facts = append(facts, bodyFacts(v, here)...)
		case nil:
			facts = append(facts, fact{here, "null"})
		default:
			text, err := json.Marshal(map[string]any{name: v})
			if s := show(v); s != "" && !isSecretMember(name) {
				facts = append(facts, fact{here, s})
			} else if err == nil {
				facts = append(facts, fact{here, redacted(text)})
			}
		}
	}
	return facts
}

// transferFacts are the facts of a payment.
func (s *session) transferFacts(ctx context.Context, body object) []fact {
	f := s.finder()
	from, to, paid := "not known", "not known", "not known"
	if id, _ := body.at("originating_account.id").(string); id != "" {
		from = id + " (name and balance not known)"
		if account, err := f.find(ctx, "accounts", id); err == nil {
			from = fmt.Sprintf("%s (%s), balance %s", account.text("name"), id, amountText(account["available_balance"]))
		}
	}
	if id, _ := body.at("counterparty.payment_instrument_id").(string); id != "" {
		to = id + " (payee not known)"
		if i, err := f.instrument(ctx, instrumentRef{to: id}); err == nil {
			to = fmt.Sprintf("%s, %s", i.payee, i)
			paid = f.paidBefore(ctx, i.vendor)
		}
	} else if id, _ := body.at("counterparty.recipient.id").(string); id != "" {
		to, paid = "own account "+id, "does not apply"
		if account, err := f.find(ctx, "accounts", id); err == nil {
			to = fmt.Sprintf("own account %s (%s)", account.text("name"), id)
		}
	}
	memo := body.text("external_memo")
	if d := body.text("description"); d != memo && d != "" {
		memo += " (inside: " + d + ")"
	}
	return []fact{{"from", from}, {"to", to}, {"paid before", paid}, {"amount", amountText(body["amount"])}, {"memo", memo}}
}

func amountText(v any) string {
	if m := amountOf(v); m != nil {
		return m.String()
	}
	return "not known"
}

// paidTo reads a transfer to the vendor: what and when it paid, or is to pay. One that failed is not ok.
func paidTo(raw json.RawMessage, vendor string) (what, status string, ok bool) {
	rows, err := objectsOf([]json.RawMessage{raw})
	if err != nil {
		return "", "", false
	}
	t := rows[0]
	status = t.text("status")
	if id, _ := t.at("counterparty.id").(string); id != vendor || status == "FAILED" {
		return "", "", false
	}
	at := t.text("process_date")
	if at == "" {
		at = t.text("created_at")
	}
	return fmt.Sprintf("%s on %s (%s)", amountText(t["amount"]), at, t.id()), status, true
}

func sortedNames(o object) []string {
	names := make([]string, 0, len(o))
	for name := range o {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
