package schema

import (
	"bytes"
	"encoding/json"
)

// RepeatedMember returns the first member that occurs twice in one object of valid JSON, or "".
// encoding/json accepts the last of the two, other readers the first: of two amounts, the one that
// was meant is unknown.
func RepeatedMember(text []byte) string {
	type level struct {
		seen map[string]bool // members so far, nil in a list
		key  bool            // a key comes next
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	stack := []level{{}}
	for {
		token, err := dec.Token()
		if err != nil { // io.EOF, since the text is valid
			return ""
		}
		top := &stack[len(stack)-1]
		switch t := token.(type) {
		case json.Delim:
			switch t {
			case '{':
				stack = append(stack, level{seen: map[string]bool{}, key: true})
				continue
			case '[':
				stack = append(stack, level{})
				continue
			}
			stack = stack[:len(stack)-1]
			top = &stack[len(stack)-1]
		case string:
			if top.key {
				if top.seen[t] {
					return t
				}
				top.seen[t], top.key = true, false
				continue
			}
		}
		top.key = top.seen != nil
	}
}
