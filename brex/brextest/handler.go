package brextest

import (
	"io"
	"net/http"
	"path"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// maxBody is the largest request body that is read. No documented body comes
// near it.
const maxBody = 4 << 20

// Handler is a Brex in memory. It is safe for concurrent use. Make one with
// NewHandler, or with NewServer when a test needs an address.
type Handler struct {
	config config
	token  string
	tokens map[string]*credential // never changed
	mux    *http.ServeMux
	known  map[string]*operation // by operation id

	mu    sync.RWMutex // guards state: reads share it, writes hold it alone
	state *state
	made  time.Time // when the company was made
	keys  keyStore  // guarded by mu too: a key is looked up and kept within one write

	tokenUse tokenUse

	clock   clock
	faults  faultList
	limiter limiter

	delivering    sync.Mutex // held while webhooks are sent; taken before mu, never while it is held
	webhookClient *http.Client
	woken         chan struct{}
	background    sync.WaitGroup

	requests     requestLog
	expectations expectations
	served       atomic.Uint64
	closed       chan struct{}
	closing      sync.Once

	control *http.ServeMux

	oauth oauthIssuer
}

// NewHandler returns a sandbox. Without options it is the default company of seed 1 at DefaultNow.
// It fails on an option that makes no sense and on data that cannot be loaded.
func NewHandler(opts ...Option) (*Handler, error) {
	cfg, err := configure(opts)
	if err != nil {
		return nil, err
	}
	h := &Handler{
		config:  cfg,
		tokens:  map[string]*credential{},
		known:   map[string]*operation{},
		mux:     http.NewServeMux(),
		control: http.NewServeMux(),
		woken:   make(chan struct{}, 1),
		closed:  make(chan struct{}),
	}
	h.clock.base = cfg.clock
	h.requests.limit = cfg.requestLog
	if cfg.onRequest != nil {
		h.requests.watch(cfg.onRequest)
	}
	h.keys.retention = cfg.keyRetention
	h.faults.chaos = cfg.chaos.fresh()
	ids := identity{cfg.seed}
	h.token = "bxt_sandbox_" + ids.id("", 0, 0)
	h.tokens[h.token] = &credential{name: h.token, all: true}
	h.tokens[h.employeeToken()] = &credential{name: h.employeeToken(), all: true, role: RoleEmployee}
	h.route()
	for _, t := range cfg.tokens {
		if err := h.addToken(t); err != nil {
			return nil, err
		}
	}
	h.webhookClient = newWebhookClient(cfg.webhooks)
	if h.state, err = h.build(); err != nil {
		return nil, err
	}
	h.startDelivery()
	return h, nil
}

// Token returns a bearer token that may do everything. It depends on the seed
// only.
func (h *Handler) Token() string { return h.token }

// Ignored names the files of WithData that are no known resource.
func (h *Handler) Ignored() []string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return append([]string(nil), h.state.ignored...)
}

// route registers each path once, with its operations by method. The mux is
// not given methods, because it would respond with 404 and 405 in its own words.
func (h *Handler) route() {
	models := h.models()
	byPath := map[string]map[string]*operation{}
	for _, op := range catalogue() {
		op.serve = models[op.id]
		h.known[op.id] = &op
		if byPath[op.path] == nil {
			byPath[op.path] = map[string]*operation{}
		}
		byPath[op.path][op.method] = &op
	}
	for p, methods := range byPath {
		h.mux.HandleFunc(p, func(w http.ResponseWriter, r *http.Request) { h.serve(w, r, methods) })
	}
	h.known[WebhookDelivery] = deliveryOperation
	h.routeOAuth()
	h.routeControl()
	h.routeUploads()
	h.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { h.serve(w, r, nil) })
}

// ServeHTTP handles one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The mux redirects a path that is not in its shortest form. Brex-shaped
	// responses only, so such a path is simply unknown.
	if p := r.URL.EscapedPath(); p == "" || p[0] != '/' || path.Clean(p) != p && p != ControlPath || r.Method == http.MethodConnect {
		h.serve(w, r, nil)
		return
	}
	h.mux.ServeHTTP(w, r)
}

// answer is the response to the client.
type answer struct {
	status     int
	body       []byte
	kind       string // content type, when it is not JSON
	retryAfter string
	allow      string
	dribble    func(http.ResponseWriter, []byte) // writes a SlowBody
}

// serve runs a request through the stages and writes the response. methods is
// nil for a path that Brex does not have.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, methods map[string]*operation) {
	seq := h.served.Add(1)
	op := methods[r.Method]
	body, tooLong := readBody(r)
	entry := h.newRequest(r, op, body)

	carryOut := func() answer {
		switch {
		case methods == nil:
			return notFound("").answer()
		case op == nil:
			return h.wrongMethod(methods)
		case tooLong:
			return (&problem{status: http.StatusRequestEntityTooLarge, kind: "BAD_REQUEST", message: "body is too large"}).answer()
		}
		return h.answer(r, op, body)
	}
	var a answer
	if op != nil {
		a = h.faults.take(&entry, op).meet(h, w, r, op, entry, carryOut)
	} else {
		a = carryOut()
	}
	entry.Status = a.status
	h.requests.add(entry)
	trace := identity{h.config.seed}.id("", h.clock.now().UnixMilli(), seq)
	write(w, a, trace)
}

func (h *Handler) wrongMethod(methods map[string]*operation) answer {
	a := (&problem{status: http.StatusMethodNotAllowed, kind: "METHOD_NOT_ALLOWED", message: "Method Not Allowed"}).answer()
	for _, m := range []string{"GET", "POST", "PUT", "DELETE"} {
		if methods[m] == nil {
			continue
		}
		if a.allow != "" {
			a.allow += ", "
		}
		a.allow += m
	}
	return a
}

// answer carries out one operation.
func (h *Handler) answer(r *http.Request, op *operation, body []byte) answer {
	cred, refused := h.authorize(r, op)
	if refused != nil {
		return *refused
	}
	c := &call{op: op, request: r, now: h.clock.now(), token: cred}
	if err := h.admitRequest(c); err != nil {
		return err.answer()
	}
	a, err := h.carryOut(c, body)
	switch {
	case err == nil:
		return withReceiptLinks(a, r, op)
	case op.api == "accounting":
		if err.status == http.StatusBadRequest && op.spec().unprocessable {
			err.status = http.StatusUnprocessableEntity
		}
		return err.accountingAnswer()
	}
	return err.answer()
}

func (h *Handler) carryOut(c *call, body []byte) (answer, *problem) {
	if c.op.serve == nil {
		return answer{}, notModelled(c.op.id)
	}
	var p *problem
	takes := c.op.spec()
	if c.query, p = parseQuery(c.request.URL.RawQuery, takes.params, &h.config); p != nil {
		return answer{}, p
	}
	if c.key, p = parseKey(c.request, h.keyRule(c.op)); p != nil {
		return answer{}, p
	}
	if c.op.method == http.MethodPost || c.op.method == http.MethodPut || takes.body != nil {
		if c.body, p = parseBody(c.request, takes.body, body); p != nil {
			return answer{}, p
		}
	}
	h.settle(c.now)
	if c.op.method == http.MethodGet {
		h.mu.RLock()
		defer h.mu.RUnlock()
		c.state = h.state
		return c.op.serve(c)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	c.state = h.state
	return h.once(c, body)
}

// create carries out a write whose key is not known yet, unless it makes more
// in a day than Brex allows. The state's lock is held from the look at the
// limit to the counting.
func (h *Handler) create(c *call) (answer, *problem) {
	limits := h.config.limits
	if limits == nil {
		return c.op.serve(c)
	}
	counted := map[limited]int{}
	switch c.op.id {
	case "createTransfer":
		counted[limitTransfer] = limits.Transfers
		if c.paymentKind() == "INTERNATIONAL_WIRE" {
			counted[limitWire] = limits.InternationalWires
		}
	case "createIncomingTransfer":
		counted[limitTransfer] = limits.Transfers
	case "createCard":
		counted[limitCards] = limits.Cards
	}
	for _, what := range []limited{limitTransfer, limitWire, limitCards} {
		if most, ok := counted[what]; ok {
			if d := h.limiter.wait(c.token.account(), what, c.now, creationWindow, most); d > 0 {
				return answer{}, h.tooMany(what, d)
			}
		}
	}
	a, p := c.op.serve(c)
	if p == nil {
		for what, most := range counted {
			h.limiter.take(c.token.account(), what, c.now, creationWindow, most)
		}
	}
	return a, p
}

func readBody(r *http.Request) (body []byte, tooLong bool) {
	if r.Body == nil {
		return nil, false
	}
	// A body that breaks off is taken as far as it came: it is then no valid
	// JSON, and nobody is there to read the response anyway.
	body, _ = io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if len(body) > maxBody {
		return body[:maxBody], true
	}
	return body, false
}

func write(w http.ResponseWriter, a answer, trace string) {
	header := w.Header()
	header.Set("X-Brex-Trace-Id", trace)
	if a.retryAfter != "" {
		header.Set("Retry-After", a.retryAfter)
	}
	if a.allow != "" {
		header.Set("Allow", a.allow)
	}
	switch {
	case a.kind != "":
		header.Set("Content-Type", a.kind)
	case len(a.body) > 0:
		header.Set("Content-Type", "application/json")
	}
	header.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	if a.dribble != nil {
		a.dribble(w, a.body)
		return
	}
	// An error here means that the client has gone.
	_, _ = w.Write(a.body)
}
