package brex

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

// closeCounter is a body that knows how often it was closed.
type closeCounter struct {
	io.Reader
	closed *int
}

func (c closeCounter) Close() error { *c.closed++; return nil }

// Whatever comes back, the body is closed, the timer of the attempt let go, and the buffer wiped and given back. A GET has no body, which lets
// net/http repeat it when a kept connection turns out to be closed; all others have one that can be read once.
func TestAttemptsCleanUp(t *testing.T) {
	const number = "4111111111111111"
	for name, answer := range map[string]func() *http.Response{
		"ok":        func() *http.Response { return reply(200, `{"id":"`+number+`"}`) },
		"refused":   func() *http.Response { return reply(400, `{"message":"`+number+`"}`) },
		"too large": func() *http.Response { return reply(200, strings.Repeat(number, 100)) },
		"cut off": func() *http.Response {
			res := reply(200, "")
			res.ContentLength, res.Body = -1, failingBody{strings.NewReader(number), io.ErrUnexpectedEOF}
			return res
		},
	} {
		for _, op := range opClasses {
			closed := 0
			var attempt context.Context
			client := newTestClient(t, roundTrip(func(req *http.Request) (*http.Response, error) {
				attempt = req.Context()
				if (req.Body == nil) != (op == opRead) || req.GetBody != nil {
					t.Errorf("%s: the body is %v", op.ID, req.Body)
				}
				res := answer()
				res.Body = closeCounter{res.Body, &closed}
				return res, nil
			}), WithMaxResponse(1000))
			var buf *bytes.Buffer
			inner := client.caller.send
			client.caller.send = func(k *call) error {
				err := inner(k)
				buf = k.response.body
				return err
			}
			_, _ = send(t.Context(), client, op, WithoutRetry())
			if closed != 1 || attempt.Err() == nil || buf.Len() > 0 || bytes.Contains(buf.Bytes()[:buf.Cap()], []byte("4111")) {
				t.Errorf("%s, %s: closed %d times, context %v, buffer %q", op.ID, name, closed, attempt.Err(), buf.Bytes()[:buf.Cap()])
			}
		}
	}
}

// The error of an answer that came when the context had ended tells both.
func TestContextEndsDuringAnErrorBody(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("called off")
	client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
		cancel(why)
		return reply(400, `{"type":"INVALID","message":"m"}`), nil
	}))
	_, err := send(ctx, client, opDeclared)
	if !errors.Is(err, ErrInvalid) || !errors.Is(err, context.Canceled) || !errors.Is(err, why) || asError(t, err).Outcome() != OutcomeRefused {
		t.Error(err)
	}
}

// A 429 is held against the limiter once, not again when the next attempt could not be sent.
func TestPenalizeOnlyWhatWasSent(t *testing.T) {
	w := window(t, 10, 1)
	given := 0
	client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(429, ""), nil }), WithLimiter(w),
		WithRetryPolicy(RetryPolicy{BaseDelay: 1, MaxDelay: 1}), WithTokenSource(tokenFunc(func() (*oauth2.Token, error) {
			if given++; given > 1 {
				return nil, errors.New("no token")
			}
			return &oauth2.Token{AccessToken: testToken}, nil
		})))
	_, err := send(t.Context(), client, opRead)
	if !errors.Is(err, ErrRateLimited) || !errors.Is(err, ErrAuth) || w.penalty.strikes != 1 || asError(t, err).Attempts != 1 {
		t.Errorf("%d strikes, %v", w.penalty.strikes, err)
	}
}
