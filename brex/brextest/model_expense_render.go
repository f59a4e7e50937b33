package brextest

// append writes an expense, its members in the order of the schema.
func (m *expenseMaker) append(dst []byte, row int, v view) []byte {
	f := m.facts(row)
	sh, ids := &shops[f.shop], m.s.ids
	w := writer{buf: dst}
	w.open()
	w.id("id", ids, prefixExpense, f.purchased, uint64(f.row))
	w.opt("memo", f.memo)
	w.opt("location_id", m.userPlace[f.user])
	w.related("location", v.has(withLocation), m.s, m.userPlace[f.user])
	m.address(&w, &f)
	w.opt("department_id", m.userDept[f.user])
	w.related("department", v.has(withDepartment), m.s, m.userDept[f.user])
	w.time("updated_at", f.updated)
	w.time("payment_posted_at", f.posted)
	w.str("category", sh.category)
	w.str("merchant_id", m.shops[f.shop].id)
	w.rawIf("merchant", v.has(withMerchant), m.shops[f.shop].embedded)
	m.receipts(&w, &f, v)
	budget := ""
	if f.budget >= 0 {
		budget = m.budgets[f.budget]
	}
	w.opt("budget_id", budget)
	w.related("budget", v.has(withBudget), m.s, budget)
	w.str("expense_type", f.kind)
	m.amounts(&w, &f)
	w.time("purchased_at", f.purchased)
	w.str("status", f.status)
	w.str("payment_status", f.payment)
	w.str("user_id", m.users[f.user])
	w.related("user", v.has(withUser), m.s, m.users[f.user])
	m.paymentOf(&w, &f, v)
	m.customFields(&w, &f, v)
	if f.trip {
		w.id("trip_id", ids, prefixTrip, f.purchased, uint64(f.row))
	} else {
		w.null("trip_id")
	}
	entity := m.entity(&f)
	w.opt("spending_entity_id", entity)
	w.related("spending_entity", v.has(withSpendingEntity), m.s, entity)
	w.opt("billing_entity_id", entity)
	exported := int64(0)
	if f.exported {
		exported = f.settled + dayMs
	}
	w.time("exported_at", exported)
	w.null("integration_spending_entity_id")
	w.null("integration_billing_entity_id")
	m.review(&w, &f)
	m.repayment(&w, &f)
	w.time("approved_at", f.approved)
	w.time("submitted_at", f.submitted)
	w.time("completion_date", f.settled)
	if f.trip {
		w.id("booking_id", ids, prefixBooking, f.purchased, uint64(f.row)*4)
	} else {
		w.null("booking_id")
	}
	w.key("dashboard_url")
	w.buf = append(w.buf, `"https://dashboard.brex.com/expenses/`...)
	w.buf = ids.append(w.buf, prefixExpense, f.purchased, uint64(f.row))
	w.buf = append(w.buf, '"')
	if v.has(withPolicy) {
		w.key("policy")
		w.open()
		w.id("id", ids, prefixPolicy, m.s.founded, 0)
		w.str("name", "Default expense policy")
		w.close()
	} else {
		w.null("policy")
	}
	if f.kind == "BILLPAY" && m.size.Vendors > 0 {
		w.str("vendor_id", m.s.vendorID(f.row%m.size.Vendors, m.s.founded+founded.Milliseconds()))
	} else {
		w.null("vendor_id")
	}
	w.close()
	return w.buf
}

// address is where the purchase happened, known for some only.
func (m *expenseMaker) address(w *writer, f *expenseFacts) {
	p := &places[f.row%len(places)]
	if f.row%3 != 0 || p.city == "" {
		w.null("address")
		return
	}
	w.key("address")
	w.open()
	w.str("country", p.country)
	w.opt("state", p.state)
	w.str("city", p.city)
	w.str("postal_code", p.postal)
	w.str("timezone", p.zone)
	w.key("coordinates")
	w.buf = append(w.buf, `{"latitude":`...)
	w.buf = append(w.buf, p.latitude...)
	w.buf = append(w.buf, `,"longitude":`...)
	w.buf = append(w.buf, p.longitude...)
	w.buf = append(w.buf, '}')
	w.str("line1", p.line1)
	w.null("line2")
	w.close()
}

func (m *expenseMaker) receipts(w *writer, f *expenseFacts, v view) {
	w.key("receipts")
	w.buf = append(w.buf, '[')
	for i := range f.receipts {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		number := uint64(f.row)*4 + uint64(i)
		w.open()
		w.id("id", m.s.ids, prefixReceipt, f.purchased, number)
		if v.has(withReceiptURIs) {
			w.key("download_uris")
			w.buf = append(w.buf, `["`+madeReceipts...)
			w.buf = m.s.ids.append(w.buf, prefixReceipt, f.purchased, number)
			w.buf = append(w.buf, `.pdf"]`...)
		} else {
			w.null("download_uris")
		}
		w.close()
	}
	w.buf = append(w.buf, ']')
}

// amounts writes the five amounts. What Brex knows only after the payment is
// null before it.
func (m *expenseMaker) amounts(w *writer, f *expenseFacts) {
	currency := shops[f.shop].currency
	w.money("original_amount", f.amount, currency)
	if f.kind == "CARD" && f.payment != "DECLINED" || f.paid {
		w.money("billing_amount", f.cents, "USD")
	} else {
		w.null("billing_amount")
	}
	if f.budget >= 0 && f.payment != "DECLINED" {
		w.money("budget_amount", f.cents, "USD")
	} else {
		w.null("budget_amount")
	}
	w.money("purchased_amount", f.amount, currency)
	w.money("usd_equivalent_amount", f.cents, "USD")
}

func (m *expenseMaker) paymentOf(w *writer, f *expenseFacts, v view) {
	if f.card < 0 || !v.has(withPayment) {
		w.null("payment")
		return
	}
	w.key("payment")
	w.open()
	w.id("id", m.s.ids, prefixPayment, f.purchased, uint64(f.row))
	w.key("paymentInstrument")
	w.open()
	w.str("type", "CARD")
	w.str("id", m.cards[f.card])
	w.close()
	reason := f.reason
	if reason == "" {
		reason = "OTHER"
	}
	w.str("statusReason", reason)
	w.close()
}

func (m *expenseMaker) customFields(w *writer, f *expenseFacts, v view) {
	if !v.has(withCustomFields) {
		w.null("custom_fields")
		return
	}
	w.key("custom_fields")
	w.buf = append(w.buf, '[')
	if f.row%4 != 3 {
		w.buf = append(w.buf, `{"key":"Billable","value":{"value_type":"SINGLE_VALUE","data_type":"BOOLEAN","data":`...)
		if f.row%5 == 0 {
			w.buf = append(w.buf, "true"...)
		} else {
			w.buf = append(w.buf, "false"...)
		}
		w.buf = append(w.buf, `}},{"key":"Project","value":{"value_type":"SINGLE_VALUE","data_type":"OPTION_STRING","data":`...)
		w.buf = append(w.buf, `{"option_id":"option_`...)
		w.buf = append(w.buf, base36[f.row%7], base36[f.row%11])
		w.buf = append(w.buf, `","option_label":"Project `...)
		w.buf = append(w.buf, 'A'+byte(f.row%7), base36[f.row%10])
		w.buf = append(w.buf, `"}}}`...)
	}
	w.buf = append(w.buf, ']')
}

func (m *expenseMaker) review(w *writer, f *expenseFacts) {
	if f.submitted == 0 || f.status == "VOID" {
		w.null("review")
		return
	}
	manager := m.s.related("user", m.users[max(0, f.user-1)/6])
	w.key("review")
	w.open()
	if f.status == "OUT_OF_POLICY" {
		w.str("compliance_status", "OUT_OF_POLICY")
	} else {
		w.str("compliance_status", "IN_POLICY")
	}
	if f.approved == 0 {
		w.key("reviewers")
		w.open()
		w.key("reviewer")
		w.buf = append(append(append(w.buf, '['), manager...), ']')
		w.str("status", "PENDING")
		w.close()
		w.null("approver")
	} else {
		w.null("reviewers")
		w.raw("approver", manager)
	}
	w.null("copilot_approver")
	w.time("approved_at", f.approved)
	w.close()
}

func (m *expenseMaker) repayment(w *writer, f *expenseFacts) {
	if f.status != "OUT_OF_POLICY" || f.row%3 != 0 {
		w.null("repayment")
		return
	}
	w.key("repayment")
	w.open()
	w.raw("repayment_initiated_by", m.s.related("user", m.users[0]))
	w.time("repayment_initiation_date", f.updated)
	w.close()
}

// id writes an id without making a string of it.
func (w *writer) id(name string, ids identity, prefix string, ms int64, number uint64) {
	w.key(name)
	w.buf = append(w.buf, '"')
	w.buf = ids.append(w.buf, prefix, ms, number)
	w.buf = append(w.buf, '"')
}

// rawIf writes an encoded value when it was asked for, null otherwise.
func (w *writer) rawIf(name string, asked bool, value []byte) {
	if !asked {
		value = nil
	}
	w.raw(name, value)
}

// related writes a relation when it was asked for, null otherwise.
func (w *writer) related(name string, asked bool, s *state, id string) {
	if !asked {
		w.null(name)
		return
	}
	w.raw(name, s.related(name, id))
}
