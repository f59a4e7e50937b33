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
//
// # Spreadsheets and warehouses
//
// Package report makes figures of a copy, and package singer (brex tap) writes what changes for any target of Singer and Meltano. Without
// either, whole lists go by file. The lines that begin with brex run in a test, and what they write is read back by LibreOffice and DuckDB
// (make mirror-readback); those of bq and of Snowflake follow the vendors' documents, and have not been run.
//
// Google Sheets, where File > Import reads the file; amounts are exact major units, and cells that a sheet would run as formulas are disarmed:
//
//	brex export expenses users departments --to ./sheets --month 2026-10
//
// BigQuery, whose bq replaces a table by a file; amounts are whole minor units in the columns named _minor:
//
//	brex export expenses card_transactions --to ./lake --format parquet
//	for f in ./lake/*.parquet; do bq load --replace --source_format=PARQUET brex.$(basename $f .parquet) $f; done
//
// Snowflake, whose statements snowsql runs: the file format and the stage once, the others for each load:
//
//	brex export expenses --to ./lake --format parquet
//	CREATE FILE FORMAT brex_parquet TYPE = PARQUET USE_LOGICAL_TYPE = TRUE;
//	CREATE STAGE brex_stage FILE_FORMAT = brex_parquet;
//	PUT file://./lake/expenses.parquet @brex_stage OVERWRITE = TRUE AUTO_COMPRESS = FALSE;
//	CREATE TABLE IF NOT EXISTS expenses USING TEMPLATE (SELECT ARRAY_AGG(OBJECT_CONSTRUCT(*)) FROM
//	    TABLE(INFER_SCHEMA(LOCATION => '@brex_stage/expenses.parquet', FILE_FORMAT => 'brex_parquet', IGNORE_CASE => TRUE)));
//	TRUNCATE TABLE expenses;
//	COPY INTO expenses FROM @brex_stage/expenses.parquet FORCE = TRUE MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE;
package mirror
