package brex

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// service is what the services have in common.
type service struct{ cfg *config }

// check checks the encoded body by the rule of its operation.
func (k *call) check(c *config) error {
	r, ok := rules[k.op]
	if c.noValidation || !ok || k.body == nil {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(k.body))
	dec.UseNumber()
	var body any
	if err := dec.Decode(&body); err != nil {
		return usageError("the request body is not JSON")
	}
	if body == nil {
		return usageError("the request body is null")
	}
	var p problems
	p.walk("", "", body, r.whole)
	if r.more != nil {
		p = append(p, r.more(k.value, k.body)...)
	}
	return p.err()
}

// problems is what is wrong with a request: one entry for each member, which goes by the name that
// Brex gives it. Values are not quoted, they can be confidential.
type problems []string

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return usageError("%s", strings.Join(p, "; "))
}

func (p *problems) addf(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

// Brex says that its free text is ASCII only, and responds with 400 to anything else.
var asciiMembers = []string{"activity_description", "beneficiary_name", "card_name", "city", "company_name", "country", "description",
	"external_memo", "first_name", "last_name", "legal_name", "line1", "line2", "memo", "message", "name", "phone_number", "postal_code",
	"reason", "receipt_name", "recipient_name", "referral_code", "sender_name", "state", "value"}

// Limits of length, in characters.
var longest = map[string]int{"external_memo": 90, "recipient_name": 40}

// Required text that may be empty, as far as is known.
var mayBeEmpty = []string{"description", "external_memo"}

// walk checks one member and what is in it. name is the member's own name, path says where it
// stands. whole is for requests that create or replace something: what is optional and not set does
// not appear in their JSON, so that an empty string or a null there is something required that was
// left out. In an update, null and the empty string have a meaning.
func (p *problems) walk(path, name string, value any, whole bool) {
	switch v := value.(type) {
	case nil:
		if whole {
			p.addf("%s is required", path)
		}
	case string:
		p.text(path, name, v, whole)
	case []any:
		whole = whole || name == "payment_accounts" // a new account is whole also within an update
		for i, item := range v {
			p.walk(path+"["+strconv.Itoa(i)+"]", name, item, whole)
		}
	case map[string]any:
		if name == "metadata" { // pairs of the caller's own, about which nothing is known
			return
		}
		if path != "" {
			path += "."
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			p.walk(path+key, key, v[key], whole)
		}
	case json.Number:
		if name == "amount" && strings.HasPrefix(v.String(), "-") {
			p.addf("%s is negative; requests take amounts above zero, in minor units", path)
		}
	}
}

func (p *problems) text(path, name, text string, whole bool) {
	if text == "" && whole && !slices.Contains(mayBeEmpty, name) {
		p.addf("%s is required", path)
	}
	if slices.Contains(asciiMembers, name) {
		for _, r := range text {
			if r > '~' {
				p.addf("%s holds %q; Brex takes ASCII only there", path, r)
				break
			}
		}
	}
	if most, ok := longest[name]; ok && utf8.RuneCountInString(text) > most {
		p.addf("%s has %d characters, it may have %d", path, utf8.RuneCountInString(text), most)
	}
}

// count checks the length of a list.
func (p *problems) count(path string, n, least, most int) {
	if n < least || n > most {
		p.addf("%s has %d entries, one call takes %d to %d", path, n, least, most)
	}
}
