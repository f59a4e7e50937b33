package output

import (
	"bytes"
	"encoding/json"

	"github.com/brex-go/sdk/brex/wire"
)

// redact hides the secrets in valid JSON, with all that lies under such a member, and leaves every other byte as it is, so that
// numbers, unknown members and their order survive.
func redact(raw []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	type level struct{ object, key, secret bool } // key: a key comes next; secret: the values here are secrets
	var (
		out    []byte
		copied int64
		stack  = []level{{}}
	)
	for {
		before := dec.InputOffset()
		token, err := dec.Token()
		if err != nil { // io.EOF, since raw is valid
			break
		}
		top := &stack[len(stack)-1]
		var hidden string
		switch t := token.(type) {
		case json.Delim:
			if t == '{' || t == '[' {
				stack = append(stack, level{object: t == '{', key: t == '{', secret: top.secret})
				continue
			}
			stack = stack[:len(stack)-1]
			top = &stack[len(stack)-1]
		case string:
			if top.key {
				top.key = false
				outer := len(stack) > 1 && stack[len(stack)-2].secret
				top.secret = outer || wire.IsSecretMember(t)
				continue
			}
			hidden = wire.NewSecret(t).String()
		case json.Number:
			if len(t) >= 8 { // a card number, not a count
				hidden = "[redacted]"
			}
		}
		if top.secret && hidden != "" {
			after := dec.InputOffset()
			start := before + int64(len(raw[before:after])-len(bytes.TrimLeft(raw[before:after], " \t\r\n:,")))
			text, _ := json.Marshal(hidden) // a string always encodes
			out = append(append(out, raw[copied:start]...), text...)
			copied = after
		}
		top.key = top.object
	}
	if copied == 0 {
		return raw
	}
	return append(out, raw[copied:]...)
}
