package cli

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/agent"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// change is a difference of two policies.
type change struct {
	Agent  string `json:"agent"`
	What   string `json:"what"` // an operation, or a member of the policy
	Before string `json:"before"`
	After  string `json:"after"`
}

var changeColumns = []output.Column[change]{
	output.Text("agent", func(c change) string { return c.Agent }),
	output.Text("what", func(c change) string { return c.What }),
	output.Text("before", func(c change) string { return c.Before }),
	output.Text("after", func(c change) string { return c.After }),
}

func (g *agents) diffPolicies(_ context.Context, args []string) error {
	before, err := agent.LoadPolicy(args[0])
	if err != nil {
		return err
	}
	after, err := agent.LoadPolicy(args[1])
	if err != nil {
		return err
	}
	rows := differences(before, after)
	if len(rows) == 0 && before.Hash() != after.Hash() {
		g.a.note("nothing that is granted differs, except what files that the policies name hold")
	}
	return printValues(g.a, changeColumns, rows)
}

// members are the members of each agent, as the file has them.
func members(p *agent.Policy) map[string]map[string]any {
	var doc struct {
		Agents map[string]map[string]any `yaml:"agents"`
	}
	_ = yaml.Unmarshal([]byte(p.Text()), &doc) // it is a policy already
	return doc.Agents
}

func differences(before, after *agent.Policy) (rows []change) {
	old, now := members(before), members(after)
	names := slices.Compact(slices.Sorted(slices.Values(append(before.Agents(), after.Agents()...))))
	for _, name := range names {
		for _, op := range brex.Operations() {
			if was, is := before.Grants(name, op), after.Grants(name, op); was != is {
				rows = append(rows, change{name, op.ID, granted(was), granted(is)})
			}
		}
		for _, key := range slices.Compact(slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(old[name])), slices.Collect(maps.Keys(now[name]))...)))) {
			if a, b := old[name][key], now[name][key]; !reflect.DeepEqual(a, b) {
				rows = append(rows, change{name, key, memberText(a), memberText(b)})
			}
		}
	}
	return rows
}

func granted(is bool) string {
	if is {
		return "granted"
	}
	return "denied"
}

func memberText(v any) string {
	if v == nil {
		return ""
	}
	return strings.TrimPrefix(fmt.Sprint(v), "map")
}

// loose are members that are allowed and that somebody should have meant.
var loose = []struct{ member, value, warning string }{
	{"same_user_approves", "true", "an agent whose host has a shell can approve its own requests"},
	{"after_untrusted", "allow", "text that others wrote may lead the agent to pay without a person's approval"},
	{"approval_type", "none", "transfers are not approved in Brex"},
	{"payees", "any", "anybody can be paid"},
	{"from", "any", "every account can pay"},
	{"memo", "any", "what the agent has read can leave in a memo"},
	{"hours", "any", "money can move at night and on Sundays"},
}

func (g *agents) lintPolicy(context.Context, []string) error {
	p, err := g.required()
	if err != nil {
		return err
	}
	all := members(p)
	for _, name := range p.Agents() {
		g.lint("agents."+name, all[name])
	}
	g.a.note("the policy is valid; its agents are %s", strings.Join(p.Agents(), ", "))
	return nil
}

func (g *agents) lint(place string, of map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(of)) {
		if inner, ok := of[key].(map[string]any); ok {
			g.lint(place+"."+key, inner)
		}
		for _, l := range loose {
			if key == l.member && fmt.Sprint(of[key]) == l.value {
				g.a.note("%s.%s: %s", place, key, l.warning)
			}
		}
	}
}
