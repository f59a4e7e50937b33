package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// defaultRows is how many rows a list shows unless told otherwise: 30,000 expenses are more than a person, or a model that
// reads this output, wants by accident.
const defaultRows = 100

// batch is one page of a list, on its way to a printer.
type batch[T any] struct {
	rows []T
	raw  []json.RawMessage // the rows as Brex sent them, nil unless asked for
	next string            // cursor of the next page, empty on the last one
}

// reader reads a list page by page, with the rows as they came when raw is asked for.
type reader[T any] func(ctx context.Context, s *session, raw bool) iter.Seq2[batch[T], error]

// pages is a method of the SDK that reads a list, such as brex.UsersService.Pages.
type pages[P, T any] func(context.Context, P, ...brex.CallOption) iter.Seq2[*brex.Page[T], error]

// read reads with a method of the SDK and the parameters that the flags have set by then.
func read[P, T any](params *P, method func(*session) pages[P, T]) reader[T] {
	return func(ctx context.Context, s *session, raw bool) iter.Seq2[batch[T], error] {
		return func(yield func(batch[T], error) bool) {
			var opts []brex.CallOption
			var response brex.Response
			if raw { // members that this version does not know are shown too
				opts = append(opts, brex.WithResponse(&response))
			}
			for page, err := range method(s)(ctx, *params, opts...) {
				b := batch[T]{}
				if err == nil {
					b.rows, b.next = page.Items, page.NextCursor
					if raw {
						b.raw, err = rawItems(response.Body, len(b.rows))
					}
				}
				if !yield(b, err) || err != nil {
					return
				}
			}
		}
	}
}

// rawItems splits a list response, a page or a bare array.
func rawItems(body []byte, want int) ([]json.RawMessage, error) {
	var page struct {
		Items []json.RawMessage `json:"items"`
	}
	if json.Unmarshal(body, &page) != nil {
		if err := json.Unmarshal(body, &page.Items); err != nil {
			return nil, errors.New("the response is not a list")
		}
	}
	if len(page.Items) != want {
		return nil, errors.New("the response is not a list of objects")
	}
	return page.Items, nil
}

// lister is a list command.
type lister[T any] struct {
	columns []output.Column[T]
	read    reader[T]
	check   func() error // finds what is wrong with the flags together; may be nil

	rows  countValue
	all   bool
	query *query // nil for a list that the API gives all at once, without parameters
	size  *int   // rows on a page, nil likewise
}

// bind adds the flags that all lists have. q is the query that has the cursor, or nil.
func (l *lister[T]) bind(cmd *cobra.Command, q *query, cursor *string, size *int) {
	l.rows.hint = "; --all lists everything"
	f := cmd.Flags()
	f.Var(&l.rows, "limit", "show this many rows in all (default 100)")
	f.BoolVar(&l.all, "all", false, "show all rows")
	if q == nil {
		return
	}
	l.query, l.size = q, size
	q.text(cursor, "cursor", "continue from the `cursor` that an earlier list ended with; with the same filters and limit")
	if slices.ContainsFunc(q.op.Query, func(p wire.Param) bool { return p.Name == "limit" }) {
		q.param("limit")
	} // it is set by run, from the number of rows in all
}

// run reads and prints a list.
func (l *lister[T]) run(a *App, cmd *cobra.Command) error {
	if l.all && l.rows.n > 0 {
		return usagef("--limit and --all exclude each other")
	}
	if l.check != nil {
		if err := l.check(); err != nil {
			return err
		}
	}
	s, err := a.connect()
	if err != nil {
		return err
	}
	limit := l.rows.n
	if limit == 0 {
		limit = defaultRows
	}
	if l.query != nil {
		if err := l.query.resolve(s.now()); err != nil {
			return err
		}
		for _, find := range l.query.named {
			if err := find(cmd.Context(), s.finder()); err != nil {
				return err
			}
		}
		if *l.size = l.query.op.PageLimit; !l.all {
			*l.size = min(*l.size, limit)
		}
	}
	return l.print(cmd.Context(), a, s, limit)
}

func (l *lister[T]) print(ctx context.Context, a *App, s *session, limit int) (err error) {
	out := newPrinter(a, l.columns)
	shown, more, next := 0, false, ""
	defer func() {
		if closeErr := out.Close(); err == nil || errors.As(closeErr, new(outputError)) {
			err = closeErr
		}
		switch {
		case err == nil && more:
			a.note("%s shown, there are more: use --all, or a larger --limit%s", countRows(shown), a.continueWith(next))
		case err == nil && shown == 0:
			a.note("nothing found")
		case err != nil && shown > 0:
			err = incompleteError{err, shown}
		}
	}()
	for b, err := range l.read(ctx, s, a.outputOptions().NeedsRaw()) {
		if err != nil {
			return err
		}
		next = b.next
		if left := limit - shown; !l.all && len(b.rows) > left {
			b.rows, b.raw, next, more = b.rows[:left], b.raw[:min(left, len(b.raw))], "", true
		}
		if err := out.Page(b.rows, b.raw); err != nil {
			return err
		}
		shown += len(b.rows)
		more = more || next != ""
		if more && !l.all && shown >= limit {
			return nil
		}
		more = false // or the next batch says so
	}
	return nil
}

func countRows(n int) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}

// continueWith names the cursor with which the next command goes on, where the last row shown was the last of its page. People
// who read a table are spared it.
func (a *App) continueWith(cursor string) string {
	if cursor == "" || a.flags.output == output.Table {
		return ""
	}
	return ", or --cursor " + cursor + " to continue"
}
