package brextest

import (
	"fmt"
	"slices"
	"strings"
)

// maxComplaints bounds what a failed expectation prints.
const maxComplaints = 20

// verdict holds what was seen against what was expected, and says what is
// wrong in lines that can be read without the code.
func (x *expectation) verdict() []string {
	owner := x.assign()
	var failures []string
	counts := make([]int, len(x.wanted))
	for _, w := range owner {
		if w >= 0 {
			counts[w]++
		}
	}
	for i, w := range x.wanted {
		if counts[i] >= w.least {
			continue
		}
		text := fmt.Sprintf("missing call: %s: want %s, got %d", w.describe(), times(w.least, w.most), counts[i])
		// The requests that nobody wanted are the most likely to be meant.
		for r := range x.seen {
			if owner[r] < 0 && (w.Op == "" || x.seen[r].OperationID == w.Op) {
				text += "\n  not this one: " + x.seen[r].describe() + indent(w.mismatches(&x.seen[r]))
			}
		}
		failures = append(failures, text)
	}
	for r := range x.seen {
		if owner[r] >= 0 {
			continue
		}
		seen := &x.seen[r]
		text := "unexpected call: " + seen.describe()
		for i := range x.wanted {
			w := &x.wanted[i]
			if w.Op != "" && w.Op != seen.OperationID {
				continue
			}
			if why := w.mismatches(seen); len(why) > 0 {
				text += fmt.Sprintf("\n  expected %s%s", w.describe(), indent(why))
			} else {
				text += fmt.Sprintf("\n  expected %s only %s", w.describe(), times(w.least, w.most))
			}
		}
		failures = append(failures, text)
	}
	if more := len(failures) - maxComplaints; more > 0 {
		failures = append(failures[:maxComplaints], fmt.Sprintf("and %d more like these", more))
	}
	return failures
}

// assign gives each request the description it counts for, -1 for none, so
// that as many descriptions as possible are met: first everything that must
// be, then what may be.
func (x *expectation) assign() (owner []int) {
	owner = make([]int, len(x.seen))
	fits := make([][]int, len(x.seen))
	taken := make([][]int, len(x.wanted)) // requests by description
	for r := range x.seen {
		owner[r] = -1
		for w := range x.wanted {
			if len(x.wanted[w].mismatches(&x.seen[r])) == 0 {
				fits[r] = append(fits[r], w)
			}
		}
	}
	room := func(w int, must bool) int {
		if must {
			return x.wanted[w].least
		}
		return x.wanted[w].most
	}
	// place is one step of Kuhn's matching: a request takes free room, or that
	// of a request which finds room elsewhere.
	var place func(r int, must bool, tried []bool) bool
	place = func(r int, must bool, tried []bool) bool {
		for _, w := range fits[r] {
			if tried[w] {
				continue
			}
			tried[w] = true
			if len(taken[w]) < room(w, must) {
				taken[w], owner[r] = append(taken[w], r), w
				return true
			}
			for i, other := range taken[w] {
				if place(other, must, tried) {
					taken[w][i], owner[r] = r, w
					return true
				}
			}
		}
		return false
	}
	for _, must := range []bool{true, false} {
		for r := range x.seen {
			if owner[r] < 0 {
				place(r, must, make([]bool, len(x.wanted)))
			}
		}
	}
	return owner
}

func times(least, most int) string {
	switch {
	case least == 1 && most == 1:
		return "once"
	case most == maxRows && least == 0:
		return "any number of times"
	case most == maxRows:
		return fmt.Sprintf("at least %d", least)
	}
	return fmt.Sprintf("%d times", most)
}

func indent(lines []string) string {
	if more := len(lines) - maxComplaints; more > 0 {
		lines = append(slices.Clone(lines[:maxComplaints]), fmt.Sprintf("and %d more", more))
	}
	var b strings.Builder
	for _, line := range lines {
		b.WriteString("\n    " + line)
	}
	return b.String()
}

func (e *expectedCall) describe() string {
	var parts []string
	if e.Op == "" {
		parts = append(parts, "any operation")
	} else {
		parts = append(parts, e.Op)
	}
	if e.Path != "" {
		parts = append(parts, e.Path)
	}
	if len(e.Query) > 0 {
		parts = append(parts, "?"+e.Query.Encode())
	}
	if e.Status != 0 {
		parts = append(parts, fmt.Sprintf("status %d", e.Status))
	}
	switch {
	case e.check != nil:
		parts = append(parts, "with a body that the test checks")
	case e.isJSON:
		parts = append(parts, "with body "+shown(e.json))
	}
	return strings.Join(parts, " ")
}

func (r *Request) describe() string {
	text := r.Method + " " + r.Path
	if len(r.Query) > 0 {
		text += "?" + r.Query.Encode()
	}
	if r.OperationID != "" {
		text = r.OperationID + " (" + text + ")"
	}
	text += fmt.Sprintf(", status %d", r.Status)
	if r.Status == 0 {
		text = strings.TrimSuffix(text, "status 0") + "no response"
	}
	if len(r.body) > 0 {
		text += ", body " + shorten(string(r.body))
	}
	return text
}
