package wire

import (
	"fmt"
	"reflect"
	"sync"
)

// Lacking names what a decoded response lacks to be what was asked for, or is "": the member id, which the document
// requires to name it (see Operation.ResultID), or a list's element that is null or empty. out is the pointer that was
// decoded into. Other required members are not looked at: Brex leaves some out, and a program can go on without them, but
// not with an object that it cannot name.
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
