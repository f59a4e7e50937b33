-- One row for each payout run: its plan as it was encoded, and how often it was locked. Two plans of the
-- same rows cannot be there at once.
CREATE TABLE brex_payout_runs (
	run     text PRIMARY KEY,          -- SHA-256 of the plan
	source  text NOT NULL UNIQUE,      -- SHA-256 of its rows
	company text NOT NULL,
	plan    bytea NOT NULL,
	fence   bigint NOT NULL DEFAULT 0, -- of who locked the run last; nobody else may append
	saved_at timestamptz NOT NULL DEFAULT now()
);

-- One row for each record. A line has a checksum and the hash of the line before.
CREATE TABLE brex_payout_journal (
	run  text NOT NULL REFERENCES brex_payout_runs ON DELETE CASCADE,
	seq  bigint NOT NULL,
	line text NOT NULL,
	PRIMARY KEY (run, seq)
);
