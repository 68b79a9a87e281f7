-- What a call was for becomes part of the key of its totals. Sums from before say "".
CREATE TABLE totals_by_workload (
  day TEXT NOT NULL,
  account TEXT NOT NULL,
  project TEXT NOT NULL,
  "key" TEXT NOT NULL,
  deployment TEXT NOT NULL,
  model TEXT NOT NULL,
  sale_tariff TEXT NOT NULL,
  cost_tariff TEXT NOT NULL,
  workload TEXT NOT NULL,
  cohort TEXT NOT NULL,
  receipts INTEGER NOT NULL,
  usage TEXT NOT NULL, -- JSON array in the order of METERS
  charge TEXT NOT NULL,
  cost TEXT NOT NULL,
  unrated INTEGER NOT NULL,
  PRIMARY KEY (
    day, account, project, "key", deployment, model, sale_tariff, cost_tariff, workload, cohort
  )
) WITHOUT ROWID;
INSERT INTO totals_by_workload
SELECT
  day, account, project, "key", deployment, model, sale_tariff, cost_tariff, '', '',
  receipts, usage, charge, cost, unrated
FROM totals;
DROP TABLE totals;
ALTER TABLE totals_by_workload RENAME TO totals;

-- The workload of calls that do not say it, by key or project.
CREATE TABLE workload_defaults (
  scope_id TEXT NOT NULL PRIMARY KEY,
  scope TEXT NOT NULL CHECK (scope IN ('project', 'key')),
  workload TEXT NOT NULL
) WITHOUT ROWID;

-- What people decided about workloads; that one exists is known from totals alone.
CREATE TABLE workloads (
  account TEXT NOT NULL REFERENCES accounts (id),
  id TEXT NOT NULL, -- as receipts say it
  name TEXT NOT NULL DEFAULT '',
  merged_into TEXT NOT NULL DEFAULT '', -- another id of the account, itself not merged
  PRIMARY KEY (account, id)
) WITHOUT ROWID;

-- Kinds of answers by workload, from a sample: counts and keyed hashes, never text.
CREATE TABLE workload_answers (
  account TEXT NOT NULL,
  id TEXT NOT NULL,
  sample TEXT NOT NULL, -- JSON
  PRIMARY KEY (account, id)
) WITHOUT ROWID;

-- What hashes are keyed with. They never leave the data folder.
CREATE TABLE secret_keys (
  name TEXT NOT NULL PRIMARY KEY,
  value BLOB NOT NULL CHECK (length(value) = 32)
) WITHOUT ROWID;
