package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

type update struct {
	Name  Nullable[string]   `json:"name,omitzero"`
	Limit Nullable[int]      `json:"limit,omitzero"`
	Day   Nullable[Date]     `json:"day,omitzero"`
	Tags  Nullable[[]string] `json:"tags,omitzero"`
	Owner Nullable[struct{}] `json:"owner,omitzero"`
}

// Three states, each with bytes of its own: left alone, cleared, set, be it to an empty value.
func TestNullableStates(t *testing.T) {
	for want, u := range map[string]update{
		`{}`:                                   {},
		`{"name":null,"limit":null}`:           {Name: Null[string](), Limit: Null[int]()},
		`{"name":"","limit":0}`:                {Name: Set(""), Limit: Set(0)},
		`{"name":"a","limit":-1,"tags":[]}`:    {Name: Set("a"), Limit: Set(-1), Tags: Set([]string{})},
		`{"day":"2026-11-01","tags":null}`:     {Day: Set(NewDate(2026, 11, 1)), Tags: Set[[]string](nil)},
		`{"day":null,"tags":["a"],"owner":{}}`: {Day: Null[Date](), Tags: Set([]string{"a"}), Owner: Set(struct{}{})},
	} {
		b, err := json.Marshal(u)
		if err != nil || string(b) != want {
			t.Errorf("%+v is sent as %s, want %s, %v", u, b, want, err)
		}
		var back update
		if err := json.Unmarshal([]byte(want), &back); err != nil {
			t.Fatal(err)
		}
		if again, _ := json.Marshal(back); string(again) != want {
			t.Errorf("%s comes back as %s", want, again)
		}
	}
}

func TestNullableMethods(t *testing.T) {
	var absent Nullable[int]
	for _, tc := range []struct {
		n            Nullable[int]
		zero, null   bool
		value        int
		ok           bool
		text, always string
	}{
		{absent, true, false, 0, false, "absent", "null"},
		{Null[int](), false, true, 0, false, "null", "null"},
		{Set(0), false, false, 0, true, "0", "0"},
		{Set(7), false, false, 7, true, "7", "7"},
	} {
		value, ok := tc.n.Get()
		b, err := json.Marshal(tc.n)
		if tc.n.IsZero() != tc.zero || tc.n.IsNull() != tc.null || value != tc.value || ok != tc.ok || tc.n.String() != tc.text || string(b) != tc.always || err != nil {
			t.Errorf("%v: %v %v %v %v %s %v", tc.n, tc.n.IsZero(), tc.n.IsNull(), value, ok, b, err)
		}
	}
	if seven := Set(7); seven != Set(3+4) || Set(0) == absent || Null[int]() == absent || Null[int]() == Set(0) {
		t.Error("comparison")
	}
	// A value that cannot be read leaves nothing half set.
	n := Set(7)
	if err := json.Unmarshal([]byte(`"x"`), &n); err == nil || !n.IsZero() {
		t.Errorf("%v, %v", n, err)
	}
	if s := fmt.Sprintf("%v %+v %#v %d", Set(NewSecret("4111111111111111")), Null[Secret](), Set(NewSecret("4111111111111111")), Set(NewSecret("4111111111111111"))); strings.Contains(s, "41111") {
		t.Error(s)
	}
}
