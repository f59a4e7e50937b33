package agent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/brex-go/sdk/brex"
)

// handles are short names of ids, of one session. They are no secret and grant nothing: every call
// is decided by what the handle stands for.
type handles struct {
	mu      *sync.Mutex
	ids     map[string]string // by handle
	names   map[string]string // handle by id
	cursors map[string]position
	order   []string // of cursors, oldest first
}

// position is where a list goes on: the page, and the rows of it that were shown.
type position struct {
	request ReadRequest
	cursor  string
	skip    int
}

const (
	maxHandles = 50_000
	maxCursors = 200
)

func newHandles() handles {
	return handles{mu: new(sync.Mutex), ids: map[string]string{}, names: map[string]string{}, cursors: map[string]position{}}
}

// handleForm is what handles look like: a word for the kind, and random letters, so that one of
// another session is not taken for one of this.
var handleForm = regexp.MustCompile(`^[a-z]{3}-[` + handleAlphabet + `]{4,6}$`)

// kinds are the words of handles by resource.
var kinds = map[string]string{"expenses": "exp", "users": "usr", "cards": "crd", "transfers": "trf", "vendors": "vnd", "accounts": "acc",
	"transactions": "txn", "budgets": "bud", "spend_limits": "lim", "receipts": "rcp", "accounting": "rec", "fields": "fld", "travel": "trp",
	"referrals": "ref", "company": "org", "webhooks": "whk"}

// of returns the handle of an id.
func (h *handles) of(op *brex.Operation, id string) string { return h.name(kinds[ResourceOf(op)], id) }

// name returns the handle of an id with the word for its kind. An id that is short, or not of
// letters and digits, stays.
func (h *handles) name(kind, id string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if name, ok := h.names[id]; ok {
		return name
	}
	if len(id) < 12 || !safeArg.MatchString(id) || len(h.ids) >= maxHandles {
		if text := cleanCell(id, 80); !strings.Contains(text, " ") {
			return text
		}
		return strconv.Quote(cleanCell(id, 80)) // not an id: marked as text of others
	}
	for n := 4; ; n = min(n+1, 6) {
		name := kind + "-" + randomLetters(n)
		if _, taken := h.ids[name]; !taken {
			h.ids[name], h.names[id] = id, name
			return name
		}
	}
}

// keep returns the name of a position.
func (h *handles) keep(p position) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	name := "cur-" + randomLetters(6)
	h.cursors[name], h.order = p, append(h.order, name)
	if len(h.order) > maxCursors {
		delete(h.cursors, h.order[0])
		h.order = h.order[1:]
	}
	return name
}

// resume puts the request of a cursor in place of q.
func (h *handles) resume(q *ReadRequest) (position, error) {
	if q.Cursor == "" {
		return position{}, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	p, ok := h.cursors[q.Cursor]
	if !ok {
		return p, fmt.Errorf("%w: the cursor %q is not known in this session; read the list again", ErrArguments, cleanCell(q.Cursor, 40))
	}
	if q.Operation != "" && q.Operation != p.request.Operation {
		return p, fmt.Errorf("%w: the cursor is of %s", ErrArguments, p.request.Operation)
	}
	rows := q.Rows
	*q = p.request
	if rows > 0 {
		q.Rows = rows
	}
	return p, nil
}

// resolve puts ids in place of handles in the parameters of a call: where an id stands, and nowhere
// else.
func (h *handles) resolve(params json.RawMessage) (json.RawMessage, error) {
	if len(bytes.TrimSpace(params)) == 0 {
		return nil, nil
	}
	if !bytes.Contains(params, []byte("-")) {
		return params, nil
	}
	dec := json.NewDecoder(bytes.NewReader(params))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil || dec.More() {
		return params, nil // Prepare says what is wrong with it
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	changed := false
	v, err := h.replace(v, "", &changed)
	if err != nil || !changed {
		return params, err
	}
	return json.Marshal(v)
}

func (h *handles) replace(v any, name string, changed *bool) (_ any, err error) {
	switch t := v.(type) {
	case map[string]any:
		for member, value := range t {
			if t[member], err = h.replace(value, member, changed); err != nil {
				return nil, err
			}
		}
	case []any:
		for i := range t {
			if t[i], err = h.replace(t[i], name, changed); err != nil {
				return nil, err
			}
		}
	case string:
		if !isID(name) || !handleForm.MatchString(t) {
			return v, nil
		}
		id, ok := h.ids[t]
		if !ok {
			return nil, fmt.Errorf("%w: the handle %q is not known in this session; read the list again, or give the id", ErrArguments, t)
		}
		*changed = true
		return id, nil
	}
	return v, nil
}

// isID reports whether a member of this name holds an id or ids.
func isID(name string) bool {
	name = strings.TrimSuffix(name, "[]")
	return name == "id" || name == "ids" || strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_ids")
}
