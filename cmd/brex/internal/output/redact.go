package output

import (
	"bytes"
	"encoding/json"

	"github.com/brex-go/sdk/brex/wire"
)

// redact hides the secrets in valid JSON, with all that lies under such a member, and leaves every other byte as it is, so that
// numbers, unknown members and their order survive. Only secrets are taken apart: most of a list is none.
func redact(raw []byte) []byte {
	var out []byte
	copied := 0
	for at := 0; ; {
		name, value := nextMember(raw, at)
		if value < 0 {
			break
		}
		if at = value; !secretName(name) {
			continue
		}
		dec := json.NewDecoder(bytes.NewReader(raw[value:]))
		var secret json.RawMessage
		if dec.Decode(&secret) != nil { // cannot be: raw is valid
			return []byte("null")
		}
		out = append(append(out, raw[copied:value]...), hide(secret)...)
		at += int(dec.InputOffset())
		copied = at
	}
	if copied == 0 {
		return raw
	}
	return append(out, raw[copied:]...)
}

const space = " \t\r\n"

// nextMember finds the next member from a place outside strings: its name as it is quoted, and where its value begins, -1 without one.
func nextMember(raw []byte, at int) (name []byte, value int) {
	for {
		start := bytes.IndexByte(raw[at:], '"')
		if start < 0 {
			return nil, -1
		}
		start += at
		end := start + 1 + bytes.IndexByte(raw[start+1:], '"')
		for escapes := raw[start+1 : end]; (len(escapes)-len(bytes.TrimRight(escapes, `\`)))%2 == 1; escapes = raw[start+1 : end] {
			end += 1 + bytes.IndexByte(raw[end+1:], '"')
		}
		rest := bytes.TrimLeft(raw[end+1:], space)
		if at = len(raw) - len(rest); len(rest) > 0 && rest[0] == ':' {
			return raw[start : end+1], len(raw) - len(bytes.TrimLeft(rest[1:], space))
		}
	}
}

func secretName(quoted []byte) bool {
	name := string(quoted[1 : len(quoted)-1])
	if bytes.IndexByte(quoted, '\\') >= 0 {
		_ = json.Unmarshal(quoted, &name) // a string of valid JSON
	}
	return wire.IsSecretMember(name)
}

// hide hides all strings and long numbers in valid JSON, but not the names of members.
func hide(raw []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	type level struct{ object, key bool } // key: a key comes next
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
				stack = append(stack, level{t == '{', t == '{'})
				continue
			}
			stack = stack[:len(stack)-1]
			top = &stack[len(stack)-1]
		case string:
			if top.key {
				top.key = false
				continue
			}
			hidden = wire.NewSecret(t).String()
		case json.Number:
			if len(t) >= 8 { // a card number, not a count
				hidden = "[redacted]"
			}
		}
		if hidden != "" {
			after := dec.InputOffset()
			start := before + int64(len(raw[before:after])-len(bytes.TrimLeft(raw[before:after], space+":,")))
			text, _ := json.Marshal(hidden) // a string always encodes
			out = append(append(out, raw[copied:start]...), text...)
			copied = after
		}
		top.key = top.object
	}
	return append(out, raw[copied:]...)
}
