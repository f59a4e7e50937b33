// Package brex is a client of the Brex API: cards, users, transfers, vendors, expenses, budgets, accounting and the rest.
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
// Each kind of thing has a service, a field of [Client]. The types of requests and answers are aliases of those in the packages
// below gen, where their fields are documented: go doc github.com/brex-go/sdk/gen/payments CreateTransferRequest. Their constants,
// and functions that make what has several forms, such as [CounterpartyVendor], are here.
//
// # Authentication
//
// [WithToken] takes a user token or an access token, [WithTokenSource] anything from golang.org/x/oauth2 that refreshes; package
// brexoauth has the flows. A token is asked for before every attempt. After a 401 the source is asked once more, and the call is
// repeated if it has another token by then. A 401 or 403 has several possible causes (token, scope, role, feature); the error
// names the scopes of which any one is needed.
//
// The token goes to the base URL only: redirects are never followed, and plain http is refused but on loopback. The one
// exception is getCardNumber, which has its own host: see [WithCardNumberURL].
//
// # Retries
//
// A call is repeated up to three times ([RetryPolicy]), where the table says so:
//
//	                                          GET   PUT     POST that declares  other   outcome of the call
//	                                                DELETE  the key             POST    when all attempts end so
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
// A 2xx is success only with the members that the operation's response must have. Where Brex documents no response, the
// documented status or 204 is success with an empty body, {} or null, and nothing else is: a proxy or a maintenance page can
// answer 200, too. A 409 can mean that the key was used before, by a request that was carried out, or a plain duplicate such as
// an e-mail address: look before repeating it under another key. A DELETE without a documented response that finds nothing when
// it is repeated after an unknown outcome has succeeded. What an attempt may have done stays in the outcome of the call: an
// unknown first attempt and a refused second make an unknown call. The whole table, fault by fault, is in
// fault_matrix_test.go.
//
// The wait before the n-th repeat is drawn evenly from zero to 500 ms, 1 s, 2 s ... at most 20 s. Retry-After is honoured, in
// seconds or as a date, up to 70 s; a server that asks for more ends the call with [ErrRetryAfter] and the value in
// Error.RetryAfter. No attempt begins more than 3 minutes after the first, but for what the limiter holds it back ([ErrBudget]). The end of the
// context ends any wait at once. [WithoutRetry] sends once. net/http itself may repeat a GET on a reused connection that the
// server has closed; it is kept from repeating anything else.
//
// An attempt may take 60 s ([WithTimeout]). Its end is an [ErrNoResponse], or an [ErrBadResponse] when the answer had begun;
// context.DeadlineExceeded always stands for the deadline of the caller's context.
//
// # Idempotency
//
// Every POST and PUT carries an Idempotency-Key, the same in all attempts of a call and another in each call. Brex's guide accepts
// it everywhere, but only the operations whose document declares it count as safe to repeat (Operation.Idempotency). How long
// Brex remembers a key is not documented.
//
// A random key protects one call, not two runs of a program. For those give a key of your own that says what is meant:
//
//	key := brex.KeyFrom("payroll-2026-11", vendorID)
//	transfer, err := client.Transfers.Create(ctx, req, brex.WithIdempotencyKey(key))
//
// [KeyFrom] gives the same key for the same parts in every process and version.
//
// # Pagination
//
// List gives one page, Pages page by page, All item by item; [Collect] makes a slice of either. An empty page is not the end of a
// list, a cursor that comes again is an error ([ErrCursorLoop]), an error is the last pair of a loop. Nothing is read ahead unless
// [WithPrefetch] asks for the next page, and leaving the loop stops the requests. Cursors are offsets in effect: items can repeat
// or be missed while new ones arrive.
//
// A cursor cannot be read in parallel, a range of time can: [ExpensesService.Backfill] and [AccountingRecordsService.Backfill] split
// one among several workers. Transactions and trips can be narrowed to what came after a time only, which cannot be split:
// [TransactionsService.BackfillCard] and its like read page by page and drop what is too late. All give each item once and can be
// resumed from a [Checkpoint].
//
// # Errors and outcomes
//
// Every failure of a call is an [*Error]. errors.Is tells its kind ([ErrNotFound], [ErrRateLimited] ...), Error.Outcome what is known
// of its effect: not sent, refused, unknown or done. An error whose outcome is unknown says so and names the key to repeat it with;
// one that is done must not be repeated. An answer that is empty, cut off or not what was asked for is an error
// ([ErrBadResponse]), never an empty result. Give Error.TraceID to Brex's support. A mistake in the use of this package is
// [ErrUsage]; nothing was sent then.
//
// # Money
//
// [Money] is a whole number of the currency's smallest unit: 700 USD is 7.00 dollars, 700 JPY is 700 yen. The accounting API
// alone speaks of major units, as [Decimal]. Both are exact, and package money computes with them.
//
// # Limits
//
// Brex allows 1,000 requests in any 60 s. A [Window] keeps to that exactly, for all clients of the process with the same token,
// retries included; those who wait are served in turn. Give clients with a token source one Window by [WithLimiter], which also
// takes a limiter that several processes share. A 429 that comes nevertheless, because others use the token or Brex allows less,
// holds back all who share the Window: see [Window.Penalize].
//
// Brex also allows 1,000 transfers, 100 international wires and 5,000 new cards in 24 hours. A client cannot know what other
// processes and the dashboard used of them, so it does not count: what goes beyond is refused by Brex.
//
// # Before anything is sent
//
// [Client.Prepare] checks and encodes a request without sending it, [Client.Send] sends exactly that: to show a payment before it
// is made, or to write down what will be sent. [WithGuard] asks a function of yours about every call, whichever way it is made;
// [ReadOnly] is one.
//
// # Seeing what happens
//
// [WithLogger] writes one record per call and one per retry. [WithObserver] reports each attempt, wait, retry, page and call
// as an [Event], for metrics and logs of your own. For OpenTelemetry put otelhttp's transport into the
// client of [WithHTTPClient], which makes a span of every attempt, and the events onto the span of the call's context: testdata/otel
// does so, and keeps queries and trace ids where they belong.
//
// [WithDrift] reports members, enum values and types in responses that this version's documents do not know, each once and
// never a value, so that you learn of a change in the API before a program needs it.
//
// # Secrets
//
// No log record, event, error text or printed value of this package holds a token, a header, a query, a body but for Brex's own
// message of an error, or a card or account number beyond its last four digits. What you ask for you get: [Secret]'s Reveal,
// Error.RawBody, Response.Body, and encoding/json of a value that holds a [Secret], since that is what is sent.
//
// fmt shows no [Secret] wherever it stands, in an unexported field of a struct of yours too. log/slog shows none of a [Secret], of
// an object of this package that holds one, or of a [Page] of them. It cannot see into a slice, a map or a struct of your own around
// them: its JSON handler encodes those by encoding/json, in clear. Give such a struct a LogValue method, or log its parts.
//
// # Concurrency
//
// A [Client], its services and a [Window] are safe for concurrent use, and so is an iterator: each loop over it is a list of its own.
// Loggers, observers, token sources, transports and decoders that you give are called concurrently. Results belong to the
// caller. A [Response] given by WithResponse belongs to one call at a time.
//
// # Speed
//
// A page costs what hand-written net/http and encoding/json cost, with half the memory. Nearly all of it is JSON: built with
// GOEXPERIMENT=jsonv2 it takes half the time, and [WithJSON] plugs another decoder in. bench_test.go has the figures.
//
// # Testing
//
// Brex has no sandbox; package brextest is one, in memory:
//
//	server := brextest.NewServer(t)
//	client, err := brex.New(brex.WithBaseURL(server.URL), brex.WithToken(server.Token()))
package brex
