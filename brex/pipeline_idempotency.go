package brex

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// idempotencyStage fixes the key of a call before its first attempt. Every POST and PUT gets one,
// since Brex's guide accepts it everywhere; whether that makes a repeat safe is for the operation's
// document to say, see safeToRepeat.
func idempotencyStage(next handler) handler {
	return func(k *call) error {
		if err := k.chooseKey(); err != nil {
			return k.fail(OutcomeNotSent, err)
		}
		return next(k)
	}
}

func (k *call) chooseKey() error {
	switch {
	case k.opts.key != "" && !k.writes():
		return usageError("an idempotency key goes with POST and PUT only, %s is a %s", k.op.ID, k.op.Method)
	case k.opts.key != "":
		k.key = k.opts.key
	case k.writes():
		k.key = uuid.NewString()
	}
	return nil
}

// writes reports whether the call carries an idempotency key.
func (k *call) writes() bool {
	return k.op.Method == http.MethodPost || k.op.Method == http.MethodPut || k.op.Method == http.MethodPatch
}

// keySpace separates derived keys from anyone else's name-based UUIDs.
var keySpace = uuid.MustParse("6b7d1a56-1f0c-5b7e-9d5e-0c1f3a2b4c5d")

// KeyFrom returns an idempotency key derived from the parts, which name what the request is for
// ("payroll-2026-11", the vendor's id), never the time of the attempt. The same parts give the same
// key in every process and every version, so that a program that crashed can repeat its requests
// without repeating their effects, as long as Brex remembers the key, which is not documented. If
// all parts are empty the key is empty, which WithIdempotencyKey refuses: unrelated requests would
// share it.
func KeyFrom(parts ...string) string {
	var b strings.Builder
	empty := true
	for _, p := range parts {
		empty = empty && p == ""
		b.WriteString(strconv.Itoa(len(p))) // lengths keep ("ab", "c") and ("a", "bc") apart
		b.WriteByte(':')
		b.WriteString(p)
	}
	if empty {
		return ""
	}
	return uuid.NewSHA1(keySpace, []byte(b.String())).String()
}

func checkKey(key string) error {
	if key == "" || len(key) > 255 {
		return usageError("the idempotency key has %d characters, it must have 1 to 255", len(key))
	}
	for _, r := range key {
		if r <= ' ' || r > '~' {
			return usageError("the idempotency key holds %q; only visible ASCII characters may be used", r)
		}
	}
	return nil
}
