// Package decode decodes the responses of Brex: what Brex really sends at the speed of its bytes, and
// everything else as encoding/json does.
//
// The scanner is right because it gives up: at a mistake, and at whatever two decoders could
// understand in two ways (a value of another type, a member given twice, a name in another case or
// with an escape, invalid UTF-8, deep nesting), encoding/json decodes the same bytes from the start.
// So what comes out, errors included, is what encoding/json makes of them.
package decode

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	deepest   = 200  // nesting that is followed; no response of Brex has a tenth of it
	firstSize = 1024 // bytes of the first block of strings
	longest   = 512  // string that is copied into a block, in bytes; a longer one lies alone
)

// JSON decodes data into the value that out points to.
func JSON(data []byte, out any) error {
	if Scan(data, out) {
		return nil
	}
	return standard(data, out)
}

// Scan decodes data into out as JSON does, or gives up: then out is as it was. It does not try unless
// out points to a struct or a slice that is zero, except for room in the list of items.
func Scan(data []byte, out any) bool {
	v := reflect.ValueOf(out)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return false
	}
	v = v.Elem()
	p := planOf(v.Type())
	s := scanner{data: data, items: p, size: min(firstSize, len(data)/2)}
	list := v
	if at, ok := p.names["items"]; ok {
		list, s.items = v.Field(p.fields[at].index), p.fields[at].plan
	}
	zero := v.IsZero()
	var room reflect.Value
	if list.Kind() == reflect.Slice && list.Cap() > 0 && list.Len() == 0 {
		if room = list.Slice(0, list.Cap()); !allZero(room) {
			return false
		}
		list.SetZero()
		zero = v.IsZero()
		list.Set(room.Slice(0, 0))
	}
	if p.op != object && p.op != slice || !zero {
		return false
	}
	s.space()
	if s.value(p, v, 0) {
		if s.space(); s.at == len(data) {
			return true
		}
	}
	v.SetZero()
	if room.IsValid() {
		room.Clear()
		list.Set(room.Slice(0, 0))
	}
	return false
}

func allZero(list reflect.Value) bool {
	for i := range list.Len() {
		if !list.Index(i).IsZero() {
			return false
		}
	}
	return true
}

// scanner reads one document. Its methods return false to give up.
type scanner struct {
	data []byte
	at   int

	items *plan           // the list whose elements have a block of strings each
	block strings.Builder // holds the strings of one item, so that one of them keeps the item alive, and not the page
	size  int             // of the next block, in bytes
	used  int             // bytes of strings of the present item
}

func (s *scanner) value(p *plan, v reflect.Value, depth int) bool {
	if p.op == never || depth > deepest || s.at == len(s.data) {
		return false
	}
	start := s.at
	switch p.op {
	case method:
		return s.skip(depth) && v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(s.data[start:s.at:s.at]) == nil
	case other:
		return s.skip(depth) && standard(s.data[start:s.at], v.Addr().Interface()) == nil
	}
	if s.data[s.at] == 'n' {
		if p.op == slice {
			v.SetZero()
		}
		return s.literal("null")
	}
	switch p.op {
	case str, text:
		raw, form := s.quoted()
		switch {
		case form == broken:
			return false
		case form == escaped: // encoding/json says what it is
			return standard(s.data[start:s.at], v.Addr().Interface()) == nil
		case p.op == text: // not into the block, which other strings keep: it can be a secret
			return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText(raw) == nil
		}
		v.SetString(s.text(raw))
		return true
	case boolean:
		v.SetBool(s.data[s.at] == 't')
		return s.literal("true") || s.literal("false")
	case integer:
		digits := s.number()
		n, err := strconv.ParseInt(string(digits), 10, 64)
		if err != nil || v.OverflowInt(n) {
			return false
		}
		v.SetInt(n)
		return true
	case pointer:
		target := reflect.New(p.elem.typ)
		v.Set(target)
		return s.value(p.elem, target.Elem(), depth)
	case slice:
		return s.slice(p, v, depth)
	default:
		return s.object(p, v, depth)
	}
}

func (s *scanner) slice(p *plan, v reflect.Value, depth int) bool {
	if !s.take('[') {
		return false
	}
	if v.IsNil() {
		v.Set(reflect.MakeSlice(p.typ, 0, 0))
	}
	for i := 0; ; i++ {
		more, ok := s.next(i == 0, ']')
		if !more {
			return ok
		}
		if p == s.items {
			s.item()
		}
		if i == v.Cap() {
			v.Grow(1)
		}
		v.SetLen(i + 1)
		if !s.value(p.elem, v.Index(i), depth+1) {
			return false
		}
	}
}

func (s *scanner) object(p *plan, v reflect.Value, depth int) bool {
	if !s.take('{') {
		return false
	}
	var seen [mostFields / 64]uint64
	for last := -1; ; {
		more, ok := s.next(last == -1, '}')
		if !more {
			return ok
		}
		name, form := s.quoted()
		if form != plain || !s.colon() {
			return false
		}
		at, known := last+1, true
		if at >= len(p.fields) || p.fields[at].name != string(name) {
			at, known = p.names[string(name)]
		}
		if !known {
			if last = max(last, 0); p.almost(name) || !s.skip(depth+1) {
				return false
			}
			continue
		}
		bit := uint64(1) << (at % 64)
		if seen[at/64]&bit != 0 {
			return false
		}
		seen[at/64] |= bit
		last = at
		if f := &p.fields[at]; !s.value(f.plan, v.Field(f.index), depth+1) {
			return false
		}
	}
}

// almost reports whether an unknown name is a known one in another case: encoding/json takes it.
func (p *plan) almost(name []byte) bool {
	for i := range p.fields {
		if known := p.fields[i].name; len(known) == len(name) && strings.EqualFold(known, string(name)) {
			return true
		}
	}
	return false
}

// item begins an item: its strings go into a block of their own, which is as large as the last item
// needed, with some room.
func (s *scanner) item() {
	if s.used > 0 {
		s.size = s.used + s.used/8
	}
	s.used = 0
	s.block.Reset()
}

// text copies a string out of the document.
func (s *scanner) text(raw []byte) string {
	if len(raw) > longest {
		return string(raw)
	}
	if s.block.Cap()-s.block.Len() < len(raw) {
		s.block.Reset()
		s.block.Grow(max(s.size, len(raw)))
	}
	s.used += len(raw)
	from := s.block.Len()
	s.block.Write(raw)
	return s.block.String()[from:]
}

// colon reads what stands between a name and its value.
func (s *scanner) colon() bool {
	s.space()
	if !s.take(':') {
		return false
	}
	s.space()
	return true
}

// skip reads a value of any kind.
func (s *scanner) skip(depth int) bool {
	if depth > deepest || s.at == len(s.data) {
		return false
	}
	switch s.data[s.at] {
	case '"':
		start := s.at
		_, form := s.quoted()
		return form == plain || form == foreign || form == escaped && json.Valid(s.data[start:s.at])
	case '{', '[':
		open := s.data[s.at]
		s.at++
		for first := true; ; first = false {
			more, ok := s.next(first, open+2) // what closes it
			if !more {
				return ok
			}
			if open == '{' && (s.data[s.at] != '"' || !s.skip(depth) || !s.colon()) || !s.skip(depth+1) {
				return false
			}
		}
	case 'n':
		return s.literal("null")
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	}
	return s.number() != nil
}

// next moves to the next element or member of what close ends. Without more of them, ok says that
// close was there.
func (s *scanner) next(first bool, close byte) (more, ok bool) {
	s.space()
	if s.take(close) {
		return false, true
	}
	if !first {
		if !s.take(',') {
			return false, false
		}
		s.space()
	}
	return s.at < len(s.data) && s.data[s.at] != close, false
}

// form is what a string needs.
type form uint8

const (
	broken  form = iota // no string, or not UTF-8
	plain               // nothing: it is ASCII
	foreign             // nothing: it is UTF-8
	escaped             // its escapes are neither checked nor replaced
)

// special are the bytes that end a plain string.
var special = func() (all [256]bool) {
	for c := range all {
		all[c] = c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf
	}
	return all
}()

// quoted reads a string and returns what stands between its quotes.
func (s *scanner) quoted() ([]byte, form) {
	if !s.take('"') {
		return nil, broken
	}
	start, is := s.at, plain
	for i := start; i < len(s.data); i++ {
		c := s.data[i]
		if !special[c] {
			continue
		}
		switch {
		case c == '"':
			s.at = i + 1
			text := s.data[start:i:i] // an append must not reach what follows
			if is == foreign && !utf8.Valid(text) {
				return nil, broken
			}
			return text, is
		case c == '\\':
			is = escaped
			i++
		case c < ' ':
			return nil, broken
		default:
			is = max(is, foreign)
		}
	}
	return nil, broken
}

// number reads a number and returns it, or nil.
func (s *scanner) number() []byte {
	start := s.at
	s.take('-')
	if !s.take('0') && !s.digits() || s.take('.') && !s.digits() {
		return nil
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		if !s.digits() {
			return nil
		}
	}
	return s.data[start:s.at]
}

func (s *scanner) digits() bool {
	start := s.at
	for s.at < len(s.data) && s.data[s.at]-'0' < 10 {
		s.at++
	}
	return s.at > start
}

func (s *scanner) literal(word string) bool {
	if len(s.data)-s.at < len(word) || string(s.data[s.at:s.at+len(word)]) != word {
		return false
	}
	s.at += len(word)
	return true
}

func (s *scanner) take(c byte) bool {
	if s.at < len(s.data) && s.data[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *scanner) space() {
	for s.at < len(s.data) && (s.data[s.at] == ' ' || s.data[s.at] == '\n' || s.data[s.at] == '\t' || s.data[s.at] == '\r') {
		s.at++
	}
}
