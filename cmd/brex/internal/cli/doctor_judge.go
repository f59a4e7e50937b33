package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brexoauth"
)

// States of an area.
const (
	stateWorks       = "works"
	stateScope       = "scope missing"
	stateRole        = "role missing"
	stateEither      = "scope or role missing"
	stateBusiness    = "business account off"
	stateToken       = "token expired or revoked"
	stateUnclear     = "refused, cause unclear"
	stateLimited     = "rate-limited"
	stateUnreachable = "unreachable"
	stateFailing     = "failing"
	stateClock       = "clock wrong"
	stateDrift       = "not documented"
)

// stateCodes are the exit codes of states, exitFailure for the others.
var stateCodes = map[string]int{
	stateScope: exitAuth, stateRole: exitAuth, stateEither: exitAuth, stateBusiness: exitAuth, stateToken: exitAuth, stateUnclear: exitAuth,
}

// tokenVerdict is what all responses together say about the token.
type tokenVerdict string

const (
	tokenWorks   tokenVerdict = stateWorks
	tokenDead    tokenVerdict = stateToken
	tokenRefused tokenVerdict = stateUnclear // refused everywhere, but not in the way of a dead token
	tokenUnknown tokenVerdict = "not checked"
)

// judgeToken takes a token for dead only when it works nowhere, and at least two operations that need no business account respond with 401, and none with 403.
// A single 401 can also mean that an account is not enabled or that a role is missing.
func judgeToken(results []probed) tokenVerdict {
	dead, forbidden, other := 0, 0, 0
	for _, got := range results {
		switch {
		case got.err == nil, errors.Is(got.err, brex.ErrInvalid): // but not a 404, which any server gives that is not Brex's
			return tokenWorks
		case errors.Is(got.err, brexoauth.ErrSignIn):
			return tokenDead // the issuer has said so
		case errors.Is(got.err, brex.ErrUnauthorized) && !business(got.op):
			dead++
		case errors.Is(got.err, brex.ErrForbidden):
			forbidden++
		case errors.Is(got.err, brex.ErrUnauthorized):
			other++
		}
	}
	switch {
	case dead >= 2 && forbidden == 0:
		return tokenDead
	case dead+forbidden+other > 0:
		return tokenRefused
	}
	return tokenUnknown
}

// business reports whether an operation needs the Brex business account, without which it responds with 401.
func business(op *brex.Operation) bool {
	return strings.HasPrefix(op.Path, "/v2/accounts/cash") || op.API == "payments"
}

// judge says what a response means, in the light of the others. granted are the scopes of the token, nil when they are not known.
func judge(got probed, token tokenVerdict, granted []string) check {
	c := check{Area: got.op.API, Operation: got.op.ID, Status: got.response.StatusCode, TraceID: got.response.TraceID, State: stateFailing}
	var e *brex.Error
	errors.As(got.err, &e)
	switch {
	case got.err == nil:
		c.State, c.OK = stateWorks, true
		return c
	case errors.Is(got.err, brex.ErrRateLimited):
		c.State, c.Detail = stateLimited, "wait a minute and try again"
	case errors.Is(got.err, brexoauth.ErrSignIn):
		c.State, c.Detail = stateToken, "sign in again with brex login"
	case errors.Is(got.err, brex.ErrUnauthorized), errors.Is(got.err, brex.ErrForbidden):
		c.Scopes = got.op.Scopes
		c.State, c.Detail = refusal(got.op, e, token, granted)
	case errors.Is(got.err, brex.ErrNoResponse), noIssuer(got.err):
		c.State, c.Detail = stateUnreachable, errorWords(got.err)
	case errors.Is(got.err, brex.ErrNotFound):
		c.Detail = errorWords(got.err) + "; is this the API, and is --base-url right?"
	default:
		c.Detail = errorWords(got.err)
	}
	if errors.As(got.err, &notAsked{}) {
		c.Detail = "not asked, after two such responses"
	}
	return c
}

// noIssuer reports whether a login could not be renewed because its issuer does not respond.
func noIssuer(err error) bool {
	var issuer *brexoauth.IssuerError
	return errors.As(err, &issuer) && issuer.StatusCode == 0
}

// refusal tells the causes of a 401 and a 403 apart: by the other responses, the scopes that the token has, the path and the words.
func refusal(op *brex.Operation, e *brex.Error, token tokenVerdict, granted []string) (state, detail string) {
	needs := "the token needs " + strings.Join(op.Scopes, " or ")
	if len(op.Scopes) == 0 {
		needs = "Brex documents no scope for it"
	}
	has := slices.ContainsFunc(op.Scopes, func(s string) bool { return slices.Contains(granted, s) })
	words := strings.ToLower(e.Message)
	switch {
	case token == tokenDead:
		return stateToken, "make a new token, or sign in again with brex login"
	case granted != nil && len(op.Scopes) > 0 && !has:
		return stateScope, needs
	case e.StatusCode == 401 && business(op) && token == tokenWorks:
		return stateBusiness, "or the user's role does not include it"
	case strings.Contains(words, "scope") && !strings.Contains(words, "role") && !has:
		return stateScope, needs
	case strings.Contains(words, "role") && !strings.Contains(words, "scope") || granted != nil && has:
		return stateRole, "ask an admin of the Brex account for a role that includes it"
	case e.StatusCode == 403 || token == tokenWorks:
		return stateEither, needs + "; its user needs a role that includes it"
	}
	return stateUnclear, needs + "; or the token is expired, or the account not enabled"
}

// errorWords is why a call failed, without its name and path.
func errorWords(err error) string {
	var e *brex.Error
	if !errors.As(err, &e) {
		return strings.TrimPrefix(err.Error(), "brex: no response: ")
	}
	switch {
	case e.Message != "":
		return e.Message
	case e.Err != nil:
		return strings.TrimPrefix(e.Err.Error(), "brex: ")
	}
	return strings.TrimPrefix(e.Error(), "brex: ")
}
