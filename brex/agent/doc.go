// Package agent lets a program that is not trusted, such as a language model, use a Brex account
// under a policy. It has no MCP in it; package brexmcp serves it to agents.
//
//	policy, err := agent.LoadPolicy("policy.yaml")
//	ledger, err := agent.OpenLedger("state")
//	log, err := agent.OpenLog("audit", agent.LogOptions{})
//	guard, err := agent.NewGuard(client, policy, ledger, log)
//	session, err := guard.As("ap-agent")
//	result, err := session.Money(ctx, "createTransfer", params, "invoice INV-4711")
//
// A call is prepared, decided by the policy on the prepared request, its amounts reserved in the
// ledger, the decision written to the log and synced, and only then sent. What is not granted is
// denied; what a person must decide waits in the ledger until somebody approves it, outside the
// agent's connection. What comes back is cut to the granted fields and marked where other people
// wrote it.
//
// Before the first request, also a read, the guard asks Brex for the company of the token, and keeps
// it: a token of another company than the policy's sends nothing, and neither does one whose company
// cannot be found out, so every token needs the scope of getCompany.
//
// # What a policy cannot do
//
// It binds an agent only as far as the agent has no other way to the token, the policy, the log and
// the ledger. An agent whose host has a shell runs as the same operating-system user, and can read
// the token and approve its own requests. For such an agent, the server with the token, the log and
// the ledger must run as another user or on another machine. Approve refuses the user that the
// request came from where that is known.
//
// # Policies
//
// A policy only grants. Every line of it allows something or is required, so that a line that is
// lost never allows more. Two lines that are lost together can: without its name and its calls, the
// grants of an agent become those of the agent before it, unless both name the same resource. Keep
// policies under review, and compare versions with brex agents policy diff.
//
//	version: 1
//	company: cuacc_1                        # id of the company that the token must belong to
//	zone: America/New_York                  # of hours, days and months
//	agents:
//	  reporting:
//	    calls: 60/min
//	    rows: 200                           # in a result; 20 unless given
//	    expenses: read                      # off, read, write or full
//	    users: {level: read, fields: [id, first_name, last_name]}
//	  ap-agent:
//	    calls: 30/min
//	    vendors: read
//	    transfers:
//	      operations: [createTransfer, listTransfers]
//	      fields: all
//	      max: 2500.00 USD                  # of a call; a list for several currencies
//	      per_day: 10000.00 USD             # max unless given
//	      per_month: 50000.00 USD           # per_day unless given
//	      payees: file:payees.csv           # ids, a file, or any
//	      from: [dpacc_1]                   # accounts, or any
//	      memo: INV-[0-9]{4,10}             # of the whole memo, or any
//	      hours: Mon-Fri 08:00-18:00        # or any
//	      approve_above: 500.00 USD         # a person is asked from here on; always unless given
//	      approvers: [cfo, controller]
//	      after_untrusted: ask              # or allow
//
// A level grants the operations of its access classes: read; write also those that change; full also
// those that move money or change who can spend. operations grants single ones, in addition.
// Operations that show secrets are granted by name only, and card numbers never.
package agent
