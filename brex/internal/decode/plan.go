package decode

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// op is what a plan does with a value.
type op uint8

const (
	never  op = iota // what encoding/json decodes in another way when it stands alone
	other            // whatever has no form here: the validated value goes to encoding/json
	method           // the validated value goes to UnmarshalJSON
	text             // the string goes to UnmarshalText
	str              // kinds of Go from here on
	boolean
	integer
	pointer
	slice
	object
)

// plan is how the values of a type are decoded.
type plan struct {
	op     op
	typ    reflect.Type
	elem   *plan // of a pointer or a slice
	fields []field
	names  map[string]int // of the members, to fields
}

// field is a field of an object.
type field struct {
	name  string
	index int // in the struct
	plan  *plan
}

// simple are what the names of members are made of. Of others, encoding/json ignores the case by
// rules that the scanner does not have.
const simple = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// mostFields is how many fields an object can have: one bit each says that it was there.
const mostFields = 128

var (
	plans    sync.Map // reflect.Type to *plan
	planning sync.Mutex

	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	number          = reflect.TypeFor[json.Number]()
)

// planOf is the plan of a type, made when the type is first met.
func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	planning.Lock()
	defer planning.Unlock()
	p := build(t, map[reflect.Type]*plan{})
	plans.Store(t, p)
	return p
}

// build makes a plan. made are those that are made or being made, for types that hold themselves.
func build(t reflect.Type, made map[reflect.Type]*plan) *plan {
	if p := made[t]; p != nil {
		return p
	}
	p := &plan{op: other, typ: t}
	made[t] = p
	address := reflect.PointerTo(t)
	_, modern := address.MethodByName("UnmarshalJSONFrom") // of encoding/json/v2
	switch kind := t.Kind(); {
	case t.Name() == "" && address.NumMethod() > 0:
		p.op = never // a struct without a name, whose embedded field has methods
	case modern:
	case address.Implements(unmarshaler):
		p.op = method
	case address.Implements(textUnmarshaler):
		p.op = text
	case t == number: // a string to Go, and none to encoding/json
	case kind == reflect.String:
		p.op = str
	case kind == reflect.Bool:
		p.op = boolean
	case kind >= reflect.Int && kind <= reflect.Int64:
		p.op = integer
	case kind == reflect.Pointer:
		p.op, p.elem = pointer, build(t.Elem(), made)
	case kind == reflect.Slice && t.Elem().Kind() != reflect.Uint8: // those are base64
		p.op, p.elem = slice, build(t.Elem(), made)
	case kind == reflect.Struct:
		if p.fields, p.names = fieldsOf(t, made); p.fields != nil {
			p.op = object
		}
	}
	return p
}

// fieldsOf lists the fields of a struct by the names of their members. It returns none if
// encoding/json does more with the struct than to match those: for embedded structs, and for options
// that change a value.
func fieldsOf(t reflect.Type, made map[reflect.Type]*plan) (fields []field, names map[string]int) {
	names = map[string]int{}
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		switch {
		case f.Anonymous, !f.IsExported() && tag != "":
			return nil, nil
		case !f.IsExported() || tag == "-":
			continue
		case name == "":
			name = f.Name
		}
		for option := range strings.SplitSeq(options, ",") {
			if option != "" && option != "omitempty" && option != "omitzero" {
				return nil, nil
			}
		}
		if _, twice := names[name]; twice || strings.Trim(name, simple) != "" || len(fields) == mostFields {
			return nil, nil
		}
		names[name] = len(fields)
		fields = append(fields, field{name, i, build(f.Type, made)})
	}
	return fields, names
}
