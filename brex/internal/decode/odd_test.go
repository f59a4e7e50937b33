package decode

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
)

type inner struct {
	Deep string `json:"deep"`
}

// thing has what the types of the documents have not, and callers' own may.
type thing struct {
	ID     string `json:"id"`
	Kind   string
	Small  int8            `json:"small,omitempty"`
	Whole  int64           `json:"whole"`
	Yes    *bool           `json:"yes"`
	List   []string        `json:"list"`
	Number json.Number     `json:"number"`
	Bytes  []byte          `json:"bytes"`
	Ratio  float64         `json:"ratio"`
	Any    any             `json:"any"`
	Raw    json.RawMessage `json:"raw"`
	Secret wire.Secret     `json:"secret,omitzero"`
	Addr   netip.Addr      `json:"addr"`
	Next   *thing          `json:"next"`
	Of     [2]int          `json:"of"`
	Plain  inner           `json:"plain"`
	Left   string          `json:"-"`
}

type embedding struct {
	inner
	ID string `json:"id"`
}

type quoting struct {
	Whole int64 `json:"whole,string"`
}

type holder struct {
	One embedding `json:"one"`
	Two quoting   `json:"two"`
}

// modern reads itself, to encoding/json/v2.
type modern struct {
	ID string `json:"id"`
}

func (*modern) UnmarshalJSONFrom(any) error { return nil }

// wide has more fields than one word has bits, tooWide more than the scanner has bits for, and of
// twins, which have one name, encoding/json fills neither. To it, the sign of Kelvin is a K.
var wide, tooWide, twins, kelvin = structOf("a%d%s", 65), structOf("a%d%s", mostFields+1), structOf("id%[2]s", 2), structOf("\u212aind%[2]s", 1)

// private has a name for a field that encoding/json cannot fill, which encoding/json/v2 refuses.
var private = reflect.StructOf([]reflect.StructField{
	{Name: "id", PkgPath: "decode", Type: reflect.TypeFor[string](), Tag: `json:"id"`},
	{Name: "Kind", Type: reflect.TypeFor[string](), Tag: `json:"kind"`},
})

func structOf(names string, n int) reflect.Type {
	fields := make([]reflect.StructField, n)
	for i := range fields {
		tag := reflect.StructTag(fmt.Sprintf(`json:"`+names+`"`, i, ""))
		fields[i] = reflect.StructField{Name: fmt.Sprint("A", i), Type: reflect.TypeFor[string](), Tag: tag}
	}
	return reflect.StructOf(fields)
}

// What the scanner must decode, and what it must give up. JSON returns the value of encoding/json and its error either way.
func TestOddities(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	chain := func(n int) string { return strings.Repeat(`{"next":`, n) + "null" + strings.Repeat("}", n) }
	for _, test := range []struct {
		kind    reflect.Type
		scanned bool
		text    string
	}{
		{reflect.TypeFor[thing](), true, `{}`},
		{reflect.TypeFor[thing](), true, ` { "id" : "1" , "Kind":"k", "yes":true, "list":["a","",null], "next":{"id":"2","next":null} } `},
		{reflect.TypeFor[thing](), true, `{"number":1.50,"bytes":"YWJj","ratio":1e-7,"any":{"a":[1]},"raw": {"a" : 1},"secret":"s","addr":"192.0.2.1","of":[1,2,3],"plain":{"deep":"d"}}`},
		{reflect.TypeFor[thing](), true, `{"number":null,"bytes":null,"ratio":null,"any":null,"raw":null,"secret":null,"of":null,"plain":null,"list":null,"id":null,"whole":null,"yes":null}`},
		{reflect.TypeFor[thing](), true, `{"small":-128,"whole":-9223372036854775808,"list":[]}`},
		{reflect.TypeFor[thing](), true, `{"id":"a\u00e9\ud83d\ude00\ud800\n","new":"\ud800","list":["` + strings.Repeat("x", 5000) + `"]}`},
		{reflect.TypeFor[thing](), true, `{"new":` + nested(150) + `,"hidden":1,"-":2,"Left":{"\u00e9":1,"é":2,"é":3}}`},
		{reflect.TypeFor[thing](), true, chain(150)},
		{reflect.TypeFor[thing](), true, `null`},
		{reflect.TypeFor[holder](), true, `{"one":{"deep":"d","id":"1"},"two":{"whole":"5"}}`},
		{reflect.TypeFor[[]inner](), true, `[{"deep":"d"},null]`},
		{reflect.TypeFor[[]inner](), true, `[]`},
		{reflect.TypeFor[wire.Page[inner]](), true, `{"items":[],"nextcursor":"x","next-cursor":"y"}`},
		{wide, true, `{"a64":"x","a0":"y","a1":null}`},

		{reflect.TypeFor[thing](), false, `{"small":128}`},
		{reflect.TypeFor[thing](), false, `{"whole":9223372036854775808}`},
		{reflect.TypeFor[thing](), false, `{"whole":1.0}`},
		{reflect.TypeFor[thing](), false, `{"whole":1e2}`},
		{reflect.TypeFor[thing](), false, `{"ratio":1e400}`},
		{reflect.TypeFor[thing](), false, `{"bytes":"!"}`},
		{reflect.TypeFor[thing](), false, `{"number":"x"}`},
		{reflect.TypeFor[thing](), false, `{"number":{}}`},
		{reflect.TypeFor[thing](), false, `{"secret":1}`},
		{reflect.TypeFor[thing](), false, `{"addr":"192.0.2"}`},
		{reflect.TypeFor[thing](), false, `{"id":1}`},
		{reflect.TypeFor[thing](), false, `{"id":"1","ID":"2"}`},
		{reflect.TypeFor[thing](), false, `{"kind":"k"}`},
		{reflect.TypeFor[thing](), false, `{"id":"1","new":2,"id":null}`},
		{reflect.TypeFor[thing](), false, `{"\u0069d":"1"}`},
		{reflect.TypeFor[thing](), false, "{\"\u212aind\":\"k\"}"},
		{reflect.TypeFor[thing](), false, "{\"id\":\"\xff\"}"},
		{reflect.TypeFor[thing](), false, "{\"new\":\"\xff\"}"},
		{reflect.TypeFor[thing](), false, "{\"new\":\"\x1f\"}"},
		{reflect.TypeFor[thing](), false, "{\"id\":\"a\nb\"}"},
		{reflect.TypeFor[thing](), false, "{\"id\":\"a\\\nb\"}"},
		{reflect.TypeFor[thing](), false, `{"id":"\x"}`},
		{reflect.TypeFor[thing](), false, `{"new":"\x"}`},
		{reflect.TypeFor[thing](), false, `{"new":"\u12"}`},
		{reflect.TypeFor[thing](), false, "\xef\xbb\xbf{}"},
		{reflect.TypeFor[thing](), false, `{} {}`},
		{reflect.TypeFor[thing](), false, `{}x`},
		{reflect.TypeFor[thing](), false, `{"new":` + nested(deepest+1) + `}`},
		{reflect.TypeFor[thing](), false, `{"new":` + nested(10_001) + `}`},
		{reflect.TypeFor[thing](), false, chain(deepest + 2)},
		{reflect.TypeFor[thing](), false, chain(10_001)},
		{reflect.TypeFor[thing](), false, `{"new":01}`},
		{reflect.TypeFor[thing](), false, `{"new":1.}`},
		{reflect.TypeFor[thing](), false, `{"new":1e}`},
		{reflect.TypeFor[thing](), false, `{"new":-}`},
		{reflect.TypeFor[thing](), false, `{"new":nulx}`},
		{reflect.TypeFor[thing](), false, `{"new":[1,]}`},
		{reflect.TypeFor[thing](), false, `{"new":[1 2]}`},
		{reflect.TypeFor[thing](), false, `{"new":{1:2}}`},
		{reflect.TypeFor[thing](), false, `{"new":{"a" 2}}`},
		{reflect.TypeFor[thing](), false, `{"new":]}`},
		{reflect.TypeFor[thing](), false, `{"id":"1",}`},
		{reflect.TypeFor[thing](), false, `{"id":"1"`},
		{reflect.TypeFor[thing](), false, `{"id":"1`},
		{reflect.TypeFor[thing](), false, `{"id"`},
		{reflect.TypeFor[thing](), false, `{`},
		{reflect.TypeFor[thing](), false, ``},
		{reflect.TypeFor[thing](), false, `[]`},
		{reflect.TypeFor[[]inner](), false, `{}`},
		{reflect.TypeFor[holder](), false, `{"two":{"whole":5}}`},
		{reflect.TypeFor[wire.Page[inner]](), false, `{"items":[],"NEXT_CURSOR":"x"}`},
		{twins, false, `{"id":"1"}`},
		{private, false, `{"kind":"1"}`},
		{reflect.TypeFor[[]struct{ wire.Date }](), false, `[null]`},
		{reflect.TypeFor[[]struct{ wire.Secret }](), false, `["s"]`},
		{kelvin, false, `{"kind":"1"}`},
		{wide, false, `{"a64":"x","a64":"y"}`},
		{tooWide, false, `{"a64":"x"}`},
		{reflect.TypeFor[embedding](), false, `{"deep":"d"}`},
		{reflect.TypeFor[quoting](), false, `{"whole":"5"}`},
		{reflect.TypeFor[string](), false, `"x"`},
		{reflect.TypeFor[any](), false, `{}`},
		{reflect.TypeFor[map[string]string](), false, `{}`},
		{reflect.TypeFor[json.RawMessage](), false, ` {} `},
	} {
		scanned, difference := differs(test.kind, []byte(test.text))
		require.Empty(t, difference)
		require.Equal(t, test.scanned, scanned, "%s: %.100q", test.kind, test.text)
		have, want := reflect.New(test.kind), reflect.New(test.kind)
		haveErr, wantErr := JSON([]byte(test.text), have.Interface()), standard([]byte(test.text), want.Interface())
		require.Equal(t, wantErr, haveErr, "%.100q", test.text)
		require.Equal(t, want.Interface(), have.Interface(), "%.100q", test.text)
	}
	require.Equal(t, other, planOf(reflect.TypeFor[modern]()).op)
	require.Error(t, JSON([]byte("{}"), nil))
	require.Error(t, JSON([]byte("{}"), (*thing)(nil)))
	require.Error(t, JSON([]byte("{}"), thing{}))
}

// A destination that holds something is left to encoding/json, which adds to it.
func TestDestinationsInUse(t *testing.T) {
	const text = `{"items":[{"next":{"small":1}},{"id":"2"}],"next_cursor":"c"}`
	used := func() thing { return thing{Kind: "k", Next: &thing{ID: "n"}} }
	for name, destination := range map[string]func() *wire.Page[thing]{
		"a member":      func() *wire.Page[thing] { return &wire.Page[thing]{NextCursor: "x"} },
		"an item":       func() *wire.Page[thing] { return &wire.Page[thing]{Items: []thing{used()}} },
		"room, used":    func() *wire.Page[thing] { return &wire.Page[thing]{Items: []thing{{}, used()}[:0]} },
		"room, and one": func() *wire.Page[thing] { return &wire.Page[thing]{Items: make([]thing, 0, 1), NextCursor: "x"} },
	} {
		have, want := destination(), destination()
		require.False(t, Scan([]byte(text), have), name)
		require.Equal(t, want, have, name)
		require.NoError(t, JSON([]byte(text), have))
		require.NoError(t, standard([]byte(text), want))
		require.Equal(t, want, have, name)
	}
	for _, text := range []string{text, `{"items":[{"id":"1"},{"id":2}]}`, `{"items":null,"next_cursor":1}`, `{"items":[{},{},{},{"id":1}]}`} {
		have, want := &wire.Page[thing]{Items: make([]thing, 0, 2)}, &wire.Page[thing]{Items: make([]thing, 0, 2)}
		room := have.Items[:2]
		if !Scan([]byte(text), have) {
			require.Equal(t, make([]thing, 2), room, text)
			require.Equal(t, want, have, text)
			require.Equal(t, 2, cap(have.Items), text)
		}
		require.Equal(t, standard([]byte(text), want), JSON([]byte(text), have))
	}
}

// appender is a method that appends to what it is given.
type appender struct{ Read string }

func (a *appender) UnmarshalJSON(b []byte) error {
	a.Read = string(b)
	_ = append(b, "XXXX"...)
	return nil
}

type textAppender struct{ Read string }

func (a *textAppender) UnmarshalText(b []byte) error { return (*appender)(a).UnmarshalJSON(b) }

// What a method appends to its part of the document does not reach the rest.
func TestMethodsThatAppend(t *testing.T) {
	var have struct {
		One  appender     `json:"one"`
		Two  textAppender `json:"two"`
		Last string       `json:"last"`
	}
	require.True(t, Scan([]byte(`{"one":1,"two":"2","last":"3"}`), &have))
	require.Equal(t, []string{"1", "2", "3"}, []string{have.One.Read, have.Two.Read, have.Last})
}

// The strings of an item lie in one block, and those of another in another: an id that is kept does not keep the page. Nor does it
// keep a secret of its own item.
func TestStringsOfItems(t *testing.T) {
	p := planOf(reflect.TypeFor[[]thing]())
	long := strings.Repeat("x", longest+1)
	s := scanner{data: []byte(`[{"id":"aaaa","Kind":"` + long + `","list":["b","c"]},{"id":"dddd","secret":"eeee"}]`), items: p, size: 64}
	var all []thing
	require.True(t, s.value(p, reflect.ValueOf(&all).Elem(), 0))
	require.Equal(t, "dddd", s.block.String())
	require.Equal(t, []thing{{ID: "aaaa", Kind: long, List: []string{"b", "c"}}, {ID: "dddd", Secret: wire.NewSecret("eeee")}}, all)
	require.Equal(t, 6, s.size, "as the item before needed")
}

// Many goroutines meet a type for the first time at once.
func TestPlansAreMadeOnce(t *testing.T) {
	type fresh struct {
		ID   string   `json:"id"`
		Next []*fresh `json:"next"`
	}
	done := make(chan error)
	for range 8 {
		go func() {
			var f fresh
			if !Scan([]byte(`{"next":[{"id":"x"}]}`), &f) || f.Next[0].ID != "x" {
				done <- fmt.Errorf("%+v", f)
			}
			done <- nil
		}()
	}
	for range 8 {
		require.NoError(t, <-done)
	}
}

func FuzzScan(f *testing.F) {
	all, random := kinds(f), rand.New(rand.NewPCG(3, 4))
	for i, kind := range all {
		f.Add(uint(i), newDocument(random, kind, true).text)
	}
	for _, text := range odd {
		f.Add(uint(0), []byte(`{"id":`+text+`}`))
	}
	f.Fuzz(func(t *testing.T, kind uint, data []byte) {
		if _, difference := differs(all[kind%uint(len(all))], data); difference != "" {
			t.Error(difference)
		}
	})
}
