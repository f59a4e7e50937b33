// Package brextest is a Brex to test against: a company in memory behind an
// http.Handler that answers as api.brex.com does. Brex itself has no sandbox.
//
//	s := brextest.NewServer(t)
//	client, err := brex.New(brex.WithToken(s.Token()), brex.WithBaseURL(s.URL))
//
// It needs no client of ours: anything that can send a bearer token to a base
// URL can use it. NewHandler is the same without a listener, for a program.
//
// The company is made from a seed (WithSeed, WithSize), loaded from saved
// answers (WithData) or continued (WithSnapshot). It is deterministic: the same
// seed and the same requests give the same bytes, and its clock stands at
// DefaultNow until Advance moves it. What is created can be fetched, listed,
// changed and deleted, and relations hold: what an object names, exists.
//
// A test can look at what was received (Handler.Requests, Handler.Expect) and
// make things go wrong (Handler.FailNext, Handler.AddRule), above all
// ResetAfterAccept: the operation was carried out, and nobody was told. It can
// also be what is no request: the merchant (Handler.Purchase), the admin in
// Brex's dashboard (Handler.ApproveTransfer), the calendar (Handler.Advance).
//
// # What is modelled
//
// All 111 operations. Paths, scopes, parameters and bodies come from the
// OpenAPI documents; the package's tests hold every answer against them.
//
//	expenses      list, get, memo; they post, settle and appear as card
//	              transactions with the clock; purchases by Handler.Purchase
//	receipts      upload and match: an address below UploadPath, good for 30
//	              minutes and one file of 50 MB, without a token; the file is
//	              then a receipt of the expense
//	cards         create, change, lock, terminate; they show what is left in
//	              their period, and are declined when they should be
//	users         create, change, disable; monthly limits that go down with
//	              what is spent
//	budgets       v2 budgets and spend limits with what was spent; v1 budgets,
//	              which are the same spend limits; programs with blueprints
//	money         vendors, transfers in both directions, linked accounts, cash
//	              and card accounts, transactions, statements: transfers hold
//	              money, arrive on the clock and are booked
//	fields        fields and values, by any of their three ids
//	accounting    integrations, of which one is active; records of paid
//	              expenses in decimal major units; export results
//	travel        trips and bookings of all four kinds, from the expenses that
//	              paid for them
//	onboarding    referrals that expire, documents, the delayed EIN
//	webhooks      subscriptions, groups and members, secrets and their
//	              rotation; events and their signed delivery
//	team          the company, departments, locations, titles, legal entities
//	tokens        scopes, roles (TokenFor), the business account
//	              (WithoutBusinessAccount), an OAuth issuer at IssuerPath
//	limits        WithLimits: requests, transfers, wires, cards
//	lists         opaque cursors, limits, filters, expansions; the pages of
//	              WithListMode that a client may meet but won't like
//
// # What is guessed
//
// Brex documents none of this, or says two things. Where it matters there is a
// switch; elsewhere a client should not depend on it.
//
//   - Date-time filters: with and without a zone are taken, a missing one is
//     UTC, both bounds are inclusive but for last_updated_after (WithStrictZone
//     refuses a zone). posted_at_start of transactions counts by day.
//   - Order: newest first for expenses, transactions, transfers, trips,
//     referrals, accounting records and statements (WithOldestFirst); the
//     others as they were created.
//   - Cursors: an offset, good only with the filters and the limit it was made
//     for (WithListMode).
//   - A reused idempotency key with another body: 409 (WithKeyReuse). Keys are
//     remembered for 24 hours (WithKeyRetention), per token and operation, and
//     only for requests that succeeded. Where the document does not declare a
//     key it is accepted and has no effect.
//   - A bad token is a 401, a missing scope a 403. The types of errors other
//     than UNAUTHORIZED, FORBIDDEN and NOT_FOUND, and most codes. A 429 has a
//     Retry-After in seconds (WithRetryHint).
//   - name filters match a part of the name, whatever the case, and so does
//     that of field values; custom_field[] is key:value; expand[] of card
//     transactions takes expense_id and changes nothing, that of users takes no
//     value.
//   - When transfers are sent and arrive: 13:00 and 21:00 UTC of business
//     days, wires on the same day, ACH two days later, international wires
//     three, cheques six; book transfers at once. No bank holidays. Purchases
//     post after two days.
//   - Periods are calendar weeks (from Monday), months, quarters and years in
//     UTC, whatever the start date. Declined, canceled and refunded expenses
//     are not spent; a split one counts by its parts. The v1 balance is what is
//     left. limit_visibility of v1 is authorization_visibility of v2. Archiving
//     twice is no error; archived ones stay in the lists.
//   - A program's blueprints in an update are the new list; a deleted program
//     is answered once more, and gone.
//   - Field values: each item of a request is found, or nothing is done (404);
//     an external id is used once per field (409). Deleting a field deletes its
//     values.
//   - Records become REVIEW two days and READY_FOR_EXPORT five days after they
//     were posted; a failed export goes back to REVIEW. Export needs no active
//     integration. single_entry leaves out the line of the other side. Amounts
//     are dollars, original amounts in their own currency.
//   - A match takes two minutes, and finds the expense that the file's name
//     names by its id, a purchase without a receipt whose merchant the name or
//     file speaks of, or the latest without one. An upload host's errors are
//     XML, as those of S3; the same file may be sent twice.
//   - Referrals expire after 90 days. The EIN comes from an uploaded document
//     of one of the two IRS types.
//   - A webhook endpoint per customer or OAuth client, and one more for each
//     group (409); deleting a group deletes its endpoint. http is taken too.
//   - A delivery is tried at once and then seven times within 28 hours, as
//     Standard Webhooks has it (WithWebhookRetries); any 2xx is success,
//     redirects are not followed. What happens while a subscription is
//     INACTIVE is not told later. Records that are ready at the same moment
//     make one event. A payment is told when it is PENDING or DECLINED, the
//     two states that the event's document knows.
//   - A request refused for a limit does not count, one that fails otherwise
//     does; all user tokens of the customer count together.
//   - What an employee may do: read the company's own, see and use what is the
//     employee's; 403 for the rest, 401 for the business account.
//   - The wording of descriptions, the prefixes of most ids, the status of new
//     users (INVITED) and cards (ACTIVE, physical ones SHIPPED).
//
// # By hand
//
// WithControl adds a page and a JSON API under ControlPath, for this machine
// only: state, events, requests, tokens, clock, faults. The program's command
// "brex sandbox" serves all of this. Snapshot saves everything there is.
//
// # What is left out
//
// Roles other than admin and employee. Merchant and category controls, expense
// policies and approvals: they are kept and shown, and decide nothing. Rollover
// and requested increases of spend limits. Parents' budgets don't limit their
// children, and programs make no limits. Statements and repayments of the card
// balance after the start; bank holidays; interest. Records of refunds, rewards
// and card payments. New trips and bookings. Payloads of the EMBEDDED events.
// Integrations don't check the vendor's account (VENDOR_ACCOUNT_ID_MISMATCH).
//
// # Files
//
// WithData knows these names, each with .json: accounting_records,
// budget_programs, budgets, card_accounts, card_statements, card_transactions,
// cards, cash_accounts, cash_statements and cash_transactions (of the primary
// account, or with _<account id> of that one), company (one object),
// departments, expenses, field_values, fields, integrations, legal_entities,
// linked_accounts, locations, referrals, spend_limits, titles, transfers,
// trips and bookings_<trip id>, users, vendors, webhook_groups. Members that
// the sandbox does not know are kept. Only card transactions whose card is in
// cards.json can be found by user. Loaded balances stay as they came until
// something changes them; without accounting_records the records follow from
// the expenses.
package brextest
