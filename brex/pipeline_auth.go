package brex

import (
	"errors"
	"net/http"

	"github.com/brex-go/sdk/brex/wire"
)

// authStage puts a token on every attempt. After a 401 it asks the source again: where there is
// another token by then, the old one having run out under way, the retry stage repeats the call,
// which is safe because 401 means that nothing was done.
func authStage(c *config, next handler) handler {
	return func(k *call) error {
		if err := k.authorize(c); err != nil {
			return err
		}
		err := next(k)
		k.newToken = false
		if e, ok := errors.AsType[*Error](err); ok && e.StatusCode == http.StatusUnauthorized && !k.renewed {
			if c.reject != nil {
				c.reject(k.token)
			}
			if token, tokenErr := c.token(k.ctx); tokenErr == nil && token != nil && token.AccessToken != k.token {
				k.newToken, k.renewed = true, true
			}
		}
		return err
	}
}

func (k *call) authorize(c *config) error {
	token, err := c.token(k.ctx)
	if err != nil && k.ctx.Err() != nil {
		return k.fail(OutcomeNotSent, contextError(k.ctx))
	}
	if err == nil && token == nil {
		err = tokenProblem("the source returned none")
	}
	if err == nil {
		if problem := wire.TokenProblem(token.AccessToken); problem != "" {
			err = tokenProblem(problem)
		} else if !isToken(token.Type()) {
			err = tokenProblem("the type of the token is not usable")
		}
	}
	if err != nil {
		return k.fail(OutcomeNotSent, authFailed{err})
	}
	k.token, k.authorization = token.AccessToken, token.Type()+" "+token.AccessToken
	return nil
}

// tokenProblem says why a token that was returned is not sent.
type tokenProblem string

func (p tokenProblem) Error() string      { return string(p) }
func (p tokenProblem) TokenError() string { return string(p) }

// authFailed hides the text of a token source's error, which x/oauth2 fills with the response's
// body. An error with a string that may be shown, as those of package brexoauth, has the method
// TokenError.
type authFailed struct{ error }

func (a authFailed) Error() string {
	const text = "no token could be had from the token source"
	var shown interface{ TokenError() string }
	if errors.As(a.error, &shown) {
		return text + ": " + oneLine(shown.TokenError(), 300)
	}
	return text
}
func (a authFailed) Is(target error) bool { return target == ErrAuth }
func (a authFailed) Unwrap() error        { return a.error }
