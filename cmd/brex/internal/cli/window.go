package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/tables"
)

// window narrows a list to a time, by --from, --to and --month. It goes by the age that the tables give a row, so that a list and
// brex export agree on what is of a month. Brex narrows the list as far as it can; each row is looked at all the same, because
// whether Brex includes the ends of a range, and in which zone it reads a day, is not documented.
type window struct {
	member       string        // dotted member of a row that has its time
	since, until string        // flags of the list by which Brex narrows it, empty where it has none
	margin       time.Duration // by which Brex is asked for more
	from, to     timeFlag
	month        monthFlag

	start, end time.Time // first and last moment, zero for no bound
	undated    int       // rows that have no time
}

// windowOf is the window of a list, nil where its rows have no time.
func windowOf(op *brex.Operation) *window {
	for _, t := range tables.All {
		if t.List != op || t.Age == "" {
			continue
		}
		i := slices.IndexFunc(t.Columns, func(c wire.Column) bool { return c.Name == t.Age })
		w := &window{member: strings.Join(t.Columns[i].Path, ".")}
		if r := t.Range; r != nil {
			w.since, w.until, w.margin = flagName(r.Since), flagName(r.Until), time.Millisecond
			if r.Days {
				w.margin = 24 * time.Hour
			}
		}
		return w
	}
	for _, p := range op.Query { // a list that has no table, as it shows a part of another one
		if base, ok := strings.CutSuffix(p.Name, "_start"); ok && p.Type == "date-time" {
			return &window{member: base, since: flagName(p.Name), until: flagName(base + "_end"), margin: time.Millisecond}
		}
	}
	return nil
}

// flags adds the flags.
func (w *window) flags(cmd *cobra.Command) {
	w.from.name, w.to.name, w.from.into, w.to.into, w.to.end = "from", "to", &w.start, &w.end, true
	f := cmd.Flags()
	f.Var(&w.from, "from", "only rows from this time on, by "+w.member)
	f.Var(&w.to, "to", "only rows up to this time, by "+w.member+"; a day is included")
	f.Var(&w.month, "month", "only rows of this `month`, such as 2026-10, by "+w.member)
}

// bind adds the flags, and explains them in the help of the command.
func (w *window) bind(cmd *cobra.Command) {
	w.flags(cmd)
	if cmd.Long == "" {
		cmd.Long = cmd.Short + "."
	}
	cmd.Long += "\n\n" + wrap(w.about(), helpWidth)
}

// about says by what the flags go and who filters.
func (w *window) about() string {
	how := "Brex has no such filter, so the whole list is read, and other rows are left out."
	switch {
	case w.until != "":
		how = "Brex filters."
	case w.since != "":
		how = "Brex filters by the start only, so later rows are read and left out."
	}
	return fmt.Sprintf("--from, --to and --month go by %s. Days and months are those of UTC, as is a time without a zone. %s", w.member, how)
}

// check refuses flags that contradict each other.
func (w *window) check(cmd *cobra.Command) error {
	given := func(flag string) bool { return flag != "" && cmd.Flags().Changed(flag) }
	for _, pair := range [][2]string{{"month", "from"}, {"month", "to"}, {"month", w.since}, {"month", w.until}, {"from", w.since}, {"to", w.until}} {
		if given(pair[0]) && given(pair[1]) {
			return usagef("--%s and --%s exclude each other", pair[0], pair[1])
		}
	}
	return nil
}

// resolve turns the flags into points in time, and sets those by which Brex narrows.
func (w *window) resolve(cmd *cobra.Command, now time.Time) error {
	w.start, w.end = w.from.resolve(now), w.to.resolve(now)
	if !w.month.start.IsZero() {
		w.start, w.end = w.month.start, w.month.end
	}
	if w.on() && !w.end.IsZero() && w.start.After(w.end) {
		return usagef("--from %s is after --to %s, so nothing can match", w.from.text, w.to.text)
	}
	for flag, bound := range map[string]time.Time{w.since: w.start.Add(-w.margin), w.until: w.end.Add(w.margin)} {
		if flag == "" || flag == w.since && w.start.IsZero() || flag == w.until && w.end.IsZero() {
			continue
		}
		if err := cmd.Flags().Set(flag, bound.UTC().Format(time.RFC3339Nano)); err != nil {
			return err
		}
	}
	return nil
}

// on reports whether the list is narrowed.
func (w *window) on() bool { return w != nil && !(w.start.IsZero() && w.end.IsZero()) }

// keeps reports whether a row lies in the window. A day lies in it where a moment of it does.
func (w *window) keeps(raw json.RawMessage) (bool, error) {
	v, err := decodeJSON(raw)
	if err != nil {
		return false, err
	}
	row, _ := v.(map[string]any)
	text := show(object(row).at(w.member))
	start := w.start
	t, err := wire.ParseTime(text)
	if day, dayErr := time.Parse(time.DateOnly, text); dayErr == nil {
		t, err, start = wire.At(day), nil, start.UTC().Truncate(24*time.Hour)
	}
	if err != nil || t.IsZero() {
		w.undated++
		return false, nil
	}
	return !t.Before(start) && (w.end.IsZero() || !t.Truncate(time.Millisecond).After(w.end)), nil
}

// sift leaves out of a batch, which has its raw rows, what lies outside the window.
func sift[T any](w *window, b batch[T]) (batch[T], error) {
	kept := batch[T]{next: b.next}
	for i, row := range b.rows {
		keep, err := w.keeps(b.raw[i])
		if err != nil {
			return kept, err
		}
		if keep {
			kept.rows, kept.raw = append(kept.rows, row), append(kept.raw, b.raw[i])
		}
	}
	return kept, nil
}
