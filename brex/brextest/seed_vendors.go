package brextest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// vendorMade is when the generated vendors were made; their ids depend on it.
const vendorMade = 600 * day

func (s *state) vendorID(i int, nowMs int64) string {
	return s.ids.id(prefixVendor, nowMs-int64(vendorMade/time.Millisecond), uint64(i))
}

func (s *state) seedVendors(size Size, now time.Time) {
	for i := range size.Vendors {
		r := s.ids.random("vendor", i)
		name := numbered(vendorNames, i)
		domain := strings.ToLower(strings.NewReplacer(" ", "", "&", "", ".", "").Replace(name)) + ".example"
		o := object{}.set("id", s.vendorID(i, now.UnixMilli())).set("company_name", name).
			set("email", nil).set("phone", nil)
		if i%6 != 5 {
			o = o.set("email", "billing@"+domain)
		}
		if i%4 != 2 {
			o = o.set("phone", fmt.Sprintf("+1 415 555 %04d", r.below(10000)))
		}
		kinds := []string{"ACH"}
		switch i % 10 {
		case 1, 6:
			kinds = []string{"DOMESTIC_WIRE"}
		case 2:
			kinds = []string{"CHEQUE"}
		case 3:
			kinds = []string{"ACH", "DOMESTIC_WIRE"}
		case 7:
			kinds = []string{"INTERNATIONAL_WIRE"}
		case 8:
			kinds = nil // known, but nobody has asked for an account yet
		}
		s.vendors.mustAdd(o.set("payment_accounts", s.vendorAccounts(kinds, i, name, now)))
	}
	at := now.Add(-founded).UnixMilli()
	for i := range size.LinkedAccounts {
		r := s.ids.random("linked", i)
		name := oneOf(r, []string{"Chase", "Wells Fargo", "Bank of America", "Silicon Valley Bank"})
		balance := object{}.set("amount", money(r.between(1_000_000, 90_000_000))).set("as_of_date", formatDate(now))
		s.linked.mustAdd(object{}.
			set("id", s.ids.id(prefixBankAccount, at, uint64(i))).
			set("bank_details", object{}.set("name", name).set("type", "CHECKING")).
			set("brex_account_id", nil).
			set("last_four", fmt.Sprintf("%04d", r.below(10000))).
			set("available_balance", balance).
			set("current_balance", balance))
	}
}

func (s *state) vendorAccounts(kinds []string, vendor int, name string, now time.Time) json.RawMessage {
	accounts := []byte{'['}
	for j, kind := range kinds {
		r := s.ids.random("instrument "+kind, vendor)
		number := fmt.Sprintf("%d%08d", r.between(1, 9), r.below(100_000_000))
		routing := oneOf(r, []string{"021000021", "121000248", "026009593", "322271627", "111000025"})
		address := oneOf(r, places[:3]).address()
		d := object{}.set("type", kind).
			set("payment_instrument_id", s.ids.id(prefixInstrument, now.Add(-vendorMade).UnixMilli(), uint64(vendor*4+j)))
		switch kind {
		case "ACH":
			d = d.set("routing_number", routing).set("account_number", number).
				set("account_type", oneOf(r, []string{"CHECKING", "CHECKING", "SAVING"})).set("account_class", "BUSINESS")
		case "DOMESTIC_WIRE":
			d = d.set("routing_number", routing).set("account_number", number).set("address", address)
		case "CHEQUE":
			d = d.set("mailing_address", address).set("recipient_name", name[:min(len(name), 40)])
		case "INTERNATIONAL_WIRE":
			d = d.set("swift_code", "DEUTDEFF500").set("iban", fmt.Sprintf("DE89370400440532%06d", r.below(1_000_000))).
				set("beneficiary_bank_name", "Deutsche Bank").set("address", places[7].address())
		}
		if j > 0 {
			accounts = append(accounts, ',')
		}
		accounts = object{}.set("details", d).append(accounts)
	}
	return append(accounts, ']')
}
