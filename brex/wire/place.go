package wire

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// Place is the place of a value in a JSON document.
type Place struct {
	Path []any           // names of members and indexes of lists, from the top; empty for the whole document
	ID   string          // of the object that holds the value, or of the nearest one around it that has an id
	Raw  json.RawMessage // the value
	Err  error           // why it cannot be decoded
}

// idNames are the names of an object's id; the last one that it has counts.
var idNames = []string{"budget_id", "brex_id", "id"}

// String is the path as in "items[1].updated_at".
func (p Place) String() string {
	var b strings.Builder
	for _, step := range p.Path {
		switch step := step.(type) {
		case int:
			b.WriteString("[" + strconv.Itoa(step) + "]")
		case string:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(step)
		}
	}
	return b.String()
}

// Unreadable finds the first value in a JSON document that cannot be decoded as a T when decoding
// the document into out, a *T, has failed: decoders name the member at most, and not of which
// object. It is false when nothing is found, because the document is not JSON for example. It costs
// several times the decoding.
func Unreadable(document []byte, out any) (Place, bool) {
	t := reflect.TypeOf(out)
	if t == nil || t.Kind() != reflect.Pointer || !json.Valid(document) {
		return Place{}, false
	}
	p := Place{Raw: document}
	found := p.descend(t.Elem())
	return p, found
}

// descend moves p down to the value that cannot be decoded as a t.
func (p *Place) descend(t reflect.Type) bool {
	if p.Err = json.Unmarshal(p.Raw, reflect.New(t).Interface()); p.Err == nil {
		return false
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return true
	}
	switch t.Kind() {
	case reflect.Struct:
		p.descendObject(t)
	case reflect.Map:
		for name, raw := range members(p.Raw) {
			if p.step(name, raw, t.Elem()) {
				break
			}
		}
	case reflect.Slice:
		var list []json.RawMessage
		_ = json.Unmarshal(p.Raw, &list) // anything but a list is itself what cannot be read
		for i, raw := range list {
			if p.step(i, raw, t.Elem()) {
				break
			}
		}
	}
	return true
}

func (p *Place) descendObject(t reflect.Type) {
	object := members(p.Raw)
	for _, name := range idNames {
		if id := str(object[name]); id != "" {
			p.ID = id
		}
	}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if raw, ok := object[name]; ok && name != "" && p.step(name, raw, f.Type) {
			return
		}
	}
}

// step goes to a member or an element, and stays there if it is what cannot be decoded, or holds
// it.
func (p *Place) step(to any, raw json.RawMessage, t reflect.Type) bool {
	before := *p
	p.Path, p.Raw = append(p.Path, to), raw
	if p.descend(t) {
		return true
	}
	*p = before
	return false
}
