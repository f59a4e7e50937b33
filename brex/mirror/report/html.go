package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/brex-go/sdk/brex/money"
)

//go:embed page.gohtml
var page string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{"cell": cell, "add": func(a, b int) int { return a + b }, "title": title}).Parse(page))

// HTML writes the report as one page without anything from outside: it can be mailed, printed, and read in light and dark.
func (r *Report) HTML(w io.Writer) error {
	return pageTemplate.Execute(w, struct {
		*Report
		Charts []chart
		Shown  []int
	}{r, r.charts(), shown(r)})
}

// shown are the places of the columns that people need.
func shown(r *Report) (places []int) {
	for i, c := range r.Columns {
		if c.Kind != ID {
			places = append(places, i)
		}
	}
	return places
}

func title(name string) string { return strings.ReplaceAll(name, "_", " ") }

// cell is a value as people read it.
func cell(v any) string {
	switch v := v.(type) {
	case *money.Money:
		if v == nil {
			return ""
		}
		return v.String()
	case int:
		return strconv.Itoa(v)
	case string:
		return v
	}
	return ""
}

// The measures of a drawing, in pixels.
const (
	chartWidth = 720
	labelWidth = 200
	barStep    = 24
	barWidth   = 340
	lineHeight = 180
	mostBars   = 20
)

// chart is the drawing of one series in one currency.
type chart struct {
	Title, Path      string // Path is that of a line over time
	Low, High        string
	First, Last      string
	ZeroY            int64
	Bars             []bar
	Width, Height    int
	LabelX, BarX     int
	More             int // bars that were left out of the drawing, and are in the table
	lines            []Line
	amounts          []int64
	currency, series string
	name             string // what tells it from the others
}

// bar is one bar.
type bar struct {
	Label, Amount string
	X, Width      int64
	Track         int64 // what the bar is a part of, 0 for none
	Y             int
	Negative      bool
}

// charts draws the lines, each series and currency by itself.
func (r *Report) charts() []chart {
	var all []chart
	for _, l := range r.Lines {
		name, m := r.drawn(l)
		if m == nil {
			continue
		}
		i := slices.IndexFunc(all, func(c chart) bool { return c.name == name })
		if i < 0 {
			i = len(all)
			all = append(all, chart{name: name, series: cell(r.Value(l, r.series)), currency: m.Currency.Code(), Width: chartWidth, LabelX: labelWidth - 8, BarX: labelWidth})
		}
		all[i].lines, all[i].amounts = append(all[i].lines, l), append(all[i].amounts, m.Amount)
	}
	for i := range all {
		c := &all[i]
		c.Title = title(r.bar) + " in " + c.currency
		if r.whole != "" {
			c.Title += ", of the " + title(r.whole)
		}
		if c.series != "" {
			c.Title = c.series + ": " + c.Title
		}
		if r.days && len(c.lines) > mostBars {
			c.line(r)
		} else {
			c.bars(r)
		}
	}
	return all
}

// label is the name of a line in a drawing.
func (r *Report) label(l Line) string {
	for _, name := range []string{"day", "purchased_at", "name"} {
		if s := cell(r.Value(l, name)); s != "" {
			if m := cell(r.Value(l, "merchant")); m != "" {
				return s + " " + m
			}
			return s
		}
	}
	return cell(l[0])
}

func (c *chart) bars(r *Report) {
	high := int64(0)
	for _, a := range c.amounts {
		high = max(high, a, -a)
	}
	for i, l := range c.lines {
		if i == mostBars {
			c.More = len(c.lines) - i
			break
		}
		label := []rune(r.label(l))
		if len(label) > 28 {
			label = append(label[:27], '…')
		}
		width := r.size(l, c.amounts[i], high, barWidth)
		b := bar{Label: string(label), Amount: c.decimal(c.amounts[i]), X: labelWidth + width + 8, Width: width, Y: i * barStep, Negative: c.amounts[i] < 0}
		if m, _ := r.Value(l, r.whole).(*money.Money); m != nil {
			b.Track, b.X, b.Amount = barWidth, labelWidth+barWidth+8, b.Amount+" of "+m.Decimal().String()
		}
		c.Bars = append(c.Bars, b)
	}
	c.Height = len(c.Bars) * barStep
}

func (c *chart) decimal(amount int64) string {
	return money.New(amount, money.Currency(c.currency)).Decimal().String()
}

func (c *chart) line(r *Report) {
	low, high := int64(0), int64(0)
	for _, a := range c.amounts {
		low, high = min(low, a), max(high, a)
	}
	y := func(a int64) int64 { return lineHeight - Share(a-low, high-low, lineHeight-10) - 5 }
	var b strings.Builder
	for i, a := range c.amounts {
		if i > 0 { // a balance stays until it changes: steps, not slopes
			fmt.Fprintf(&b, "H%d", Share(int64(i), int64(len(c.amounts)), chartWidth))
		}
		fmt.Fprintf(&b, "%sV%d", map[bool]string{true: "M0 " + strconv.FormatInt(y(a), 10), false: ""}[i == 0], y(a))
	}
	fmt.Fprintf(&b, "H%d", chartWidth)
	c.Path, c.Height, c.ZeroY = b.String(), lineHeight, y(0)
	c.Low, c.High = c.decimal(slices.Min(c.amounts)), c.decimal(slices.Max(c.amounts))
	c.First, c.Last = r.label(c.lines[0]), r.label(c.lines[len(c.lines)-1])
}

// Bars draws the amounts of the lines with at most width characters, each series and currency by itself; empty for none.
func (r *Report) Bars(width int) []string {
	high, all := map[string]int64{}, make([]string, len(r.Lines))
	for _, l := range r.Lines {
		if name, m := r.drawn(l); m != nil {
			high[name] = max(high[name], m.Amount, -m.Amount)
		}
	}
	for i, l := range r.Lines {
		if name, m := r.drawn(l); m != nil {
			n := r.size(l, m.Amount, high[name], int64(width))
			all[i] = strings.Repeat(map[bool]string{false: "█", true: "░"}[m.IsNegative()], int(n))
		}
	}
	return all
}

// drawn is the amount of a line that is drawn, nil for none, and the drawing that it belongs to.
func (r *Report) drawn(l Line) (string, *money.Money) {
	m, _ := r.Value(l, r.bar).(*money.Money)
	if m == nil {
		return "", nil
	}
	return cell(r.Value(l, r.series)) + "\x00" + m.Currency.Code(), m
}

// size is the length of a bar: of the largest amount of the drawing, or of what the line's amount is a part of, and then at most all of it.
func (r *Report) size(l Line, amount, largest, width int64) int64 {
	if m, _ := r.Value(l, r.whole).(*money.Money); m != nil {
		largest = max(m.Amount, 0)
	}
	return min(Share(max(amount, -amount), largest, width), width)
}
