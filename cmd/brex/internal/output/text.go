package output

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"github.com/brex-go/sdk/brex/wire"
)

// Clean makes text from outside harmless on a terminal and keeps it on one line: line breaks and tabs become spaces,
// other control characters and those that reorder or hide text become visible escapes such as \x1b.
func Clean(s string) string {
	if plainASCII(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s { // an invalid byte becomes U+FFFD
		switch {
		case r == '\n', r == '\r', r == '\t', r == '\u2028', r == '\u2029':
			b.WriteByte(' ')
		case !wire.IsUnsafeRune(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// cleanJSON escapes, in valid JSON, the characters that Clean would not let through. The JSON means the same afterwards;
// bytes that are not UTF-8 become U+FFFD. Control characters below U+0020 are escaped in any JSON.
func cleanJSON(raw []byte) []byte {
	if plainASCII(raw) {
		return raw
	}
	out := make([]byte, 0, len(raw)+16)
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		switch {
		case r == utf8.RuneError && size == 1:
			out = append(out, `\ufffd`...)
		case r >= 0x10000 && wire.IsUnsafeRune(r):
			hi, lo := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		case r > ' ' && (wire.IsUnsafeRune(r) || r == '\u2028' || r == '\u2029'):
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			out = append(out, raw[:size]...)
		}
		raw = raw[size:]
	}
	return out
}

func plainASCII[S string | []byte](s S) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// digits is a number or a telephone number: a spreadsheet may add it up, but it can name no cell and call nothing.
var digits = regexp.MustCompile(`^[+-]?[\d ().-]+$`)

// formulaSigns begin a formula in a spreadsheet: in their plain form, and in those that some take for it.
const formulaSigns = "=+-@" + "＝＋－＠" + "﹢﹣﹤﹥﹦﹫" + "⁺⁻⁼₊₋₌" + "−﬩⩵⩶"

// guard puts an apostrophe before a string that a spreadsheet would run as a formula: memos and merchants are written by anyone. Where
// the semicolon separates, in much of Europe, what follows one is a cell of its own, quoted or not.
func guard(s string) string {
	if digits.MatchString(s) {
		return s
	}
	cells := strings.Split(s, ";")
	for i, c := range cells {
		rest := strings.TrimLeftFunc(c, func(r rune) bool { return r == '"' || unicode.IsSpace(r) || unicode.Is(unicode.Zs, r) })
		if first, _ := utf8.DecodeRuneInString(rest); rest != "" && strings.ContainsRune(formulaSigns, first) {
			cells[i] = "'" + c
		}
	}
	return strings.Join(cells, ";")
}

// Truncate shortens a clean text to at most columns of a terminal.
func Truncate(s string, columns int) string {
	if width(s) <= columns {
		return s
	}
	used, shown := 0, 0
	for rest, state := s, -1; rest != ""; {
		var cluster string
		var wide int
		cluster, rest, wide, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used += wide; used > columns-1 {
			break
		}
		shown += len(cluster)
	}
	return s[:shown] + "…"
}

// width is the number of columns that a clean text takes on a terminal.
func width(s string) int { return uniseg.StringWidth(s) }
