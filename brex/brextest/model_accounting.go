package brextest

import (
	"net/http"
)

// integrationKey is what integrations are found by.
type integrationKey struct{ status string }

func integrationKeyOf(o object) integrationKey { return integrationKey{o.str("status")} }

func (s *state) initAccounting() {
	s.integrations = newTable("integrations", integrationKeyOf)
	s.integrations.idKey = "integration_id"
	s.records = newTable("accounting_records", s.recordKeyOf)
	s.records.newestFirst = s.newestFirst
}

func (h *Handler) accountingModels(m map[string]serveFunc) {
	m["createIntegration"] = createIntegration
	m["disconnectIntegration"] = func(c *call) (answer, *problem) { return c.switchIntegration("DISABLED") }
	m["reactivateIntegration"] = func(c *call) (answer, *problem) { return c.switchIntegration("ACTIVE") }
	m["queryAccountingRecords"] = queryRecords
	m["getAccountingRecord"] = func(c *call) (answer, *problem) {
		row, p := byID(c, c.state.records, "record_id", "")
		if p != nil {
			return answer{}, p
		}
		return ok(c.state.record(row, c.query.flag("single_entry")))
	}
	m["reportAccountingExportResults"] = exportResults
}

// accountingAnswer encodes a problem as the accounting API does: with a code
// from its own list, and details.
func (p *problem) accountingAnswer() answer {
	code := map[int]string{http.StatusUnauthorized: "UNAUTHORIZED", http.StatusForbidden: "FORBIDDEN", http.StatusNotFound: "NOT_FOUND",
		http.StatusInternalServerError: "INTERNAL_ERROR"}[p.status]
	switch {
	case p.details != nil:
		code = p.code
	case code == "":
		code = "INVALID_REQUEST"
	}
	o := object{}.set("error_code", code).set("message", p.message).set("details", orNilObject(p.details))
	return answer{status: p.status, body: o.encode(), retryAfter: p.retryAfter}
}

// accountingProblem is one with a code of the accounting API.
func accountingProblem(status int, code, message string, details object) *problem {
	return &problem{status: status, kind: code, code: code, message: message, details: details}
}

// activeIntegration is the one that the company has, nil for none.
func (s *state) activeIntegration() object {
	for row, k := range s.integrations.keys {
		if k.status == "ACTIVE" && !s.integrations.gone[row] {
			return s.integrations.doc(row)
		}
	}
	return nil
}

// integrationExists refuses a second active integration.
func integrationExists(present object, vendor string) *problem {
	return accountingProblem(http.StatusConflict, "ACTIVE_INTEGRATION_EXISTS", "the company already has an active integration",
		object{}.with("existing_integration_id", present.get("integration_id")).
			with("existing_vendor", present.get("vendor")).
			set("requested_vendor", vendor))
}

func createIntegration(c *call) (answer, *problem) {
	for _, name := range []string{"vendor", "vendor_account_id"} {
		if c.body.str(name) == "" {
			return answer{}, invalid(name)
		}
	}
	s := c.state
	if present := s.activeIntegration(); present != nil {
		return answer{}, integrationExists(present, c.body.str("vendor"))
	}
	o := object{}.set("integration_id", s.newID(prefixIntegration, c.now)).
		with("vendor", c.body.get("vendor")).
		with("vendor_account_id", c.body.get("vendor_account_id")).
		set("status", "ACTIVE").
		set("created_at", formatTime(c.now))
	s.integrations.mustAdd(o)
	return ok(o)
}

// switchIntegration disconnects or reactivates.
func (c *call) switchIntegration(status string) (answer, *problem) {
	t := c.state.integrations
	row, p := byID(c, t, "integration_id", "")
	if p != nil {
		return answer{}, p
	}
	o := t.doc(row)
	present := c.state.activeIntegration()
	switch {
	case status == "ACTIVE" && present != nil:
		return answer{}, integrationExists(present, o.str("vendor"))
	case status == "DISABLED" && o.str("status") != "ACTIVE":
		return answer{}, accountingProblem(http.StatusConflict, "INTEGRATION_NOT_ACTIVE", "the integration is not active",
			object{}.with("integration_id", o.get("integration_id")).with("current_status", o.get("status")))
	}
	t.put(row, o.set("status", status))
	return ok(t.doc(row))
}

// exportResults takes what became of exported records: all results or, when
// one cannot be taken, none.
func exportResults(c *call) (answer, *problem) {
	s, now := c.state, c.now.UnixMilli()
	seen := map[string]bool{}
	var rows []int
	var unknown, twice, early []string
	for _, raw := range c.body.list("results") {
		id := mustObject(raw).str("accounting_record_id")
		row, found := s.records.find(id)
		switch {
		case !found:
			unknown = append(unknown, id)
		case seen[id]:
			twice = append(twice, id)
		case s.records.keys[row].statusAt(now) != readyForExport:
			early = append(early, id)
		}
		seen[id] = true
		rows = append(rows, row)
	}
	for _, refused := range []struct {
		ids                   []string
		status                int
		code, message, member string
	}{
		{unknown, http.StatusNotFound, "NOT_FOUND", "there are no such accounting records", "not_found_export_entry_source_ids"},
		{twice, http.StatusUnprocessableEntity, "DUPLICATE_ACCOUNTING_RECORD_IDS", "accounting records are named twice",
			"duplicate_accounting_record_ids"},
		{early, http.StatusUnprocessableEntity, "ACCOUNTING_RECORD_NOT_READY_FOR_EXPORT", "accounting records are not ready for export",
			"not_ready_for_export_accounting_record_ids"},
	} {
		if len(refused.ids) > 0 {
			return answer{}, accountingProblem(refused.status, refused.code, refused.message, object{}.set(refused.member, refused.ids))
		}
	}
	ids := []string{}
	for i, raw := range c.body.list("results") {
		ids = append(ids, s.records.id(rows[i]))
		s.exported(rows[i], mustObject(raw).has("success"), c.now)
	}
	return ok(object{}.set("updated_accounting_record_ids", ids))
}
