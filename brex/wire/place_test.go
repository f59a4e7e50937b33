package wire_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/wire"
)

type placed struct {
	ID     string                   `json:"id"`
	At     wire.Time                `json:"updated_at,omitzero"`
	Day    *wire.Date               `json:"day,omitempty"`
	Count  int                      `json:"count"`
	Amount *money.Money             `json:"amount,omitempty"`
	Parts  []placed                 `json:"parts,omitempty"`
	By     map[string]placed        `json:"by,omitempty"`
	Limit  wire.Nullable[wire.Time] `json:"limit,omitzero"`
	Free   wire.JSON                `json:"free,omitempty"`
}

func TestUnreadable(t *testing.T) {
	for document, want := range map[string]struct{ path, id, raw string }{
		`{"items":[{"id":"e1"},{"id":"e2","updated_at":"yesterday"}]}`:       {"items[1].updated_at", "e2", `"yesterday"`},
		`{"items":[{"updated_at":17,"id":"e1"}]}`:                            {"items[0].updated_at", "e1", `17`},
		`{"items":[{"id":"e1","day":"2026-13-01"}]}`:                         {"items[0].day", "e1", `"2026-13-01"`},
		`{"items":[{"id":"e1","count":1.5}]}`:                                {"items[0].count", "e1", `1.5`},
		`{"items":[{"id":"e1","amount":{"amount":7.5,"currency":"USD"}}]}`:   {"items[0].amount.amount", "e1", `7.5`},
		`{"items":[{"id":"e1","parts":[{"id":"p1"},{"updated_at":"x"}]}]}`:   {"items[0].parts[1].updated_at", "e1", `"x"`},
		`{"items":[{"id":"e1","parts":[{"id":"p1","updated_at":"x"}]}]}`:     {"items[0].parts[0].updated_at", "p1", `"x"`},
		`{"items":[{"id":"e1","by":{"a":{},"b":{"day":"x"}}}]}`:              {"items[0].by.b.day", "e1", `"x"`},
		`{"items":[{"id":"e1","limit":"x"}]}`:                                {"items[0].limit", "e1", `"x"`},
		`{"items":[{"id":17}]}`:                                              {"items[0].id", "", `17`},
		`{"items":[{"id":"e1"},"e2"]}`:                                       {"items[1]", "", `"e2"`},
		`{"items":{"id":"e1"}}`:                                              {"items", "", `{"id":"e1"}`},
		`{"items":[],"next_cursor":1}`:                                       {"next_cursor", "", `1`},
		`{"items":[],"total_count":1.5}`:                                     {"total_count", "", `1.5`},
		`[]`:                                                                 {"", "", `[]`},
		`{"items":[{"id":"e1","parts":[{"id":"p1"}],"updated_at":"later"}]}`: {"items[0].updated_at", "e1", `"later"`},
	} {
		var page wire.Page[placed]
		require.Error(t, json.Unmarshal([]byte(document), &page))
		got, ok := wire.Unreadable([]byte(document), &page)
		require.True(t, ok, document)
		require.Equal(t, want, struct{ path, id, raw string }{got.String(), got.ID, string(got.Raw)}, document)
	}
	for _, document := range []string{`{"items":[]}`, `{"items":[{"updated_at":"2026-01-02","free":[1]}]}`, `{"items":[`, ``, `nul`} {
		_, ok := wire.Unreadable([]byte(document), new(wire.Page[placed]))
		require.False(t, ok, document)
	}
	for _, out := range []any{nil, placed{}, 1} {
		_, ok := wire.Unreadable([]byte(`[]`), out)
		require.False(t, ok)
	}
}

// Whatever cannot be decoded has a place, whose value is what stands there.
func FuzzUnreadable(f *testing.F) {
	f.Add([]byte(`{"items":[{"id":"e1"},{"id":"e2","updated_at":"yesterday","amount":{"amount":1.5}}]}`))
	f.Add([]byte(`{"items":[{"By":{"a":{"day":"x"}},"parts":[1]}]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		var page wire.Page[placed]
		err := json.Unmarshal(document, &page)
		place, found := wire.Unreadable(document, &page)
		require.Equal(t, err != nil && json.Valid(document), found)
		if found {
			require.True(t, json.Valid(place.Raw))
			require.Error(t, place.Err)
		}
	})
}
