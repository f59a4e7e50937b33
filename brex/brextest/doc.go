// Package brextest is a sandbox of the Brex API for tests: a company in memory behind an
// http.Handler that responds as api.brex.com does. Brex itself has no sandbox.
//
//	s := brextest.NewServer(t)
//	client, err := brex.New(brex.WithToken(s.Token()), brex.WithBaseURL(s.URL))
//
// Any client that can send a bearer token to a base URL can use it, not only package brex.
// NewHandler is the same without a listener, for a program.
//
// The company is made from a seed (WithSeed, WithSize), loaded from saved responses (WithData) or
// continued (WithSnapshot). It is deterministic: the same seed and the same requests give the same
// bytes, and its clock stands at DefaultNow until Advance moves it, or is one of its own
// (WithClock). What is created can be fetched, listed, changed and deleted, and references are
// valid: every object that another one names exists.
//
// A test can look at what was received (Handler.Requests, Handler.Expect, WithRequestLog,
// WithRequestHook) and inject faults (Handler.FailNext, Handler.AddRule), above all
// ResetAfterAccept: the operation was carried out, but the client gets no response. It can also act
// for others: the merchant (Handler.Purchase), the admin in Brex's dashboard
// (Handler.ApproveTransfer), the calendar (Handler.Advance).
//
// # What is modelled
//
// All operations. Paths, scopes, parameters and bodies come from the OpenAPI documents: the
// sandbox judges every request by them. The package's tests compare its verdicts with those of
// kin-openapi, for each request that they make, and validate every response with it.
//
//	Topic         Modelled
//	------------  ----------------------------------------------------------------------------------
//	expenses      list, get, memo; they post, settle and appear as card transactions with the clock;
//	              purchases by Handler.Purchase
//	receipts      upload and match: an address below UploadPath, good for 30 minutes and one file of
//	              50 MB, without a token; the file is then a receipt of the expense
//	cards         create, change, lock, terminate; they show what is left in their period, and are
//	              declined when they should be
//	users         create, change, disable; monthly limits that go down with what is spent
//	budgets       v2 budgets and spend limits with what was spent; v1 budgets, which are the same
//	              spend limits; programs with blueprints
//	money         vendors, transfers in both directions, linked accounts, cash and card accounts,
//	              transactions, statements: transfers hold money, arrive on the clock and are
//	              booked; Handler.ApproveTransfer, DenyTransfer, FailTransfer
//	fields        fields and values, by any of their three ids
//	accounting    integrations, of which one is active; records of paid expenses in decimal major
//	              units; export results
//	travel        trips and bookings of all four kinds, from the expenses that paid for them
//	onboarding    referrals that expire, documents, the delayed EIN; Handler.ActivateReferral
//	webhooks      subscriptions, groups and members, secrets and their rotation; events of all
//	              documented types and their signed delivery (WithBackgroundDelivery,
//	              WithWebhookClient, WithWebhookHosts)
//	team          the company, departments, locations, titles, legal entities
//	tokens        scopes (WithToken), roles (TokenFor, WithRoleToken), the business account
//	              (WithoutBusinessAccount)
//	OAuth         an issuer at IssuerPath: discovery, authorize with and without a page, PKCE,
//	              rotating refresh tokens, client credentials, revocation (WithOAuthClient)
//	keys          the same key and body replay the first response, also for requests at the same time
//	limits        requests, transfers, wires, cards, in rolling windows (WithLimits)
//	lists         opaque cursors, limits, filters, expansions; and the pages of WithListMode that a
//	              client may meet but won't like
//	faults        of calls, uploads, OAuth and webhooks, on demand (Handler.FailNext, AddRule) or
//	              mixed by a seed (WithChaos)
//
// # What is guessed
//
// Brex documents none of this, or its documents contradict each other. If a client could depend on
// a guess, there is an option; the other rows say why there is none.
//
//	Topic         Guess                                           Switch
//	------------  ----------------------------------------------  ------------------------------------
//	Requests      A member that no document names is a 400; so    none: no client needs to send it
//	              are a member given twice and a whole number
//	              written as 1e2 or 100.0.
//	Requests      A query parameter that the operation does not   WithStrictQuery: it is a 400
//	              have is ignored, and noted (Request.Unknown,
//	              the request log, the page).
//	Requests      What would be right follows Brex's "<field> is  none: messages are for people
//	              invalid".
//	Dates         A filter's time may have a zone, or none.       WithStrictZone: a zone is a 400
//	Dates         A time without a zone is UTC.                   none: so are the times that Brex
//	                                                              returns
//	Dates         Bounds are inclusive, except                    none: a client that must not miss a
//	              last_updated_after. posted_at_start counts by   row asks for more and drops what it
//	              day.                                            has
//	Order         Newest first: expenses, transactions,           WithOldestFirst
//	              transfers, trips, referrals, records,
//	              statements. Others as they were created.
//	Cursors       An offset, good only with the filters and the   WithListMode: rows that arrive, an
//	              limit that it was made for. limit=0 is the      empty page, a loop
//	              default page.
//	Last page     next_cursor is null.                            WithListMode(ListNoLastCursor)
//	Filters       name, and value of field values, match a part   none: a client can compare again
//	              whatever the case; custom_field[] is
//	              key:value.
//	Expansions    expand[] of card transactions accepts           none: no names are known
//	              expense_id, which changes nothing; that of
//	              users accepts no value.
//	Keys          Another body with a used key is a 409.          WithKeyReuse(ReplayFirst)
//	Keys          Forgotten after 24 hours.                       WithKeyRetention
//	Keys          Known to the operations whose document          WithKeysEverywhere
//	              declares the header.
//	Keys          Only success is remembered; one key per user    none: what was refused is best sent
//	              token or OAuth client and operation; at most    with a new key
//	              255 ASCII characters. On a GET or DELETE it
//	              has no effect.
//	Tokens        A bad or expired one is a 401, a missing scope  WithBadTokenStatus
//	              a 403.
//	Tokens        User tokens don't expire while unused.          WithUnusedTokenLifetime
//	Tokens        They belong to the first two users who were     none: a token is never somebody
//	              active at the start, admin and employee, and    else's
//	              with them the admin's OAuth logins. Once that
//	              user is disabled they are refused.
//	Roles         An employee reads the company's own, sees and   WithRoleToken,
//	              uses what is the employee's; else 403, and 401  WithoutBusinessAccount
//	              for the business account.
//	OAuth         A refresh token is good once; a code for five   WithOAuthRotation
//	              minutes.
//	OAuth         The customer consents to everything at once.    WithOAuthConsent
//	Card numbers  Served at the same address as the rest.         none: the client's base URL
//	Limits        A 429 has a Retry-After in seconds.             WithRetryHint
//	Limits        A refusal for a limit, its token or its         WithLimits sets the numbers
//	              scope does not count; all user tokens of the
//	              customer count together, and so do all of an
//	              OAuth client.
//	Errors        Types other than UNAUTHORIZED, FORBIDDEN and    Handler.FailNext with Status, HTML,
//	              NOT_FOUND, and most codes.                      EmptyBody: any status and body
//	Transfers     Sent at 13:00 and there at 21:00 UTC of         WithClock and Handler.Advance; the
//	              business days: wires on the same day, ACH two   days: none, the response says them
//	              days later, international wires three, cheques
//	              six; book transfers at once. Purchases post
//	              after two days.
//	Periods       Calendar weeks (from Monday), months, quarters  none: the response says start and end
//	              and years in UTC, whatever the start date.
//	Spending      Declined, canceled and refunded expenses are    none: sums are Brex's to make
//	              not spent; a split one counts by its parts.
//	Budgets       The v1 balance is what is left;                 none: the status says it
//	              limit_visibility of v1 is
//	              authorization_visibility of v2. Archiving
//	              twice is not an error; archived ones stay in
//	              the lists.
//	Programs      Blueprints in an update are the new list. A     none: nobody has seen either
//	              deleted program is returned once more, and
//	              gone.
//	Field values  All items of a request are found, or nothing    none: nobody has seen either
//	              is done (404). An id from outside is used once
//	              per field (409). Deleting a field deletes its
//	              values.
//	Records       REVIEW two days and READY_FOR_EXPORT five days  Handler.Advance
//	              after they were posted; a failed export goes
//	              back to REVIEW. Export needs no active
//	              integration. single_entry leaves out the other
//	              side. Amounts are dollars, original amounts in
//	              their own currency.
//	Receipts      A match takes two minutes. It finds the         Handler.Advance;
//	              expense that the file's name names by its id,   Handler.FailNext(UploadFile)
//	              a purchase without a receipt whose merchant
//	              the name or file speaks of, or the latest
//	              without one. The same file may be sent twice;
//	              the upload host's errors are XML, as those of
//	              S3.
//	Referrals     Expire after 90 days. The EIN comes from an     Handler.Advance
//	              uploaded document of one of the two IRS types.
//	Endpoints     One per customer or OAuth client, and one more  none: a test has no https
//	              for each group (409); deleting a group deletes
//	              its endpoint. http is accepted.
//	Deliveries    At once, then seven times within 28 hours, as   WithWebhookRetries
//	              Standard Webhooks has it. 2xx is success,
//	              redirects are not followed. The timestamp is
//	              the real time, whatever the company's clock.
//	Deliveries    Each once, in the order of the events.          WithChaos, or
//	                                                              Handler.FailNext(WebhookDelivery):
//	                                                              twice, late, lost, out of order
//	Events        What happens while a subscription is INACTIVE   Handler.FireEvent
//	              is not reported later. Records ready at
//	              the same moment make one event. A payment is
//	              reported when PENDING or DECLINED.
//	Events        ACCOUNTING_RECORD_READY_FOR_EXPORT has          Handler.FireEvent with a payload
//	              camelCase keys; an older form has snake_case.
//	Vendors       A routing number has up to nine digits: Brex's  none: the SDK sends nine
//	              own sample has seven.
//	Uploads       The latest 5,000 addresses and 256 MB are       none: it is the sandbox's memory
//	              kept. Pictures and PDFs are shown, everything
//	              else is an attachment.
//	Words         Descriptions, prefixes of most ids, the status  none: a client should not depend on
//	              of new users (INVITED) and cards (ACTIVE;       them
//	              physical ones SHIPPED).
//
// # What is left out
//
//	Topic         Left out
//	------------  ----------------------------------------------------------------------------------
//	roles         other than admin and employee
//	controls      merchant and category controls, expense policies and approvals are kept and shown,
//	              and decide nothing
//	spend limits  rollover and requested increases; a parent's budget does not limit its children;
//	              programs make no limits
//	statements    of cash and card accounts after the start, and with them the card account's
//	              statement period; repayments of its balance; interest
//	calendar      bank holidays
//	accounting    records of refunds, rewards and card payments; integrations don't check the
//	              vendor's account (VENDOR_ACCOUNT_ID_MISMATCH)
//	travel        new trips and bookings
//	events        payloads of the EMBEDDED and PARTNERSHIP types, which Brex does not document: they
//	              have event_type and company_id
//	users         cost centers, which may be any string
//
// # By hand
//
// WithControl adds a page and a JSON API under ControlPath, for this machine only: state, events,
// requests, tokens, clock, faults, and what others than the application do: purchases, approvals,
// the customer's consent. The program's command "brex sandbox" serves all of this. Snapshot saves
// everything there is.
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
//
// # Where to look
//
//	File                         What is there
//	---------------------------  ------------------------------------------------------------------
//	handler.go                   the way of a request: limits, token, operation, fault, model
//	serve_*.go                   that way in parts: token and scope (serve_auth), roles, query and body
//	                             (serve_query, serve_body, serve_judge), keys, limits, pages, problems
//	spec.go                      what the documents say of a request, and what they forget (stricter)
//	serve_models.go              which function models which operation
//	model_transfers.go           what a transfer must be, and what it holds
//	model_transfers_settle.go    where a transfer settles, and where a cash balance moves
//	model_expense_clock.go       where a purchase posts and settles, and a card's balance moves
//	model_purchase.go            why a purchase is declined
//	model_spent.go               what was spent of a budget, limit, card or user in a period
//	model_periods.go             when a period starts and ends
//	model_*.go                   every other resource, named after it
//	store_state.go               the company: every table, and what connects them
//	store_table.go, store_scan   a table, its index, and how a list finds its rows
//	store_clock.go               the clock, and what happens as it moves
//	store_*.go                   ids, objects and units, and how rows are written
//	seed_*.go                    the company made from a seed, or loaded (seed_data)
//	snapshot*.go                 saving and continuing a company
//	events*.go                   webhook events: what causes them (events_watch), their delivery
//	faults*.go, requests*.go     what goes wrong on purpose; what was received and expected
//	oauth*.go, control*.go       the issuer; the page and JSON API for people
package brextest
