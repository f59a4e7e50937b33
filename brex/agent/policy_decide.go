package agent

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/money"
)

// verdict makes decisions about one request.
type verdict struct {
	policy *Policy
	agent  *agentRules
	grant  *grant
	req    Request
	facts  *facts
	d      Decision
}

// Decide implements Decider.
func (p *Policy) Decide(q Request) Decision {
	v := &verdict{policy: p, req: q, d: Decision{Verdict: Deny, Company: p.company}}
	if q.Prepared == nil || q.Prepared.Operation == nil {
		return v.deny("", "there is no request to decide on", "")
	}
	if v.facts = q.facts; v.facts == nil {
		v.facts = factsOf(q.Prepared)
	}
	v.d.Resource = ResourceOf(v.facts.op)
	for _, check := range []func() bool{v.who, v.granted, v.shown, v.rate, v.money} {
		if !check() {
			return v.d
		}
	}
	return v.d
}

// place is the place in the policy of a member of the grant.
func (v *verdict) place(member string) string {
	return strings.TrimSuffix("agents."+v.req.Agent+"."+v.d.Resource+"."+member, ".")
}

func (v *verdict) deny(rule, reason, hint string) Decision {
	v.d.Verdict, v.d.Rule, v.d.Reason, v.d.Hint = Deny, rule, reason, hint
	return v.d
}

// no denies by a member of the grant.
func (v *verdict) no(member, hint, format string, args ...any) bool {
	v.deny(v.place(member), fmt.Sprintf(format, args...), hint)
	return false
}

// who finds the agent and its grant.
func (v *verdict) who() bool {
	v.agent = v.policy.agents[v.req.Agent]
	if v.agent == nil {
		v.deny("agents", "the policy has no agent of this name", "name one that the policy has")
		return false
	}
	v.d.Rows, v.d.SameUser = v.agent.rows, v.agent.sameUser
	if never[v.facts.op.ID] {
		v.deny("never", "card numbers are never shown to agents", "nothing can grant this")
		return false
	}
	return true
}

// granted checks the level and the operations.
func (v *verdict) granted() bool {
	v.grant = v.agent.grants[v.d.Resource]
	if v.facts.fault != "" {
		return v.no("", "", "%s", v.facts.fault)
	}
	if !v.grant.allows(v.facts.op, v.facts.access) {
		return v.no("", "choose an operation that is granted; brex_search lists them",
			"%s is %s, which is not granted on %s", v.facts.op.ID, describeAccess(v.facts.access), v.d.Resource)
	}
	v.d.Verdict, v.d.Rule = Allow, v.place("level")
	if v.grant.operations[v.facts.op.ID] {
		v.d.Rule = v.place("operations")
	}
	v.d.Reason = v.facts.op.ID + " is granted"
	return true
}

func describeAccess(a brex.Access) string {
	return map[brex.Access]string{brex.AccessRead: "a read", brex.AccessWrite: "a change",
		brex.AccessMoney: "an operation that moves money or changes who can spend", brex.AccessSensitive: "an operation that shows secrets"}[a]
}

// shown checks what is shown: fields are narrowed, values of expand refused.
func (v *verdict) shown() bool {
	v.d.Fields, v.d.Expand = v.grant.fields, v.grant.expand
	for _, name := range v.facts.expand {
		if !slices.Contains(v.grant.expand, name) {
			return v.no("expand", "leave out expand, or the value that is not granted", "a value of expand is not granted")
		}
	}
	return true
}

// rate checks the calls of the last minute.
func (v *verdict) rate() bool {
	if v.req.Ledger.Calls >= v.agent.calls {
		v.deny("agents."+v.req.Agent+".calls", fmt.Sprintf("the %d calls of this minute are used", v.agent.calls), "wait a minute")
		return false
	}
	return true
}

// money checks what moves money or changes who can spend.
func (v *verdict) money() bool {
	if v.facts.effect == nil {
		if v.facts.access == brex.AccessSensitive {
			return v.ask("operations", "operations that show secrets are always asked for")
		}
		return true
	}
	sums, ok := v.facts.amounts()
	if !ok {
		return v.no("max", "name amounts in whole minor units with their currency", "an amount of the request cannot be read")
	}
	v.d.Amounts = sums
	at := v.req.At.In(v.policy.zone)
	if len(v.grant.hours) > 0 && !slices.ContainsFunc(v.grant.hours, func(w window) bool { return w.contains(at) }) {
		return v.no("hours", "try again in these hours", "it is %s, outside the hours %s", at.Format("Mon 15:04 MST"), windowsText(v.grant.hours))
	}
	if v.facts.effect.moves && !v.parties() {
		return false
	}
	return v.limits(at) && v.person()
}

// parties checks who is paid, from where and with which memo.
func (v *verdict) parties() bool {
	payee, ok1 := v.facts.texts(v.facts.effect.payee)
	from, ok2 := v.facts.texts(v.facts.effect.from)
	memo, ok3 := v.facts.texts(v.facts.effect.memo)
	in := func(granted map[string]bool, ids []string) bool {
		return len(ids) == 1 && (granted[any_] || granted[ids[0]] && ids[0] != any_)
	}
	switch {
	case !ok1 || !in(v.grant.payees, payee):
		return v.no("payees", "ask an admin to add the payee to the policy", "the payee is not among those that are granted")
	case !ok2 || !in(v.grant.from, from):
		return v.no("from", "pay from an account that is granted", "the account that pays is not among those that are granted")
	case !ok3:
		return v.no("memo", "", "the memo is not a string")
	}
	for _, text := range memo {
		if len(v.grant.memo) > 0 && !slices.ContainsFunc(v.grant.memo, matches(text)) {
			return v.no("memo", "write a memo of the form that is granted", "the memo does not have a form that is granted")
		}
	}
	if len(v.grant.memo) > 0 && len(memo) == 0 {
		return v.no("memo", "write a memo of the form that is granted", "there is no memo")
	}
	if v.facts.op.ID == "createTransfer" && !v.grant.unattended && v.facts.body["approval_type"] != "MANUAL" {
		return v.no("approval_type", "set approval_type to MANUAL", "the transfer would not be approved in Brex")
	}
	return true
}

// limits checks the amounts against those of a call, a day and a month.
func (v *verdict) limits(at time.Time) bool {
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, at.Location())
	month := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, at.Location())
	for _, m := range v.d.Amounts {
		limit, ok := v.grant.max[m.Currency]
		if !ok {
			return v.no("max", "use a currency that is granted; nothing is converted", "no amount in %s is granted", m.Currency)
		}
		if m.Amount > limit.Amount {
			return v.no("max", "stay below the limit", "%s is above the limit of %s for a call", m, limit)
		}
	}
	for _, period := range []struct {
		member, name string
		limits       amounts
		since        time.Time
	}{{"per_day", "day", v.grant.perDay, day}, {"per_month", "month", v.grant.perMonth, month}} {
		for _, m := range v.d.Amounts {
			limit := period.limits[m.Currency]
			used, err := v.req.Ledger.spent(v.d.Resource, m.Currency, period.since)
			for _, other := range v.d.Amounts {
				if err == nil && other.Currency == m.Currency {
					used, err = used.Add(other)
				}
			}
			if err != nil || used.Amount > limit.Amount {
				return v.no(period.member, "wait for the next "+period.name, "with it, more than the %s of a %s would be used", limit, period.name)
			}
		}
	}
	return true
}

// person decides whether a person is asked.
func (v *verdict) person() bool {
	v.d.Approvers = v.grant.approvers
	if !v.facts.effect.moves {
		return v.ask("approvers", "what changes who can spend is always asked for")
	}
	if v.req.Ledger.Untrusted && !v.grant.afterUntrusted {
		return v.ask("after_untrusted", "the agent has read text that other people wrote")
	}
	for _, m := range v.d.Amounts {
		if above, ok := v.grant.above[m.Currency]; !ok || m.Amount > above.Amount {
			return v.ask("approve_above", m.String()+" is an amount that a person approves")
		}
	}
	v.d.Rule, v.d.Reason = v.place("approve_above"), amountsText(v.d.Amounts)+" is below what a person approves, and within the limits"
	return true
}

func (v *verdict) ask(member, reason string) bool {
	v.d.Verdict, v.d.Rule, v.d.Reason, v.d.Approvers = Ask, v.place(member), reason, v.grant.approvers
	return false
}

func amountsText(all []money.Money) string {
	words := make([]string, len(all))
	for i, m := range all {
		words[i] = m.String()
	}
	return strings.Join(words, " and ")
}
