package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// writeOptions are the flags of every command that changes something.
type writeOptions struct {
	key     string
	yes     bool
	dryRun  bool
	company string
}

// bind adds the flags that the operation has a use for.
func (w *writeOptions) bind(cmd *cobra.Command, op *brex.Operation) {
	f := cmd.Flags()
	if op.Access != brex.AccessRead {
		f.BoolVar(&w.dryRun, "dry-run", false, "show the request instead of sending it")
	}
	if op.Method == "POST" || op.Method == "PUT" {
		f.Var(&keyValue{&w.key}, "idempotency-key", "`key` that lets Brex recognise a repeated request (default a new one)")
	}
	if op.Access != brex.AccessRead {
		about := "do not ask; this one never does, and accepts the flag like those that do"
		if accessWords[string(op.Access)] != "" {
			about = "do not ask; what moves money or changes who can spend also needs --company"
		}
		f.BoolVarP(&w.yes, "yes", "y", false, about)
		f.Var(&textValue{&w.company}, "company", "go on only if the token is of the company with this `id`")
	}
}

// needsYes reports whether an operation is one that a slip must not do.
func needsYes(op *brex.Operation) bool {
	return op.Access == brex.AccessMoney || op.Access == brex.AccessSensitive
}

// allow reports whether requests may be sent: not when read-only, not for another company, and not unasked where money moves. Of
// several operations, the one with the most at stake decides.
func (a *App) allow(ctx context.Context, s *session, w *writeOptions, all []*brex.Prepared) error {
	if len(all) == 0 {
		return nil
	}
	op := mostAtStake(all)
	err := a.permit(ctx, s, w, all, op)
	if err == nil && s.inMemory && (op.Access == brex.AccessWrite || op.Access == brex.AccessMoney) {
		a.forgets = true
	}
	return err
}

// mostAtStake is the operation of several requests by which they are judged.
func mostAtStake(all []*brex.Prepared) *brex.Operation {
	op := all[0].Operation
	for _, p := range all {
		if p.Operation.Access == brex.AccessMoney && op.Access != brex.AccessMoney {
			op = p.Operation
		}
	}
	return op
}

func (a *App) permit(ctx context.Context, s *session, w *writeOptions, all []*brex.Prepared, op *brex.Operation) error {
	if a.readOnly && op.Access != brex.AccessRead {
		return fmt.Errorf("%w: read only: %s has the access class %s", brex.ErrGuard, op.ID, op.Access)
	}
	if err := s.cred.Guard(ctx, all[0]); err != nil {
		return err // before anybody is asked for nothing
	}
	if w.company != "" {
		if err := s.checkCompany(ctx, w.company); err != nil {
			return err
		}
	}
	if !needsYes(op) {
		return nil
	}
	what := fmt.Sprintf("%s (%s %s)%s", op.ID, op.Method, op.Path, accessWords[string(op.Access)])
	if len(all) > 1 {
		what = fmt.Sprintf("%d times %s", len(all), what)
		if slices.ContainsFunc(all, func(p *brex.Prepared) bool { return p.Operation != op }) {
			what = fmt.Sprintf("%d requests, among them %s", len(all), strings.TrimPrefix(what, fmt.Sprintf("%d times ", len(all))))
		}
	}
	switch {
	case w.yes && op.Access == brex.AccessMoney && w.company == "" && !s.inMemory:
		return usagef("%s; --yes needs --company with the id of the company that is meant; brex whoami shows it", what)
	case w.yes:
		return nil
	case a.Terminal == nil || !a.Terminal():
		return usagef("%s; add --yes%s to go on", what, companyToo(op, s))
	}
	if op.Access == brex.AccessMoney && len(all) == 1 {
		a.showFacts(s.facts(ctx, all[0]))
	} else if op.Access == brex.AccessMoney {
		a.showFacts(s.commonFacts(ctx))
	}
	return a.confirm(ctx, what)
}

func companyToo(op *brex.Operation, s *session) string {
	if op.Access == brex.AccessMoney && !s.inMemory {
		return " and --company ID"
	}
	return ""
}

// checkCompany refuses a token that is not of the company.
func (s *session) checkCompany(ctx context.Context, id string) error {
	company, err := s.companyOf(ctx)
	if err != nil {
		return fmt.Errorf("--company %s cannot be checked, so nothing was sent: %w", id, err)
	}
	if company.ID != id {
		return usagef("--company %s: the token is of %s (%s); nothing was sent", id, company.LegalName, company.ID)
	}
	return nil
}

// companyOf is the company of the token, asked for once.
func (s *session) companyOf(ctx context.Context) (*brex.Company, error) {
	if s.company == nil {
		company, err := s.Company.Get(ctx)
		if err != nil {
			return nil, err
		}
		s.company = company
	}
	return s.company, nil
}

// fact is a line of what a person sees before saying yes.
type fact struct{ name, value string }

// showFacts writes facts in two columns.
func (a *App) showFacts(facts []fact) {
	longest := 0
	for _, f := range facts {
		longest = max(longest, len(f.name))
	}
	for _, f := range facts {
		_, _ = fmt.Fprintf(a.Stderr, "  %-*s  %s\n", longest, f.name, output.Clean(f.value)) // there is nowhere to report its failure
	}
}

// shortError is the first line of an error without the names of packages.
func shortError(err error) string {
	var e *brex.Error
	if errors.As(err, &e) && e.StatusCode != 0 {
		return fmt.Sprintf("status %d", e.StatusCode)
	}
	line, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "brex: "), "\n")
	return line
}
