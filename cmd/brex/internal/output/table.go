package output

import (
	"bufio"
	"encoding/json"
	"regexp"
	"strings"
)

const (
	tableBatch = 1000 // rows whose widths are known before the first is printed
	textWidth  = 36   // longest text in a table, in columns of the terminal
	gap        = "  "
)

// tablePrinter writes an aligned table, as wide as it has to be unless fit says how wide it may be. It holds at most tableBatch rows: a longer list keeps the widths found up to then, and widens them as
// needed.
type tablePrinter struct {
	w       *bufio.Writer
	columns []heading
	show    bool
	widths  []int
	held    [][]string
	printed bool
	fit     int // columns of the terminal; 0 for any
	color   bool
}

func (p *tablePrinter) page(rows [][]cell, _ []json.RawMessage) error {
	for _, row := range rows {
		line := make([]string, len(p.columns))
		for i, c := range p.columns {
			if c.wide {
				continue
			}
			line[i] = row[i].table(p.show, false)
			if !c.long && !c.whole() {
				line[i] = Truncate(line[i], textWidth)
			}
		}
		p.held = append(p.held, line)
		if len(p.held) >= tableBatch {
			if err := p.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *tablePrinter) close() error { return p.flush() }

func (p *tablePrinter) flush() error {
	if len(p.held) == 0 {
		return p.w.Flush()
	}
	lines := p.held
	if !p.printed {
		p.printed = true
		p.widths = make([]int, len(p.columns))
		header := make([]string, len(p.columns))
		for i, c := range p.columns {
			header[i] = Title(c.name)
		}
		lines = append([][]string{header}, lines...)
	}
	for _, line := range lines {
		for i, s := range line {
			p.widths[i] = max(p.widths[i], width(s))
		}
	}
	if len(lines) > len(p.held) { // the header is among them
		p.hide()
	}
	p.narrow()
	for i, line := range lines {
		for j, s := range line {
			line[j] = Truncate(s, p.widths[j])
		}
		p.write(line, p.color && (i > 0 || len(lines) == len(p.held)))
	}
	p.held = p.held[:0]
	return p.w.Flush()
}

func (p *tablePrinter) write(line []string, color bool) {
	var b strings.Builder
	for i, s := range line {
		if p.columns[i].wide {
			continue
		}
		pad := strings.Repeat(" ", p.widths[i]-width(s))
		if b.Len() > 0 {
			b.WriteString(gap)
		}
		if p.columns[i].kind == kindMoney {
			b.WriteString(pad + s)
		} else {
			b.WriteString(paint(p.columns[i].name, s, color) + pad)
		}
	}
	_, _ = p.w.WriteString(strings.TrimRight(b.String(), " ") + "\n") // errors show at Flush
}

// Title is the name of a column as people read it: user_id becomes USER ID, and so does userId.
func Title(name string) string {
	return strings.ToUpper(strings.ReplaceAll(innerCapital.ReplaceAllString(name, "$1 $2"), "_", " "))
}

var innerCapital = regexp.MustCompile(`([a-z0-9])([A-Z])`)
