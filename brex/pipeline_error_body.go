package brex

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// parsedErrorBody bounds what is parsed of an error's body, in bytes.
const parsedErrorBody = 1 << 20

// readErrorBody fills type, code and message from any of the forms that Brex, or a proxy before it,
// responds with. hide removes from a string what must not be shown.
func (e *Error) readErrorBody(body []byte, hide func(text string, most int) string) {
	var object map[string]json.RawMessage
	var message string
	switch {
	case len(body) == 0:
		return
	case len(body) > parsedErrorBody:
		message = "the response is too large for an error"
	case json.Unmarshal(body, &object) == nil:
		e.Type, e.Code = hide(plainScalar(object["type"]), 100), hide(plainScalar(object["code"]), 100)
		if e.Code == "" {
			e.Code = hide(plainScalar(object["error_code"]), 100) // accounting
		}
		message = strings.Join(messages(body, 0), "; ")
	case json.Valid(body):
		message = strings.Join(messages(body, 0), "; ")
	default:
		message = "the response is not JSON"
	}
	e.Message = hide(hideIBANs(message), 500)
}

// plainScalar is the text of a JSON string or number, and "" for anything else.
func plainScalar(raw json.RawMessage) string {
	var s string
	var n json.Number
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

// messages finds the texts in an error's body, whatever lies between: the general one first, then
// what it is made of, each with the member that it is about. It reads Brex's own forms and those of
// RFC 9457 (title, detail).
func messages(raw json.RawMessage, depth int) (found []string) {
	if len(raw) == 0 || depth > 4 {
		return nil
	}
	var s string
	var many []json.RawMessage
	var object map[string]json.RawMessage
	switch {
	case json.Unmarshal(raw, &s) == nil:
		return nonEmpty(s)
	case json.Unmarshal(raw, &many) == nil:
		for _, r := range many {
			found = append(found, messages(r, depth+1)...)
		}
		return distinct(found)
	case json.Unmarshal(raw, &object) != nil:
		return nil
	}
	for _, name := range []string{"message", "title", "error_description", "detail", "reason"} {
		found = append(found, nonEmpty(plainScalar(object[name]))...)
	}
	if len(found) > 0 {
		found[0] = about(object, found[0])
	}
	for _, name := range []string{"errors", "error", "message", "_embedded"} {
		if plainScalar(object[name]) == "" || len(found) == 0 {
			found = append(found, messages(object[name], depth+1)...)
		}
	}
	if len(found) > 0 || depth == 0 {
		return distinct(found)
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		for _, text := range messages(object[name], depth+1) {
			found = append(found, name+": "+text)
		}
	}
	return distinct(found)
}

// about puts the member that an error is about before its text, where the text does not name it.
func about(object map[string]json.RawMessage, text string) string {
	for _, name := range []string{"field", "path", "pointer", "param", "parameter", "property"} {
		if member := plainScalar(object[name]); member != "" && !strings.Contains(text, member) {
			return member + ": " + text
		}
	}
	return text
}

func nonEmpty(s string) []string {
	if strings.TrimSpace(s) == "" {
		return nil
	}
	return []string{s}
}

// distinct drops texts that others say already.
func distinct(texts []string) (kept []string) {
	for _, text := range texts {
		if !slices.ContainsFunc(kept, func(k string) bool { return strings.Contains(k, text) }) {
			kept = append(kept, text)
		}
	}
	return kept
}

// oneLine makes a string fit into a log line: printable, without line breaks, at most so many
// bytes.
func oneLine(s string, most int) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)), " ")
	return shorten(s, most)
}

func shorten(s string, most int) string {
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}
