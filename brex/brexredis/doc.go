// Package brexredis lets several machines share one Redis: a limiter and a webhook store. What must
// not be lost is in package brexpg.
//
//	client := redis.NewClient(&redis.Options{Addr: "localhost:6379"})
//	limiter, err := brexredis.NewLimiter(client, "client_123/acme")
//	c, err := brex.New(brex.WithTokenSource(tokens), brex.WithLimiter(limiter))
//
// There is no store for logins: Redis usually writes to disk once a second, and a refresh token
// that was rotated in a second that is lost is gone for good, which Save of brexoauth.Store
// promises not to happen.
//
// # What it promises
//
//	           Limiter                               Store
//	---------  ------------------------------------  ------------------------------------
//	always     at most the limit in any window,      of several claims of a delivery one
//	           by Redis's clock                      wins; it is handled once, and again
//	                                                 only if its process or Redis died
//	                                                 before that was noted
//	a replica  its slots are free once their         its claim ends at its time, and
//	dies       requests have ended and a window      another handles the delivery
//	           has passed
//	Redis is   Acquire takes as long as a call; a    a delivery takes as long as two calls
//	slow       slot that took above 5 s is not used.
//	           Release and Penalize do not wait.
//	Redis is   Acquire waits until its context       deliveries are put off (503), and
//	away       ends, or uses the replica's share     handled when Brex sends them again
//	           (WithShare)
//	Redis      nobody gets a slot for a window, or   with "appendfsync always" nothing
//	restarts   for an attempt and 5 s: what it       happens
//	           forgot cannot count any more
//	it loses   as above: the run id of a server      what was handled in that second is
//	its last   that restarted or took over is        handled again, if Brex sends it again
//	second     another
//	it evicts  the same, where it evicts the bucket  the delivery is handled again, if
//	keys       itself                                Brex sends it again
//
// The limit may be exceeded by requests that were in flight when Redis lost its memory and whose
// process died too, should Brex count them only after Redis is back: nobody knows of them.
package brexredis
