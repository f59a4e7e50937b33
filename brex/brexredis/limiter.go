package brexredis

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/brex-go/sdk/brex/internal/leases"
)

// Limiter is a brex.Penalizer that all replicas share through Redis: together they send at most the
// limit in any window, counted by the server's clock from the arrival of the responses. A slot that
// a replica took to its grave is free again when its request must have ended and a window has
// passed. Within a process those who wait are served in order. It is safe for concurrent use.
//
// A Redis that may have lost its memory counts as a full window: where the bucket is not there or
// was kept by a server with another run id (a restart, a failover, FLUSHALL, a bucket that is used
// for the first time), nobody gets a slot until a window, or the time of WithAttempt and at most 5
// seconds more if that is longer, has passed.
type Limiter struct{ l *leases.Limiter }

// LimiterOption is an option of NewLimiter. All replicas must use the same.
type LimiterOption = leases.Option

// NewLimiter returns a Limiter on the bucket, two keys that begin with "brex:limiter:". It does no
// I/O. Redis 6.2 or later is needed, with a maxmemory-policy that does not evict keys without an
// expiry, or none.
//
// Name the bucket after what Brex limits, the client id and the account ("client_123/acme", at most
// 255 bytes), and never after a token, which changes while its limit goes on.
func NewLimiter(client redis.UniversalClient, bucket string,
	opts ...LimiterOption) (*Limiter, error) {
	config, err := leases.NewConfig("brexredis", bucket, opts)
	if err != nil {
		return nil, err
	}
	if client == nil {
		return nil, errors.New("brexredis: NewLimiter: the client is nil")
	}
	name := "brex:limiter:{" + url.QueryEscape(bucket) + "}" // braces: a cluster keeps both together
	s := &slots{client, []string{name, name + ":cuts"}, rand.Text(), config}
	return &Limiter{leases.New(s, config)}, nil
}

// WithLimit sets how many requests are allowed in any window of time, at most 1,000,000 in 24 hours.
// The default is Brex's limit, 1,000 in a minute.
func WithLimit(requests int, window time.Duration) LimiterOption {
	return leases.Limit(requests, window)
}

// WithAttempt sets the longest time that an attempt takes, from its slot to the response, its token
// included, at most 24 hours. It must not be shorter than the client's brex.WithTimeout; the default
// is a minute, as there. It is for this long, a window and at most 5 seconds more that the slot of a
// replica that died is lost.
func WithAttempt(longest time.Duration) LimiterOption { return leases.Attempt(longest) }

// WithShare has each of so many replicas send its equal share of the limit while the server is
// away, once requests have waited for it for as long as a slot can be taken (2 minutes and 5
// seconds, unless an option changes that). When the server is back, nobody gets a slot for a
// window, because what was sent is unknown there. Without this option all wait for the server.
//
// The limit may be exceeded by the shares of those concerned where the server is away for some
// replicas only, or where one that used its share dies, or sends nothing more, before the server
// returns; and, for the second until the others have noticed, when the server is back with its
// memory and a replica that was idle asks first.
func WithShare(replicas int) LimiterOption { return leases.Share(replicas) }

// Acquire waits for a slot. If ctx ends first, it returns the context's error, with that of Redis
// when it was away. An error that waiting does not help against, such as a wrong password, is
// returned at once.
func (l *Limiter) Acquire(ctx context.Context) error { return l.l.Acquire(ctx) }

// Release says that the response for an acquired slot has arrived, or that there will be none. It
// does not wait for Redis; if that does not learn of it, the slot is free later.
func (l *Limiter) Release() { l.l.Release() }

// Penalize holds all replicas back after a 429, as that of brex.Window does. It does not wait for
// Redis.
func (l *Limiter) Penalize(retryAfter time.Duration) { l.l.Penalize(retryAfter) }

//go:embed limiter.lua
var limiterLua string

var limiterScript = redis.NewScript(limiterLua)

// slots is a bucket.
type slots struct {
	client redis.UniversalClient
	keys   []string
	holder string
	config leases.Config
}

func (s *slots) run(ctx context.Context, args ...any) *redis.Cmd {
	return limiterScript.Run(ctx, s.client, s.keys, args...)
}

func (s *slots) Acquire(ctx context.Context, first int64, n int) (g leases.Grant, err error) {
	// Until what was granted before, and came late, has its response.
	closed := max(s.config.Window, s.config.Lease()-s.config.Window)
	got, err := s.run(ctx, "acquire", s.config.Requests, s.config.Window.Microseconds(),
		s.config.Lease().Microseconds(), closed.Microseconds(), s.holder, first, n).Int64Slice()
	if err != nil {
		return g, err
	}
	if len(got) != 3 {
		return g, errors.New("unexpected reply of the script")
	}
	return leases.Grant{Slots: int(got[0]), At: time.UnixMicro(got[1]),
		Wait: time.Duration(got[2]) * time.Microsecond}, nil
}

func (s *slots) Release(ctx context.Context, done, unused []int64) error {
	args := []any{"release", s.config.Window.Microseconds(), s.holder, len(done)}
	for _, list := range [][]int64{done, unused} {
		for _, name := range list {
			args = append(args, name)
		}
	}
	return ignoreNil(s.run(ctx, args...).Err())
}

func (s *slots) Penalize(ctx context.Context, granted time.Time, retryAfter time.Duration) error {
	return ignoreNil(s.run(ctx, "penalize", s.config.Requests, s.config.Window.Microseconds(),
		retryAfter.Microseconds(), max(0, granted.UnixMicro())).Err())
}

func (s *slots) Close(ctx context.Context, d time.Duration) error {
	return ignoreNil(s.run(ctx, "close", d.Microseconds()).Err())
}

// Fatal is true for what somebody must mend: a password, permissions, a key that is not ours, a
// client that is closed.
func (s *slots) Fatal(err error) bool {
	for _, prefix := range []string{"NOAUTH", "WRONGPASS", "NOPERM", "WRONGTYPE",
		"The user executing the script can't run this command"} { // Redis 7.0's NOPERM within a script
		if redis.HasErrorPrefix(err, prefix) {
			return true
		}
	}
	return errors.Is(err, redis.ErrClosed)
}

// ignoreNil drops the error that says that a script returned nothing.
func ignoreNil(err error) error {
	if errors.Is(err, redis.Nil) {
		return nil
	}
	return err
}
