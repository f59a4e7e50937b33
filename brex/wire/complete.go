package wire

import (
	"fmt"
	"reflect"
	"sync"
)

// Lacking names what a decoded answer lacks to be what was asked for, or is "": the id that the document requires, or a list's
// element that is null or empty. out is the pointer that was decoded into. Other required members are not looked at: Brex leaves some
// out, and a program can go on without them, but not with a thing that it cannot name.
func Lacking(out any) string {
	v := reflect.ValueOf(out)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return ""
	}
	switch v = v.Elem(); v.Kind() {
	case reflect.Struct:
		if id := requiredID(v.Type()); id >= 0 && v.Field(id).Len() == 0 {
			return "id"
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Struct {
			return ""
		}
		id := requiredID(v.Type().Elem())
		for i := range v.Len() {
			switch item := v.Index(i); {
			case id >= 0 && item.Field(id).Len() == 0:
				return fmt.Sprintf("id in element %d", i+1)
			case id < 0 && item.IsZero():
				return fmt.Sprintf("object in element %d", i+1)
			}
		}
	}
	return ""
}

// idNames are the names of an object's id; the last one that it has counts.
var idNames = []string{"budget_id", "brex_id", "id"}

// requiredIDs remembers requiredID by type.
var requiredIDs sync.Map

// requiredID is the index of the field that holds the id of a generated type, where its document requires it, or -1.
func requiredID(t reflect.Type) int {
	if found, ok := requiredIDs.Load(t); ok {
		return found.(int)
	}
	at := -1
	for _, name := range idNames {
		for i := range t.NumField() {
			if f := t.Field(i); f.Tag.Get("json") == name && f.Type.Kind() == reflect.String {
				at = i
			}
		}
	}
	requiredIDs.Store(t, at)
	return at
}
