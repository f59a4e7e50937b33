package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// showAction prints one operation in full.
func (a *App) showAction(op *brex.Operation) error {
	one, err := fullAction(op)
	if err != nil {
		return err
	}
	if a.asText() {
		_, err := stdout{a.Stdout}.Write([]byte(one.describe()))
		return err
	}
	raw, err := json.Marshal(one)
	if err != nil {
		return err
	}
	return printObject(a, actionColumns, one, raw)
}

// exampleMembers are what an example needs beyond what its document requires, by operation.
var exampleMembers = map[string]map[string]any{
	"createCard":      {"limit_type": "USER"}, // a limit of its own needs spend controls
	"emailCardNumber": {"recipient_email": "ada@example.com"},
}

// fullAction adds what the document says about the body, and an example.
func fullAction(op *brex.Operation) (action, error) {
	one := newAction(op)
	doc, err := loadDocument(op.API)
	if err != nil {
		return one, err
	}
	for i, p := range one.Parameters {
		one.Parameters[i].About = said(op.API, op.GoName+"."+p.Name)
	}
	params := map[string]any{}
	if body := doc.Body(op); body != nil {
		one.Body = doc.members(body)
		for i, m := range one.Body {
			name := m.Name[strings.LastIndex(m.Name, ".")+1:]
			for _, owner := range m.owners {
				if one.Body[i].About == "" {
					one.Body[i].About = said(op.API, owner+"."+name)
				}
			}
		}
		if object, ok := doc.sample(body, "body").(map[string]any); ok {
			params = object
			maps.Copy(params, exampleMembers[op.ID])
		}
	}
	clash := false // a member of the body has the name of a parameter
	given := map[string]any{}
	for _, p := range one.Parameters {
		if p.Required {
			given[p.Name] = strings.ToUpper(p.Name)
			_, has := params[p.Name]
			clash = clash || has
		}
	}
	if clash {
		params = map[string]any{"body": params}
	}
	for name, value := range given {
		params[name] = value
	}
	one.Example = "brex call " + op.Action
	if len(params) > 0 {
		text, err := json.Marshal(params)
		if err != nil {
			return one, err
		}
		one.Example += " --params '" + string(text) + "'"
	}
	if op.Paginated {
		one.Example += " --all -o jsonl"
	}
	return one, nil
}

// describe is an action in words.
func (a action) describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", a.Purpose)
	field := func(name, value string) { fmt.Fprintf(&b, "%-15s  %s\n", output.Title(name), value) }
	field("action", a.Action)
	field("operation_id", a.OperationID)
	field("request", a.Method+" "+a.Path)
	field("access", a.Access+accessWords[a.Access])
	scopes := strings.Join(a.Scopes, " or ")
	if scopes == "" {
		scopes = "none documented"
	}
	field("scopes", scopes)
	if a.Method != "GET" {
		field("idempotency_key", idempotencyWords(a.Method, a.Idempotency))
	}
	if a.Paginated {
		pages := "read to the end with --all"
		if a.PageLimit > 0 {
			pages = fmt.Sprintf("of up to %d, ", a.PageLimit) + pages
		}
		field("pages", pages)
	}
	if a.Deprecated {
		field("deprecated", "Brex advises against it")
	}
	var rows [][4]string
	for _, p := range a.Parameters {
		rows = append(rows, [4]string{p.Name, p.Type, sentence(requiredWord(p.Required), "in the "+p.In, oneOf(p.Enum)), p.About})
	}
	section(&b, "parameters", rows)
	rows = nil
	for _, m := range a.Body {
		length, null, when := "", "", ""
		if m.MaxLength > 0 {
			length = fmt.Sprintf("%d characters at most", m.MaxLength)
		}
		if m.Nullable {
			null = "may be null"
		}
		if m.When != "" {
			when = "when " + m.When
			if strings.HasPrefix(m.When, "form ") {
				when = "in " + m.When
			}
		}
		rows = append(rows, [4]string{m.Name, m.Type, sentence(requiredWord(m.Required), when, null, length, oneOf(m.Enum)), m.About})
	}
	section(&b, "body", rows)
	fmt.Fprintf(&b, "\nEXAMPLE\n  %s\n", a.Example)
	return b.String()
}

// accessWords explain the access of an operation.
var accessWords = map[string]string{
	"money":     ": moves money, or changes who can spend",
	"sensitive": ": shows card numbers or signing secrets",
}

func idempotencyWords(method, declared string) string {
	switch {
	case method == "DELETE":
		return "none: it takes no key"
	case declared == "none" && method == "PUT":
		return "not documented; one is sent, and repeating a PUT has no second effect"
	case declared == "none":
		return "not documented: one is sent, but look before you repeat a call whose outcome is unknown"
	}
	return declared + "; a new one unless --idempotency-key gives it"
}

func requiredWord(required bool) string {
	if required {
		return "required"
	}
	return ""
}

func oneOf(enum []string) string {
	if len(enum) == 0 {
		return ""
	}
	return strings.Join(enum, " | ")
}

// sentence joins what there is to say.
func sentence(parts ...string) string {
	var said []string
	for _, p := range parts {
		if p != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, ", ")
}

// section writes rows in columns under a title, and the last column under each row.
func section(b *strings.Builder, name string, rows [][4]string) {
	if len(rows) == 0 {
		return
	}
	widths := [2]int{}
	for _, r := range rows {
		widths[0], widths[1] = max(widths[0], len(r[0])), max(widths[1], len(r[1]))
	}
	fmt.Fprintf(b, "\n%s\n", output.Title(name))
	for _, r := range rows {
		b.WriteString(strings.TrimRight(fmt.Sprintf("  %-*s  %-*s  %s", widths[0], r[0], widths[1], r[1], r[2]), " ") + "\n")
		if r[3] != "" {
			b.WriteString("      " + strings.ReplaceAll(wrap(r[3], helpWidth-6), "\n", "\n      ") + "\n")
		}
	}
}
