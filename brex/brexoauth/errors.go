package brexoauth

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/wire"
)

// Kinds of errors, for errors.Is.
var (
	ErrUsage        = errors.New("brexoauth: invalid use")                        // refused here, before anything was sent
	ErrSignIn       = errors.New("brexoauth: sign in again")                      // every SignInError
	ErrDenied       = errors.New("brexoauth: access was denied")                  // the customer pressed Deny
	ErrState        = errors.New("brexoauth: the callback has the wrong state")   // it belongs to another attempt, or was forged
	ErrNoCode       = errors.New("brexoauth: the callback has no code")           // nor an error
	ErrNoLogin      = errors.New("brexoauth: no login is stored")                 // from a Store's Load
	ErrCorrupt      = errors.New("brexoauth: the stored login cannot be read")    // damaged, or of a later version
	ErrInsecure     = errors.New("brexoauth: the file is open to others")         // or somebody else's, or no plain file
	ErrLocked       = errors.New("brexoauth: the store stayed locked")            // by another process, until the context ended
	ErrOtherLogin   = errors.New("brexoauth: the stored login is of another app") // another client id or issuer: its tokens are not sent
	ErrOtherCompany = errors.New("brexoauth: the login is of another company")    // from Tenants; it was not stored
	ErrNotSaved     = errors.New("brexoauth: the login could not be saved")
	ErrSealed       = errors.New("brexoauth: the stored login cannot be opened") // it is sealed, and not with this key; or not sealed
	ErrFenced       = errors.New("brexoauth: another login is stored by now")    // from SaveIf of a Fenced store
)

// SignInReason is the reason why the customer has to sign in again.
type SignInReason string

// The reasons.
const (
	// ReasonNoLogin: nobody has signed in, or somebody signed out.
	ReasonNoLogin SignInReason = "no login is stored"
	// ReasonNoRefreshToken: the access token ran out and there is nothing to renew it with. Was
	// ScopeOfflineAccess asked for?
	ReasonNoRefreshToken SignInReason = "the access token has expired and the login has no refresh token (scope offline_access)"
	// ReasonRefused: Brex refuses the refresh token. It is expired, was revoked by the customer, or
	// was used elsewhere.
	ReasonRefused SignInReason = "Brex refuses the refresh token: it is expired, revoked or was used elsewhere"
	// ReasonInterrupted: Brex refuses the refresh token, and an earlier refresh with it was cut off
	// before its response was saved. Most likely that one exchanged it.
	ReasonInterrupted SignInReason = "Brex refuses the refresh token, most likely because a refresh that was interrupted has exchanged it"
)

// SignInError says that the customer has to sign in again. Trying again does not help.
type SignInError struct {
	Reason SignInReason
	Began  time.Time // with ReasonInterrupted: when the refresh began that was cut off
	Err    error     // Brex's response, an *IssuerError; nil if nothing was sent
}

// Error returns the reason, without any token.
func (e *SignInError) Error() string {
	text := ErrSignIn.Error() + ": " + string(e.Reason)
	if !e.Began.IsZero() {
		text += ", begun " + e.Began.UTC().Format(time.RFC3339)
	}
	if e.Err != nil {
		text += " (" + strings.TrimPrefix(e.Err.Error(), "brexoauth: ") + ")"
	}
	return text
}

// TokenError returns Error, whose text holds no secret: package brex shows it in the error of a
// call for which there was no token.
func (e *SignInError) TokenError() string { return e.Error() }

// Is reports true for ErrSignIn, and for ErrNoLogin if that is the reason.
func (e *SignInError) Is(target error) bool {
	return target == ErrSignIn || target == ErrNoLogin && e.Reason == ReasonNoLogin
}

// Unwrap returns Err.
func (e *SignInError) Unwrap() error { return e.Err }

// IssuerError is a failed request to the issuer. Its text never holds the response's body.
type IssuerError struct {
	Op         string        // "exchange", "refresh", "client credentials", "revoke", "discover" or "authorize"
	StatusCode int           // 0 when there was no response
	Code       string        // the OAuth error code, "invalid_client"; empty when there is none
	Problem    string        // what is wrong with a response that is not an error by itself
	TraceID    string        // X-Brex-Trace-Id, for Brex's support
	RetryAfter time.Duration // how long Brex asks to wait; 0 when it does not say
	Err        error         // why there was no response

	notSent bool
}

// Error returns what failed and how.
func (e *IssuerError) Error() string {
	var parts []string
	if e.StatusCode != 0 {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%d %s", e.StatusCode, e.Code)))
	} else if e.Code != "" {
		parts = append(parts, e.Code)
	}
	if e.Problem != "" {
		parts = append(parts, e.Problem)
	}
	if e.Err != nil {
		parts = append(parts, "no response: "+e.Err.Error())
	}
	text := "brexoauth: " + e.Op + ": " + strings.Join(parts, ": ")
	if e.TraceID != "" {
		text += " [trace " + e.TraceID + "]"
	}
	return text
}

// TokenError returns Error, whose text holds no secret: package brex shows it in the error of a
// call for which there was no token.
func (e *IssuerError) TokenError() string { return e.Error() }

// Unwrap returns Err.
func (e *IssuerError) Unwrap() error { return e.Err }

// Temporary reports whether the same request may succeed later. After a 2xx it does not: what was
// sent has been accepted.
func (e *IssuerError) Temporary() bool {
	return e.uncertain() && !e.accepted() || e.notSent || e.StatusCode == http.StatusTooManyRequests || e.StatusCode == http.StatusRequestTimeout
}

// accepted says that the issuer did what was asked, as its status says, although the response
// cannot be used.
func (e *IssuerError) accepted() bool { return e.StatusCode >= 200 && e.StatusCode < 300 }

// uncertain says that the issuer may have done what was asked although it did not say so: no
// response to a request that was sent, a server error, or a response that cannot be used.
func (e *IssuerError) uncertain() bool {
	return e.StatusCode == 0 && e.Err != nil && !e.notSent || e.StatusCode >= 500 || e.accepted()
}

func usage(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUsage, fmt.Sprintf(format, args...))
}

// noResponse classifies a transport's error. A request counts as sent unless the connection was
// never made.
func noResponse(op string, err error) *IssuerError {
	var dial *net.OpError
	var dns *net.DNSError
	return &IssuerError{Op: op, Err: wire.WithoutLocation(err), notSent: errors.As(err, &dns) || errors.As(err, &dial) && dial.Op == "dial"}
}
