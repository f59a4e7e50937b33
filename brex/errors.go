package brex

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Kinds of errors, for errors.Is. Each applies to every operation.
var (
	ErrInvalid      = errors.New("brex: invalid request")      // 400 and 422: the request is invalid
	ErrUnauthorized = errors.New("brex: unauthorized")         // 401: token missing, expired or revoked, or the feature is off
	ErrForbidden    = errors.New("brex: forbidden")            // 403: a scope is missing, or the user's role
	ErrNotFound     = errors.New("brex: not found")            // 404
	ErrConflict     = errors.New("brex: conflict")             // 409
	ErrRateLimited  = errors.New("brex: rate limited")         // 429
	ErrServer       = errors.New("brex: server error")         // 5xx
	ErrNoResponse   = errors.New("brex: no response")          // the connection failed or timed out
	ErrBadResponse  = errors.New("brex: unusable response")    // a 2xx whose body is empty, cut off, too large or not what was asked for
	ErrUsage        = errors.New("brex: invalid use")          // refused here, before anything was sent
	ErrCursorLoop   = errors.New("brex: the cursor repeats")   // a list that would never end
	ErrRetryAfter   = errors.New("brex: wait too long")        // Brex asks for a longer wait than the retry policy allows
	ErrAuth         = errors.New("brex: no token available")   // the token source failed; nothing was sent
	ErrBudget       = errors.New("brex: retry budget is out")  // the next wait would pass the policy's budget
	ErrGuard        = errors.New("brex: refused by the guard") // WithGuard's function refused the call; nothing was sent
)

// Outcome is what is known about the effect of a call that failed.
type Outcome string

const (
	OutcomeNotSent Outcome = "not sent" // Brex never saw the request
	OutcomeRefused Outcome = "refused"  // Brex responded that it did not carry out the request
	OutcomeUnknown Outcome = "unknown"  // the request may have taken effect
	OutcomeDone    Outcome = "done"     // Brex carried out the request, but its response cannot be used
)

// Error is the error of a call that failed. Use errors.As to get it, errors.Is for its kind, and
// Outcome for what is known of its effect. Its text holds no token, header, query or body; RawBody
// has the body, for debugging.
type Error struct {
	Operation  string // operationId, "createTransfer"
	Method     string // HTTP method
	Path       string // path with {parameters} in place of ids
	StatusCode int    // status of the response to the last attempt, 0 without a response

	Type    string // Brex's name for the failure, "NOT_FOUND"
	Code    string // Brex's finer name, "USER_NOT_FOUND", often empty; error_code of the accounting API
	Message string // Brex's message, at most 500 characters, without line breaks
	TraceID string // X-Brex-Trace-Id of the last response, for Brex's support

	IdempotencyKey string        // the key of the call, to repeat it under; empty if none was sent
	Attempts       int           // how often the request was sent, failed connections included
	RetryAfter     time.Duration // the wait that Brex asked for, 0 if it did not
	Scopes         []string      // any one of them is enough; set on 401 and 403, if Brex documents any

	// Err is the cause on this side, nil if there is none: a network error, the context's error, a
	// decoding error.
	Err error

	outcome  Outcome
	declared bool          // the document declares the idempotency key
	keyUsed  bool          // the refusal may be about an earlier request under the key
	body     func() []byte // a copy of the raw body, capped at errorBodyCap; a function, so that printing the struct does not show it
}

// errorBodyCap bounds what an Error keeps of a response, in bytes.
const errorBodyCap = 16 << 10

// Outcome reports whether the request may have taken effect. A call whose outcome is unknown can be
// repeated safely only under the same IdempotencyKey, only if the operation declares one, and only
// as long as Brex remembers it, which is not documented.
func (e *Error) Outcome() Outcome {
	if e.outcome == "" {
		return OutcomeUnknown
	}
	return e.outcome
}

// RawBody returns the first 16 KiB of the response's body as received. It can hold anything that
// Brex knows: do not log it.
func (e *Error) RawBody() []byte {
	if e.body == nil {
		return nil
	}
	return e.body()
}

// Error returns what failed, why, and what helps, in one line. It never holds a token, a header, a
// query or a body.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("brex: ")
	if e.Operation != "" {
		fmt.Fprintf(&b, "%s (%s %s): ", e.Operation, e.Method, e.Path)
	}
	var parts []string
	if e.StatusCode != 0 {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%d %s", e.StatusCode, e.Type)))
	}
	if e.Code != "" {
		parts = append(parts, e.Code)
	}
	if e.Message != "" {
		parts = append(parts, e.Message)
	}
	if e.Err != nil {
		parts = append(parts, strings.TrimPrefix(e.Err.Error(), "brex: "))
	}
	b.WriteString(strings.Join(parts, ": "))
	if hint := e.hint(); hint != "" {
		b.WriteString("; " + hint)
	}
	var tail []string
	if e.RetryAfter > 0 {
		tail = append(tail, "retry after "+e.RetryAfter.String())
	}
	if e.Attempts > 1 {
		tail = append(tail, fmt.Sprintf("%d attempts", e.Attempts))
	}
	if e.TraceID != "" {
		tail = append(tail, "trace "+e.TraceID)
	}
	if len(tail) > 0 {
		b.WriteString(" [" + strings.Join(tail, ", ") + "]")
	}
	return b.String()
}

// hint is what to do about it.
func (e *Error) hint() string {
	var hints []string
	if e.StatusCode == 401 || e.StatusCode == 403 {
		scopes := "Brex documents no scope for this, but the token's user needs"
		if len(e.Scopes) > 0 {
			scopes = "the token needs the scope " + strings.Join(e.Scopes, " or ") + ", and its user"
		}
		hints = append(hints, scopes+" a role that may do this")
		if e.StatusCode == 401 {
			hints = append(hints, "the token may also be expired or revoked, or the feature not be enabled for the account")
		}
	}
	if e.Method != "" && e.Method != "GET" {
		switch e.Outcome() {
		case OutcomeUnknown:
			hints = append(hints, "it may have taken effect", e.repeatHint())
		case OutcomeDone:
			hints = append(hints, "it has taken effect: do not repeat it")
		}
	}
	return strings.Join(hints, "; ")
}

// repeatHint says how to repeat a call whose outcome is unknown.
func (e *Error) repeatHint() string {
	switch {
	case e.keyUsed && e.IdempotencyKey != "":
		return "an earlier request under idempotency key " + e.IdempotencyKey + " may be why: look before you repeat it under another key"
	case e.declared && e.IdempotencyKey != "":
		return "repeat it only with idempotency key " + e.IdempotencyKey
	case e.Method == "PUT" && e.IdempotencyKey != "":
		return "repeating it has no second effect (it was sent with key " + e.IdempotencyKey + ")"
	case e.Method == "PUT" || e.Method == "DELETE":
		return "repeating it has no second effect"
	case e.IdempotencyKey != "":
		return "look before you repeat it: Brex documents no idempotency for it (it was sent with key " + e.IdempotencyKey + ")"
	default:
		return "look before you repeat it"
	}
}

// and adds a second cause.
func (e *Error) and(cause error) *Error {
	switch {
	case e.Err == nil:
		e.Err = cause
	case !errors.Is(e.Err, cause):
		e.Err = both{e.Err, cause}
	}
	return e
}

// both is errors.Join on one line.
type both struct{ first, second error }

func (b both) Error() string {
	return b.first.Error() + "; " + strings.TrimPrefix(b.second.Error(), "brex: ")
}
func (b both) Unwrap() []error { return []error{b.first, b.second} }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether the error is of the kind that target names: ErrNotFound, ErrRateLimited and so
// on.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrInvalid:
		return e.StatusCode == 400 || e.StatusCode == 422
	case ErrUnauthorized:
		return e.StatusCode == 401
	case ErrForbidden:
		return e.StatusCode == 403
	case ErrNotFound:
		return e.StatusCode == 404
	case ErrConflict:
		return e.StatusCode == 409
	case ErrRateLimited:
		return e.StatusCode == 429
	case ErrServer:
		return e.StatusCode >= 500
	}
	return false
}

// GoString returns Error, so that %#v does not show the body either.
func (e *Error) GoString() string { return e.Error() }

// LogValue returns the error as attributes of a structured log, without secrets.
func (e *Error) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("operation", e.Operation), slog.Int("status", e.StatusCode), slog.String("outcome", string(e.Outcome())),
		slog.Int("attempts", e.Attempts), slog.String("trace_id", e.TraceID), slog.String("error", e.Error())}
	return slog.GroupValue(attrs...)
}

// usageError is a mistake found before anything was sent.
func usageError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUsage, fmt.Sprintf(format, args...))
}
