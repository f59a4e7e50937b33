// Package brexpg lets several machines share one PostgreSQL: a limiter, logins and the journals of
// payout runs.
//
// Its tables are made by Migrate in the first schema of the connection's search_path.
//
//	pool, err := pgxpool.New(ctx, address)
//	_, err = brexpg.Migrate(ctx, pool)
//	limiter, err := brexpg.NewLimiter(pool, "client_123/acme")
//	c, err := brex.New(brex.WithTokenSource(tokens), brex.WithLimiter(limiter))
//
// The webhook store for PostgreSQL is webhook.SQLStore.
//
// # What it promises
//
//	             Limiter                               webhook.SQLStore
//	-----------  ------------------------------------  ------------------------------------
//	always       at most the limit in any window,      of several claims of a delivery one
//	             by the server's clock                 wins; it is handled once, and again
//	                                                   only if its process or the server
//	                                                   died before that was noted
//	a replica    its slots are free once their         its claim ends at its time, and
//	dies         requests have ended and a window      another handles the delivery
//	             has passed
//	the server   Acquire takes as long as a call; a    a delivery takes as long as its three
//	is slow      slot that took above 5 s is not       statements
//	             used. Release and Penalize do not
//	             wait.
//	the server   Acquire waits until its context       deliveries are put off (503), and
//	is away      ends, or uses the replica's share     handled when Brex sends them again
//	             (WithShare)
//	the server   slots are taken as before             as before
//	restarts
//	it loses     as many requests above the limit as   what was handled in that second is
//	its last     were granted in that second           handled again, if Brex sends it again
//	second
//
// A server loses its last second with synchronous_commit = off, or when a standby takes over that
// is behind. Package brexredis has the same table for Redis.
package brexpg
