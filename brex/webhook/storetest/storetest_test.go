package storetest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/webhook"
	"github.com/brex-go/sdk/brex/webhook/storetest"
)

// kinds are stores that break a promise, and the check that notices.
var kinds = map[string]string{
	"none": "", "shares nothing": "States", "claims twice": "States", "anyone is done": "States", "anyone releases": "States",
	"folds tokens": "States", "releases what is done": "States", "is done in silence": "States",
	"never ends": "ClaimsEnd", "ends early": "ClaimsEnd", "goes back": "ClaimsEnd", "lets the dead be done": "ClaimsEnd",
	"lets the dead release": "ClaimsEnd", "looks before it claims": "OneOfManyWins", "forgets what is done": "ClaimsComeAndGo",
	"folds ids": "IDs", "cuts ids": "IDs", "refuses long tokens": "IDs",
	"claims and fails": "ContextEnds", "hides the cause": "ContextEnds", "fails with a state": "ContextEnds",
	"takes the end for a lost claim": "ContextEnds", "begins, and then takes the end for a lost claim": "ContextEnds",
}

const brokenBy = "STORETEST_BROKEN_BY"

// TestBroken runs the suite in a process for each kind.
func TestBroken(t *testing.T) {
	if kind := os.Getenv(brokenBy); kind != "" {
		storetest.Run(t, func(*testing.T) func() webhook.Store {
			s := newStore(kind)
			return func() webhook.Store {
				if kind == "shares nothing" {
					return newStore(kind)
				}
				return s
			}
		})
		return
	}
	for kind, check := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBroken$/^"+check, "-test.v")
			cmd.Env = append(os.Environ(), brokenBy+"="+kind)
			out, err := cmd.CombinedOutput()
			if kind == "none" {
				require.NoError(t, err, string(out))
				return
			}
			require.Error(t, err)
			require.Contains(t, string(out), "--- FAIL: TestBroken/"+check)
		})
	}
}

type entry struct {
	token, before string // before had the claim that ended
	until         time.Time
	done          bool
}

type store struct {
	kind string

	mu      sync.Mutex
	entries map[string]entry
}

func newStore(kind string) *store { return &store{kind: kind, entries: map[string]entry{}} }

// is reports whether the store breaks a promise in this way.
func (s *store) is(kind string) bool { return s.kind == kind }

func (s *store) find(c *webhook.Claim) (e entry, ok bool) {
	switch s.kind {
	case "folds ids":
		c.ID = strings.ToLower(c.ID)
	case "cuts ids":
		c.ID = c.ID[:min(len(c.ID), 254)]
	case "folds tokens":
		c.Token = strings.ToLower(c.Token)
	}
	e, ok = s.entries[c.ID]
	return e, ok
}

func (s *store) Begin(ctx context.Context, c webhook.Claim) (webhook.State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.find(&c)
	switch err := ctx.Err(); {
	case err == nil, s.is("begins, and then takes the end for a lost claim"):
	case s.is("claims and fails"):
		s.entries[c.ID] = entry{token: c.Token, until: c.Until}
		return 0, err
	case s.is("hides the cause"):
		return 0, errors.New("failed")
	case s.is("fails with a state"):
		return webhook.Claimed, err
	default:
		return 0, err
	}
	until := e.until
	if s.is("ends early") {
		until = until.Add(-time.Second)
	}
	switch {
	case s.is("refuses long tokens") && len(c.Token) > 63:
		return 0, errors.New("the token is too long")
	case e.done:
		return webhook.Handled, nil
	case !ok, s.is("claims twice"):
	case s.is("goes back") && c.Now.Before(e.until.Add(-time.Minute)):
	case s.is("never ends"), c.Now.Before(until):
		return webhook.Busy, nil
	}
	if s.is("looks before it claims") {
		s.mu.Unlock()
		time.Sleep(10 * time.Millisecond)
		s.mu.Lock()
	}
	s.entries[c.ID] = entry{token: c.Token, before: e.token, until: c.Until}
	return webhook.Claimed, nil
}

func (s *store) Done(ctx context.Context, c webhook.Claim) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		if strings.Contains(s.kind, "takes the end for a lost claim") {
			return webhook.ErrClaimLost
		}
		return err
	}
	e, ok := s.find(&c)
	its := e.token == c.Token && !e.done || s.is("anyone is done") || s.is("lets the dead be done") && c.Token == e.before
	if !ok || !its {
		if s.is("is done in silence") {
			return nil
		}
		return webhook.ErrClaimLost
	}
	e.done = true
	s.entries[c.ID] = e
	if s.is("forgets what is done") {
		delete(s.entries, c.ID)
	}
	return nil
}

func (s *store) Release(_ context.Context, c webhook.Claim) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, _ := s.find(&c)
	its := e.token == c.Token || s.is("anyone releases") || s.is("lets the dead release") && c.Token == e.before
	if its && (!e.done || s.is("releases what is done")) {
		delete(s.entries, c.ID)
	}
	return nil
}
