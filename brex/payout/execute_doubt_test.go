package payout

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// A Brex that changes memos makes payments that cannot be found again: the run halts at the first,
// for good.
func TestOtherMemo(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 40)
	s.AddRule(brextest.Rule{Operation: "createTransfer", Fault: brextest.Rewrite(shortMemos)})
	report, err := Execute(background, c, plan, journal, quick(s))
	require.ErrorIs(t, err, ErrHalted)
	require.ErrorContains(t, err, "another memo")
	require.NotEmpty(t, report.Halted)
	made := transfers(t, s)
	require.LessOrEqual(t, len(made), 4)
	_, err = Execute(background, c, plan, journal, quick(s))
	require.ErrorIs(t, err, ErrHalted)
	require.Len(t, transfers(t, s), len(made))
	rows, err := report.RetryRows()
	require.NoError(t, err)
	require.Len(t, rows, 40-len(made), "what was never sent can be paid otherwise")
}

// shortMemos cuts the memos of a response to 12 characters.
func shortMemos(body []byte) []byte {
	var v map[string]any
	if json.Unmarshal(body, &v) != nil {
		return body
	}
	cut := func(t map[string]any) {
		if memo, ok := t["external_memo"].(string); ok {
			t["external_memo"] = memo[:min(12, len(memo))]
		}
	}
	cut(v)
	if items, ok := v["items"].([]any); ok {
		for _, item := range items {
			cut(item.(map[string]any))
		}
	}
	out, err := json.Marshal(v)
	if err != nil {
		return body
	}
	return out
}

// A response that leaves out the memo says nothing about it: the transfer is read.
func TestMemoLeftOut(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 5)
	s.AddRule(brextest.Rule{Operation: "createTransfer", Fault: brextest.NullEverywhere()})
	_, err := Execute(background, c, plan, journal, quick(s))
	require.NoError(t, err)
	paidOnce(t, s, plan)
}

// Two transfers with the memo of one payment halt the run, also before anything is sent.
func TestFoundTwice(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 5)
	for range 2 {
		request := *plan.Payments[2].Request
		request.Key = brex.KeyFrom("another", time.Now().String())
		_, err := c.Send(background, &request)
		require.NoError(t, err)
	}
	_, err := Execute(background, c, plan, journal, quick(s))
	require.ErrorIs(t, err, ErrHalted)
	require.ErrorContains(t, err, "row 3")
	require.Len(t, transfers(t, s), 1)
}

// A payment that Brex has already is not sent: the journal may have been lost, or restored from a
// backup.
func TestLostJournal(t *testing.T) {
	t.Parallel()
	s := sandbox(t, forgetful()...)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 8)
	_, err := Execute(background, c, plan, journal, quick(s))
	require.NoError(t, err)
	fresh := NewFileJournal(t.TempDir() + "/run.journal")
	require.NoError(t, Approve(background, plan, fresh, "Ada", 0, nil))
	report, err := Execute(background, c, plan, fresh, quick(s))
	require.NoError(t, err)
	require.Equal(t, Found, report.Lines[0].State)
	paidOnce(t, s, plan)
}

// A list that does not show what Brex has accepted proves nothing about what it does not show.
func TestListLags(t *testing.T) {
	t.Parallel()
	s := sandbox(t, forgetful()...)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 2)
	s.AddRule(brextest.Rule{Operation: "createTransfer", Fault: brextest.ResetAfterAccept(),
		Skip: 1, Count: 1})
	s.AddRule(brextest.Rule{Operation: "listTransfers",
		Fault: brextest.Rewrite(func([]byte) []byte { return []byte(`{"items":[],"next_cursor":null}`) })})
	opts := quick(s)
	opts.Workers, opts.ResendAbsent = 1, []int{1, 2}
	report, err := Execute(background, c, plan, journal, opts)
	require.ErrorIs(t, err, ErrDecision)
	require.Equal(t, Unknown, report.Lines[1].State)
	require.Contains(t, report.Lines[1].Reason, "does not show")
	s.ClearFaults()
	_, err = Execute(background, c, plan, journal, quick(s))
	require.NoError(t, err)
	paidOnce(t, s, plan)
}

// A transfer to the same account of the same amount, whose memo was lost or changed, may be the
// payment: a person must look.
func TestMayBeIt(t *testing.T) {
	t.Parallel()
	for name, memo := range map[string]string{"no memo": "", "another memo": "INV"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sandbox(t, forgetful()...)
			c := connect(t, s)
			plan, journal := planned(t, s, c, 1)
			s.FailNext("createTransfer", brextest.ResetAfterAccept(), 1)
			s.AddRule(brextest.Rule{Operation: "listTransfers",
				Fault: brextest.Rewrite(func(body []byte) []byte {
					var page struct {
						Items []map[string]any `json:"items"`
					}
					_ = json.Unmarshal(body, &page)
					for _, item := range page.Items {
						if item["external_memo"] = memo; memo == "" {
							item["external_memo"] = nil
						}
					}
					out, _ := json.Marshal(page)
					return out
				})})
			opts := quick(s)
			opts.ResendAbsent = []int{1}
			report, err := Execute(background, c, plan, journal, opts)
			require.ErrorIs(t, err, ErrDecision)
			require.Contains(t, report.Lines[0].Reason, "may be this payment")
			require.Len(t, transfers(t, s), 1)
		})
	}
}
