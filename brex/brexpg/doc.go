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
//	             LoginStore                            Journal
//	-----------  ------------------------------------  ------------------------------------
//	always       one process refreshes a login, and    one process executes a run; a record
//	             nothing takes a newer login's place   is on disk before a payment is sent
//	a replica    its lock ends with its connection,    the same; what it may have sent is of
//	dies         within a minute if its machine is     unknown outcome, and looked for before
//	             gone                                  it is sent again
//	the server   a refresh takes longer                a payment takes longer
//	is slow
//	the server   an access token serves until it       nothing is sent: the run stops, and
//	is away      runs out; a login that Brex has       executing it again continues it
//	             renewed is kept and saved later
//	the server   the lock is lost; a process that      the lock is lost; the next Append
//	restarts     refreshes still saves, unless         fails, and the run stops
//	             another has renewed the login
//	it loses     it may lose a renewed login: the      payments of that second may be noted
//	its last     customer has to sign in again         nowhere: the next execution finds
//	second                                             them in Brex's list before it sends,
//	                                                   if the list shows them by then
//
// A server loses its last second when a standby takes over that is behind; LoginStore and Journal
// turn synchronous_commit on where it is off, for the others it must not be. Package brexredis has
// the same table for Redis.
package brexpg
