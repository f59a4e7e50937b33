package brextest

import (
	"encoding/json"
	"slices"
	"strings"
)

// vendorKey is what vendors are looked up by.
type vendorKey struct {
	name        string // lower case
	instruments []string
}

func vendorKeyOf(o object) vendorKey {
	k := vendorKey{name: strings.ToLower(o.str("company_name"))}
	for _, details := range paymentDetails(o) {
		k.instruments = append(k.instruments, details.str("payment_instrument_id"))
	}
	return k
}

// paymentDetails returns the details of a vendor's payment accounts.
func paymentDetails(vendor object) []object {
	var list []object
	for _, raw := range vendor.list("payment_accounts") {
		if account, err := parseObject(raw); err == nil {
			list = append(list, account.obj("details"))
		}
	}
	return list
}

func (h *Handler) vendorModels(m map[string]serveFunc) {
	m["listVendors"] = listVendors
	m["getVendorById"] = gets(func(s *state) *table[vendorKey] { return s.vendors }, "id", "VENDOR_NOT_FOUND")
	m["createVendor"] = createVendor
	m["updateVendor"] = updateVendor
	m["deleteVendor"] = func(c *call) (answer, *problem) {
		row, p := byID(c, c.state.vendors, "id", "VENDOR_NOT_FOUND")
		if p != nil {
			return answer{}, p
		}
		c.state.vendors.remove(row)
		return answer{status: 200}, nil // no body is documented
	}
}

func listVendors(c *call) (answer, *problem) {
	var match func(*vendorKey) bool
	if name := strings.ToLower(c.query.str("name")); name != "" {
		match = func(k *vendorKey) bool { return strings.Contains(k.name, name) }
	}
	return list(c, c.state.vendors, 0, match)
}

func createVendor(c *call) (answer, *problem) {
	o := object{}.
		set("id", c.state.newID(prefixVendor, c.now)).
		with("company_name", c.body.get("company_name")).
		with("email", orNull(c.body.get("email"))).
		with("phone", orNull(c.body.get("phone"))).
		with("payment_accounts", c.paymentAccounts(nil))
	c.state.vendors.mustAdd(o)
	return ok(o)
}

func updateVendor(c *call) (answer, *problem) {
	t := c.state.vendors
	row, p := byID(c, t, "id", "VENDOR_NOT_FOUND")
	if p != nil {
		return answer{}, p
	}
	o := t.doc(row)
	if c.body.has("company_name") {
		o = o.with("company_name", c.body.get("company_name"))
	}
	for _, name := range []string{"email", "phone"} {
		if raw := c.body.get(name); raw != nil { // null removes it
			o = o.with(name, raw)
		}
	}
	if c.body.has("payment_accounts") {
		o = o.with("payment_accounts", c.paymentAccounts(paymentDetails(o)))
	}
	t.put(row, o)
	return ok(o)
}

// paymentAccounts turns the accounts of a request into those of a response. An
// account that is already there keeps its instrument.
func (c *call) paymentAccounts(before []object) json.RawMessage {
	accounts := []byte{'['}
	for i, raw := range c.body.list("payment_accounts") {
		sent := mustObject(raw).obj("details")
		details := object{}.with("type", sent.get("type")).set("payment_instrument_id", "")
		for _, m := range sent {
			if m.key != "type" && m.key != "beneficiary_name" { // no response shows the beneficiary
				details = details.with(m.key, m.value)
			}
		}
		id := ""
		for _, old := range before {
			if same := details.with("payment_instrument_id", old.get("payment_instrument_id")); string(same.encode()) == string(old.encode()) {
				id = old.str("payment_instrument_id")
			}
		}
		if id == "" {
			id = c.state.newID(prefixInstrument, c.now)
		}
		if i > 0 {
			accounts = append(accounts, ',')
		}
		accounts = object{}.set("details", details.set("payment_instrument_id", id)).append(accounts)
	}
	return append(accounts, ']')
}

// instrument is where a payment to a vendor goes.
type instrument struct {
	vendor  object
	details object
}

func (i instrument) kind() string { return i.details.str("type") }

// instrument finds a vendor's payment instrument.
func (s *state) instrument(id string) (instrument, bool) {
	t := s.vendors
	for row := range t.keys {
		if t.gone[row] || id == "" || !slices.Contains(t.keys[row].instruments, id) {
			continue
		}
		vendor := t.doc(row)
		for _, details := range paymentDetails(vendor) {
			if details.str("payment_instrument_id") == id {
				return instrument{vendor, details}, true
			}
		}
	}
	return instrument{}, false
}
