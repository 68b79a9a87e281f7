-- Amounts of money and sums of tokens are decimal text: they outgrow SQLite's 64-bit integers
-- (9.22 million dollars in pico-dollars), and SQLite would turn the excess into a float.
-- Instants are microseconds since 1970 in UTC.

-- Counters that processes poll: the version of the control state, the newest recall.
CREATE TABLE meta (
  name TEXT NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO meta (name, value) VALUES ('version', 0), ('recall', 0);

CREATE TABLE accounts (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  standing TEXT NOT NULL DEFAULT 'active' CHECK (standing IN ('active', 'restricted', 'suspended')),
  reason TEXT NOT NULL DEFAULT '',
  requests_per_minute INTEGER,
  tokens_per_minute INTEGER,
  concurrent INTEGER,
  created_at INTEGER NOT NULL
);

CREATE TABLE projects (
  id TEXT NOT NULL PRIMARY KEY,
  account TEXT NOT NULL REFERENCES accounts (id),
  name TEXT NOT NULL,
  requests_per_minute INTEGER,
  tokens_per_minute INTEGER,
  concurrent INTEGER,
  created_at INTEGER NOT NULL,
  UNIQUE (account, name)
);

-- Only the digest of a secret is ever here.
CREATE TABLE keys (
  id TEXT NOT NULL PRIMARY KEY,
  account TEXT NOT NULL REFERENCES accounts (id),
  project TEXT NOT NULL REFERENCES projects (id),
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  hint TEXT NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  models TEXT, -- JSON array of deployments; NULL: all
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  requests_per_minute INTEGER,
  tokens_per_minute INTEGER,
  concurrent INTEGER
);

CREATE TABLE budgets (
  id TEXT NOT NULL PRIMARY KEY,
  scope TEXT NOT NULL CHECK (scope IN ('account', 'project', 'key')),
  scope_id TEXT NOT NULL,
  span TEXT NOT NULL CHECK (span IN ('day', 'month', 'total')),
  limit_pico TEXT NOT NULL,
  hard INTEGER NOT NULL CHECK (hard IN (0, 1)),
  currency TEXT NOT NULL,
  amount TEXT NOT NULL,
  fx TEXT NOT NULL,
  UNIQUE (scope_id, scope, span)
);

-- The period is part of the key, so a new period needs no reset. leased = sum of its leases.
CREATE TABLE balances (
  budget TEXT NOT NULL REFERENCES budgets (id) ON DELETE CASCADE,
  period TEXT NOT NULL,
  posted TEXT NOT NULL DEFAULT '0',
  leased TEXT NOT NULL DEFAULT '0',
  PRIMARY KEY (budget, period)
) WITHOUT ROWID;

CREATE TABLE writers (
  id INTEGER NOT NULL PRIMARY KEY,
  registered_at INTEGER NOT NULL,
  released_at INTEGER
);

CREATE TABLE leases (
  budget TEXT NOT NULL,
  period TEXT NOT NULL,
  writer INTEGER NOT NULL REFERENCES writers (id),
  amount TEXT NOT NULL,
  PRIMARY KEY (budget, period, writer),
  FOREIGN KEY (budget, period) REFERENCES balances (budget, period) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX leases_by_writer ON leases (writer);

-- The newest request to give idle slices back, one row per balance so that it stays small.
CREATE TABLE recalls (
  budget TEXT NOT NULL REFERENCES budgets (id) ON DELETE CASCADE,
  period TEXT NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (budget, period)
) WITHOUT ROWID;
CREATE INDEX recalls_by_number ON recalls (number);

CREATE TABLE tariffs (
  id TEXT NOT NULL PRIMARY KEY,
  book TEXT NOT NULL,
  model TEXT NOT NULL,
  currency TEXT NOT NULL,
  valid_from INTEGER NOT NULL,
  prices TEXT NOT NULL, -- JSON array in the order of METERS
  bound_in TEXT NOT NULL,
  bound_out TEXT NOT NULL,
  per_request TEXT NOT NULL,
  source TEXT NOT NULL,
  registered_at INTEGER NOT NULL
);

CREATE TABLE segments (
  id TEXT NOT NULL PRIMARY KEY,
  writer INTEGER NOT NULL REFERENCES writers (id),
  file INTEGER NOT NULL,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  size INTEGER NOT NULL,
  receipts INTEGER NOT NULL,
  seq_min INTEGER NOT NULL,
  seq_max INTEGER NOT NULL,
  charge TEXT NOT NULL,
  cost TEXT NOT NULL,
  sealed_at INTEGER NOT NULL,
  posted_at INTEGER NOT NULL,
  UNIQUE (writer, file)
);

CREATE TABLE totals (
  day TEXT NOT NULL,
  account TEXT NOT NULL,
  project TEXT NOT NULL,
  "key" TEXT NOT NULL,
  deployment TEXT NOT NULL,
  model TEXT NOT NULL,
  sale_tariff TEXT NOT NULL,
  cost_tariff TEXT NOT NULL,
  receipts INTEGER NOT NULL,
  usage TEXT NOT NULL, -- JSON array in the order of METERS
  charge TEXT NOT NULL,
  cost TEXT NOT NULL,
  unrated INTEGER NOT NULL,
  PRIMARY KEY (day, account, project, "key", deployment, model, sale_tariff, cost_tariff)
) WITHOUT ROWID;

CREATE TABLE entries (
  number INTEGER NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  body TEXT NOT NULL, -- canonical JSON
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE TRIGGER entries_are_never_changed BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER entries_are_never_removed BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER tariffs_are_never_changed BEFORE UPDATE ON tariffs
BEGIN SELECT RAISE(ABORT, 'a tariff is never edited: a new price is a new tariff'); END;
CREATE TRIGGER tariffs_are_never_removed BEFORE DELETE ON tariffs
BEGIN SELECT RAISE(ABORT, 'a tariff is never removed: receipts name it'); END;
