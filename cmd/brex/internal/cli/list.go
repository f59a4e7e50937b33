package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

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
	items, err := listItems(body)
	if err == nil && len(items) != want {
		err = errors.New("the response is not a list of objects")
	}
	return items, err
}

func listItems(body []byte) ([]json.RawMessage, error) {
	var page struct {
		Items []json.RawMessage `json:"items"`
	}
	if json.Unmarshal(body, &page) != nil {
		if err := json.Unmarshal(body, &page.Items); err != nil {
			return nil, errors.New("the response is not a list")
		}
	}
	return page.Items, nil
}

// lister is a list command.
type lister[T any] struct {
	listFlags
	columns []output.Column[T]
	read    reader[T]
}

// listFlags are what list commands have whatever they list.
type listFlags struct {
	check  func() error // finds what is wrong with the flags together; may be nil
	window *window      // nil where rows have no time

	rows  countValue
	all   bool
	query *query // nil for a list that the API gives all at once, without parameters
	size  *int   // rows on a page, nil likewise
}

// bind adds the flags that all lists have. q is the query that has the cursor, or nil.
func (l *listFlags) bind(cmd *cobra.Command, q *query, cursor *string, size *int) {
	l.rows.hint = "; --all lists everything"
	f := cmd.Flags()
	f.Var(&l.rows, "limit", "show this many rows in all (default 100)")
	f.BoolVar(&l.all, "all", false, "show all rows")
	if q == nil {
		return
	}
	l.query, l.size = q, size
	l.narrowed(cmd, q.op)
	q.text(cursor, "cursor", "continue from the `cursor` that an earlier list ended with; with the same filters and limit")
	if slices.ContainsFunc(q.op.Query, func(p wire.Param) bool { return p.Name == "limit" }) {
		q.param("limit")
	} // it is set by run, from the number of rows in all
}

// narrowed adds --from, --to and --month, where the rows that the operation lists have a time.
func (l *listFlags) narrowed(cmd *cobra.Command, op *brex.Operation) {
	if l.window = windowOf(op); l.window != nil {
		l.window.bind(cmd)
	}
}

// checkFlags finds what is wrong with the flags together.
func (l *listFlags) checkFlags(cmd *cobra.Command) error {
	if l.all && l.rows.n > 0 {
		return usagef("--limit and --all exclude each other")
	}
	if l.window != nil {
		if err := l.window.check(cmd); err != nil {
			return err
		}
	}
	if l.check != nil {
		return l.check()
	}
	return nil
}

// run reads and prints a list.
func (l *lister[T]) run(a *App, cmd *cobra.Command) error {
	if err := l.checkFlags(cmd); err != nil {
		return err
	}
	if a.flags.curl {
		return l.curl(cmd, a, func(ctx context.Context, s *session) (err error) {
			for _, err = range l.read(ctx, s, false) {
				break
			}
			return err
		})
	}
	s, err := a.connect()
	if err != nil {
		return err
	}
	limit, err := l.ready(cmd, s)
	if err != nil {
		return err
	}
	return l.print(cmd.Context(), a, s, limit)
}

// ready finishes the parameters, with times and ids, and returns how many rows are to be shown.
func (l *listFlags) ready(cmd *cobra.Command, s *session) (limit int, err error) {
	if l.window != nil {
		if err := l.window.resolve(cmd, s.now()); err != nil {
			return 0, err
		}
	}
	if limit = l.rows.n; limit == 0 {
		limit = defaultRows
	}
	if l.query == nil {
		return limit, nil
	}
	if err := l.query.resolve(s.now()); err != nil {
		return 0, err
	}
	for _, find := range l.query.named {
		if err := find(cmd.Context(), s.finder()); err != nil {
			return 0, err
		}
	}
	if *l.size = l.query.op.PageLimit; !l.all && !l.window.on() { // a narrowed list may show a few rows of each page
		*l.size = min(*l.size, limit)
	}
	return limit, nil
}

// errShown ends a command that only shows its request, errLookup one that has to ask Brex first.
var (
	errShown  = errors.New("the request is shown, not sent")
	errLookup = errors.New("a name has to be looked up, which needs a token")
)

// curl prints the first request that read makes, which is not sent. Only a name among the filters, which has to be looked up,
// needs a token.
func (l *listFlags) curl(cmd *cobra.Command, a *App, read func(context.Context, *session) error) error {
	s, request, err := l.first(cmd, read, a.unsent, errLookup)
	if errors.Is(err, errLookup) {
		s, request, err = l.first(cmd, read, a.connect, nil)
	}
	if request == nil {
		return err
	}
	return a.showRequest(s, request, "")
}

// first is the first request that read makes, which a guard keeps from being sent. Those that look something up fail with lookup.
func (l *listFlags) first(cmd *cobra.Command, read func(context.Context, *session) error, connect func(...brex.Option) (*session, error), lookup error) (s *session, request *brex.Prepared, err error) {
	begun := false
	s, err = connect(brex.WithGuard(func(_ context.Context, p *brex.Prepared) error {
		if !begun || !slices.Contains(strings.Fields(cmd.Annotations[operationNote]), p.Operation.ID) {
			return lookup
		}
		request = p
		return errShown
	}))
	if err != nil {
		return nil, nil, err
	}
	if _, err := l.ready(cmd, s); err != nil {
		return nil, nil, err
	}
	begun = true
	err = read(cmd.Context(), s)
	return s, request, err
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
			a.note("%s shown, there %s more: use --all, or a larger --limit%s", countRows(shown), mayBe(l.window.on()), a.continueWith(next))
		case err == nil && shown == 0:
			a.note("nothing found")
		case err != nil && shown > 0:
			err = incompleteError{err, shown}
		}
		if err == nil && l.window.on() && l.window.undated > 0 {
			a.note("%s without %s left out", countRows(l.window.undated), l.window.member)
		}
	}()
	for b, err := range l.read(ctx, s, a.outputOptions().NeedsRaw() || l.window.on()) {
		if err == nil && l.window.on() {
			b, err = sift(l.window, b)
		}
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

// mayBe is are, or what can be said of rows that are still to be looked at.
func mayBe(unknown bool) string {
	if unknown {
		return "may be"
	}
	return "are"
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
