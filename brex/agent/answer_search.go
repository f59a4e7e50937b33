package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/schema"
	"github.com/brex-go/sdk/brex/wire"
)

// searchRows is how many operations Search shows.
const searchRows = 15

// SearchResult is the structured part of the result of Search.
type SearchResult struct {
	Operations []string `json:"operations"`
	More       int      `json:"more"` // that match, and are not shown
}

// Search returns the operations that match the words and that the policy may allow the agent; all
// if there are no words.
func (s *Session) Search(_ context.Context, words string) (*Answer, error) {
	type hit struct {
		op     *brex.Operation
		points int
	}
	var hits []hit
	asked := strings.Fields(strings.ToLower(words))
	for _, op := range brex.Operations() {
		if never[op.ID] || !s.guard.decider.Grants(s.agent, op) {
			continue
		}
		text := strings.ToLower(strings.Join([]string{op.ID, op.Tag, op.Summary, ResourceOf(op), op.Path}, " "))
		points := 0
		for _, word := range asked {
			if strings.Contains(text, strings.TrimSuffix(word, "s")) {
				points++
			}
		}
		if points > 0 || len(asked) == 0 {
			hits = append(hits, hit{op, points})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.points, a.points), cmp.Compare(rank[a.op.Access], rank[b.op.Access]))
	})
	shown := hits[:min(len(hits), searchRows)]
	r := SearchResult{Operations: []string{}, More: len(hits) - len(shown)}
	var b strings.Builder
	if _, none := s.guard.decider.(nothing); none {
		d := nothing{}.Decide(Request{})
		fmt.Fprintf(&b, "%s; %s\n", d.Reason, d.Hint)
	}
	for _, h := range shown {
		r.Operations = append(r.Operations, h.op.ID)
		fmt.Fprintf(&b, "%s\t%s\t%s\n", h.op.ID, h.op.Access, h.op.Summary)
	}
	switch {
	case len(hits) == 0:
		b.WriteString("no operation that is granted matches; search without words to see all\n")
	case r.More > 0:
		fmt.Fprintf(&b, "and %d more; search with other words\n", r.More)
	}
	return &Answer{Text: b.String(), Structured: r}, s.looked(ToolSearch)
}

// DescribeResult is the structured part of the result of Describe.
type DescribeResult struct {
	Operation string   `json:"operation"`
	Access    string   `json:"access"`
	Tool      string   `json:"tool"`
	Fields    []string `json:"fields,omitempty"` // of a row, or of the result
}

// Describe returns the parameters of an operation, their types, and the fields of what it returns.
func (s *Session) Describe(_ context.Context, operation string) (*Answer, error) {
	op, ok := brex.LookupOperation(operation)
	if !ok || never[op.ID] || !s.guard.decider.Grants(s.agent, op) {
		err := fmt.Errorf("%w: %q is not an operation that is granted; search for one", ErrArguments, cleanCell(operation, 60))
		return nil, errors.Join(err, s.Refuse(ToolDescribe, "operation"))
	}
	doc, err := schema.Load(op.API)
	if err != nil {
		return nil, err
	}
	access := op.Access
	if e, ok := effects[op.ID]; ok && e.when == "" {
		access = effectAccess(op)
	}
	tool := toolOf[access]
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\ncall %s", op.ID, op.Summary, tool)
	if op.List != "" {
		fmt.Fprintf(&b, ", or %s for sums", ToolTotal)
	}
	b.WriteString("\nparameters (? is optional):\n")
	for _, p := range op.PathParams {
		describeParam(&b, p)
	}
	for _, p := range op.Query {
		if p.Name != "cursor" && p.Name != "limit" {
			describeParam(&b, p)
		}
	}
	if op.Body != "" {
		describeMembers(&b, doc, doc.Body(op), "", 3)
	}
	r := DescribeResult{Operation: op.ID, Access: string(access), Tool: tool}
	if access == brex.AccessRead {
		r.Fields = schema.ItemMembers(op)
		fmt.Fprintf(&b, "fields: %s\n", strings.Join(r.Fields, ", "))
	}
	text := b.String()
	for tokens(text) > describeTokens {
		text = text[:strings.LastIndexByte(strings.TrimSuffix(text, "\n"), '\n')+1]
	}
	if len(text) < b.Len() {
		text += "and more members than fit here\n"
	}
	return &Answer{Text: text, Structured: r}, s.looked(ToolDescribe)
}

// describeTokens bounds a description.
const describeTokens = 1100

func describeParam(b *strings.Builder, p wire.Param) {
	optional := "?"
	if p.Required {
		optional = ""
	}
	fmt.Fprintf(b, "  %s%s %s", strings.TrimSuffix(p.Name, "[]"), optional, p.Type)
	if len(p.Enum) > 0 {
		fmt.Fprintf(b, ": %s", strings.Join(p.Enum, " "))
	}
	b.WriteString(source(p.Name) + "\n")
}

// describeMembers writes the members of a body, those that are required first.
func describeMembers(b *strings.Builder, doc *schema.Document, s *schema.Schema, indent string, deep int) {
	plain := doc.Plain(s)
	for _, variant := range plain.OneOf {
		if deep > 0 {
			describeMembers(b, doc, variant, indent+"| ", deep-1)
		}
	}
	names := slices.SortedFunc(maps.Keys(plain.Properties), func(x, y string) int {
		optional := func(name string) int {
			if slices.Contains(plain.Required, name) {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(optional(x), optional(y)), strings.Compare(x, y))
	})
	for _, name := range names {
		p := doc.Plain(plain.Properties[name])
		mark := "?"
		if slices.Contains(plain.Required, name) {
			mark = ""
		}
		kind := cmp.Or(p.Type, "object")
		if p.Type == "array" {
			kind = "list"
		}
		fmt.Fprintf(b, "  %s%s%s %s", indent, name, mark, kind)
		switch {
		case len(p.Enum) > 0:
			fmt.Fprintf(b, ": %s", strings.Join(p.Enum, " "))
		case isAmount(doc, p):
			b.WriteString(" {amount: minor units, 7.00 USD is 700; currency: code}")
		}
		b.WriteString(source(name) + "\n")
		switch {
		case isAmount(doc, p) || deep == 0:
		case p.Type == "array":
			describeMembers(b, doc, p.Items, indent+"  ", deep-1)
		default:
			describeMembers(b, doc, p, indent+"  ", deep-1)
		}
	}
}

// sources are the lists that ids come from.
var sources = []struct{ part, from string }{{"payment_instrument_id", "listVendors payment_accounts.details"}, {"vendor_id", "listVendors"}, {"user_id", "listUsers"},
	{"manager_id", "listUsers"}, {"card_id", "listCardsByUserId"}, {"expense_id", "listExpenses"}, {"budget_id", "listSpendBudgets"},
	{"department_id", "listDepartments"}, {"location_id", "listLocations"}, {"title_id", "listTitles"}, {"legal_entity_id", "listLegalEntities"},
	{"spending_entity_id", "listLegalEntities"}, {"trip_id", "listTrips"}, {"field_id", "listFields"}}

func source(name string) string {
	for _, s := range sources {
		if strings.Contains(name, s.part) {
			return " (from " + s.from + ")"
		}
	}
	return ""
}
