package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// What Brex sends and no document has is listed, each finding once, and changes no exit code.
func TestDoctorDrift(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	s := on(server.URL, server.Token())
	s.now = time.Now
	out := s.run(t, "doctor", "--drift", "-o", "jsonl").ok(t).out
	require.Contains(t, out, "what was read is as documented")

	server.FailNext("listUsers", brextest.UnknownFields(), 1)
	server.FailNext("listVendors", brextest.UnknownEnums(), 1)
	drifts := map[string]string{}
	for _, c := range objects(t, s.run(t, "doctor", "--drift", "-o", "json").ok(t).out) {
		if c["area"] == "drift" {
			require.Equal(t, true, c["ok"])
			require.Equal(t, stateDrift, c["state"])
			detail := c["detail"].(string)
			require.Empty(t, drifts[detail], "said once")
			drifts[detail] = c["operation"].(string)
		}
	}
	require.Equal(t, "listUsers", drifts["items[].added_by_brex_later is a member that the documents do not have"], "%v", drifts)
	require.Equal(t, "listVendors", drifts["items[].payment_accounts[].details.type has a value that the documents do not list"], "%v", drifts)

	server.FailNext("listUsers", brextest.UnknownFields(), 1)
	require.NotContains(t, s.run(t, "doctor").ok(t).out, "drift", "not asked for")
}
