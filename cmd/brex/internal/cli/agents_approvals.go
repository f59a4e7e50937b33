package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex/agent"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// approvalRow is an approval as it is printed.
type approvalRow struct {
	agent.Notice
	State   agent.State `json:"state"`
	Outcome string      `json:"outcome,omitempty"`
	By      string      `json:"by,omitempty"`
	Reason  string      `json:"reason,omitempty"` // in the words of the agent
}

func rowOf(a agent.Approval) approvalRow {
	return approvalRow{agent.NoticeOf(a), a.State, a.Outcome, a.By.Name, a.Reason}
}

var approvalColumns = []output.Column[approvalRow]{
	output.ID("id", func(r approvalRow) string { return r.ID }),
	output.Text("state", func(r approvalRow) string { return string(r.State) }),
	output.Text("agent", func(r approvalRow) string { return r.Agent }),
	output.Text("operation", func(r approvalRow) string { return r.Operation }),
	output.Text("amounts", func(r approvalRow) string { return strings.Join(r.Amounts, ", ") }),
	output.Text("approvers", func(r approvalRow) string { return strings.Join(r.Approvers, ", ") }),
	output.Text("expires", func(r approvalRow) string { return r.Expires.UTC().Format("2006-01-02 15:04") }),
	output.Text("outcome", func(r approvalRow) string { return r.Outcome }),
}

func (g *agents) approvalsCommand() *cobra.Command {
	var all bool
	list := func(cmd *cobra.Command, _ []string) error {
		ledger, err := g.ledger()
		if err != nil {
			return err
		}
		found, err := ledger.Approvals(cmd.Context())
		if err != nil {
			return err
		}
		var rows []approvalRow
		for _, a := range found {
			if all || a.State == agent.Waiting || a.State == agent.Approved {
				rows = append(rows, rowOf(a))
			}
		}
		return printValues(g.a, approvalColumns, rows)
	}
	listCommand := &cobra.Command{Use: "list", Short: "List what waits for a person", Args: noArgs, RunE: list,
		Example: `  brex agents approvals list --all`}
	cmd := group("approvals", "Show and decide what agents ask for", listCommand, g.showApproval(), g.decideCommand("approve"), g.decideCommand("deny"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := subcommand(cmd, args); err != nil {
			return err
		}
		return list(cmd, args)
	}
	for _, c := range []*cobra.Command{cmd, listCommand} {
		c.Flags().BoolVar(&all, "all", false, "also those that were decided, sent or expired")
	}
	return cmd
}

// oneApproval takes the id of a request.
var oneApproval = oneID("brex agents approvals")

// approval finds a request, with its facts as Brex has them now where it can be asked.
func (g *agents) approval(ctx context.Context, ledger *agent.Ledger, id string) (agent.Approval, error) {
	a, err := ledger.Approval(ctx, id)
	if err != nil {
		return a, noObjectError{"there is no request " + id + "; brex agents approvals --all shows them"}
	}
	if a.State != agent.Waiting || a.Request == nil {
		return a, nil
	}
	g.a.agentsOnly = true
	s, err := g.a.connect()
	if err != nil {
		g.a.note("these are the facts as the agent gave them; Brex was not asked: %v", err)
		return a, nil
	}
	a.Facts = agent.Facts(ctx, s.Client, a.Request)
	return a, nil
}

// say writes what a person must see before a decision to standard error, the agent's words last.
func (g *agents) say(a agent.Approval) {
	g.a.note("%-10s %s of the agent %s: %s", "request", a.ID, a.Agent, a.Operation)
	for _, f := range a.Facts {
		g.a.note("%-10s %s", f.Name, f.Value)
	}
	g.a.note("%-10s %s (%s)", "asked", a.Why, a.Rule)
	if a.Reason != "" {
		g.a.note("the agent's words, which nobody checked: %q", a.Reason)
	}
}

func (g *agents) showApproval() *cobra.Command {
	return &cobra.Command{
		Use:     "show ID",
		Short:   "Show a request with its payee as Brex has it",
		Example: `  brex agents approvals show r-7f3k9qzwvb`,
		Args:    oneApproval,
		RunE: func(cmd *cobra.Command, args []string) error {
			ledger, err := g.ledger()
			if err != nil {
				return err
			}
			a, err := g.approval(cmd.Context(), ledger, args[0])
			if err != nil {
				return err
			}
			g.say(a)
			return printValues(g.a, approvalColumns, []approvalRow{rowOf(a)})
		},
	}
}

// decideCommand is approve or deny.
func (g *agents) decideCommand(verb string) *cobra.Command {
	var as string
	var yes bool
	cmd := &cobra.Command{
		Use:     verb + " ID",
		Short:   map[string]string{"approve": "Approve a request: the agent may send it once, as it was asked for", "deny": "Refuse a request"}[verb],
		Example: `  brex agents approvals ` + verb + ` r-7f3k9qzwvb --as cfo`,
		Args:    oneApproval,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, err := person()
			if err != nil {
				return err
			}
			by := agent.Person{Name: as, User: name, From: "program"}
			if as == "" {
				by.Name = name
			}
			ledger, err := g.ledger()
			if err != nil {
				return err
			}
			a, err := g.approval(cmd.Context(), ledger, args[0])
			if err != nil {
				return err
			}
			g.say(a)
			if !yes {
				if err := g.a.confirm(cmd.Context(), by.Name+" is about to "+verb+" this request"); err != nil {
					return err
				}
			}
			log, err := g.log()
			if err != nil {
				return err
			}
			decide := ledger.Approve
			if verb == "deny" {
				decide = ledger.Refuse
			}
			if err := decide(cmd.Context(), log, a.ID, by); err != nil {
				return err
			}
			if verb == "approve" {
				g.a.note("approved; it is sent when the agent makes the same call again, until %s", a.Expires.UTC().Format("2006-01-02 15:04 UTC"))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&as, "as", "", "your `name` among the approvers of the policy (default the operating-system user)")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}
