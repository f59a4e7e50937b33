package brex

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brex-go/sdk/brex/wire"
)

// book is a list kept by a function: from a cursor to the items there and the next cursor.
type book map[string]struct {
	items []int
	next  string
}

func (b book) pages(ctx context.Context, start string, asked *[]string) iter.Seq2[*Page[int], error] {
	return pages(ctx, start, nil, func(_ context.Context, cursor string) (*Page[int], error) {
		*asked = append(*asked, cursor)
		p, ok := b[cursor]
		if !ok {
			return nil, fmt.Errorf("no page at %q", cursor)
		}
		return &Page[int]{Items: p.items, NextCursor: p.next}, nil
	})
}

func TestPages(t *testing.T) {
	for name, tc := range map[string]struct {
		book  book
		start string
		items []int
		asked []string
		err   string // part of the error's text
	}{
		"one page":              {book{"": {[]int{1, 2}, ""}}, "", []int{1, 2}, []string{""}, ""},
		"nothing":               {book{"": {nil, ""}}, "", nil, []string{""}, ""},
		"three pages":           {book{"": {[]int{1}, "a"}, "a": {[]int{2}, "b"}, "b": {[]int{3}, ""}}, "", []int{1, 2, 3}, []string{"", "a", "b"}, ""},
		"empty in the middle":   {book{"": {[]int{1}, "a"}, "a": {nil, "b"}, "b": {nil, "c"}, "c": {[]int{2}, ""}}, "", []int{1, 2}, []string{"", "a", "b", "c"}, ""},
		"empty first":           {book{"": {nil, "a"}, "a": {[]int{1}, ""}}, "", []int{1}, []string{"", "a"}, ""},
		"empty last":            {book{"": {[]int{1}, "a"}, "a": {nil, ""}}, "", []int{1}, []string{"", "a"}, ""},
		"from a cursor":         {book{"": {[]int{1}, "a"}, "a": {[]int{2}, "b"}, "b": {[]int{3}, ""}}, "a", []int{2, 3}, []string{"a", "b"}, ""},
		"cursor repeats itself": {book{"": {[]int{1}, "a"}, "a": {[]int{2}, "a"}}, "", []int{1, 2}, []string{"", "a"}, "the cursor repeats after 2 pages"},
		"start repeats":         {book{"a": {[]int{1}, "a"}}, "a", []int{1}, []string{"a"}, "after 1 pages"},
		"longer cycle":          {book{"": {[]int{1}, "a"}, "a": {[]int{2}, "b"}, "b": {[]int{3}, "c"}, "c": {[]int{4}, "a"}}, "", []int{1, 2, 3, 4}, []string{"", "a", "b", "c"}, "after 4 pages"},
		"error first":           {book{}, "", nil, []string{""}, "no page"},
		"error later":           {book{"": {[]int{1, 2}, "a"}}, "", []int{1, 2}, []string{"", "a"}, `no page at "a"`},
	} {
		var asked []string
		seq := items(tc.book.pages(t.Context(), tc.start, &asked))
		for range 2 { // the iterator starts anew each time
			asked = nil
			got, err := Collect(seq)
			if !slices.Equal(got, tc.items) || !slices.Equal(asked, tc.asked) {
				t.Errorf("%s: items %v, asked for %q", name, got, asked)
			}
			if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
				t.Errorf("%s: %v, want %q", name, err, tc.err)
			}
			if strings.Contains(tc.err, "after") != errors.Is(err, ErrCursorLoop) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// Nothing is read ahead, and leaving the loop stops the requests.
func TestPagesBreak(t *testing.T) {
	endless := func(asked *int) iter.Seq2[*Page[int], error] {
		return pages(t.Context(), "", nil, func(_ context.Context, cursor string) (*Page[int], error) {
			*asked++
			return &Page[int]{Items: []int{1, 2, 3}, NextCursor: cursor + "x"}, nil
		})
	}
	asked := 0
	for range endless(&asked) {
		if asked == 3 {
			break
		}
	}
	if asked != 3 {
		t.Errorf("%d requests", asked)
	}
	asked = 0
	seen := 0
	for range items(endless(&asked)) {
		if seen++; seen == 4 {
			break
		}
	}
	if asked != 2 {
		t.Errorf("%d requests for 4 items of pages of 3", asked)
	}
	asked, seen = 0, 0
	for range items(endless(&asked)) { // the last item of a page needs no next page
		if seen++; seen == 3 {
			break
		}
	}
	if asked != 1 {
		t.Errorf("%d requests for 3 items of pages of 3", asked)
	}
	next, stop := iter.Pull2(items(endless(&asked)))
	asked = 0
	_, _, _ = next()
	stop()
	if _, _, ok := next(); ok || asked != 1 {
		t.Errorf("%d requests after stop", asked)
	}
}

// An error ends the sequence: it is the last pair, and comes once.
func TestPagesErrorIsLast(t *testing.T) {
	var asked []string
	pairs := 0
	for page, err := range (book{"": {[]int{1}, "a"}}).pages(t.Context(), "", &asked) {
		if pairs++; (pairs == 2) != (err != nil) || (page == nil) != (err != nil) {
			t.Errorf("pair %d: %v, %v", pairs, page, err)
		}
	}
	if pairs != 2 || len(asked) != 2 {
		t.Errorf("%d pairs, asked %q", pairs, asked)
	}
}

// A context that ends between two pages ends the list before the next request, with its error and its cause.
func TestPagesContext(t *testing.T) {
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	asked := []string{}
	got := []int{}
	var failed error
	for item, err := range items((book{"": {[]int{1, 2}, "a"}, "a": {[]int{3}, ""}}).pages(ctx, "", &asked)) {
		if err != nil {
			failed = err
			continue
		}
		got = append(got, item)
		cancel(why)
	}
	if !errors.Is(failed, context.Canceled) || !errors.Is(failed, why) || !slices.Equal(got, []int{1, 2}) || len(asked) != 1 {
		t.Errorf("items %v, asked %q, %v", got, asked, failed)
	}
	asked = nil
	if _, err := Collect(items((book{}).pages(ctx, "", &asked))); !errors.Is(err, context.Canceled) || len(asked) != 0 {
		t.Errorf("asked %q, %v", asked, err)
	}
}

// Through a client: the caller's params stay as they are, the iterator is used by several goroutines at once, each of which
// gets the whole list, and the limit and the filters go with every page.
func TestPagesOfAService(t *testing.T) {
	client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		q := r.URL.Query()
		n, _ := strconv.Atoi(strings.TrimPrefix(q.Get("cursor"), "c"))
		if q.Get("limit") != "2" || q.Get("status[]") != "SETTLED" {
			t.Errorf("query %s", r.URL.RawQuery)
		}
		next := `null`
		if n < 4 {
			next = fmt.Sprintf(`"c%d"`, n+1)
		}
		items := fmt.Sprintf(`{"id":"e%d"},{"id":"f%d"}`, n, n)
		if n == 2 {
			items = ""
		}
		return reply(200, fmt.Sprintf(`{"items":[%s],"next_cursor":%s}`, items, next)), nil
	}))
	params := ExpenseListParams{Limit: 2, Status: []ExpenseStatus{ExpenseStatusSettled}}
	before := fmt.Sprintf("%+v", params)
	all := client.Expenses.All(t.Context(), params)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			got, err := Collect(all)
			ids := ""
			for _, e := range got {
				ids += e.ID + " "
			}
			if err != nil || ids != "e0 f0 e1 f1 e3 f3 e4 f4 " {
				t.Errorf("%q, %v", ids, err)
			}
		})
	}
	group.Wait()
	if after := fmt.Sprintf("%+v", params); after != before {
		t.Errorf("params were %s, are %s", before, after)
	}
}

// A page that cannot be read is an error in the middle, after the items that came before, and never an end.
func TestPagesBadAnswer(t *testing.T) {
	for name, bad := range map[string]string{"no items": `{"next_cursor":null}`, "null items": `{"items":null}`, "an error with status 200": `{"type":"X","message":"m"}`,
		"empty": ``, "null": `null`, "array": `[]`, "half": `{"items":[{"id":"a"}`, "HTML": `<html>`, "items as object": `{"items":{}}`} {
		n := 0
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
			if n++; n == 1 {
				return reply(200, `{"items":[{"id":"a"}],"next_cursor":"c"}`), nil
			}
			return reply(200, bad), nil
		}))
		got, err := Collect(client.Expenses.All(t.Context(), ExpenseListParams{}))
		if len(got) != 1 || !errors.Is(err, ErrBadResponse) {
			t.Errorf("%s: %d items, %v", name, len(got), err)
		}
	}
	client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(200, `{"items":[]}`), nil }))
	page, err := client.Expenses.List(t.Context(), ExpenseListParams{})
	if err != nil || page.Items == nil || len(page.Items) != 0 || page.NextCursor != "" {
		t.Errorf("%+v, %v", page, err)
	}
	if _, err := wire.DoList[thing](t.Context(), newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(200, `{"items":[]}`), nil })).Caller(), &wire.Request{Op: opList}); !errors.Is(err, ErrBadResponse) {
		t.Errorf("an object where an array belongs: %v", err)
	}
}

// Each page has its own attempts: a fault in the middle is retried, not the whole list.
func TestPagesRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			if n++; n%2 == 0 {
				return reply(429, "", "Retry-After", "1"), nil
			}
			next := `null`
			if n < 5 {
				next = fmt.Sprintf(`"%d"`, n)
			}
			return reply(200, fmt.Sprintf(`{"items":[{"id":"e%d"}],"next_cursor":%s}`, n, next)), nil
		}))
		start := time.Now()
		got, err := Collect(client.Expenses.All(t.Context(), ExpenseListParams{}))
		if err != nil || len(got) != 3 || n != 5 || time.Since(start) < 2*time.Second {
			t.Errorf("%d items in %d requests, %v: %v", len(got), n, time.Since(start), err)
		}
	})
}
