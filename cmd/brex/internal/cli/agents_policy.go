package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/agent"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// firstPolicy lets one agent read, and shows how another would pay.
const firstPolicy = `# What agents may do. What is not granted is denied; go doc github.com/brex-go/sdk/brex/agent has every line.
version: 1
company: %s
zone: UTC                            # of hours, days and months, such as America/New_York
agents:
  %s:
    calls: 60/min
    rows: 50                         # in one answer
    accounts: read
    budgets: read
    cards: read
    expenses: {level: read, fields: all, expand: [merchant]}
    spend_limits: read
    transactions: read
    users: {level: read, fields: [id, first_name, last_name, status, department_id]}
    vendors: {level: read, fields: [id, company_name]}
#  ap-agent:
#    calls: 30/min
#    vendors: read
#    accounts: read
#    transfers:
#      operations: [createTransfer, listTransfers]
#      fields: all
#      max: 2500.00 USD              # of a call
#      per_day: 5000.00 USD
#      payees: file:payees.csv       # first column payment_instrument_id
#      from: [ACCOUNT ID]
#      memo: INV-[0-9]{4,10}
#      hours: Mon-Fri 08:00-18:00
#      approvers: [cfo]              # everything is asked for, unless approve_above: 500.00 USD
`

const policyTestLong = `Check the policy against a YAML file with a list of cases. want is allow, ask or deny; at, a time,
and rule, a place in the policy, may be left out. Nothing is sent, and nothing counts as spent
before.

  - {agent: reporting, operation: listExpenses, want: allow}
  - {agent: reporting, operation: createVendor, params: {company_name: Acme}, want: deny}`

func (g *agents) policyCommand() *cobra.Command {
	var params string
	begin := leaf("init", "Write a first policy, by which one agent may read", "  brex agents policy init --sandbox", noArgs, g.initPolicy)
	explain := leaf("explain OPERATION", "Show what the policy decides about a request, and by which line; nothing is sent",
		"  brex agents policy explain createTransfer --agent ap-agent --params @transfer.json", oneID("brex actions"),
		func(_ context.Context, args []string) error { return g.explain(args[0], params) })
	explain.Flags().StringVar(&params, "params", "", "parameters as a `JSON` object, @FILE to read them from a file, or - for standard input")
	begin.Flags().StringVar(&g.name, "agent", "", "`name` of the agent (default reporting)")
	explain.Flags().StringVar(&g.name, "agent", "", "`name` of the agent in the policy (default the only one)")
	test := leaf("test FILE", "Check the policy against cases: agent, operation, params, at, want, rule", "  brex agents policy test cases.yaml",
		several(1, "one file with cases"), g.testPolicy)
	test.Long = policyTestLong
	return group("policy", "Make, explain, test and compare policies", begin, explain, test,
		leaf("diff OLD NEW", "List the operations and the members in which two policies differ", "  brex agents policy diff policy.yaml next.yaml",
			several(2, "two files: the old policy and the new one"), g.diffPolicies),
		leaf("scopes", "Print the OAuth scopes that the agents need; a token with more can do more",
			"  brex agents policy scopes", noArgs, g.scopes),
		leaf("lint", "Check the policy, and name what it leaves open", "  brex agents policy lint", noArgs, g.lintPolicy))
}

func (g *agents) initPolicy(ctx context.Context, _ []string) error {
	path, err := g.policyPath()
	if err != nil {
		return err
	}
	s, err := g.a.connect()
	if err != nil {
		return err
	}
	company, err := s.Company.Get(ctx)
	if err != nil {
		return err
	}
	text := fmt.Appendf(nil, firstPolicy, company.ID, cmp.Or(g.name, "reporting"))
	if _, err := agent.ParsePolicy(filepath.Base(path), text, os.ReadFile); err != nil {
		return usagef("--agent %q: %v", g.name, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return usagef("%s exists; edit it, or delete it first", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		g.a.note("the policy is %s. Next: brex mcp check", path)
	}
	return err
}

// required reads a policy that must exist.
func (g *agents) required() (*agent.Policy, error) {
	p, err := g.load()
	if err == nil && p == nil {
		err = usagef("there is no policy: name one with --policy")
	}
	return p, err
}

// decisionRow is a decision as it is printed.
type decisionRow struct {
	Agent     string        `json:"agent"`
	Operation string        `json:"operation"`
	Verdict   agent.Verdict `json:"verdict"`
	Rule      string        `json:"rule"`
	Reason    string        `json:"reason"`
	Want      string        `json:"want,omitempty"` // of a case
	Passed    *bool         `json:"passed,omitempty"`
}

var decisionColumns = []output.Column[decisionRow]{
	output.Text("agent", func(r decisionRow) string { return r.Agent }),
	output.Text("operation", func(r decisionRow) string { return r.Operation }),
	output.Text("verdict", func(r decisionRow) string { return string(r.Verdict) }),
	output.Text("rule", func(r decisionRow) string { return r.Rule }),
	output.Long(output.Text("reason", func(r decisionRow) string { return r.Reason })),
}

// decide asks a policy about a request, which is not sent. Nothing was spent before it.
func (g *agents) decideOn(p *agent.Policy, name, operation string, params any, at time.Time) (decisionRow, error) {
	s, err := g.a.unsent()
	if err != nil {
		return decisionRow{}, err
	}
	if op, ok := brex.LookupOperation(operation); ok {
		operation = op.ID
	}
	prepared, err := agent.Prepare(s.Client, p, name, operation, params)
	if err != nil {
		return decisionRow{}, err
	}
	d := p.Decide(agent.Request{Agent: name, Prepared: prepared, At: at})
	return decisionRow{Agent: name, Operation: prepared.Operation.ID, Verdict: d.Verdict, Rule: d.Rule, Reason: d.Reason}, nil
}

func (g *agents) explain(operation, params string) error {
	p, err := g.required()
	if err != nil {
		return err
	}
	name, err := theAgent(p, g.name)
	if err != nil {
		return err
	}
	given, err := g.a.readParams(params)
	if err != nil {
		return err
	}
	row, err := g.decideOn(p, name, operation, given, time.Now())
	if err != nil {
		return err
	}
	return printValues(g.a, decisionColumns, []decisionRow{row})
}

// policyCase is a case of brex agents policy test.
type policyCase struct {
	Agent     string         `yaml:"agent"`
	Operation string         `yaml:"operation"`
	Params    map[string]any `yaml:"params"`
	At        time.Time      `yaml:"at"` // now unless given
	Want      agent.Verdict  `yaml:"want"`
	Rule      string         `yaml:"rule"` // any unless given
}

func (g *agents) testPolicy(_ context.Context, args []string) error {
	p, err := g.required()
	if err != nil {
		return err
	}
	cases, err := readCases(args[0])
	if err != nil {
		return err
	}
	var rows []decisionRow
	failed := 0
	for i, c := range cases {
		if c.At.IsZero() {
			c.At = time.Now()
		}
		row, err := g.decideOn(p, c.Agent, c.Operation, c.Params, c.At)
		if err != nil {
			return fmt.Errorf("%s, case %d: %w", args[0], i+1, err)
		}
		passed := row.Verdict == c.Want && (c.Rule == "" || c.Rule == row.Rule)
		if !passed {
			failed++
			g.a.note("case %d: %s by %s, and not %s %s", i+1, row.Verdict, row.Rule, c.Want, c.Rule)
		}
		row.Want, row.Passed = string(c.Want), &passed
		rows = append(rows, row)
	}
	if err := printValues(g.a, decisionColumns, rows); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d cases failed", failed, len(cases))
	}
	return nil
}

func readCases(path string) (cases []policyCase, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	dec := yaml.NewDecoder(f)
	dec.KnownFields(true)
	if err := dec.Decode(&cases); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for i, c := range cases {
		if !slices.Contains([]agent.Verdict{agent.Allow, agent.Ask, agent.Deny}, c.Want) {
			return nil, fmt.Errorf("%s, case %d: want must be allow, ask or deny", path, i+1)
		}
	}
	return cases, nil
}

func (g *agents) scopes(context.Context, []string) error {
	p, err := g.required()
	if err != nil {
		return err
	}
	scopes, err := p.Scopes()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout{g.a.Stdout}, strings.Join(scopes, "\n"))
	return err
}
