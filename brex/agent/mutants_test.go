package agent

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each check of the guard is removed in turn, and a test must fail. It compiles the package once for
// each, so it runs only with BREX_MUTANTS=1.
func TestMutants(t *testing.T) {
	if os.Getenv("BREX_MUTANTS") == "" {
		t.Skip("set BREX_MUTANTS=1")
	}
	for _, m := range []struct{ file, old, new, test string }{
		{"session.go", "case never[op.ID]:", "case false:", "TestFixedChecks"},
		{"session.go", `case a.facts.fault != "":`, "case false:", "TestFixedChecks"},
		{"session.go", "case !readable:", "case false && !readable:", "TestFixedChecks"},
		{"session.go", "case !slices.Contains(classesOf[a.tool], a.facts.access):", "case false && !slices.Contains(classesOf[a.tool], a.facts.access):", "TestFixedChecks"},
		{"session.go", "case s.guard.ledger.Stopped():", "case false:", "TestStop"},
		{"session.go", "a.decision.Verdict == Allow && l.index.sentBefore(a.mac, at)", "false", "TestOutcomes"},
		{"session.go", "case err != nil || logged != nil:", "case err != nil:", "TestNoLogNoRequest"},
		{"session.go", "if a.reserved && (logged != nil ||", "if false && (logged != nil ||", "TestNoLogNoRequest"},
		{"session.go", `a.decision.Company != "" {`, "false {", "TestOtherCompany"},
		{"session.go", "if !hasSecret(a.facts.body) {", "if true {", "TestAccountNumbersAreNotKept"},
		{"ledger_index.go", "if q != nil && q.event != eventApproved {", "if false {", "TestReservationFollowsApproval"},
		{"ledger_index.go", "if q.event == eventReleased {", "if q.event == eventReserved {", "TestBudgetRace"},
		{"approval.go", "case !slices.Contains(a.Approvers, by.Name):", "case false:", "TestApprovals"},
		{"approval.go", "case !at.Before(a.Expires):", "case false:", "TestApprovals"},
		{"approval.go", `(by.User == "" || by.User == a.User)`, "false", "TestApprovals"},
		{"approval.go", "q.approval.Policy != policy", "false", "TestApprovals"},
		{"policy_decide.go", "if v.req.Ledger.Calls >= v.agent.calls {", "if false {", "TestCallsAMinute"},
		{"policy_decide.go", "if m.Amount > limit.Amount {", "if false {", "TestAttacks"},
		{"policy_decide.go", "case !ok1 || !in(v.grant.payees, payee):", "case !ok1 || false && !in(v.grant.payees, payee):", "TestAttacks"},
		{"policy_decide.go", "case !ok2 || !in(v.grant.from, from):", "case !ok2 || false && !in(v.grant.from, from):", "TestAttacks"},
		{"policy_decide.go", "if !slices.Contains(v.grant.expand, name) {", "if false && !slices.Contains(v.grant.expand, name) {", "TestAttacks"},
		{"policy_decide.go", "if v.req.Ledger.Untrusted && !v.grant.afterUntrusted {", "if false {", "TestAfterUntrusted"},
		{"policy_decide.go", "if err != nil || used.Amount > limit.Amount {", "if err != nil {", "TestBudgetRace"},
		{"ledger_spend.go", "err == nil && torn != 0 {", "false {", "TestCallsBeforeTheStart"},
		{"audit_replace.go", "broken == nil {", "false && broken == nil {", "TestReplaceLog"},
		{"audit_verify.go", "r.Seq != s.tail.seq+1 || r.Prev != s.tail.hash", "false", "TestEveryChangeIsFound"},
		{"answer_clean.go", "case r == utf8.RuneError, wire.IsUnsafeRune(r):", "case r == utf8.RuneError:", "TestInjections"},
		{"answer_table.go", "if v = o[name]; wire.IsSecretMember(name) && v != nil {", "if v = o[name]; false && wire.IsSecretMember(name) {", "TestNoSecretsInAnswers"},
	} {
		t.Run(m.file+" "+m.old, func(t *testing.T) {
			text, err := os.ReadFile(m.file)
			require.NoError(t, err)
			require.Equal(t, 1, strings.Count(string(text), m.old), "the check has moved")
			dir := t.TempDir()
			changed := filepath.Join(dir, m.file)
			require.NoError(t, os.WriteFile(changed, []byte(strings.Replace(string(text), m.old, m.new, 1)), 0o600))
			path, err := filepath.Abs(m.file)
			require.NoError(t, err)
			overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{path: changed}})
			require.NoError(t, err)
			list := filepath.Join(dir, "overlay.json")
			require.NoError(t, os.WriteFile(list, overlay, 0o600))
			cmd := exec.Command("go", "test", "-short", "-vet=off", "-overlay", list, "-run", "^"+m.test+"$", ".")
			out, err := cmd.CombinedOutput()
			require.Error(t, err, "no test fails without it")
			require.Contains(t, string(out), "--- FAIL", "it did not compile: %s", out)
		})
	}
}
