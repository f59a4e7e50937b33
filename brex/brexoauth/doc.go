// Package brexoauth signs customers in to Brex with OAuth and keeps their login alive.
//
// A partner application sends the customer to Brex, and gets a Token:
//
//	client, err := brexoauth.New(brexoauth.Config{ClientID: id, ClientSecret: secret, RedirectURL: callback, Scopes: scopes})
//	attempt, err := client.AuthCodeURL(ctx)             // keep attempt in the customer's session, redirect to attempt.URL
//	token, err := client.Exchange(ctx, attempt, r.URL.Query())        // in the handler of the callback
//	err = brexoauth.StoreLogin(ctx, store, token)
//
// From then on a TokenSource provides the SDK with access tokens, and renews them:
//
//	source, err := client.TokenSource(store)
//	api, err := brex.New(brex.WithTokenSource(source))
//
// A program on the customer's machine uses Login instead of the first three lines; one without a
// customer, such as onboarding, uses ClientCredentials and needs no store. Endpoints come from the
// issuer's discovery document, or else are the documented ones.
//
// # Rotation, and what can be lost
//
// An access token lives an hour. The refresh token that renews it lives 90 days and is good for one
// exchange: the response holds the next one, and losing that response loses the login. So a
// TokenSource works in this order, with the store locked against other goroutines and other
// processes:
//
//  1. It loads the login again. If somebody else has renewed it, that is the new token, and nothing is sent.
//  2. It saves the login as it is, with a note that a refresh begins. A full disk or a read-only directory is found here, while
//     nothing is spent.
//  3. It sends the refresh token, and nothing else is done with the response before
//  4. the new login is saved durably: written, synced, renamed, and the directory synced. Only then is the access token handed out.
//
// The response is read member by member, whatever its content type: an expires_in that is not a
// number costs its default, and not the refresh token beside it. A new refresh token is saved even
// when the access token with it cannot be used. After a 2xx the spent refresh token is not sent
// again by that call, whatever the response holds, nor by that TokenSource while the old access
// token lives.
//
// A refresh does not end with the context of the call that caused it, because a response must not
// be thrown away; Close waits for one under way, and a program should call it before it exits.
//
// A process that is killed before it sends the refresh token, or after the new login was written to
// its file, leaves a login that works: where the write was complete and the rename was not,
// FileStore does the rename for the next process that takes the lock. What remains is the time
// between Brex acting on the request and the last byte of the new login reaching the file (or, for
// a machine that loses its power, between that and the sync of the directory). The new refresh
// token is then on its way or in the memory of the dead process, and nowhere else. No order of
// writes can prevent that, since the token is unknown before the response comes; the time can only
// be kept short, and there is nothing in it but decoding the response and writing the file. Whether
// the login is lost then depends on Brex. If it accepts the old token for some seconds more, as
// some issuers do for this case, the next process recovers by itself; if not, it gets a SignInError
// whose Reason is ReasonInterrupted: that is what the note of step 2 is for, which can explain the
// loss but not undo it. Brex documents nothing about this.
//
// After a broken connection, a timeout or a 5xx it is unknown whether Brex exchanged the token. The
// old one is kept and sent again, three times in all within seconds. If it was not exchanged, that
// works. If it was, the response is lost already, and the worst that sending it again can do is to
// make Brex end the login at once, with what is left of the old access token's last minute.
//
// If the new login cannot be saved, because the disk filled up after step 2, the TokenSource keeps
// it in memory and the lock held, hands out nothing new, and tries to save it again on every later
// call and on Close. Ending the process then loses the login.
//
// An access token that is still valid is returned if renewing it early fails. When the refresh
// token is refused, the error is a SignInError (errors.Is ErrSignIn): the customer has to sign in
// again, and that refresh token is not sent a second time by this TokenSource.
//
// Between machines, locks are as good as the file system's: keep the file on a local disk, or the
// login in PostgreSQL (package brexpg). Such a lock ends with its connection, so a process can lose
// it and live on: its store is Fenced, and a response that comes late never takes the place of a
// newer login. Where two refresh at once all the same, the one that is refused takes the login that
// the other has saved. Package storetest tries a Store of your own.
//
// # Many customers
//
// Tenants keeps one API client for each customer's company, checks whose login it stores, reports a
// login that has ended once, and removes customers.
//
// # Secrets
//
// Nothing in this package prints a token, a secret, a code or a verifier: not the types, whatever
// the verb, nor its errors, which never hold a response's body. They stay readable for code: as
// fields, and in the text that Token.Encode makes for a Store. A Sealer encrypts that text in
// FileStore and in brexpg's store: AESSealer, or your company's key management. Tokens and secrets
// are sent to https addresses of the issuer, or of Config.Endpoints, only (plain http on loopback),
// and redirects are not followed.
package brexoauth
