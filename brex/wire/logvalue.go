package wire

import (
	"log/slog"
	"reflect"
	"strings"
)

// LogValue is a struct as log/slog shows it: a group of the members that are not zero, under their
// JSON names, with what Secret and Union hide from printing hidden at any depth, in lists too,
// which slog's JSON handler would encode as they are sent. Every generated type that can hold a
// Secret logs itself by it.
func LogValue(v any) slog.Value {
	s := reflect.ValueOf(v)
	attrs := make([]slog.Attr, 0, s.NumField())
	for i := range s.NumField() {
		field := s.Type().Field(i)
		if !field.IsExported() || s.Field(i).IsZero() {
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		attrs = append(attrs, slog.Attr{Key: name, Value: logged(s.Field(i))})
	}
	return slog.GroupValue(attrs...)
}

// logged leaves to a value how it is logged, and hides the secrets of one that does not know.
func logged(v reflect.Value) slog.Value {
	if l, ok := v.Interface().(slog.LogValuer); ok {
		return slog.AnyValue(l)
	}
	return slog.AnyValue(hidden(v).Interface())
}

// hider is a value that can hold secrets where reflection does not reach: hide returns one of its
// type without them.
type hider interface{ hide() any }

// hidden is a copy of a value in which the secrets are replaced by what printing shows of them.
func hidden(v reflect.Value) reflect.Value {
	if h, ok := v.Interface().(hider); ok {
		// A generated union has the method of the Union within, which is hidden in its turn.
		if without := reflect.ValueOf(h.hide()); without.Type() == v.Type() {
			return without
		}
	}
	if v.IsZero() {
		return v
	}
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	switch v.Kind() {
	case reflect.Pointer:
		c.Set(reflect.New(v.Type().Elem()))
		c.Elem().Set(hidden(v.Elem()))
	case reflect.Interface:
		c.Set(hidden(v.Elem()))
	case reflect.Slice:
		c.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			c.Index(i).Set(hidden(v.Index(i)))
		}
	case reflect.Map:
		c.Set(reflect.MakeMap(v.Type()))
		for key, value := range v.Seq2() {
			c.SetMapIndex(key, hidden(value))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				c.Field(i).Set(hidden(v.Field(i)))
			}
		}
	}
	return c
}
