package output

import "strings"

const narrowest = 6 // columns that a shortened column keeps

// whole reports whether values are shown as they are or not at all: a shortened amount would be another amount, a shortened day or
// state is none.
func (h heading) whole() bool {
	return h.kind == kindMoney || strings.HasSuffix(h.name, "status") || strings.HasSuffix(h.name, "_date") || strings.HasSuffix(h.name, "_at")
}

// least is the width that a column cannot go below.
func (p *tablePrinter) least(i int) int {
	if p.columns[i].whole() {
		return p.widths[i]
	}
	return min(p.widths[i], narrowest)
}

// hide leaves columns out, the last first and amounts last of all, where no shortening could make the table fit.
func (p *tablePrinter) hide() {
	if p.fit <= 0 {
		return
	}
	total := -len(gap)
	for i, c := range p.columns {
		if !c.wide {
			total += p.least(i) + len(gap)
		}
	}
	for _, money := range []bool{false, true} {
		for i := len(p.columns) - 1; i > 0 && total > p.fit; i-- {
			if c := &p.columns[i]; !c.wide && (c.kind == kindMoney) == money {
				c.wide = true
				total -= p.least(i) + len(gap)
			}
		}
	}
}

// narrow makes the columns fit the terminal: first those of strings, the widest first, and ids last, since people copy them.
func (p *tablePrinter) narrow() {
	if p.fit <= 0 {
		return
	}
	total := -len(gap)
	for i, c := range p.columns {
		if !c.wide {
			total += p.widths[i] + len(gap)
		}
	}
	for _, long := range []bool{false, true} {
		for total > p.fit {
			widest := -1
			for i, c := range p.columns {
				if c.wide || c.long != long || p.widths[i] <= p.least(i) {
					continue
				}
				if widest < 0 || p.widths[i] > p.widths[widest] {
					widest = i
				}
			}
			if widest < 0 {
				break
			}
			p.widths[widest]--
			total--
		}
	}
}

// The colours of states.
const (
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	red    = "\x1b[31m"
	plain  = "\x1b[0m"
)

// states are the colours of the states that a person looks for.
var states = map[string]string{
	"ACTIVE": green, "APPROVED": green, "CLEARED": green, "PROCESSED": green, "SETTLED": green, "ok": green,
	"PENDING": yellow, "PROCESSING": yellow, "SCHEDULED": yellow, "SUBMITTED": yellow, "PENDING_APPROVAL": yellow, "INVITED": yellow,
	"PENDING_ACTIVATION": yellow, "LOCKED": yellow, "unknown": yellow,
	"FAILED": red, "DECLINED": red, "DISABLED": red, "TERMINATED": red, "CANCELED": red, "DELETED": red, "failed": red,
}

// paint colours a state.
func paint(column, s string, color bool) string {
	if c := states[s]; color && c != "" && (column == "result" || strings.HasSuffix(column, "status")) {
		return c + s + plain
	}
	return s
}
