package brex

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/quick"
	"testing/synctest"

	"github.com/google/uuid"

	"github.com/brex-go/sdk/brex/wire"
)

// All attempts of a call carry one key, which the result tells; no two calls share one; reads and deletions carry none.
func TestOneKeyPerCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		attempts := map[string]int{}
		client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			attempts[r.Header.Get("Idempotency-Key")]++
			return reply(503, ""), nil
		}))
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				_, err := send(t.Context(), client, opDeclared)
				e := asError(t, err)
				mu.Lock()
				defer mu.Unlock()
				if _, err := uuid.Parse(e.IdempotencyKey); err != nil || attempts[e.IdempotencyKey] != 4 {
					t.Errorf("key %q was sent %d times", e.IdempotencyKey, attempts[e.IdempotencyKey])
				}
			})
		}
		all.Wait()
		if len(attempts) != 100 {
			t.Errorf("%d keys for 100 calls", len(attempts))
		}
		clear(attempts)
		for _, op := range []*wire.Operation{opRead, opDelete, opList} {
			var r Response
			_, err := send(t.Context(), client, op, WithResponse(&r))
			if asError(t, err).IdempotencyKey != "" || r.IdempotencyKey != "" || attempts[""] == 0 || len(attempts) != 1 {
				t.Errorf("%s: %v", op.ID, attempts)
			}
		}
	})
}

// A key of the caller's is sent as it is with POST and PUT; elsewhere it is refused rather than ignored.
func TestOwnKey(t *testing.T) {
	for _, op := range opClasses {
		sent := ""
		client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			sent = r.Header.Get("Idempotency-Key")
			return reply(200, `{"id":"x"}`), nil
		}))
		key := strings.Repeat("~", 255)
		_, err := send(t.Context(), client, op, WithIdempotencyKey(key))
		if writes := op.Method == "POST" || op.Method == "PUT"; writes && (err != nil || sent != key) || !writes && (!errors.Is(err, ErrUsage) || sent != "") {
			t.Errorf("%s: sent %q, %v", op.ID, sent, err)
		}
	}
}

// These values must never change: a program that crashed under one version repeats its calls under another.
func TestKeyFromGolden(t *testing.T) {
	for want, parts := range map[string][]string{
		"1af715c4-f1a1-5d62-a580-eebe18990565": {"payroll-2026-11", "vendor_1"},
		"859fc079-f141-5000-bad0-937b4170b590": {"payroll-2026-11", "vendor_2"},
		"36f1d74f-9a6c-524a-9aae-1d21f0dcb7af": {"a", "bc"},
		"8d4988b7-bcb6-536a-b2ff-ad6f051de8a1": {"ab", "c"},
		"4ec90ac7-e42f-5e58-a0e8-74d4727b4a18": {"", "x", ""},
		"ceb2e53f-46ca-5c47-87c3-3465be8e7c1e": {"日本", "\x00"},
	} {
		if got := KeyFrom(parts...); got != want {
			t.Errorf("KeyFrom(%q) is %s, want %s", parts, got, want)
		}
	}
}

// Parts that say nothing must not give a key, or unrelated calls would share it.
func TestKeyFromNothing(t *testing.T) {
	client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { t.Error("sent"); return nil, nil }))
	for _, parts := range [][]string{nil, {}, {""}, {"", ""}} {
		if got := KeyFrom(parts...); got != "" {
			t.Errorf("KeyFrom(%q) is %s", parts, got)
		}
		if _, err := send(t.Context(), client, opDeclared, WithIdempotencyKey(KeyFrom(parts...))); !errors.Is(err, ErrUsage) {
			t.Errorf("KeyFrom(%q): %v", parts, err)
		}
	}
}

// Different parts give different keys, however they are cut; the same parts give the same.
func TestKeyFromKeepsPartsApart(t *testing.T) {
	different := func(a, b []string) bool {
		same := fmt.Sprintf("%q", a) == fmt.Sprintf("%q", b)
		return (KeyFrom(a...) == KeyFrom(b...)) == same || KeyFrom(a...) == ""
	}
	if err := quick.Check(different, nil); err != nil {
		t.Error(err)
	}
	cuts := func(text string, i, j uint8) bool { // one text cut at two places, and forgeries of the length prefix
		if text == "" {
			return true
		}
		x, y := int(i)%len(text), int(j)%len(text)
		a, b := []string{text[:x], text[x:]}, []string{text[:y], text[y:]}
		forged := []string{fmt.Sprintf("%d:%s%d:%s", x, text[:x], len(text)-x, text[x:])}
		return different(a, b) && different(a, forged) && different(a, []string{text}) && different(a, append(a, ""))
	}
	if err := quick.Check(cuts, nil); err != nil {
		t.Error(err)
	}
}
