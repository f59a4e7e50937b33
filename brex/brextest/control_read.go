package brextest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (h *Handler) controlStatus(*http.Request) (any, error) {
	h.settle(h.clock.now())
	h.mu.RLock()
	defer h.mu.RUnlock()
	pending := 0
	for _, e := range h.state.events {
		for _, d := range e.Deliveries {
			if !d.Next.IsZero() {
				pending++
			}
		}
	}
	return map[string]any{
		"now":                h.clock.now(),
		"seed":               h.config.seed,
		"company":            h.state.company.str("legal_name"),
		"requests":           h.served.Load(),
		"events":             len(h.state.events),
		"pending_deliveries": pending,
		"faults":             len(h.faults.list()),
		"chaos":              h.faults.chaotic(),
		"background":         h.config.webhooks.background,
	}, nil
}

func (t *rowTable) title() string { return t.name }

// browse returns rows in list order, and how many there are. With text, only the rows whose
// document holds it.
func (t *rowTable) browse(text []byte, offset, limit int) (items []json.RawMessage, total int) {
	items = []json.RawMessage{}
	for place := range t.of.length() {
		row := t.at(place)
		if t.gone[row] {
			continue
		}
		if len(text) == 0 {
			if total >= offset && len(items) < limit {
				items = append(items, t.append(nil, row, t.full))
			}
		} else {
			doc := t.append(nil, row, t.full)
			if !bytes.Contains(bytes.ToLower(doc), text) {
				continue
			}
			if total >= offset && len(items) < limit {
				items = append(items, doc)
			}
		}
		total++
	}
	return items, total
}

func (h *Handler) controlTables(*http.Request) (any, error) {
	h.settle(h.clock.now())
	h.mu.RLock()
	defer h.mu.RUnlock()
	type row struct {
		Name string `json:"name"`
		Rows int    `json:"rows"`
	}
	tables := []row{}
	for _, t := range h.state.tables() {
		tables = append(tables, row{t.title(), t.size()})
	}
	slices.SortFunc(tables, func(a, b row) int { return strings.Compare(a.Name, b.Name) })
	return map[string]any{"tables": tables}, nil
}

func (h *Handler) controlRows(r *http.Request) (any, error) {
	const usual, most = 20, 200
	q := r.URL.Query()
	number := func(name string, fallback, least, most int) (int, error) {
		s := q.Get(name)
		if s == "" {
			return fallback, nil
		}
		n, err := strconv.Atoi(s)
		if err != nil || n < least || n > most {
			return 0, fmt.Errorf("%s is not between %d and %d", name, least, most)
		}
		return n, nil
	}
	offset, err := number("offset", 0, 0, maxRows)
	if err != nil {
		return nil, err
	}
	limit, err := number("limit", usual, 1, most)
	if err != nil {
		return nil, err
	}
	h.settle(h.clock.now())
	h.mu.RLock()
	defer h.mu.RUnlock()
	t, err := h.state.table(r.PathValue("table"))
	if err != nil {
		return nil, noRow(err)
	}
	items, total := t.browse([]byte(strings.ToLower(q.Get("q"))), offset, limit)
	return map[string]any{"items": items, "total": total, "offset": offset}, nil
}

// latestFirst returns at most n elements, the last one first.
func latestFirst[T any](list []T, n int) []T {
	list = slices.Clone(list[max(0, len(list)-n):])
	slices.Reverse(list)
	if list == nil {
		list = []T{}
	}
	return list
}

// maxShown is how many lines of a log are shown.
const maxShown = 200

func (h *Handler) controlEvents(*http.Request) (any, error) {
	return map[string]any{"events": latestFirst(h.Events(), maxShown), "types": eventTypes}, nil
}

func (h *Handler) controlRequests(*http.Request) (any, error) {
	type line struct {
		At        time.Time `json:"at"`
		Millis    float64   `json:"duration_ms"` // with microseconds
		Method    string    `json:"method"`
		Path      string    `json:"path"`
		Query     string    `json:"query,omitempty"`
		Operation string    `json:"operation,omitempty"`
		Status    int       `json:"status"`
		Body      string    `json:"body,omitempty"`
		Unknown   []string  `json:"unknown_parameters,omitempty"`
	}
	var lines []line
	for _, r := range h.Requests() {
		l := line{r.At, float64(r.Duration.Microseconds()) / 1000, r.Method, r.Path, r.Query.Encode(), r.OperationID, r.Status, string(r.Body), r.Unknown}
		if strings.HasPrefix(r.OperationID, "oauth") {
			l.Query, l.Body = "", "" // passwords of a sort
		}
		lines = append(lines, l)
	}
	return map[string]any{"requests": latestFirst(lines, maxShown)}, nil
}

// controlSummary is what the page shows first: the cash accounts, and how many transfers there are
// of each status, with their sum by currency, in minor units.
func (h *Handler) controlSummary(*http.Request) (any, error) {
	type sum struct {
		Status   string `json:"status"`
		Currency string `json:"currency"`
		Count    int    `json:"count"`
		Amount   int64  `json:"amount"`
	}
	h.settle(h.clock.now())
	h.mu.RLock()
	defer h.mu.RUnlock()
	s := h.state
	sums := []sum{}
	for _, row := range s.transfers.all() {
		o := s.transfers.doc(row)
		status, amount := o.str("status"), o.obj("amount")
		currency := orUSD(amount.str("currency"))
		i := slices.IndexFunc(sums, func(have sum) bool { return have.Status == status && have.Currency == currency })
		if i < 0 {
			i, sums = len(sums), append(sums, sum{Status: status, Currency: currency})
		}
		sums[i].Count++
		sums[i].Amount += amount.num("amount")
	}
	slices.SortFunc(sums, func(a, b sum) int {
		return cmp.Or(strings.Compare(a.Status, b.Status), strings.Compare(a.Currency, b.Currency))
	})
	accounts := []json.RawMessage{}
	for _, row := range s.cashAccounts.all() {
		accounts = append(accounts, s.cashAccounts.doc(row).
			pick("id", "name", "status", "available_balance", "current_balance").encode())
	}
	return map[string]any{"accounts": accounts, "transfers": sums}, nil
}

func (h *Handler) controlTokens(*http.Request) (any, error) {
	type line struct {
		Token  string   `json:"token"`
		Role   string   `json:"role"`
		All    bool     `json:"all_scopes"`
		Scopes []string `json:"scopes,omitempty"`
	}
	var lines []line
	for _, token := range sortedKeys(h.tokens) {
		c := h.tokens[token]
		role := string(c.role)
		if role == "" {
			role = string(RoleAdmin)
		}
		lines = append(lines, line{token, role, c.all, c.scopes})
	}
	return map[string]any{"tokens": lines, "webhook_secrets": h.WebhookSecrets()}, nil
}

func (h *Handler) controlFaults(*http.Request) (any, error) {
	type line struct {
		Operation string  `json:"operation"`
		Method    string  `json:"method,omitempty"`
		Fault     string  `json:"fault"`
		Skip      int     `json:"skip,omitempty"`
		Count     int     `json:"count,omitempty"`
		Rate      float64 `json:"rate,omitempty"`
	}
	rules := []line{}
	for _, r := range h.faults.list() {
		rules = append(rules, line{r.Operation, r.Method, r.Fault.String(), r.Skip, r.Count, r.Rate})
	}
	return map[string]any{
		"rules":      rules,
		"chaos":      h.faults.chaotic(),
		"kinds":      sortedKeys(faultKinds),
		"operations": append([]string{anyOperation}, sortedKeys(h.known)...),
	}, nil
}

func (l *faultList) chaotic() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.chaos != nil && l.chaos.rate > 0
}

func (h *Handler) controlSnapshot(*http.Request) (any, error) {
	var b bytes.Buffer
	if err := h.Snapshot(&b); err != nil {
		return nil, err
	}
	return json.RawMessage(b.Bytes()), nil
}

// faultKinds are the faults by the names that the control API uses.
var faultKinds = map[string]func(status int, body string, delay time.Duration) Fault{
	"status":              func(status int, body string, _ time.Duration) Fault { return Status(status, body) },
	"html":                func(status int, _ string, _ time.Duration) Fault { return HTML(status) },
	"retry-after":         func(_ int, _ string, d time.Duration) Fault { return RetryAfter(d) },
	"latency":             func(_ int, _ string, d time.Duration) Fault { return Latency(d) },
	"slow-body":           func(_ int, _ string, d time.Duration) Fault { return SlowBody(d) },
	"empty-body":          func(int, string, time.Duration) Fault { return EmptyBody() },
	"truncated-json":      func(int, string, time.Duration) Fault { return TruncatedJSON() },
	"unknown-enums":       func(int, string, time.Duration) Fault { return UnknownEnums() },
	"unknown-fields":      func(int, string, time.Duration) Fault { return UnknownFields() },
	"null-everywhere":     func(int, string, time.Duration) Fault { return NullEverywhere() },
	"duplicate":           func(int, string, time.Duration) Fault { return Duplicate() },
	"reset-before-accept": func(int, string, time.Duration) Fault { return ResetBeforeAccept() },
	"reset-after-accept":  func(int, string, time.Duration) Fault { return ResetAfterAccept() },
	"hang":                func(int, string, time.Duration) Fault { return Hang() },
	"deliver-late":        func(_ int, _ string, d time.Duration) Fault { return DeliverLate(d) },
	outOfOrder:            func(int, string, time.Duration) Fault { return DeliverOutOfOrder() },
}
