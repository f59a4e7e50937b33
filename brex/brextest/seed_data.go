package brextest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// resources are the files that WithData knows, in the order in which they are
// loaded: what others refer to first.
func (s *state) resources() []struct {
	name string
	load func([]object) error
} {
	return []struct {
		name string
		load func([]object) error
	}{
		{"departments", s.departments.load},
		{"locations", s.locations.load},
		{"titles", s.titles.load},
		{"legal_entities", s.entities.load},
		{"budgets", s.loadBudgets},
		{"spend_limits", s.spendLimits.load},
		{"users", s.users.load},
		{"cards", s.cards.load},
		{"expenses", s.expenses.load},
		{"card_accounts", s.cardAccounts.load},
		{"card_statements", s.cardStatements.load},
		{"card_transactions", s.cardTransactions.load},
		{"cash_accounts", s.cashAccounts.load},
		{"vendors", s.vendors.load},
		{"linked_accounts", s.linked.load},
		{"fields", s.fields.load},
		{"field_values", s.fieldValues.load},
		{"integrations", s.loadIntegrations},
		{"accounting_records", s.loadRecords},
		{"trips", s.trips.load},
		{"referrals", s.referrals.load},
		{"budget_programs", s.programs.load},
		{"webhook_groups", s.webhookGroups.load},
		{"transfers", s.transfers.load},
		{"cash_transactions", func(items []object) error { return s.loadPrimary(items, s.loadCashTx) }},
		{"cash_statements", func(items []object) error { return s.loadPrimary(items, s.loadCashStatements) }},
	}
}

// loadBudgets loads budgets of the v2 API. What has an id instead of a budget_id is not such a
// budget, but what an expense knows of one: those were spend limits by another name.
func (s *state) loadBudgets(items []object) error {
	var budgets, limits []object
	for _, o := range items {
		if o.has("budget_id") {
			budgets = append(budgets, o)
		} else {
			limits = append(limits, o)
		}
	}
	if err := s.budgets.load(budgets); err != nil {
		return err
	}
	return s.spendLimits.load(limits)
}

// loadIntegrations loads integrations, also those that say id instead of
// integration_id, as Brex's examples do. They keep it.
func (s *state) loadIntegrations(items []object) error {
	items = slices.Clone(items)
	for i, o := range items {
		if !o.has(s.integrations.idKey) && o.has("id") {
			items[i] = o.with(s.integrations.idKey, o.get("id"))
		}
	}
	return s.integrations.load(items)
}

// perAccount are the resources with a file for each cash account, or trip.
var perAccount = []string{"cash_transactions_", "cash_statements_", "bookings_"}

func (s *state) loadCashTx(account string, items []object) error {
	return s.cashTx(account).load(items)
}

func (s *state) loadCashStatements(account string, items []object) error {
	return s.cashStatement(account).load(items)
}

func (s *state) loadPrimary(items []object, load func(string, []object) error) error {
	row, ok := s.primaryAccount()
	if !ok {
		return errors.New("needs cash_accounts.json, which says whose they are")
	}
	return load(s.cashAccounts.id(row), items)
}

// load reads the files of WithData.
func (s *state) load(data fs.FS, now time.Time) error {
	entries, err := fs.ReadDir(data, ".")
	if err != nil {
		return fmt.Errorf("brextest: WithData: %w", err)
	}
	files := map[string]bool{}
	for _, e := range entries {
		name := e.Name()
		base, isJSON := strings.CutSuffix(name, ".json")
		switch {
		case e.IsDir() || !isJSON || !s.knows(base):
			s.ignored = append(s.ignored, name)
		default:
			files[base] = true
		}
	}
	for _, r := range s.resources() {
		if !files[r.name] {
			continue
		}
		items, err := readItems(data, r.name+".json")
		if err == nil {
			err = r.load(items)
		}
		if err != nil {
			return fmt.Errorf("brextest: WithData: %s.json: %w", r.name, err)
		}
	}
	for _, prefix := range perAccount {
		for _, base := range sortedKeys(files) {
			account, ok := strings.CutPrefix(base, prefix)
			if !ok {
				continue
			}
			if err := s.loadAccountFile(data, prefix, base, account); err != nil {
				return fmt.Errorf("brextest: WithData: %s.json: %w", base, err)
			}
		}
	}
	if files["company"] {
		if s.company, err = readObject(data, "company.json"); err != nil {
			return fmt.Errorf("brextest: WithData: company.json: %w", err)
		}
	}
	if !files["accounting_records"] {
		s.seedRecords() // from the expenses that were loaded
	}
	// A transfer that was under way when it was exported stays as it is:
	// exports are history, and nothing in them moves at the first request.
	for row := range s.transfers.keys {
		if k := &s.transfers.keys[row]; k.due <= now.UnixMilli() {
			k.due = 0
		}
	}
	return nil
}

func (s *state) loadAccountFile(data fs.FS, prefix, base, account string) error {
	if prefix == "bookings_" {
		return s.loadBookings(data, base, account)
	}
	if !s.cashAccounts.has(account) {
		return errors.New("cash_accounts.json has no account of that id")
	}
	items, err := readItems(data, base+".json")
	if err != nil {
		return err
	}
	if prefix == perAccount[0] {
		return s.loadCashTx(account, items)
	}
	return s.loadCashStatements(account, items)
}

// loadBookings loads the bookings of a trip.
func (s *state) loadBookings(data fs.FS, base, trip string) error {
	if !s.trips.has(trip) {
		return errors.New("trips.json has no trip of that id")
	}
	items, err := readItems(data, base+".json")
	s.bookings[trip] = items
	return err
}

// knows says whether a file of that name (without .json) is a resource.
func (s *state) knows(base string) bool {
	if base == "company" {
		return true
	}
	for _, prefix := range perAccount {
		if strings.HasPrefix(base, prefix) && len(base) > len(prefix) {
			return true
		}
	}
	for _, r := range s.resources() {
		if r.name == base {
			return true
		}
	}
	return false
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// readItems reads a file in the shape of a list response, or a bare array.
func readItems(data fs.FS, name string) ([]object, error) {
	raw, err := readJSON(data, name)
	if err != nil {
		return nil, err
	}
	if raw[0] == '{' {
		page := mustObject(raw)
		if raw = page.get("items"); len(raw) == 0 || raw[0] != '[' {
			return nil, errors.New(`is neither a list answer ({"items":[...]}) nor an array`)
		}
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, errors.New(`is neither a list answer ({"items":[...]}) nor an array`)
	}
	items := make([]object, len(list))
	for i, item := range list {
		if items[i], err = parseObject(item); err != nil {
			return nil, fmt.Errorf("item %d is %w", i, err)
		}
	}
	return items, nil
}

func readObject(data fs.FS, name string) (object, error) {
	raw, err := readJSON(data, name)
	if err != nil {
		return nil, err
	}
	o, err := parseObject(raw)
	if err != nil {
		return nil, fmt.Errorf("is %w", err)
	}
	if o.str("id") == "" {
		return nil, errors.New("has no id")
	}
	return o, nil
}

// readJSON returns a file without its spaces.
func readJSON(data fs.FS, name string) ([]byte, error) {
	raw, err := fs.ReadFile(data, name)
	if err != nil {
		return nil, err
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")) // some exports start with a byte order mark
	var buf bytes.Buffer
	if err := json.Compact(&buf, raw); err != nil {
		return nil, fmt.Errorf("is not JSON: %w", err)
	}
	if buf.Len() == 0 {
		return nil, errors.New("is empty")
	}
	return buf.Bytes(), nil
}
