package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// Ids complete for a minute without asking again, whatever says whose they are; the file has neither token nor secrets.
func TestCompletionIsKeptForAMinute(t *testing.T) {
	server := brextest.NewServer(t)
	for name, env := range map[string]map[string]string{"token": {"BREX_TOKEN": server.Token(), "BREX_BASE_URL": server.URL}, "sandbox": {}} {
		t.Run(name, func(t *testing.T) {
			s := setup{env: env, config: t.TempDir(), now: time.Now}
			args := []string{"__complete", "cards", "lock", "ncard_"}
			if name == "sandbox" {
				require.NoError(t, os.MkdirAll(filepath.Join(s.config, "brex"), 0o700))
				text, err := json.Marshal(runningSandbox{BaseURL: server.URL, Tokens: map[string]string{"admin": server.Token()}})
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(filepath.Join(s.config, "brex", "sandbox.json"), text, 0o600))
				args = slices.Insert(args, 1, "--profile", "sandbox")
			}
			before := sentTo(server, "listCardsByUserId")
			first := s.run(t, args...).ok(t).out
			require.Contains(t, first, "ncard_")
			require.Equal(t, before+1, sentTo(server, "listCardsByUserId"))
			require.ElementsMatch(t, strings.Split(first, "\n"), strings.Split(s.run(t, args...).ok(t).out, "\n"))
			require.Equal(t, before+1, sentTo(server, "listCardsByUserId"), "the names were kept")
			for file, text := range tree(t, s.config) {
				if strings.Contains(file, "names-") {
					require.NotContains(t, file+text, server.Token())
				}
			}
			s.now = func() time.Time { return time.Now().Add(2 * time.Minute) }
			s.run(t, args...).ok(t)
			require.Equal(t, before+2, sentTo(server, "listCardsByUserId"))
		})
	}
}
