package cli

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

// What may be changed is said by scopes, and never said to work.
func TestDoctorSaysWhatMayBeChanged(t *testing.T) {
	var all []string
	for _, op := range brex.Operations() {
		all = append(all, op.Scopes...)
	}
	of := func(granted []string, readOnly bool) map[string]check {
		found := map[string]check{}
		for _, c := range changes(&choices{}, granted, readOnly) {
			require.True(t, c.OK, "a token that may change nothing is no fault")
			require.NotContains(t, c.State, stateWorks)
			require.Empty(t, c.Operation)
			found[c.Area] = c
		}
		return found
	}
	for area, c := range of(nil, false) {
		require.Equal(t, stateUntried, c.State, area)
	}
	for area, c := range of(all, true) {
		require.Equal(t, stateForbidden, c.State, area)
	}
	require.Equal(t, stateGranted, of(all, false)["payments"].State)
	none := of([]string{}, false)["payments"]
	require.Equal(t, stateWithheld, none.State)
	require.Contains(t, none.Detail, "createTransfer")
	require.Contains(t, none.Scopes, "transfers")
	some := of([]string{"vendors"}, false)["payments"]
	require.Equal(t, statePartly, some.State)
	require.NotContains(t, some.Detail, "createVendor")
	require.Contains(t, some.Detail, "createTransfer")

	out := sandbox(t, "doctor", "--api", "payments").ok(t).out
	require.Contains(t, out, stateUntried)
	require.Equal(t, 1, strings.Count(sandbox(t, "doctor", "--api", "payments", "--read-only").ok(t).out, stateForbidden))
}
