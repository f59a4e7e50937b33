package brextest

import "net/http"

// problem is a failed call: what Brex says instead of the response.
type problem struct {
	status  int
	kind    string // the body's type
	message string
	code    string

	retryAfter string // of a 429
	details    object // in the accounting API
}

func (p *problem) Error() string { return p.message }

// answer encodes the problem as Brex does: type, message, and sometimes code.
func (p *problem) answer() answer {
	var w writer
	w.open()
	w.str("type", p.kind)
	w.str("message", p.message)
	if p.code != "" {
		w.str("code", p.code)
	}
	w.close()
	return answer{status: p.status, body: w.buf, retryAfter: p.retryAfter}
}

// Types other than UNAUTHORIZED, FORBIDDEN and NOT_FOUND were never seen in
// public; they follow the same pattern.
func badRequest(message string) *problem {
	return &problem{status: http.StatusBadRequest, kind: "BAD_REQUEST", message: message}
}

func invalid(field string) *problem { return badRequest(field + " is invalid") }

func missing(field string) *problem { return badRequest(field + " is required") }

func notFound(code string) *problem {
	return &problem{status: http.StatusNotFound, kind: "NOT_FOUND", message: "Not Found", code: code}
}

func conflict(message, code string) *problem {
	return &problem{status: http.StatusConflict, kind: "CONFLICT", message: message, code: code}
}

func notModelled(operationID string) *problem {
	return &problem{status: http.StatusNotImplemented, kind: "NOT_IMPLEMENTED",
		message: "the sandbox does not model " + operationID + " yet"}
}
