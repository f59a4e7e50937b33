// Package mirror keeps a copy of a company: every list of the Brex API as a table, in files, SQLite or PostgreSQL.
//
//	sink, err := sqlite.Open("brex.db")
//	m, err := mirror.New(client, sink)
//	report, err := m.Run(ctx)                 // every stream, or those that are named
//
// A stream is one list and its table (package gen/tables). Lists that Brex can narrow to what changed are read from the time of
// the last change seen, less an overlap, and whole once a week; the others are read whole each time. Rows and the checkpoint
// behind them are committed together, so a run that is killed goes on where it stood and does nothing twice.
//
// What is gone is marked, never removed: after a list was read whole without an error, each row that it did not show is asked for
// by its id, and marked when Brex responds with 404. Nothing is marked while it is unclear whether the token still sees what it saw: in
// the first whole reading by another user or with other rights, and where more than a tenth of a stream would go.
//
// Card numbers, signing secrets, numbers of identity and travel documents and links that open something are never kept, neither
// in a column nor in _raw; of account numbers the last four characters are, unless WithAccountNumbers asks for all.
package mirror
