-- What guard saw and did. A case is its entries in the chain; here is only which they are.

-- Signals hold no text: keyed fingerprints, shapes and counts of calls. The newest few an account.
CREATE TABLE guard_signals (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  at INTEGER NOT NULL,
  signal BLOB NOT NULL
);
CREATE INDEX guard_signals_by_account ON guard_signals (account, id);

CREATE TABLE guard_findings (
  subject TEXT NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  text TEXT NOT NULL
);

CREATE TABLE case_entries (
  "case" TEXT NOT NULL,
  entry INTEGER NOT NULL UNIQUE REFERENCES entries (number),
  PRIMARY KEY ("case", entry)
) WITHOUT ROWID;

CREATE TABLE case_accounts (
  account TEXT NOT NULL REFERENCES accounts (id),
  "case" TEXT NOT NULL,
  PRIMARY KEY (account, "case")
) WITHOUT ROWID;

-- What a step stands on, whole. An entry names it by its digest.
CREATE TABLE case_bundles (
  digest TEXT NOT NULL PRIMARY KEY,
  "case" TEXT NOT NULL,
  text TEXT NOT NULL
);

ALTER TABLE accounts ADD COLUMN standing_until INTEGER;
ALTER TABLE accounts ADD COLUMN standing_case TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN notice TEXT NOT NULL DEFAULT '';
