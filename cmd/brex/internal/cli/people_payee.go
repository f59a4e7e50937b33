package cli

import (
	"context"
	"strings"
)

// instrument is a way to pay a vendor.
type instrument struct {
	id, kind string
	lastFour string // of the account; empty for a cheque
	payee    string
	vendor   string // id
}

func (i instrument) String() string {
	if i.lastFour == "" {
		return strings.ToLower(strings.ReplaceAll(i.kind, "_", " "))
	}
	return strings.ToLower(strings.ReplaceAll(i.kind, "_", " ")) + " ending " + i.lastFour
}

// instruments are the ways to pay a vendor.
func instruments(vendor object) (all []instrument) {
	accounts, _ := vendor["payment_accounts"].([]any)
	for _, a := range accounts {
		account, _ := a.(map[string]any)
		d, _ := account["details"].(map[string]any)
		details := object(d)
		i := instrument{id: details.text("payment_instrument_id"), kind: details.text("type"), payee: vendor.text("company_name"), vendor: vendor.id()}
		for _, member := range []string{"account_number", "swift_account_number", "iban"} {
			if n := details.text(member); len(n) >= 4 {
				i.lastFour = n[len(n)-4:]
			}
		}
		all = append(all, i)
	}
	return all
}

// instrumentRef is the payee of a transfer as people name it: a vendor, or a payment instrument by id.
type instrumentRef struct {
	to string // id or exact name of a vendor, or id of an instrument
	by string // ach, wire or cheque; empty for the only one

	exact bool // nobody looks: last four digits or an e-mail do not name the vendor
}

// payBy are the ways to pay, as people call them.
var payBy = map[string][]string{
	"ach":    {"ACH"},
	"wire":   {"DOMESTIC_WIRE", "INTERNATIONAL_WIRE"},
	"cheque": {"CHEQUE"},
}

// instrument finds the one instrument that is meant.
func (f *finder) instrument(ctx context.Context, r instrumentRef) (instrument, error) {
	vendors, err := f.all(ctx, "vendors", r.to)
	if err != nil {
		return instrument{}, err
	}
	for _, v := range vendors {
		for _, i := range instruments(v) {
			if i.id == r.to {
				return i, nil
			}
		}
	}
	vendor, err := f.find(ctx, "vendors", r.to)
	if err != nil {
		return instrument{}, err
	}
	if r.exact && vendor.id() != r.to && !strings.EqualFold(vendor.text("company_name"), r.to) {
		return instrument{}, usagef("--to %q: with --yes, name the vendor by its exact name or id: %s (%s)", r.to, vendor.text("company_name"), vendor.id())
	}
	var fit, all []string
	var found instrument
	for _, i := range instruments(vendor) {
		all = append(all, i.String())
		for _, kind := range payBy[r.by] {
			if i.kind == kind {
				found, fit = i, append(fit, i.id+" ("+i.String()+")")
			}
		}
		if r.by == "" {
			found, fit = i, append(fit, i.id+" ("+i.String()+")")
		}
	}
	name := vendor.text("company_name")
	switch {
	case len(all) == 0:
		return instrument{}, usagef("%s has no payment instrument; add one with brex vendors update", name)
	case len(fit) == 0:
		return instrument{}, usagef("%s cannot be paid by %s; there is: %s", name, r.by, strings.Join(all, "; "))
	case len(fit) > 1:
		return instrument{}, usagef("%s can be paid in %d ways; name one with --by, or by its id as --to: %s", name, len(fit), strings.Join(fit, "; "))
	}
	return found, nil
}
