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

// oneApproval takes the id of a request.
var oneApproval = oneID("brex agents approvals")

func (g *agents) approvalsCommand() *cobra.Command {
	list := leaf("list", "List what waits for a person", "  brex agents approvals list --all", noArgs, g.listApprovals)
	approve := leaf("approve ID", "Approve a request: the agent may send it once, as it was asked for",
		"  brex agents approvals approve r-7f3k9qzwvb --as cfo", oneApproval, g.decide("approve"))
	deny := leaf("deny ID", "Refuse a request", "  brex agents approvals deny r-7f3k9qzwvb --as cfo", oneApproval, g.decide("deny"))
	for _, c := range []*cobra.Command{approve, deny} {
		c.Flags().StringVar(&g.as, "as", "", "your `name` among the approvers of the policy (default the operating-system user)")
		c.Flags().BoolVar(&g.yes, "yes", false, "do not ask")
	}
	cmd := group("approvals", "Show and decide what agents ask for", list, approve, deny,
		leaf("show ID", "Show a request with its payee as Brex has it", "  brex agents approvals show r-7f3k9qzwvb", oneApproval, g.showApproval))
	cmd.RunE = list.RunE
	for _, c := range []*cobra.Command{cmd, list} {
		c.Flags().BoolVar(&g.all, "all", false, "also those that were decided, sent or expired")
	}
	return cmd
}

func (g *agents) listApprovals(ctx context.Context, _ []string) error {
	ledger, err := g.ledger()
	if err != nil {
		return err
	}
	found, err := ledger.Approvals(ctx)
	if err != nil {
		return err
	}
	var rows []approvalRow
	for _, a := range found {
		if g.all || a.State == agent.Waiting || a.State == agent.Approved {
			rows = append(rows, rowOf(a))
		}
	}
	if len(rows) == 0 {
		g.a.note("nothing found")
	}
	return printValues(g.a, approvalColumns, rows)
}

// shown finds a request and writes what a person must see before a decision to standard error: its
// facts as Brex has them now, where it can be asked, and the agent's words last.
func (g *agents) shown(ctx context.Context, id string) (a agent.Approval, ledger *agent.Ledger, err error) {
	if ledger, err = g.ledger(); err != nil {
		return a, nil, err
	}
	if a, err = ledger.Approval(ctx, id); err != nil {
		return a, nil, noObjectError{"there is no request " + id + "; brex agents approvals --all shows them"}
	}
	if a.State == agent.Waiting && a.Request != nil {
		g.a.agentsOnly = true
		if s, err := g.a.connect(); err == nil {
			a.Facts = agent.Facts(ctx, s.Client, a.Request)
		} else {
			g.a.note("Brex was not asked, so that these are the facts as the agent gave them: %v", err)
		}
	}
	g.a.note("%-10s %s of the agent %s: %s", "request", a.ID, a.Agent, a.Operation)
	for _, f := range a.Facts {
		g.a.note("%-10s %s", f.Name, f.Value)
	}
	g.a.note("%-10s %s (%s)", "asked", a.Why, a.Rule)
	if a.Reason != "" {
		g.a.note("the agent's words, which nobody checked: %q", a.Reason)
	}
	return a, ledger, nil
}

func (g *agents) showApproval(ctx context.Context, args []string) error {
	a, _, err := g.shown(ctx, args[0])
	if err != nil {
		return err
	}
	return printValues(g.a, approvalColumns, []approvalRow{rowOf(a)})
}

// decide is approve or deny.
func (g *agents) decide(verb string) func(context.Context, []string) error {
	return func(ctx context.Context, args []string) error {
		user, err := person()
		if err != nil {
			return err
		}
		if g.as == "" {
			g.as = user
		}
		a, ledger, err := g.shown(ctx, args[0])
		if err != nil {
			return err
		}
		if !g.yes {
			if err := g.a.confirm(ctx, g.as+" is about to "+verb+" this request"); err != nil {
				return err
			}
		}
		log, err := g.log()
		if err != nil {
			return err
		}
		by := agent.Person{Name: g.as, User: user, From: "program"}
		if verb == "deny" {
			return ledger.Refuse(ctx, log, a.ID, by)
		}
		if err := ledger.Approve(ctx, log, a.ID, by); err != nil {
			return err
		}
		g.a.note("approved; it is sent when the agent makes the same call again, until %s", a.Expires.UTC().Format("2006-01-02 15:04 UTC"))
		return nil
	}
}
