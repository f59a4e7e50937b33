package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type bank struct {
	Type   string `json:"type"`
	Number string `json:"account_number"`
}

type book struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

var byType = []Variant{
	{Match: []Match{{Member: "type", Value: "BANK"}}, Decode: Decode[bank]},
	{Match: []Match{{Member: "type", Value: "BOOK"}}, Decode: Decode[book]},
}

type byBrexID struct {
	BrexID string `json:"brex_id"`
}

type byValueID struct {
	ValueID string `json:"value_id"`
}

var byMember = []Variant{
	{Match: []Match{{Member: "brex_id"}}, Decode: Decode[byBrexID]},
	{Match: []Match{{Member: "value_id"}}, Decode: Decode[byValueID]},
}

func union(t *testing.T, s string) Union {
	t.Helper()
	u := NewUnion("what was there before")
	if err := json.Unmarshal([]byte(s), &u); err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUnionValue(t *testing.T) {
	for in, want := range map[string]any{
		`{"type":"BANK","account_number":"12"}`:      bank{"BANK", "12"},
		`{"account_number":"12","type":"BANK"}`:      bank{"BANK", "12"},
		`{"type":"BOOK","id":"b","added":{"x":[1]}}`: book{"BOOK", "b"},
		`null`: nil,
	} {
		if got := Value(union(t, in), "type", byType); got != want {
			t.Errorf("%s: %#v", in, got)
		}
	}
	for in, kind := range map[string]string{`{"type":"CRYPTO","x":1}`: "CRYPTO", `{"type":"bank"}`: "bank", `{}`: "", `{"type":null}`: "", `{"type":7}`: "",
		`[]`: "", `"BANK"`: "", `7`: "", `{"type":"BANK","account_number":12}`: "BANK"} {
		got, ok := Value(union(t, in), "type", byType).(Unknown)
		if !ok || got.Type != kind || string(got.Raw) != in || (got.Err != nil) != strings.Contains(in, ":12}") {
			t.Errorf("%s: %#v %s %v", in, got.Type, got.Raw, got.Err)
		}
	}
	for in, want := range map[string]any{
		`{"brex_id":"a"}`:                  byBrexID{"a"},
		`{"value_id":"b"}`:                 byValueID{"b"},
		`{"brex_id":null,"value_id":"b"}`:  byValueID{"b"},
		`{"brex_id":"","value_id":"b"}`:    byBrexID{""},
		`{"brex_id":["a"],"value_id":"b"}`: byValueID{"b"}, // the first does not decode
	} {
		if got := Value(union(t, in), "", byMember); got != want {
			t.Errorf("%s: %#v", in, got)
		}
	}
}

func TestUnionAs(t *testing.T) {
	u := union(t, `{"type":"BANK","account_number":"12"}`)
	if got, ok := As[bank](u, byType[0]); !ok || got.Number != "12" {
		t.Error(got, ok)
	}
	if got, ok := As[book](u, byType[1]); ok || got != (book{}) {
		t.Error(got, ok)
	}
	set := NewUnion(book{"BOOK", "b"})
	if got, ok := As[book](set, byType[1]); !ok || got.ID != "b" {
		t.Error(got, ok)
	}
	if _, ok := As[bank](set, byType[0]); ok {
		t.Error("another variant")
	}
	for _, s := range []string{`null`, `[]`, `{"type":"BANK","account_number":[]}`} {
		if got, ok := As[bank](union(t, s), byType[0]); ok {
			t.Error(s, got)
		}
	}
	if _, ok := As[bank](Union{}, byType[0]); ok {
		t.Error("the zero union")
	}
}

// What was received is sent again byte for byte, unknown variants and members included; a value that was set is encoded.
func TestUnionRoundTrip(t *testing.T) {
	for _, s := range []string{`{"type":"BANK","account_number":"12","added":1.50}`, `{"type":"CRYPTO","x":1e400}`, `{"b":1,"a":2}`, `[1,2]`, `"x"`, `null`} {
		u := union(t, s)
		b, err := json.Marshal(u)
		raw, rawErr := u.Raw()
		if err != nil || rawErr != nil || string(b) != s || string(raw) != s || u.IsZero() != (s == "null") {
			t.Errorf("%s comes back as %s, %s, %v %v", s, b, raw, err, rawErr)
		}
	}
	if b, err := json.Marshal(NewUnion(book{"BOOK", "b"})); err != nil || string(b) != `{"type":"BOOK","id":"b"}` {
		t.Errorf("%s, %v", b, err)
	}
	if b, err := json.Marshal(Union{}); err != nil || string(b) != `null` {
		t.Errorf("%s, %v", b, err)
	}
	if b, err := json.Marshal(Value(union(t, `{"type":"CRYPTO","x":1}`), "type", byType)); err != nil || string(b) != `{"type":"CRYPTO","x":1}` {
		t.Errorf("an unknown variant is sent as %s, %v", b, err)
	}
	if b, err := json.Marshal(Unknown{}); err != nil || string(b) != `null` {
		t.Errorf("%s, %v", b, err)
	}
	if _, err := json.Marshal(NewUnion(make(chan int))); err == nil {
		t.Error("a channel was encoded")
	}
	var u Union
	if err := json.Unmarshal([]byte(`{"type":`), &u); err == nil {
		t.Error("half JSON was read")
	}
}

// Neither the input nor what Raw and Unknown give shares memory with a union.
func TestUnionOwnsItsBytes(t *testing.T) {
	in := []byte(`{"type":"CRYPTO"}`)
	var u Union
	if err := u.UnmarshalJSON(in); err != nil {
		t.Fatal(err)
	}
	raw, _ := u.Raw()
	unknown := Value(u, "type", byType).(Unknown)
	for _, b := range [][]byte{in, raw, unknown.Raw} {
		for i := range b {
			b[i] = 'x'
		}
	}
	if b, _ := json.Marshal(u); string(b) != `{"type":"CRYPTO"}` {
		t.Errorf("%s", b)
	}
}

func TestUnionPrintsNoContent(t *testing.T) {
	for want, v := range map[string]any{
		"none":                    Union{},
		"wire.bank":               NewUnion(bank{"BANK", "123456789"}),
		"union of 43 bytes":       union(t, `{"type":"BANK","account_number":"12345678"}`),
		`unknown "X" of 28 bytes`: Unknown{Type: "X", Raw: json.RawMessage(`{"account_number":"1234567"}`)},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
			if got := fmt.Sprintf(verb, v); got != want {
				t.Errorf("%s: %s, want %s", verb, got, want)
			}
		}
	}
}

func FuzzUnion(f *testing.F) {
	for _, s := range []string{`{"type":"BANK"}`, `null`, `[]`, `{"brex_id":null,"value_id":"b"}`, `{"type":7}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var u Union
		if json.Unmarshal(b, &u) != nil {
			return
		}
		_ = Value(u, "type", byType)
		_ = Value(u, "", byMember)
		out, err := json.Marshal(u)
		if err != nil || !json.Valid(out) {
			t.Fatalf("%q is written as %q, %v", b, out, err)
		}
	})
}

// A variant with several values of its discriminator is found by each of them.
func TestUnionSeveralValues(t *testing.T) {
	variants := []Variant{{Match: []Match{{Member: "type", Value: "BANK", Or: []string{"BOOK"}}}, Decode: Decode[map[string]string]}}
	for value, found := range map[string]bool{"BANK": true, "BOOK": true, "VENDOR": false} {
		var u Union
		require.NoError(t, json.Unmarshal([]byte(`{"type": "`+value+`"}`), &u))
		got, ok := As[map[string]string](u, variants[0])
		require.Equal(t, found, ok, value)
		_, unknown := Value(u, "type", variants).(Unknown)
		require.Equal(t, !found, unknown, value)
		if found {
			require.Equal(t, value, got["type"])
		}
	}
}
