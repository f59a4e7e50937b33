package wire

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
)

// Lacking returns what a decoded response lacks to be what was asked for, or "": the member id,
// which the document requires to name it (see Operation.ResultID), or a list's element that is null
// or empty. out is the pointer that was decoded into. Other required members are not looked at:
// Brex leaves some out, and a program can go on without them, but not with an object that it cannot
// name.
func Lacking(out any, id string) string {
	v := reflect.ValueOf(out)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return ""
	}
	switch v = v.Elem(); v.Kind() {
	case reflect.Struct:
		if at := fieldOf(v.Type(), id); at >= 0 && v.Field(at).Len() == 0 {
			return id
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Struct {
			return ""
		}
		at := fieldOf(v.Type().Elem(), id)
		for i := range v.Len() {
			switch item := v.Index(i); {
			case at >= 0 && item.Field(at).Len() == 0:
				return fmt.Sprintf("%s in element %d", id, i+1)
			case at < 0 && item.IsZero():
				return fmt.Sprintf("object in element %d", i+1)
			}
		}
	}
	return ""
}

// AdoptID fills an empty member id of the struct that out points to with the response's id, and
// returns out: Brex's examples of integrations say id where the document says integration_id, and
// the object must keep its name either way.
func AdoptID(out any, id string, body []byte) any {
	v := reflect.ValueOf(out)
	if id == "id" || v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return out
	}
	at := fieldOf(v.Elem().Type(), id)
	if at < 0 || v.Elem().Field(at).Len() > 0 {
		return out
	}
	var named struct{ ID string }
	if json.Unmarshal(body, &named) == nil {
		v.Elem().Field(at).SetString(named.ID)
	}
	return out
}

type member struct {
	of   reflect.Type
	name string
}

var fields sync.Map // member to the index of its field

// fieldOf is the index of the string field that a member is decoded into, or -1.
func fieldOf(t reflect.Type, name string) int {
	if name == "" {
		return -1
	}
	key := member{t, name}
	if found, ok := fields.Load(key); ok {
		return found.(int)
	}
	at := -1
	for i := range t.NumField() {
		if f := t.Field(i); f.Tag.Get("json") == name && f.Type.Kind() == reflect.String {
			at = i
		}
	}
	fields.Store(key, at)
	return at
}
