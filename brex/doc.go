// Package brex is a client for the Brex API: cards, users, transfers, vendors, expenses, budgets,
// accounting and the rest.
//
//	package main
//
//	import (
//		"context"
//		"fmt"
//		"log"
//
//		"github.com/brex-go/sdk/brex"
//	)
//
//	func main() {
//		client, err := brex.NewFromEnv() // reads BREX_TOKEN
//		if err != nil {
//			log.Fatal(err)
//		}
//		for expense, err := range client.Expenses.All(context.Background(), brex.ExpenseListParams{}) {
//			if err != nil {
//				log.Fatal(err)
//			}
//			fmt.Println(expense.ID, expense.BillingAmount, expense.Memo)
//		}
//	}
//
// A [Client] has one service for each kind of resource: client.Expenses, client.Cards,
// client.Transfers. The types of requests and responses are aliases of the types in the generated
// packages below gen, which document the fields:
//
//	go doc github.com/brex-go/sdk/gen/payments CreateTransferRequest
//
// Their constants are here, and so are the constructors of unions, the types that have several
// forms. A constructor is named after its union, as in [CounterpartyVendor].
//
// # Authentication
//
// [WithToken] sets a user token or an access token. [WithTokenSource] accepts any token source of
// golang.org/x/oauth2; package brexoauth has the OAuth flows. The client asks the source for a
// token before every attempt. After a 401 it asks once more, and repeats the call if the source has
// another token by then. A 401 or 403 has several possible causes (token, scope, role, feature);
// the error names the scopes, any one of which is enough.
//
// The token is sent to the base URL only. Redirects are never followed, and plain http is refused
// except on loopback. The one exception is getCardNumber, which has its own host: see
// [WithCardNumberURL].
//
// # Retries
//
// A call is repeated up to three times ([RetryPolicy]), where this table says so:
//
//	                                          GET   PUT     POST that declares  other   outcome if all
//	                                                DELETE  the key             POST    attempts fail
//	no connection                             yes   yes     yes                 yes     not sent
//	429                                       yes   yes     yes                 yes     refused
//	429 with too long a Retry-After           no    no      no                  no      refused
//	401, and the source has another token     once  once    once                once    refused
//	500, 502, 503, 504                        yes   yes     yes                 no      unknown
//	the same with too long a Retry-After      no    no      no                  no      unknown
//	connection broken, attempt timed out      yes   yes     yes                 no      unknown
//	2xx cut off                               yes   yes     yes                 no      unknown
//	2xx with some of the expected members     no    no      no                  no      done
//	any other 2xx that is not as documented   no    no      no                  no      unknown
//	408, 499, 3xx except 307 and 308          no    no      no                  no      unknown
//	409, the key is declared                  -     -       no                  -       unknown
//	409, it is not                            no    no      -                   no      refused
//	400, 422 that speak of the key            no    no      no                  no      unknown
//	other 4xx, 307, 308                       no    no      no                  no      refused
//	other 5xx                                 no    no      no                  no      unknown
//
// The key is the idempotency key, see below. Four rules are behind the table:
//
//   - A 2xx is a success only if the body has the members that the operation's response must have.
//     Where Brex documents no response, the documented status or a 204 is a success if the body is
//     empty, {} or null, and not otherwise: a proxy or a maintenance page can respond with 200,
//     too.
//   - A 409 can mean that the key was used before, by a request that was carried out, or that there
//     is a plain duplicate, such as an email address. Check before you repeat it under another key.
//   - A DELETE without a documented response has succeeded if a repeat, after an unknown outcome,
//     finds nothing to delete.
//   - The outcome of a call covers all its attempts: if the outcome of the first is unknown and the
//     second is refused, the outcome of the call is unknown.
//
// The table is tested fault by fault in fault_matrix_test.go.
//
// The wait before the n-th repeat is random, from zero up to 500 ms, 1 s, 2 s and so on, at most 20
// s. A Retry-After of up to 70 s is honoured, in seconds or as a date; a longer one ends the call
// with [ErrRetryAfter], and Error.RetryAfter has the value. No attempt begins more than 3 minutes
// after the first ([ErrBudget]), not counting the time that the limiter holds it back. The end of
// the context ends any wait at once. [WithoutRetry] sends the request once. net/http itself may
// repeat a GET on a reused connection that the server has closed; the client keeps it from
// repeating anything else.
//
// An attempt may take 60 s ([WithTimeout]). If it takes longer, the error is an [ErrNoResponse], or
// an [ErrBadResponse] if the response had begun. context.DeadlineExceeded always means the deadline
// of the caller's context.
//
// # Idempotency
//
// Every POST and PUT carries an Idempotency-Key: the same in all attempts of a call, another in
// each call. Brex's guide accepts the key for every operation, but only operations whose document
// declares it (Operation.Idempotency) count as safe to repeat. How long Brex remembers a key is not
// documented: a key protects from a second payment only as long as Brex remembers it.
//
// A random key protects one call, not two runs of a program. For those, derive the key from what
// the request is for:
//
//	key := brex.KeyFrom("payroll-2026-11", vendorID)
//	transfer, err := client.Transfers.Create(ctx, req, brex.WithIdempotencyKey(key))
//
// [KeyFrom] returns the same key for the same parts, in every process and every version.
//
// # Pagination
//
// List returns one page, Pages iterates page by page, All item by item; [Collect] makes a slice of
// either. An empty page is not the end of a list, a cursor that repeats is an error
// ([ErrCursorLoop]), and an error is always the last pair of the loop. Nothing is read ahead unless
// [WithPrefetch] asks for the next page, and leaving the loop stops the requests. Brex's cursors
// act as offsets: items can repeat or be missed while new ones arrive.
//
// A list cannot be read in parallel by cursor, but it can by time. [ExpensesService.Backfill] and
// [AccountingRecordsService.Backfill] split a range of time among several workers. The lists of
// transactions and trips have no upper bound of time, so they cannot be split:
// [TransactionsService.BackfillCard], [TransactionsService.BackfillCash] and
// [TripsService.Backfill] read page by page and drop what is too late. Each backfill returns every
// item once and can be resumed from a [Checkpoint].
//
// # Errors and outcomes
//
// Every failure of a call is an [*Error]. errors.Is reports its kind ([ErrNotFound],
// [ErrRateLimited] and so on). Error.Outcome says what is known of its effect: not sent, refused,
// unknown or done. If the outcome is unknown, the error says so and names the key to repeat the
// call with. If it is done, do not repeat the call. A response that is empty, cut off or not what
// was asked for is an error ([ErrBadResponse]), never an empty result. Error.TraceID is what Brex's
// support asks for. A mistake in the use of this package is [ErrUsage]; nothing was sent then.
//
// # Money
//
// [Money] is a whole number of the currency's smallest unit: 700 USD is 7.00 dollars, 700 JPY is
// 700 yen. Only the accounting API uses major units, as [Decimal]. Both are exact, and package
// money computes with them.
//
// # Limits
//
// Brex allows 1,000 requests in any 60 s. A [Window] keeps to that exactly, for all clients of the
// process with the same token, retries included; waiting calls are served in turn. Clients with a
// token source share a Window if [WithLimiter] gives them the same one. WithLimiter also accepts a
// limiter that several processes share. If Brex responds with 429 nevertheless, because others use
// the token or Brex allows less, all users of the Window are held back: see [Window.Penalize].
//
// Brex also allows 1,000 transfers, 100 international wires and 5,000 new cards in 24 hours. A
// client cannot know how many of them other processes and the dashboard have used, so it does not
// count: Brex refuses what exceeds them.
//
// # Before anything is sent
//
// [Client.Prepare] checks and encodes a request without sending it, and [Client.Send] sends exactly
// that: to show a payment before it is made, or to record what will be sent. [WithGuard] asks a
// function of yours about every call, however it is made; [ReadOnly] is such a function.
//
// # Observability
//
// [WithLogger] writes one record per call and one per retry. [WithObserver] reports each attempt,
// wait, retry, page and call as an [Event], for your own metrics and logs. Package brexotel traces
// a client with OpenTelemetry: a span of every attempt, the events on the span of the call's
// context, and queries and trace ids where they belong.
//
// [WithDrift] reports members, enum values and types in responses that this version's documents do
// not know, each once and never a value, so that you learn of a change in the API before a program
// needs it.
//
// # Secrets
//
// No log record, event, error text or printed value of this package holds a token, a header, a
// query, a body (except Brex's own error message), or more than the last four digits of a card or
// account number. What you ask for explicitly, you get: [Secret.Reveal], Error.RawBody,
// Response.Body, and encoding/json of a value that holds a [Secret], since that is what is sent.
//
// fmt shows no [Secret] wherever it is, also in an unexported field of your own struct. log/slog
// shows no [Secret] by itself, in an object of this package that holds one, or in a [Page] of them.
// It cannot look into a slice, a map or a struct of your own around them: its JSON handler encodes
// those with encoding/json, in clear. Give such a struct a LogValue method, or log its parts.
//
// # Concurrency
//
// A [Client], its services and a [Window] are safe for concurrent use. So is an iterator: each loop
// over it reads the list anew. Your loggers, observers, token sources, transports and decoders are
// called concurrently. Results belong to the caller. A [Response] passed to WithResponse belongs to
// one call at a time.
//
// # Performance
//
// Reading a page costs about a quarter of the time of hand-written net/http and encoding/json (two
// fifths on Go 1.27, where encoding/json is faster), and a third of the memory. A scanner decodes
// the JSON that Brex sends; where there is anything unusual in it, a member given twice for example,
// encoding/json decodes the whole response. [WithJSON] sets another decoder. make bench compares.
//
// # Testing
//
// Brex has no sandbox. Package brextest is one, in memory:
//
//	server := brextest.NewServer(t)
//	client, err := brex.New(brex.WithBaseURL(server.URL), brex.WithToken(server.Token()))
package brex
