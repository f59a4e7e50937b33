package brextest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// SetRow sets members of a row of a table, as somebody at Brex would, and adds the row where there is none of that id: members then
// has the whole object. The tables are those of the control API's state. A time of the last change, updated_at, becomes the
// company's time unless members has one. What other objects say about the row stays as it is.
func (h *Handler) SetRow(table, id string, members json.RawMessage) error {
	set, err := parseObject(members)
	if err != nil {
		return fmt.Errorf("brextest: SetRow: the members are %w", err)
	}
	err = h.editTable(table, func(t holder, now time.Time) error { return t.edit(id, set, now) })
	if err != nil {
		return fmt.Errorf("brextest: SetRow: %w", err)
	}
	return nil
}

// RemoveRow removes a row of a table, as if it had never been there. With a transfer go its cash
// transactions and what it did to the balances. What other objects say about a row stays as it is.
func (h *Handler) RemoveRow(table, id string) error {
	err := h.editTable(table, func(t holder, _ time.Time) error {
		if t == holder(h.state.transfers) {
			return h.state.removeTransfer(id)
		}
		return t.drop(id)
	})
	if err != nil {
		return fmt.Errorf("brextest: RemoveRow: %w", err)
	}
	return nil
}

// removeTransfer removes a transfer with its cash transactions, and gives back what they booked or
// the transfer holds.
func (s *state) removeTransfer(id string) error {
	row, found := s.transfers.find(id)
	if !found {
		return s.transfers.drop(id)
	}
	o := s.transfers.doc(row)
	status, cents := o.str("status"), o.obj("amount").num("amount")
	account, own := s.cashAccounts.find(o.obj("originating_account").str("id"))
	if own && (status == "SCHEDULED" || status == "PROCESSING") && o.obj("counterparty").str("type") != "BANK_ACCOUNT" {
		s.move(account, cents, 0)
	}
	for _, name := range sortedKeys(s.cashTransactions) {
		t := s.cashTransactions[name]
		for _, booked := range t.all() {
			tx := t.doc(booked)
			if tx.str("transfer_id") != id {
				continue
			}
			if account, found := s.cashAccounts.find(name); found {
				amount := tx.obj("amount").num("amount")
				s.move(account, -amount, -amount)
			}
			t.remove(booked)
		}
	}
	s.transfers.remove(row)
	s.findNextDue()
	return nil
}

func (h *Handler) editTable(name string, edit func(holder, time.Time) error) error {
	h.settle(h.clock.now())
	h.mu.Lock()
	defer h.mu.Unlock()
	t, err := h.state.table(name)
	if err != nil {
		return err
	}
	return edit(t, h.clock.now())
}

// table is the table of that name.
func (s *state) table(name string) (holder, error) {
	for _, t := range s.tables() {
		if t.title() == name {
			return t, nil
		}
	}
	return nil, missingError{fmt.Errorf("there is no table %s", printable(name))}
}

// missingError is about what is not there.
type missingError struct{ error }

func (e missingError) Unwrap() error { return e.error }

// look returns the whole document of a row.
func (t *rowTable) look(id string) (json.RawMessage, error) {
	row, found := t.find(id)
	if !found {
		return nil, missingError{fmt.Errorf("there is no row %s in %s", printable(id), t.name)}
	}
	return t.append(nil, row, t.full), nil
}

// edit changes or adds a row.
func (t *rowTable) edit(id string, set object, now time.Time) error {
	row, found := t.find(id)
	o := object{}.set(t.idKey, id)
	if found {
		o = t.doc(row)
	}
	for _, m := range set {
		if m.key == t.idKey && text(m.value) != id {
			return fmt.Errorf("%s is the id and cannot change", t.idKey)
		}
		o = o.with(m.key, m.value)
	}
	if o.has("updated_at") && !set.has("updated_at") {
		o = o.set("updated_at", formatTime(now))
	}
	if !found {
		return t.add(o)
	}
	t.put(row, o)
	return nil
}

func (t *rowTable) drop(id string) error {
	row, found := t.find(id)
	if !found {
		return missingError{fmt.Errorf("there is no row %s in %s", printable(id), t.name)}
	}
	t.remove(row)
	return nil
}

func (h *Handler) controlSetRow(r *http.Request) (any, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRowSize+1))
	if err != nil || len(body) > maxRowSize {
		return nil, errors.New("the body is too large, or was cut off")
	}
	return done, noRow(h.SetRow(r.PathValue("table"), r.PathValue("id"), body))
}

// maxRowSize bounds a row, in bytes.
const maxRowSize = 1 << 20

func (h *Handler) controlRemoveRow(r *http.Request) (any, error) {
	return done, noRow(h.RemoveRow(r.PathValue("table"), r.PathValue("id")))
}

func (h *Handler) controlRow(r *http.Request) (any, error) {
	h.settle(h.clock.now())
	h.mu.RLock()
	defer h.mu.RUnlock()
	t, err := h.state.table(r.PathValue("table"))
	if err != nil {
		return nil, noRow(err)
	}
	row, err := t.look(r.PathValue("id"))
	return row, noRow(err)
}

// noRow makes a 404 of what is not there.
func noRow(err error) error {
	var missing missingError
	if !errors.As(err, &missing) {
		return err
	}
	p := notFound("")
	p.message = missing.Error()
	return problemError{p}
}
