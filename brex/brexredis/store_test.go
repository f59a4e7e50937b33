//go:build databases && linux

package brexredis_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexredis"
	"github.com/brex-go/sdk/brex/internal/servertest"
	"github.com/brex-go/sdk/brex/webhook"
	"github.com/brex-go/sdk/brex/webhook/storetest"
)

func TestStoreSuite(t *testing.T) {
	s := servertest.Redis(t)
	storetest.Run(t, func(t *testing.T) func() webhook.Store {
		return func() webhook.Store {
			store, err := brexredis.NewStore(open(t, s), t.Name()+":")
			require.NoError(t, err)
			return store
		}
	})
}

func TestStoreRemembers(t *testing.T) {
	s := servertest.Redis(t, "--appendonly", "yes", "--appendfsync", "always")
	client := open(t, s)
	store, err := brexredis.NewStore(client, "w:")
	require.NoError(t, err)
	now := time.Unix(1_780_000_000, 0)
	c := webhook.Claim{ID: "msg_1", Token: "a", Now: now, Until: now.Add(time.Minute), KeepUntil: now.Add(time.Minute)}
	begin := func(c webhook.Claim, want webhook.State) {
		t.Helper()
		got, err := store.Begin(t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	kept := func(want time.Duration) {
		t.Helper()
		require.InDelta(t, want, client.PTTL(t.Context(), "w:msg_1").Val(), float64(time.Minute))
	}
	begin(c, webhook.Claimed)
	begin(c, webhook.Claimed) // the client repeats a call whose response was lost
	kept(brexredis.Memory)
	require.NoError(t, store.Done(t.Context(), c))

	s.Kill()
	s.Start(t)
	begin(c, webhook.Handled)
	kept(brexredis.Memory)
	c.KeepUntil = now.Add(2 * brexredis.Memory) // sent again, and can be replayed for longer
	begin(c, webhook.Handled)
	kept(2*brexredis.Memory + time.Hour)
	c.KeepUntil = now
	begin(c, webhook.Handled)
	kept(2*brexredis.Memory + time.Hour)

	for _, c := range []webhook.Claim{{ID: strings.Repeat("m", 256), Token: "a"}, {Token: "a"}, {ID: "m\u00fc", Token: "a"},
		{ID: "m1", Token: strings.Repeat("T", 65)}, {ID: "m1"}} {
		_, err := store.Begin(t.Context(), c)
		require.ErrorContains(t, err, "does not fit")
	}
	s.Kill()
	_, err = store.Begin(t.Context(), c)
	require.ErrorContains(t, err, "brexredis: webhook store: ")
	_, err = brexredis.NewStore(nil, "w:")
	require.Error(t, err)
	_, err = brexredis.NewStore(client, "")
	require.Error(t, err)
}
