package cli

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/agent"
)

// commonFacts are whose money it is, and where the request goes.
func (s *session) commonFacts(ctx context.Context) []fact {
	var company string
	if c, err := s.companyOf(ctx); err != nil {
		company = "not known: " + shortError(err)
	} else {
		company = c.LegalName + " (" + c.ID + ")"
	}
	return []fact{{"company", company}, {"token", s.cred.Source}, {"host", s.host()}}
}

// facts are what a person has to know before money moves: whose it is, where from, to whom, how much and why. What cannot be found
// out is said to be unknown.
func (s *session) facts(ctx context.Context, p *brex.Prepared) []fact {
	facts := s.commonFacts(ctx)
	if p.Operation.ID == "createTransfer" { // as agents' approvers see it
		for _, f := range agent.Facts(ctx, s.Client, p) {
			if f.Name != "company" && f.Name != "operation" {
				facts = append(facts, fact{f.Name, f.Value})
			}
		}
		return facts
	}
	var body object
	if v, err := decodeJSON(p.Body); err == nil {
		m, _ := v.(map[string]any)
		body = m
	}
	facts = append(facts, s.objectFacts(ctx, p)...)
	if p.Body != nil {
		facts = append(facts, bodyFacts(body, "")...)
	}
	if p.Key != "" {
		facts = append(facts, fact{"key", p.Key})
	}
	return facts
}

// objectFacts name the object that the path of a request names.
func (s *session) objectFacts(ctx context.Context, p *brex.Prepared) []fact {
	id := pathID(p)
	if id == "" {
		return nil
	}
	noun, _ := commandName(p.Operation)
	k, ok := kinds[noun]
	if !ok {
		return []fact{{"id", id}}
	}
	o, err := s.finder().find(ctx, noun, id)
	if err != nil {
		return []fact{{k.one, id + " (name not known)"}}
	}
	return []fact{{k.one, id + " (" + k.label(o) + ")"}}
}

// pathID is the last id in the path of a request.
func pathID(p *brex.Prepared) string {
	if len(p.Operation.PathParams) == 0 {
		return ""
	}
	return lastPathID(p.Operation.Path, p.Path)
}

// bodyFacts are the members of a body, those of its objects after a dot, amounts in major units.
func bodyFacts(o object, path string) (facts []fact) {
	for _, name := range sortedNames(o) {
		value := o[name]
		here := dotted(path, name)
		if m := amountOf(value); m != nil {
			facts = append(facts, fact{here, m.String()})
			continue
		}
		switch v := value.(type) {
		case map[string]any:
			facts = append(facts, bodyFacts(v, here)...)
		case nil:
			facts = append(facts, fact{here, "null"})
		default:
			text, err := json.Marshal(map[string]any{name: v})
			if s := show(v); s != "" && !isSecretMember(name) {
				facts = append(facts, fact{here, s})
			} else if err == nil {
				facts = append(facts, fact{here, redacted(text)})
			}
		}
	}
	return facts
}

func sortedNames(o object) []string {
	names := make([]string, 0, len(o))
	for name := range o {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
