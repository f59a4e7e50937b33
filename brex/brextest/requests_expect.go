package brextest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"
	"sync"
)

// Call describes requests that a test expects. What it leaves open fits every
// request.
type Call struct {
	Op     string // operationId; "" for any request, also one to a path that Brex does not have
	Times  int    // how often; 0 stands for once. Also AnyTimes and AtLeastOnce
	Status int    // status of the response; 0 for any

	Path   string      // the whole path, such as /v1/vendors/vendor_1
	Query  url.Values  // these parameters, with exactly these values in this order
	Header http.Header // these headers, likewise; a nil list says that the header is absent

	// Body is what the request holds. A string, []byte or json.RawMessage is
	// JSON, and other values are turned into it; both are compared by what they
	// mean, so that spaces and the order of members don't matter. A
	// func([]byte) error decides by itself.
	Body any
}

// Values of Call.Times beyond a number.
const (
	AnyTimes    = -1 // also never
	AtLeastOnce = -2
)

// Expect makes the test fail unless the requests from now on are the calls
// described, in any order: when one is missing, and when there is one that no
// call describes. Expect may be used several times for one test; the
// descriptions add up. It looks when the test ends, after what Cleanup was
// given later, so a client that works in the background is best closed by then.
//
// A request that fits several descriptions counts for one of them, chosen so
// that as many as possible are met. Each attempt of a retried call is a request
// of its own, and so are both of a Duplicate.
func (h *Handler) Expect(t TB, calls ...Call) {
	t.Helper()
	var wanted []expectedCall
	for _, c := range calls {
		e, err := h.expected(c)
		if err != nil {
			t.Fatalf("brextest: Expect: %v", err)
			return
		}
		wanted = append(wanted, e)
	}
	if h.expectations.add(t, wanted) {
		// The first Expect of the test watches; the later ones add to it.
		stop := h.requests.watch(func(r Request) { h.expectations.saw(t, r) })
		t.Cleanup(func() {
			t.Helper()
			stop()
			for _, failure := range h.expectations.verdict(t) {
				t.Errorf("brextest: %s", failure)
			}
		})
	}
}

// watch calls f with every request until stop is called.
func (l *requestLog) watch(f func(Request)) (stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watchers = append(l.watchers, &f)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.watchers = slices.DeleteFunc(l.watchers, func(w *func(Request)) bool { return w == &f })
	}
}

// expectations are those of each test that uses the sandbox.
type expectations struct {
	mu   sync.Mutex
	open map[TB]*expectation
}

type expectation struct {
	wanted []expectedCall
	seen   []Request
}

func (e *expectations) add(t TB, wanted []expectedCall) (first bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	x := e.open[t]
	if first = x == nil; first {
		if e.open == nil {
			e.open = map[TB]*expectation{}
		}
		x = &expectation{}
		e.open[t] = x
	}
	x.wanted = append(x.wanted, wanted...)
	return first
}

func (e *expectations) saw(t TB, r Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if x := e.open[t]; x != nil {
		x.seen = append(x.seen, r)
	}
}

func (e *expectations) verdict(t TB) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	x := e.open[t]
	delete(e.open, t)
	return x.verdict()
}

// expectedCall is a Call made ready to compare.
type expectedCall struct {
	Call
	least, most int
	json        any // of the body, when it is compared as JSON
	isJSON      bool
	check       func([]byte) error
}

func (h *Handler) expected(c Call) (expectedCall, error) {
	e := expectedCall{Call: c, least: c.Times, most: c.Times}
	switch {
	case c.Op == WebhookDelivery:
		return e, errors.New("a webhook is not a request to the sandbox; Handler.Events says what was delivered")
	case c.Op != "" && h.known[c.Op] == nil:
		return e, fmt.Errorf("%q is not an operation of the Brex API", c.Op)
	case c.Times == 0:
		e.least, e.most = 1, 1
	case c.Times == AnyTimes:
		e.least, e.most = 0, maxRows
	case c.Times == AtLeastOnce:
		e.least, e.most = 1, maxRows
	case c.Times < 0:
		return e, fmt.Errorf("%s: Times is %d", c.Op, c.Times)
	}
	var raw []byte
	switch body := c.Body.(type) {
	case nil:
		return e, nil
	case func([]byte) error:
		e.check = body
		return e, nil
	case string:
		raw = []byte(body)
	case []byte:
		raw = body
	case json.RawMessage:
		raw = body
	default:
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return e, fmt.Errorf("%s: Body: %w", c.Op, err)
		}
	}
	var err error
	if e.json, err = decodeAny(raw); err != nil {
		return e, fmt.Errorf("%s: Body is not JSON: %w", c.Op, err)
	}
	e.isJSON = true
	return e, nil
}

func decodeAny(raw []byte) (value any, err error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	err = dec.Decode(&value)
	return value, err
}

// mismatches says why a request is not the call, nothing when it is.
func (e *expectedCall) mismatches(r *Request) (why []string) {
	if e.Op != "" && r.OperationID != e.Op {
		return []string{"another operation"} // the rest says nothing then
	}
	if e.Path != "" && r.Path != e.Path {
		why = append(why, fmt.Sprintf("path: want %s, got %s", e.Path, r.Path))
	}
	if e.Status != 0 && r.Status != e.Status {
		why = append(why, fmt.Sprintf("status: want %d, got %d", e.Status, r.Status))
	}
	for _, name := range sortedKeys(e.Query) {
		if got := r.Query[name]; !slices.Equal(got, e.Query[name]) {
			why = append(why, fmt.Sprintf("query %s: want %q, got %q", name, e.Query[name], got))
		}
	}
	for _, name := range sortedKeys(e.Header) {
		if got := r.Header.Values(name); !slices.Equal(got, e.Header[name]) {
			if http.CanonicalHeaderKey(name) == "Authorization" {
				got = []string{"[another value]"} // a test's log is not a place for a token
			}
			why = append(why, fmt.Sprintf("header %s: want %q, got %q", name, e.Header[name], got))
		}
	}
	switch {
	case e.check != nil:
		if err := e.check(r.body); err != nil {
			why = append(why, "body: "+err.Error())
		}
	case e.isJSON:
		got, err := decodeAny(r.body)
		if err != nil {
			return append(why, fmt.Sprintf("body: want JSON, got %q", shorten(string(r.body))))
		}
		differ("body", e.json, got, &why)
	}
	return why
}

// differ names the members in which two JSON values differ.
func differ(at string, want, got any, why *[]string) {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			break
		}
		names := sortedKeys(w)
		for name := range g {
			if _, both := w[name]; !both {
				names = append(names, name)
			}
		}
		sort.Strings(names)
		for _, name := range names {
			wv, wanted := w[name]
			gv, given := g[name]
			switch {
			case !wanted:
				*why = append(*why, fmt.Sprintf("%s.%s: not expected, got %s", at, name, shown(gv)))
			case !given:
				*why = append(*why, fmt.Sprintf("%s.%s: want %s, but it is absent", at, name, shown(wv)))
			default:
				differ(at+"."+name, wv, gv, why)
			}
		}
		return
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			break
		}
		for i := range w {
			differ(fmt.Sprintf("%s[%d]", at, i), w[i], g[i], why)
		}
		return
	default:
		if want == got {
			return
		}
	}
	*why = append(*why, fmt.Sprintf("%s: want %s, got %s", at, shown(want), shown(got)))
}

func shown(v any) string { return shorten(string(encode(v))) }

func shorten(s string) string {
	const most = 300
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}
