package brex_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/internal/decode"
)

// The decoder of responses agrees with encoding/json, whichever decoder the version of Go brings:
// for every response of the sandbox and for damaged copies of it, both return the same value, or
// both fail. The responses themselves are decoded by the scanner. BREX_DECODE_COPIES is how many
// copies are made of each response.
func TestDecoderAgreesWithEncodingJSON(t *testing.T) {
	copies := 20
	if testing.Short() {
		copies = 3
	}
	if n, err := strconv.Atoi(os.Getenv("BREX_DECODE_COPIES")); err == nil {
		copies = n
	}
	random, types, compared := rand.New(rand.NewPCG(1, 2)), map[reflect.Type]bool{}, 0
	givenUp := map[string]bool{}
	both := func(data []byte, out any) error {
		kind := reflect.TypeOf(out).Elem()
		types[kind] = true
		for i := range copies {
			if damaged := damage(random, data); i > 0 {
				agree(t, kind, damaged)
			} else {
				agree(t, kind, bytes.Clone(data))
			}
			compared++
		}
		if decode.Scan(data, out) {
			return nil
		}
		givenUp[kind.String()] = true
		return json.Unmarshal(data, out)
	}
	server := brextest.NewServer(t, brextest.WithSize(brextest.Size{Expenses: 350, CardTransactions: 300}))
	client := got(brex.New(brex.WithToken(server.Token()), brex.WithBaseURL(server.URL), brex.WithLimiter(nil), brex.WithZonedTimes(), brex.WithJSON(both)))
	for _, walk := range walks {
		walk(t, client)
	}
	require.Greater(t, len(types), 50)
	require.Equal(t, map[string]bool{"wire.JSON": true}, givenUp, "that one is kept as it came")
	t.Logf("%d documents of %d types", compared, len(types))
}

func agree(t *testing.T, kind reflect.Type, data []byte) {
	want, have := reflect.New(kind), reflect.New(kind)
	wantErr, haveErr := json.Unmarshal(data, want.Interface()), decode.JSON(data, have.Interface())
	require.Equal(t, wantErr == nil, haveErr == nil, "%s: encoding/json says %v, the decoder %v: %.2000q", kind, wantErr, haveErr, data)
	if wantErr == nil {
		require.Equal(t, want.Interface(), have.Interface(), "%s: %.2000q", kind, data)
	}
}

var (
	values  = regexp.MustCompile(`:("[^"]*"|-?[0-9.]+|true|false|null)`)
	names   = regexp.MustCompile(`"([a-z_]+)":`)
	strange = []string{"null", "true", `""`, "0", "-0", "1e400", "1.0", "1e2", "{}", "[]", `"\ud800"`, `"\ud83d\ude00\u0000"`, "\"\xff\"", "\xff", "\xef\xbb\xbf",
		strings.Repeat("9", 400), strings.Repeat("[", 10001), strings.Repeat("[", 500) + strings.Repeat("]", 500), `{"id":null,"id":"2"}`, `"2026-10-01"`,
		`"2026-10-01T24:00:00Z"`, `"2026-10-01T1:02:03,5Z"`, `[null]`, `"\/\b\f\n\r\t"`, " ", ",", "}", "]", `"`, "\\"}
)

// damage is a copy of a document with one or two mistakes or oddities in it.
func damage(random *rand.Rand, data []byte) []byte {
	data = bytes.Clone(data)
	for range 1 + random.IntN(2) {
		if len(data) == 0 {
			break
		}
		at, odd := random.IntN(len(data)), []byte(strange[random.IntN(len(strange))])
		value, name := values.FindAllSubmatchIndex(data, -1), names.FindAllSubmatchIndex(data, -1)
		switch what := random.IntN(6); {
		case what == 0:
			data = data[:at] // cut off
		case what == 1:
			data[at] ^= byte(1 << random.IntN(8))
		case what == 2:
			data = bytes.Join([][]byte{data[:at], odd, data[at:]}, nil)
		case len(value) == 0 || len(name) == 0:
		case what == 3: // a value of another kind
			place := value[random.IntN(len(value))]
			data = bytes.Join([][]byte{data[:place[2]], odd, data[place[3]:]}, nil)
		case what == 4: // a name in another case
			place := name[random.IntN(len(name))]
			copy(data[place[2]:place[3]], bytes.ToUpper(data[place[2]:place[3]]))
		default: // a member given twice
			place, from := value[random.IntN(len(value))], name[random.IntN(len(name))]
			member := bytes.Join([][]byte{[]byte(","), data[from[0]:from[1]], odd}, nil)
			data = bytes.Join([][]byte{data[:place[1]], member, data[place[1]:]}, nil)
		}
	}
	return data
}
