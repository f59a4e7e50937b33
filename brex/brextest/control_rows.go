package brextest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
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

// RemoveRow removes a row of a table, as if it had never been there.
func (h *Handler) RemoveRow(table, id string) error {
	err := h.editTable(table, func(t holder, _ time.Time) error { return t.drop(id) })
	if err != nil {
		return fmt.Errorf("brextest: RemoveRow: %w", err)
	}
	return nil
}

func (h *Handler) editTable(name string, edit func(holder, time.Time) error) error {
	h.settle(h.clock.now())
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.state.tables() {
		if t.title() == name {
			return edit(t, h.clock.now())
		}
	}
	return fmt.Errorf("there is no table %s", printable(name))
}

// edit changes or adds a row.
func (t *table[K]) edit(id string, set object, now time.Time) error {
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

func (t *table[K]) drop(id string) error {
	row, found := t.find(id)
	if !found {
		return fmt.Errorf("there is no row %s", printable(id))
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

// noRow makes a 404 of what is not there.
func noRow(err error) error {
	if err != nil && strings.Contains(err.Error(), "there is no ") {
		return problemError{notFound("")}
	}
	return err
}
