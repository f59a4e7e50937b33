package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/schema"
)

// isMoney reports whether a schema is an amount with its currency.
func isMoney(s *schema.Schema) bool {
	return len(s.Properties) == 2 && s.Properties["amount"] != nil && s.Properties["currency"] != nil
}

// amountWithCode is an amount with its currency right behind it.
var amountWithCode = regexp.MustCompile(`^(.*[0-9.])([A-Za-z]{3})$`)

// parseMoney reads an amount whose currency may stand right behind it: on a command line, a space would need quotes.
func parseMoney(text string) (money.Money, error) {
	return money.Parse(amountWithCode.ReplaceAllString(text, "$1 $2"))
}

// amountUsage explains a flag that takes an amount. The API counts the smallest units, the command line does not.
func amountUsage(text string) string {
	if strings.Contains(text, "smallest unit") {
		text = "amount with its currency"
	}
	return text + ", such as 1250.00USD"
}

// moneyValue reads an amount in major units with its currency, such as 1250.00USD, into the form that the API has.
func moneyValue(text string) (map[string]any, error) {
	m, err := parseMoney(text)
	if err == nil && !m.Currency.Known() {
		return nil, badValue("must be an amount with its currency, such as 1250.00USD; " + string(m.Currency) + " is not a currency")
	}
	if err != nil {
		return nil, badValue("must be an amount with its currency, such as 1250.00USD: " + strings.TrimPrefix(err.Error(), "money: "))
	}
	return map[string]any{"amount": json.Number(strconv.FormatInt(m.Amount, 10)), "currency": m.Currency.Code()}, nil
}

// value reads the text of a flag as a schema has it: amounts in major units, lists with commas, objects as JSON. The checks of
// the document come later, with the whole request.
func (d *document) value(s *schema.Schema, text string) (any, error) {
	s = d.Plain(s)
	if text == "null" && s.Nullable {
		return nil, nil
	}
	switch {
	case isMoney(s):
		return moneyValue(text)
	case len(s.Enum) > 0:
		return enumValue(s.Enum, text), nil
	case s.Type == "string":
		return text, nil
	case s.Type == "integer", s.Type == "number":
		if !json.Valid([]byte(text)) || strings.ContainsAny(text, `"{[tfn`) {
			return nil, badValue("must be a number")
		}
		return json.Number(text), nil
	case s.Type == "boolean":
		if text != "true" && text != "false" {
			return nil, badValue("must be true or false")
		}
		return text == "true", nil
	case s.Type == "array" && !strings.HasPrefix(text, "["):
		var all []any
		for _, one := range strings.Split(text, ",") {
			v, err := d.value(s.Items, strings.TrimSpace(one))
			if err != nil {
				return nil, err
			}
			all = append(all, v)
		}
		return all, nil
	}
	v, err := decodeJSON([]byte(text))
	if err != nil {
		return nil, badValue("must be JSON: " + err.Error())
	}
	return v, nil
}

// enumValue is the documented value that text means in any case; another one is passed on, to be refused with all its like.
func enumValue(enum []string, text string) string {
	upper := strings.ToUpper(strings.ReplaceAll(text, "-", "_"))
	if slices.Contains(enum, text) || !slices.Contains(enum, upper) {
		return text
	}
	return upper
}

// child is the schema of a member of an object, or of any variant of a union. It is nil where there is none.
func (d *document) child(s *schema.Schema, name string, given any) *schema.Schema {
	s = d.Plain(s)
	if p := s.Properties[name]; p != nil {
		return p
	}
	have, _ := given.(map[string]any)
	var found *schema.Schema
	for _, v := range d.variants(s, "") {
		if v.kind != "" && name == s.Discriminator.PropertyName {
			return &schema.Schema{Type: "string", Enum: slices.Sorted(maps.Keys(s.Discriminator.Mapping))}
		}
		p := d.child(v.schema, name, given)
		switch {
		case p == nil:
		case v.kind != "" && have[s.Discriminator.PropertyName] == v.kind:
			return p
		case found == nil:
			found = p
		}
	}
	if found == nil && len(s.Properties) == 0 {
		found, _ = s.Rest()
	}
	return found
}

// set puts a value into a body: path names members with dots and the places of lists with brackets, like accounts[0].details.type.
func (d *document) set(into map[string]any, s *schema.Schema, path, text string) error {
	_, err := d.put(into, s, strings.Split(strings.ReplaceAll(path, "[", ".["), "."), path, text)
	return err
}

// put returns what stands at a place of a body once the value is in it.
func (d *document) put(have any, s *schema.Schema, steps []string, path, text string) (any, error) {
	if len(steps) == 0 {
		v, err := d.value(s, text)
		if err != nil {
			return nil, usagef("--set %s=%s: %v", path, text, err)
		}
		return v, nil
	}
	step := steps[0]
	if index, ok := strings.CutPrefix(step, "["); ok {
		list, _ := have.([]any)
		n, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
		plain := d.Plain(s)
		if err != nil || plain.Type != "array" || n > len(list) || n < 0 {
			return nil, usagef("--set %s: %s must be the place in a list, from [0] to [%d] here", path, step, len(list))
		}
		if n == len(list) {
			list = append(list, nil)
		}
		list[n], err = d.put(list[n], plain.Items, steps[1:], path, text)
		return list, err
	}
	child := d.child(s, step, have)
	if child == nil {
		return nil, usagef("--set %s: there is no member %s; there is: %s", path, step, strings.Join(d.childNames(s), ", "))
	}
	object, _ := have.(map[string]any)
	if object == nil {
		object = map[string]any{}
	}
	v, err := d.put(object[step], child, steps[1:], path, text)
	object[step] = v
	return object, err
}

// childNames names the members of an object or of the variants of a union.
func (d *document) childNames(s *schema.Schema) []string {
	s = d.Plain(s)
	names := slices.Collect(maps.Keys(s.Properties))
	for _, v := range d.variants(s, "") {
		if v.kind != "" {
			names = append(names, s.Discriminator.PropertyName)
		}
		names = append(names, d.childNames(v.schema)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// memberFlag is a member of a request body as a flag.
type memberFlag struct {
	doc    *document
	schema *schema.Schema
	kind   string // of the objects that it names, "" where it names none
	name   string
	into   map[string]any
}

func (v *memberFlag) String() string { return "" }
func (v *memberFlag) Type() string {
	s := v.doc.Plain(v.schema)
	if v.kind == "" {
		switch {
		case isMoney(s):
			return "amount"
		case s.Type == "boolean":
			return "true|false"
		}
		return strings.ReplaceAll(v.doc.kind(s), " ", "-")
	}
	if s.Type == "array" {
		return "name-or-id,..."
	}
	return "name-or-id"
}

func (v *memberFlag) Set(text string) error {
	value, err := v.doc.value(v.schema, text)
	if err != nil {
		return err
	}
	switch value := value.(type) {
	case string:
		v.into[v.name] = asRef(v.kind, value)
	case []any:
		for i := range value {
			if one, ok := value[i].(string); ok {
				value[i] = asRef(v.kind, one)
			}
		}
		have, _ := v.into[v.name].([]any) // the flag may be repeated
		v.into[v.name] = append(have, value...)
	default:
		v.into[v.name] = value
	}
	return nil
}

// asRef is the text, as a name of a kind of objects where there is one.
func asRef(kind, text string) any {
	if kind == "" {
		return text
	}
	return ref{kind, text}
}

// decodeJSON reads one JSON value; numbers stay as they are written.
func decodeJSON(text []byte) (v any, err error) {
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if dec.More() {
		return nil, fmt.Errorf("something stands after it")
	}
	return v, nil
}
