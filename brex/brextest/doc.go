// Package brextest is a Brex to test against: a company in memory behind an
// http.Handler that answers as api.brex.com does. Brex itself has no sandbox.
//
//	s := brextest.NewServer(t)
//	client, err := brex.New(brex.WithToken(s.Token()), brex.WithBaseURL(s.URL))
//
// It needs no client of ours: anything that can send a bearer token to a base
// URL can use it. NewHandler is the same without a listener, for a program.
//
// The company is made from a seed (WithSeed, WithSize) or loaded from saved
// answers (WithData). It is deterministic: the same seed and the same requests
// give the same bytes, and its clock stands at DefaultNow until Advance moves
// it. What is created can be fetched, listed, changed and deleted; transfers
// hold money, arrive on the clock and appear as cash transactions.
//
// A test can look at what was received (Handler.Requests) and make things go
// wrong (Handler.FailNext), above all ResetAfterAccept: the operation was
// carried out, and nobody was told.
//
// # What is modelled
//
// Expenses (list, get, update), card and cash accounts, statements and
// transactions, users and their limits, cards, departments, locations, titles,
// legal entities, the company, vendors, transfers in both directions and
// linked accounts. Every other operation of the API answers 501 with a message
// that names it; a path that Brex does not have answers 404.
//
// Each of these is held against the OpenAPI documents by the package's tests:
// paths, scopes, parameters, bodies, and every answer.
//
// # What is guessed
//
// Brex documents none of this, or says two things. Where it matters there is a
// switch; elsewhere a client should not depend on it.
//
//   - Date-time filters: with and without a zone are taken, a missing one is
//     UTC, both bounds are inclusive (WithStrictZone refuses a zone).
//   - posted_at_start of transactions counts by day.
//   - Order: newest first for expenses, transactions, transfers and
//     statements; the others as they were created.
//   - Cursors: an offset, good only with the filters and the limit it was made
//     for (WithListMode for pages that a client may meet but won't like).
//   - A reused idempotency key with another body: 409 (WithKeyReuse). Keys are
//     remembered for 24 hours (WithKeyRetention), per token and operation, and
//     only for requests that succeeded. Where the document does not declare a
//     key it is accepted and has no effect.
//   - A bad token is a 401, a missing scope a 403. The types of errors other
//     than UNAUTHORIZED, FORBIDDEN and NOT_FOUND, and most codes.
//   - name filters match a part of the name, whatever the case;
//     custom_field[] is key:value; expand[] of card transactions takes
//     expense_id and changes nothing, that of users takes no value.
//   - When transfers are sent and arrive: 13:00 and 21:00 UTC of business
//     days, wires on the same day, ACH two days later, international wires
//     three, cheques six; book transfers at once. No bank holidays.
//   - The wording of descriptions, the prefixes of most ids, the status of new
//     users (INVITED) and cards (ACTIVE, physical ones SHIPPED).
//
// # What is left out
//
// Receipts and their uploads, budgets and spend limits as resources, fields,
// accounting, travel, onboarding and webhooks (501); rate limits, roles, OAuth
// and token expiry; card limits do not react to spending.
//
// # Files
//
// WithData knows these names, each with .json: budgets, card_accounts,
// card_statements, card_transactions, cards, cash_accounts, cash_statements
// and cash_transactions (of the primary account, or with _<account id> of that
// one), company (one object), departments, expenses, legal_entities,
// linked_accounts, locations, titles, transfers, users, vendors. Members that
// the sandbox does not know are kept. Only card transactions whose card is in
// cards.json can be found by user.
package brextest
