package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

type obj = map[string]any

// class says what a change means for those who use the SDK.
type class int

const (
	none       class = iota
	prose            // words only
	addition         // nothing that worked stops working
	breaksWire       // programs built before the change get errors
	callers          // callers of the SDK would not compile, or would fail at run time
)

var classes = map[class]struct{ label, sentence string }{
	none:       {"none", "none"},
	prose:      {"prose only", "prose only"},
	addition:   {"addition", "addition"},
	breaksWire: {"breaks the wire", "breaking on the wire"},
	callers:    {"breaks callers", "breaking for callers of the SDK"},
}

func (c class) String() string { return classes[c].sentence }

// MarshalText is String, for JSON.
func (c class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// change is one line of the listing.
type change struct {
	Class class  `json:"class"`
	Text  string `json:"text"`
}

// worst is the class of them all.
func worst(changes []change) class {
	out := none
	for _, c := range changes {
		out = max(out, c.Class)
	}
	return out
}

// either picks a class by a condition.
func either(condition bool, yes, no class) class {
	if condition {
		return yes
	}
	return no
}

// differ collects what changed from one normalised document to another.
type differ struct {
	changes  []change
	old, new side
	compared map[string]bool // pairs of components under other names, so that a circle ends
}

func (d *differ) say(c class, format string, args ...any) {
	d.changes = append(d.changes, change{c, fmt.Sprintf(format, args...)})
}

// value says that a value is another now.
func (d *differ) value(c class, at, what string, a, b any) {
	if before, after := show(a), show(b); before != after {
		d.say(c, "%s: %s %s -> %s", at, what, before, after)
	}
}

// flag says that a flag is set or cleared now, each with its class.
func (d *differ) flag(set, cleared class, at, what string, a, b any) {
	d.value(either(b == true, set, cleared), at, what, a == true, b == true)
}

// set says which members a set gained and lost, in one line.
func (d *differ) set(gained, lost class, at, what string, a, b []string) {
	c := none
	var parts []string
	for _, v := range b {
		if !slices.Contains(a, v) {
			parts, c = append(parts, "+"+v), max(c, gained)
		}
	}
	for _, v := range a {
		if !slices.Contains(b, v) {
			parts, c = append(parts, "-"+v), max(c, lost)
		}
	}
	if len(parts) > 0 {
		slices.Sort(parts)
		d.say(c, "%s: %ss %s", at, what, strings.Join(parts, " "))
	}
}

// reworded is how the line of such a place ends.
const reworded = " is worded otherwise"

// words says that prose differs, without repeating it.
func (d *differ) words(at string, a, b obj) {
	for _, key := range []string{"summary", "description", "title", "example", "examples", "externalDocs", "tags"} {
		if show(a[key]) != show(b[key]) {
			d.say(prose, "%s: %s"+reworded, at, key)
		}
	}
}

// show is a value as a line shows it.
func show(v any) string {
	if v == nil || v == "" {
		return "none"
	}
	return fmt.Sprint(v)
}

// keys are the names in either map, sorted.
func keys[V any](a, b map[string]V) []string {
	all := slices.Collect(maps.Keys(a))
	return slices.Compact(slices.Sorted(slices.Values(slices.AppendSeq(all, maps.Keys(b)))))
}

func object(v any) obj {
	o, _ := v.(obj)
	return o
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func texts(v any) []string {
	var out []string
	for _, x := range list(v) {
		out = append(out, fmt.Sprint(x))
	}
	return out
}
