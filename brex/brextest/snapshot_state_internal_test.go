package brextest

import (
	"fmt"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTablesAreComplete: a table that the snapshot and the state browser do
// not know would silently be left out.
func TestTablesAreComplete(t *testing.T) {
	t.Parallel()
	h, err := NewHandler()
	require.NoError(t, err)
	listed := map[uintptr]bool{}
	for _, table := range h.state.tables() {
		listed[reflect.ValueOf(table).Pointer()] = true
	}
	v := reflect.ValueOf(h.state).Elem()
	holders := 0
	for i := range v.NumField() {
		f := v.Field(i)
		name := v.Type().Field(i).Name
		switch {
		case strings.HasPrefix(f.Type().String(), "*brextest.table["):
			holders++
			require.True(t, listed[f.Pointer()], "%s is missing in state.tables", name)
		case f.Kind() == reflect.Map && strings.HasPrefix(f.Type().Elem().String(), "*brextest.table["):
			for _, key := range f.MapKeys() {
				holders++
				require.True(t, listed[f.MapIndex(key).Pointer()], "%s is missing in state.tables", name)
			}
		}
	}
	require.Len(t, listed, holders)
}

// SameState says where two sandboxes differ, in every field that the state
// has, those that somebody will add included.
func SameState(a, b *Handler) (differences []string) {
	// Numbers of words depend on the order in which they were met.
	wordsOf := func(h *Handler) map[uint32]string {
		m := map[uint32]string{}
		for word, n := range h.state.words.numbers {
			m[n] = word
		}
		return m
	}
	d := stateDiffer{words: [2]map[uint32]string{wordsOf(a), wordsOf(b)}, seen: map[uintptr]bool{}}
	d.walk("state", reflect.ValueOf(a.state), reflect.ValueOf(b.state))
	d.walk("keys", reflect.ValueOf(a.keys), reflect.ValueOf(b.keys))
	return d.found
}

type stateDiffer struct {
	words [2]map[uint32]string
	seen  map[uintptr]bool
	found []string
}

// notState is what says nothing about the company: functions, indexes that may
// hold too much, counters of changes, and where texts have which number.
var notState = map[string]bool{"index": true, "of": true, "words": true, "keyOf": true, "wake": true, "given": true, "sums": true,
	"recordCounts": true, "sweepUploadsAt": true}

func (d *stateDiffer) walk(at string, a, b reflect.Value) {
	if len(d.found) > 20 {
		return
	}
	report := func(format string, args ...any) { d.found = append(d.found, at+": "+fmt.Sprintf(format, args...)) }
	switch a.Kind() {
	case reflect.Func, reflect.Chan:
	case reflect.Pointer, reflect.Interface:
		switch {
		case a.IsNil() != b.IsNil():
			report("nil in one only")
		case a.IsNil():
		case a.Kind() == reflect.Pointer && d.seen[a.Pointer()]:
		default:
			if a.Kind() == reflect.Pointer {
				d.seen[a.Pointer()] = true
			}
			d.walk(at, a.Elem(), b.Elem())
		}
	case reflect.Struct:
		if a.Type() == reflect.TypeFor[time.Time]() {
			if fmt.Sprint(a) != fmt.Sprint(b) {
				report("%v and %v", a, b)
			}
			return
		}
		gone := a.FieldByName("gone") // of a table: what was in such a row does not matter
		for i := range a.NumField() {
			name := a.Type().Field(i).Name
			if keys := a.Field(i); name == "keys" && gone.IsValid() && keys.Len() == b.Field(i).Len() {
				for row := range keys.Len() {
					if !gone.MapIndex(reflect.ValueOf(row)).IsValid() {
						d.walk(fmt.Sprintf("%s.keys[%d]", at, row), keys.Index(row), b.Field(i).Index(row))
					}
				}
				continue
			}
			if !notState[name] {
				d.walk(at+"."+name, a.Field(i), b.Field(i))
			}
		}
	case reflect.Map:
		for _, key := range a.MapKeys() {
			if v := b.MapIndex(key); v.IsValid() {
				d.walk(fmt.Sprintf("%s[%v]", at, key), a.MapIndex(key), v)
			} else {
				report("only the first has %v", key)
			}
		}
		for _, key := range b.MapKeys() {
			if !a.MapIndex(key).IsValid() {
				report("only the second has %v", key)
			}
		}
	case reflect.Slice, reflect.Array:
		if a.Len() != b.Len() && a.Type().Elem().Kind() != reflect.Uint8 {
			report("%d and %d elements: %.900v and %.900v", a.Len(), b.Len(), a, b)
			return
		}
		if a.Kind() == reflect.Slice && a.Type().Elem().Kind() == reflect.Uint8 {
			if string(a.Bytes()) != string(b.Bytes()) {
				report("%.800s and %.800s", a.Bytes(), b.Bytes())
			}
			return
		}
		for i := range a.Len() {
			d.walk(fmt.Sprintf("%s[%d]", at, i), a.Index(i), b.Index(i))
		}
	case reflect.Uint32: // the number of a word
		if d.words[0][uint32(a.Uint())] != d.words[1][uint32(b.Uint())] {
			report("%q and %q", d.words[0][uint32(a.Uint())], d.words[1][uint32(b.Uint())])
		}
	default:
		if !a.Equal(b) {
			report("%v and %v", a, b)
		}
	}
}

// TestUploadsAreSwept: addresses that nobody uses don't fill the memory.
func TestUploadsAreSwept(t *testing.T) {
	t.Parallel()
	h, err := NewHandler()
	require.NoError(t, err)
	c := &call{state: h.state, token: &credential{}, request: httptest.NewRequest("POST", "/", nil)}
	sent, _ := c.newUpload(forMatch, "", "sent")
	h.state.uploads[sent].Sent = true
	for range 20 {
		c.now = h.clock.now()
		for range 500 {
			c.newUpload(forMatch, "", "never sent")
		}
		h.Advance(12 * time.Hour)
	}
	require.Less(t, len(h.state.uploads), 3500)
	require.Contains(t, h.state.uploads, sent)
}
