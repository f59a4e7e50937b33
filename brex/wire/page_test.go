package wire

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
)

// answering is a Caller that decodes an answer the way brex.Client does.
type answering string

var errMissing = errors.New("missing")

func (a answering) Call(_ context.Context, _ *Request, out any) error {
	target, guided := out.(Target)
	if guided {
		out = target.Into(len(a))
	}
	if err := json.Unmarshal([]byte(a), out); err != nil {
		return err
	}
	if guided && target.Missing([]byte(a)) != "" {
		return errMissing
	}
	return nil
}

func TestDoPage(t *testing.T) {
	type item struct{ ID string }
	var small Query
	small.Int("limit", 1)
	for name, tc := range map[string]struct {
		answer string
		query  Query
		items  int
		next   string
		total  Integer
		ok     bool
	}{
		"page":                {`{"items":[{"id":"a"},{"id":"b"}],"next_cursor":"n"}`, Query{}, 2, "n", 0, true},
		"last":                {`{"items":[{"id":"a"}],"next_cursor":null}`, Query{}, 1, "", 0, true},
		"empty":               {`{"items":[]}`, Query{}, 0, "", 0, true},
		"empty, more":         {`{"items":[],"next_cursor":"n"}`, Query{}, 0, "n", 0, true},
		"total":               {`{"items":[],"total_count":7,"has_next_page":false}`, Query{}, 0, "", 7, true},
		"more than asked for": {`{"items":[{"id":"a"},{"id":"b"},{"id":"c"}]}`, small, 3, "", 0, true},
		"no items":            {`{"next_cursor":"n"}`, Query{}, 0, "", 0, false},
		"null items":          {`{"items":null}`, Query{}, 0, "", 0, false},
		"an error":            {`{"type":"X","message":"m"}`, Query{}, 0, "", 0, false},
		"empty object":        {`{}`, Query{}, 0, "", 0, false},
		"array":               {`[]`, Query{}, 0, "", 0, false},
	} {
		page, err := DoPage[item](context.Background(), answering(tc.answer), &Request{Op: &Operation{PageLimit: 100}, Query: tc.query})
		if !tc.ok {
			if err == nil || page != nil {
				t.Errorf("%s: %+v, %v", name, page, err)
			}
			continue
		}
		if err != nil || page.Items == nil || len(page.Items) != tc.items || page.NextCursor != tc.next || page.TotalCount != tc.total {
			t.Errorf("%s: %+v, %v", name, page, err)
		}
	}
}

func TestDo(t *testing.T) {
	req := &Request{Op: &Operation{}}
	if got, err := Do[struct{ A int }](context.Background(), answering(`{"a":1}`), req); err != nil || got.A != 1 {
		t.Error(got, err)
	}
	if got, err := Do[int](context.Background(), answering(`x`), req); err == nil || got != nil {
		t.Error(got, err)
	}
	if got, err := DoList[int](context.Background(), answering(`[1,2]`), req); err != nil || len(got) != 2 {
		t.Error(got, err)
	}
	if got, err := DoList[int](context.Background(), answering(`{}`), req); err == nil || got != nil {
		t.Error(got, err)
	}
}
