// Package brexmcp serves package agent to agents over the Model Context Protocol, revision
// 2026-07-28 and the older ones.
//
//	err := brexmcp.ServeStdio(ctx, guard, "reporting", agent.SessionOptions{Via: "stdio", User: "ada"}, os.Stdin, os.Stdout)
//
// The server has seven tools, which never change: brex_search, brex_describe, brex_read, brex_total,
// brex_write, brex_money and brex_pending. Each is of one access class, so that a host can let
// those pass that only read. What a call may do is decided by the guard's policy and not here.
// Every call of a tool is in the guard's log, also one that is refused before it reaches the policy
// because its message cannot be read, or its tool or its arguments are not known.
//
// NewHandler serves many agents over HTTP, each with a token of its own, and the page on which
// people approve what agents ask for. Tokens keeps the hashes of those tokens.
package brexmcp
