package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// printers are the forms of the report, by the name that -o takes.
var printers = map[string]func(io.Writer, *report) error{"text": printText, "json": printJSON, "markdown": printMarkdown}

const next = "next: bring openapi/SOURCES.md up to date, mend openapi/overlays/ where a note says so, run make generate and make drift"

// printText prints a line for each change, and the class as the last line.
func printText(w io.Writer, r *report) error {
	var b strings.Builder
	total := 0
	for _, d := range r.Documents {
		for _, c := range d.Changes {
			fmt.Fprintf(&b, "%s: %s: %s\n", d.API, classes[c.Class].label, c.Text)
		}
		for _, note := range d.Notes {
			fmt.Fprintf(&b, "%s: note: %s\n", d.API, note)
		}
		total += len(d.Changes)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "note: %s\n", note)
	}
	section(&b, "would no longer compile:", "  ", r.Breaks)
	section(&b, "operations without a method:", "  ", r.Unserved)
	fmt.Fprintf(&b, "%d changes in %d of %d documents; what was read is in %s\n", total, len(r.changed()), len(r.Documents), r.Out)
	for _, file := range r.Written {
		fmt.Fprintf(&b, "wrote %s\n", file)
	}
	if len(r.Written) > 0 {
		fmt.Fprintln(&b, next)
	}
	fmt.Fprintf(&b, "class: %s\n", r.Class)
	_, err := io.WriteString(w, b.String())
	return err
}

func section(b *strings.Builder, title, bullet string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintln(b, title)
	for _, line := range lines {
		fmt.Fprintf(b, "%s%s\n", bullet, line)
	}
}

func printJSON(w io.Writer, r *report) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// printMarkdown prints what a changelog or a pull request wants: the worst first, without prose.
func printMarkdown(w io.Writer, r *report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Brex's documents: %s.\n", r.Class)
	for _, c := range []class{callers, breaksWire, addition} {
		var lines []string
		for _, d := range r.Documents {
			for _, change := range d.Changes {
				if change.Class == c {
					lines = append(lines, d.API+": "+escape(change.Text))
				}
			}
		}
		title := c.String()
		section(&b, "\n### "+strings.ToUpper(title[:1])+title[1:]+"\n", "- ", lines)
	}
	section(&b, "\n### Would no longer compile\n", "- ", escaped(r.Breaks))
	section(&b, "\n### Operations without a method\n", "- ", escaped(r.Unserved))
	var notes []string
	for _, d := range r.Documents {
		for _, note := range d.Notes {
			notes = append(notes, d.API+": "+note)
		}
	}
	section(&b, "\n### To be done\n", "- ", escaped(append(notes, r.Notes...)))
	_, err := io.WriteString(w, b.String())
	return err
}

func escaped(lines []string) []string {
	var out []string
	for _, line := range lines {
		out = append(out, escape(line))
	}
	return out
}

// escape keeps Markdown from making something else of names and of what a document says.
func escape(s string) string {
	return strings.NewReplacer("\\", "\\\\", "*", "\\*", "_", "\\_", "`", "\\`", "[", "\\[", "]", "\\]", "<", "\\<", ">", "\\>", "@", "@\u200b", "\n", " ").Replace(s)
}
