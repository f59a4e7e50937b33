// Package payout pays a file of invoices by Brex transfers, and never knowingly pays one of them
// twice.
//
// [ReadCSV] reads the file, [NewPlan] checks it and freezes the request of every payment, [Approve]
// notes who looked at the plan, [Execute] sends the payments and, called again, continues a run
// that was cut off at any point. [Reconcile] asks how the payments ended, [ReadReport] says what is
// known. [Dir] keeps plans and journals in a folder, and package brexpg in PostgreSQL, where a run that
// a machine began is continued by another. Only vendors are paid: book transfers are in
// no list of Brex, so that an unknown one could never be found again. Amounts are in minor units.
// [Scopes] lists what the token needs.
//
// # What is promised
//
//   - Nothing is sent that is not on disk before: the intent is written and synced, then the
//     request is sent, then its outcome is written and synced. Where the disk is full, nothing more
//     is sent.
//   - What is sent is what the plan shows. The id of a run is the SHA-256 of its plan, which holds
//     the bytes of each request; a plan that was changed by hand is refused.
//   - A payment whose outcome is unknown is looked for before it is sent again, in Brex's whole
//     list of transfers, by the memo that no other payment has, by amount and by payment
//     instrument. The memo is the reference and a mark derived from the rows, and so is the
//     idempotency key: the same file has the same memos and keys in every plan, on every machine.
//   - A payment is never repeated by itself inside the client. One that is found is taken as it is.
//     One that is found twice halts the run. One that is absent is sent again with the same key and
//     bytes within the resend window (10 minutes, for which Brex is trusted to remember the key),
//     and after it only where ExecuteOptions.ResendAbsent names it and two readings do not show it.
//   - A list that does not show what Brex has accepted, or shows it with another memo, proves
//     nothing: what it does not show stays unknown. So does a payment for which the list has a
//     transfer of the same amount to the same account with no memo or another.
//   - The response's memo, amount and instrument are compared at once. A difference halts the run
//     for good.
//   - Every run begins with the list, so that a run whose journal was lost or restored from a
//     backup finds what it has paid, as far as the list shows it.
//   - The run stops at the first 401 or 403, where a limit is used up, and after five failures in a
//     row. A payment that Brex refuses stops no other.
//   - Two processes cannot execute one run. A torn last line of the journal is what a crash leaves
//     and is dropped; any other damage is an error, and nothing is sent.
//   - A report adds up: planned = unsent + refused + unknown + pending + processed + failed, in
//     each currency, or it is an error.
//
// The states of a payment:
//
//	PLANNED    never sent, or certainly without effect
//	SENDING    noted before it was sent, by a process that died
//	ACCEPTED   Brex returned a transfer: SCHEDULED, PENDING_APPROVAL or PROCESSING there
//	REFUSED    Brex refused it
//	UNKNOWN    sent, effect unknown: no response, a 5xx, a 409, a response that cannot be used
//	FOUND      found in Brex's list
//	ABSENT     sent, and not in Brex's list
//	PROCESSED  PROCESSED at Brex
//	FAILED     FAILED at Brex: failed, cancelled, not approved
//
// # What no client can promise
//
// Brex documents neither for how long it remembers an idempotency key nor how soon a transfer is in
// its list. When it has forgotten the key and its list is late, nobody outside Brex can see that a
// payment exists, and sending it again pays twice. That takes an outcome that is unknown, a list
// that is late by more than ExecuteOptions.Pause, and either a key that was forgotten within the
// resend window or somebody who named the payment in ResendAbsent. To make it less likely, set a
// longer Pause and a shorter ResendWindow, and leave ManualFrom at zero: then each payment waits in
// Brex for approval, where a second one with the same memo can still be seen and denied.
//
// Nor can a client know of a second copy of the folder on another machine. Keep one.
//
// When [ErrDecision] is returned, look for the memo in Brex's dashboard. If the payment is there,
// execute or reconcile later: the list will show it. If it is certainly not there, execute with its
// row in ResendAbsent. A payment that stays UNKNOWN, because the list cannot be trusted or has a
// transfer that may be it, is never sent again in its run: when it is certain that it was not made,
// pay it under another reference. When [ErrHalted] is returned, nothing of this run is sent any
// more; what is not as it must be is in Report.Halted. [Report.RetryRows] gives what was refused,
// has failed or, in a run that is halted, was never sent: the rows of another plan, which names
// this run and has keys and memos of its own.
//
// # Approval
//
// By default each payment asks for approval in Brex (approval_type MANUAL). Whether that is another
// person depends on the company's settings there: an admin can by default approve his own.
// PlanOptions.ManualFrom asks from an amount on only. Approvals in the journal say who ran the
// approving command on which plan. They are notes, no control: whoever can write the folder can
// make them.
//
// # Limits
//
// Brex allows 1,000 transfers and 100 international wires in 24 hours. Execute counts them from the
// journal and from Brex's list, which has days and no times, so that yesterday's transfers of
// others count until tomorrow; it stops at the limit and is continued by the next call. Above 1,000
// transfers in 30 days Brex asks to be contacted first, and the plan warns.
package payout
