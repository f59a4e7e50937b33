package brexredis

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/brex-go/sdk/brex/webhook"
)

// Memory is for how long a Store remembers a delivery that was handled: Brex does not document for
// how long it sends one again. What could be replayed for longer is kept until it cannot.
const Memory = 31 * 24 * time.Hour

// Store is a webhook.Store in Redis, shared by all processes that use it. Claims begin and end by
// the clocks of the processes, which should agree to within seconds. A delivery of which Redis
// loses that it was handled, because it restarts without its last second or evicts keys, is handled
// again should Brex send it again.
type Store struct {
	client redis.UniversalClient
	prefix string
}

// NewStore returns a Store whose keys are the prefix, such as "brex:webhooks:", and the id of a
// delivery. It does no I/O.
func NewStore(client redis.UniversalClient, prefix string) (*Store, error) {
	if client == nil {
		return nil, errors.New("brexredis: NewStore: the client is nil")
	}
	if prefix == "" {
		return nil, errors.New("brexredis: NewStore: the prefix is empty")
	}
	return &Store{client, prefix}, nil
}

//go:embed store.lua
var storeLua string

var storeScript = redis.NewScript(storeLua)

// run runs the script. The delivery is kept from c.Now for Memory, and for as long as its claim or
// its signature is valid; Redis's own clock counts that time.
func (s *Store) run(ctx context.Context, what string, c webhook.Claim, args ...any) (int, error) {
	keep := max(Memory, c.Until.Sub(c.Now), c.KeepUntil.Sub(c.Now)+time.Hour).Milliseconds()
	args = append([]any{what, c.Token, keep}, args...)
	n, err := storeScript.Run(ctx, s.client, []string{s.prefix + c.ID}, args...).Int()
	if err != nil {
		return 0, fmt.Errorf("brexredis: webhook store: %w", err)
	}
	return n, nil
}

// Begin claims the id.
func (s *Store) Begin(ctx context.Context, c webhook.Claim) (webhook.State, error) {
	if !fits(c.ID, 255) || !fits(c.Token, 64) {
		return 0, errors.New("brexredis: webhook store: the id or the token of the claim does not fit")
	}
	n, err := s.run(ctx, "begin", c, c.Now.UnixMilli(), c.Until.UnixMilli())
	return webhook.State(n), err
}

// fits reports whether the string is of visible ASCII characters, at most so many.
func fits(s string, most int) bool {
	strange := func(r rune) bool { return r <= ' ' || r > '~' }
	return s != "" && len(s) <= most && !strings.ContainsFunc(s, strange)
}

// Done notes that the id was handled.
func (s *Store) Done(ctx context.Context, c webhook.Claim) error {
	n, err := s.run(ctx, "done", c, rand.Text())
	if err == nil && n == 0 {
		return webhook.ErrClaimLost
	}
	return err
}

// Release gives the claim up.
func (s *Store) Release(ctx context.Context, c webhook.Claim) error {
	_, err := s.run(ctx, "release", c)
	return err
}
