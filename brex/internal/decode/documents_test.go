package decode

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/accounting"
	"github.com/brex-go/sdk/gen/budgets"
	"github.com/brex-go/sdk/gen/expenses"
	"github.com/brex-go/sdk/gen/fields"
	"github.com/brex-go/sdk/gen/onboarding"
	"github.com/brex-go/sdk/gen/operations"
	"github.com/brex-go/sdk/gen/payments"
	"github.com/brex-go/sdk/gen/team"
	"github.com/brex-go/sdk/gen/transactions"
	"github.com/brex-go/sdk/gen/travel"
	"github.com/brex-go/sdk/gen/webhooks"
)

// response is an operation and the type that its response is decoded into.
type response struct {
	op   *wire.Operation
	kind reflect.Type
}

// recorder is a wire.Caller that only looks at where responses would go.
type recorder struct{ all []response }

func (r *recorder) Call(_ context.Context, req *wire.Request, out any) error {
	if target, ok := out.(wire.Target); ok {
		out = target.Into(0)
	}
	if out != nil {
		r.all = append(r.all, response{req.Op, reflect.TypeOf(out).Elem()})
	}
	return errors.New("not sent")
}

// responses lists every operation that has a response.
func responses(tb testing.TB) []response {
	tb.Helper()
	r := &recorder{}
	for _, client := range []any{accounting.NewClient(r), budgets.NewClient(r), expenses.NewClient(r), fields.NewClient(r), onboarding.NewClient(r),
		payments.NewClient(r), team.NewClient(r), transactions.NewClient(r), travel.NewClient(r), webhooks.NewClient(r)} {
		v := reflect.ValueOf(client)
		for i := range v.NumMethod() {
			method := v.Method(i)
			args := []reflect.Value{reflect.ValueOf(context.Background())}
			for j := 1; j < method.Type().NumIn()-1; j++ {
				args = append(args, reflect.Zero(method.Type().In(j)))
			}
			method.Call(args)
		}
	}
	want := 0
	for _, op := range operations.All {
		if op.Result != "" {
			want++
		}
	}
	require.Len(tb, r.all, want)
	return r.all
}

// kinds are the types of the responses.
func kinds(tb testing.TB) (all []reflect.Type) {
	seen := map[reflect.Type]bool{}
	for _, r := range responses(tb) {
		if !seen[r.kind] {
			seen[r.kind] = true
			all = append(all, r.kind)
		}
	}
	return all
}

// document is valid JSON for a type. It knows where its values and names are.
type document struct {
	text          []byte
	values, names []span
}

type span struct{ from, to int }

func (d document) of(s span) []byte { return d.text[s.from:s.to] }

// writer makes documents. Small ones have about six members an object.
type writer struct {
	document
	random *rand.Rand
	small  bool
}

func newDocument(random *rand.Rand, kind reflect.Type, small bool) document {
	w := writer{random: random, small: small}
	w.space()
	w.value(kind, 0)
	w.space()
	return w.document
}

// samples are values of the types that read them themselves.
var samples = map[reflect.Type][]string{
	reflect.TypeFor[wire.Time](): {`"2026-10-01T12:34:56Z"`, `"2026-10-01T12:34:56.789"`, `"2026-10-01T12:34:56.789123+02:00"`, `"2026-10-01 12:34"`, `"2026-10-01"`, `""`,
		`"2026\u002d10-01"`, "null"},
	reflect.TypeFor[wire.Date]():     {`"2026-10-01"`, `"2026-10-01T12:34:56Z"`, `""`, "null"},
	reflect.TypeFor[money.Decimal](): {"100.5", "-0.25", "7", "0", `"12.30"`, "1e2", "null"},
	reflect.TypeFor[wire.Integer]():  {"1", "-3", "1.0", "1e3", `"5"`, "9223372036854775807", "null"},
}

var (
	strs     = []string{"", "a", "USD", "cuuser_1", "Caf\u00e9", `say \"no\"`, `line\nline`, `\u00e9\/`, `\ud83d\ude00`, "\U0001f600 ok", "\u2028", `\u0000`, "\x7f", strings.Repeat("long ", 103)}
	integers = []string{"0", "1", "-1", "1250", "-0", "127"}
	anything = []string{"null", "true", "false", "0", "-1.5e+10", `"x"`, `"\n"`, "[]", "{}", `[1,"2",[null]]`, `{"a":{"b":[]},"a":1}`}
)

func (w *writer) pick(from []string) { w.text = append(w.text, from[w.random.IntN(len(from))]...) }

func (w *writer) space() {
	if w.random.IntN(8) == 0 {
		w.pick([]string{" ", "\n", "\t\r\n "})
	}
}

func (w *writer) value(t reflect.Type, depth int) {
	from := len(w.text)
	w.fill(t, depth)
	w.values = append(w.values, span{from, len(w.text)})
}

func (w *writer) fill(t reflect.Type, depth int) {
	switch own := samples[t]; {
	case own != nil:
		w.pick(own)
	case depth > 0 && w.random.IntN(8) == 0:
		w.pick([]string{"null"})
	case reflect.PointerTo(t).Implements(unmarshaler):
		w.pick([]string{`{"type":"ACH","id":"x"}`, `{"type":"NEW"}`, "null", `{ "type" : "VENDOR", "payment_instrument_id":"p"}`})
	case t.Kind() == reflect.String, reflect.PointerTo(t).Implements(textUnmarshaler):
		w.text = append(w.text, '"')
		w.pick(strs)
		w.text = append(w.text, '"')
	case t.Kind() == reflect.Bool:
		w.pick([]string{"true", "false"})
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64:
		w.pick(integers)
	case t.Kind() == reflect.Pointer:
		w.fill(t.Elem(), depth)
	case t.Kind() == reflect.Slice:
		w.list('[', ']', w.random.IntN(4), func(int) { w.value(t.Elem(), depth+1) })
	case t.Kind() == reflect.Map:
		w.list('{', '}', w.random.IntN(3), func(i int) { w.member("k"+strconv.Itoa(i), t.Elem(), depth+1) })
	case t.Kind() == reflect.Struct:
		w.object(t, depth)
	default:
		panic("no documents for " + t.String())
	}
}

// object writes the members of a struct in any order, and sometimes one that the struct does not have.
func (w *writer) object(t reflect.Type, depth int) {
	order := w.random.Perm(t.NumField())
	if w.random.IntN(2) == 0 {
		for i := range order {
			order[i] = i
		}
	}
	var chosen []int
	for _, i := range order {
		if !w.small || w.random.IntN(t.NumField()) < 6 {
			chosen = append(chosen, i)
		}
	}
	unknown := w.random.IntN(12)
	w.list('{', '}', max(len(chosen), unknown%2), func(i int) {
		if i == unknown || i == len(chosen) {
			w.member("brand_new", nil, depth)
			w.text = append(w.text, ',')
		}
		if i == len(chosen) {
			i, chosen = 0, []int{w.random.IntN(t.NumField())}
		}
		name, _, _ := strings.Cut(t.Field(chosen[i]).Tag.Get("json"), ",")
		w.member(name, t.Field(chosen[i]).Type, depth+1)
	})
}

func (w *writer) member(name string, t reflect.Type, depth int) {
	w.names = append(w.names, span{len(w.text) + 1, len(w.text) + 1 + len(name)})
	w.text = append(append(append(w.text, '"'), name...), '"')
	w.space()
	w.text = append(w.text, ':')
	w.space()
	if t == nil {
		w.pick(anything)
		return
	}
	w.value(t, depth)
}

func (w *writer) list(begin, end byte, n int, element func(int)) {
	w.text = append(w.text, begin)
	for i := range n {
		if i > 0 {
			w.text = append(w.text, ',')
		}
		w.space()
		element(i)
		w.space()
	}
	w.text = append(w.text, end)
}

// odd are values and pieces that fit nowhere, or that decoders understand in different ways.
var odd = []string{"null", "true", "false", "tru", `""`, "0", "-0", "-", "01", "-01", "1.", ".5", "1.0", "1e2", "1e", "1E+", "1e400", "+1", "9223372036854775807", "9223372036854775808",
	"-9223372036854775808", "{}", "[]", "{", "[", "[1,]", `{"a":1,}`, `{"a"}`, "[1 2]", "[,1]", `"\ud800"`, `"\udc00\ud800"`, `"\ud83d\ude00\u0000"`, `"\u12"`, `"\x"`, `"\`, `"\u00zz"`,
	"\"\xff\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xc0\xaf\"", "\"\x00\"", "\"\n\"", "\"\x1f\"", "\"\x7f\"", "\xff", "\xef\xbb\xbf", "\u00a0", "\x00",
	strings.Repeat("9", 400), "1" + strings.Repeat("0", 400) + ".5", strings.Repeat("[", 20), strings.Repeat("[", 30) + strings.Repeat("]", 30),
	`{"id":null,"id":"2"}`, `{"id":"1","ID":"2"}`, `{"items":[{"id":"1"}],"items":[{}]}`, `{"\u0069d":"x"}`, "{\"\u0130d\":1}", "{\"u\u017fer_id\":\"x\"}", "{\"\u212aind\":\"x\"}", `{"a":"\ud800"}`,
	`"2026-10-01"`, `"2026-10-01T24:00:00Z"`, `"2026-10-01T1:02:03,5Z"`, `"2026-13-99"`, `[null]`, `[[]]`, `[{}]`, `"\/\b\f\n\r\t"`, `"x"`, `{"amount":1,"currency":"USD"}`, `{"amount":1.5}`,
	`"1.5"`, `"1e99999"`, "NaN", "Infinity", "/**/", " ", "\n", ",", ":", "}", "]", `"`, "\\", "'x'", "1", "e", ".", "\xf0", "n", "nul", "nullx", "truefalse", `"a""b"`}

// deep is nesting at the limit of the scanner, above it, and above encoding/json's.
var deep = func() (all []string) {
	for _, n := range []int{deepest - 3, deepest, deepest + 1, 9_990, 10_001} {
		all = append(all, strings.Repeat("[", n)+strings.Repeat("]", n), strings.Repeat(`{"a":`, n)+"1"+strings.Repeat("}", n))
	}
	return all
}()

// letters are bytes that mean something to a scanner.
const letters = "\"\\,:{}[]0123456789.eE-+ tfn\n\x00\x1f\xff"

// damage writes into buf a copy of a document with up to three mistakes or oddities.
func damage(random *rand.Rand, d document, buf []byte) []byte {
	piece := []byte(odd[random.IntN(len(odd))])
	if random.IntN(2000) == 0 {
		piece = []byte(deep[random.IntN(len(deep))])
	}
	put := func(s span, with []byte) []byte {
		return append(append(append(buf[:0], d.text[:s.from]...), with...), d.text[s.to:]...)
	}
	value := d.values[random.IntN(len(d.values))]
	names := d.names
	if len(names) == 0 {
		names = d.values
	}
	name := names[random.IntN(len(names))]
	switch random.IntN(12) {
	case 0, 1, 2: // another value
		buf = put(value, piece)
	case 3, 4: // a value of the same document
		other := d.values[random.IntN(len(d.values))]
		buf = put(value, d.of(other))
	case 5: // another case
		buf = put(name, bytes.ToUpper(d.of(name)))
	case 6: // another name
		buf = put(name, d.of(names[random.IntN(len(names))]))
	case 7: // one letter in another case, or written as another one that folds to it
		upper := [][]byte{bytes.ToUpper(d.of(name)[:min(1, name.to-name.from)]), []byte("\u017f"), []byte("\u212a"), []byte(`\u0069`)}
		buf = put(span{name.from, min(name.from+1, name.to)}, upper[random.IntN(len(upper))])
	case 8: // a member given twice
		member := append(append([]byte(nil), d.of(name)...), `":`...)
		member = append(append(append(member, piece...), `,"`...), d.of(name)...)
		buf = put(name, member)
	default:
		buf = append(buf[:0], d.text...)
	}
	for range random.IntN(3) - random.IntN(2) {
		at := random.IntN(len(buf) + 1)
		switch random.IntN(5) {
		case 0:
			buf = buf[:at]
		case 1:
			if at < len(buf) {
				buf[at] ^= byte(1 << random.IntN(8))
			}
		case 2:
			if at < len(buf) {
				buf[at] = letters[random.IntN(len(letters))]
			}
		case 3:
			buf = append(buf[:at], append(append([]byte(nil), piece...), buf[at:]...)...)
		default:
			end := min(len(buf), at+1+random.IntN(8))
			buf = append(buf[:at], buf[end:]...)
		}
	}
	return buf
}
