package output

import "strings"

const narrowest = 6 // columns that a shortened column keeps

// narrow makes the columns fit the terminal: first those of strings, the widest first, and ids last, since people copy them.
// Amounts stay as they are: a shortened one would be another amount.
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
				if c.wide || c.kind == kindMoney || c.long != long || p.widths[i] <= narrowest {
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
