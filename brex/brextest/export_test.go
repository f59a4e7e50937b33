package brextest

// Route tells the tests where an operation is: the normalised documents name
// operations as Go does, and the sandbox as Brex does.
func Route(operationID string) (api, method, path string) {
	for _, op := range catalogue() {
		if op.id == operationID {
			return op.api, op.method, op.path
		}
	}
	return "", "", ""
}

// LastOperation is the operation of the latest request. Requests would copy
// the whole log for it.
func (h *Handler) LastOperation() string {
	h.requests.mu.Lock()
	defer h.requests.mu.Unlock()
	l := &h.requests
	if len(l.ring) == 0 {
		return ""
	}
	return l.ring[(l.next+len(l.ring)-1)%len(l.ring)].OperationID
}

// Operations are the ids of all operations.
func Operations() []string {
	var ids []string
	for _, op := range catalogue() {
		ids = append(ids, op.id)
	}
	return ids
}

// CheckBody holds a body against what the sandbox wants for an operation, and panics if kin-openapi
// judges otherwise.
func (h *Handler) CheckBody(operationID string, raw []byte) error {
	if where := h.Disagreement(operationID, "", raw); where != "" {
		panic(where)
	}
	if _, err := parseObject(raw); err != nil {
		return err
	}
	if p := checkBody(h.known[operationID].spec().doc, h.known[operationID].spec().body, raw); p != nil {
		return p
	}
	return nil
}

// MaxUploads is how many upload addresses are kept.
const MaxUploads = maxUploads

// Uploads is how many are.
func (h *Handler) Uploads() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.state.uploads)
}
