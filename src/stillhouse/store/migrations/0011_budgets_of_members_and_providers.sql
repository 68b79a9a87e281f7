-- Budgets of members and of providers, by calendar weeks too; whose key a key is; and what a new
-- member gets. SQLite changes no CHECK in place, and dropping `budgets` alone would take all
-- balances with it: so they are copied with everything that refers to them.
ALTER TABLE keys ADD COLUMN member TEXT NOT NULL DEFAULT ''; -- id; '': nobody's
CREATE INDEX keys_by_member ON keys (member) WHERE member <> '';

CREATE TABLE budgets_wider (
  id TEXT NOT NULL PRIMARY KEY,
  scope TEXT NOT NULL CHECK (scope IN ('account', 'project', 'member', 'key', 'provider')),
  scope_id TEXT NOT NULL,
  span TEXT NOT NULL CHECK (span IN ('day', 'week', 'month', 'total')),
  limit_pico TEXT NOT NULL,
  hard INTEGER NOT NULL CHECK (hard IN (0, 1)),
  currency TEXT NOT NULL,
  amount TEXT NOT NULL,
  fx TEXT NOT NULL,
  UNIQUE (scope_id, scope, span)
);
INSERT INTO budgets_wider SELECT * FROM budgets;
CREATE TABLE balances_wider (
  budget TEXT NOT NULL REFERENCES budgets_wider (id) ON DELETE CASCADE,
  period TEXT NOT NULL,
  posted TEXT NOT NULL DEFAULT '0',
  leased TEXT NOT NULL DEFAULT '0',
  PRIMARY KEY (budget, period)
) WITHOUT ROWID;
INSERT INTO balances_wider SELECT * FROM balances;
CREATE TABLE leases_wider (
  budget TEXT NOT NULL,
  period TEXT NOT NULL,
  writer INTEGER NOT NULL REFERENCES writers (id),
  amount TEXT NOT NULL,
  PRIMARY KEY (budget, period, writer),
  FOREIGN KEY (budget, period) REFERENCES balances_wider (budget, period) ON DELETE CASCADE
) WITHOUT ROWID;
INSERT INTO leases_wider SELECT * FROM leases;
CREATE TABLE recalls_wider (
  budget TEXT NOT NULL REFERENCES budgets_wider (id) ON DELETE CASCADE,
  period TEXT NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (budget, period)
) WITHOUT ROWID;
INSERT INTO recalls_wider SELECT * FROM recalls;
DROP TABLE recalls;
DROP TABLE leases;
DROP TABLE balances;
DROP TABLE budgets;
ALTER TABLE budgets_wider RENAME TO budgets;
ALTER TABLE balances_wider RENAME TO balances;
ALTER TABLE leases_wider RENAME TO leases;
ALTER TABLE recalls_wider RENAME TO recalls;
CREATE INDEX leases_by_writer ON leases (writer);
CREATE INDEX recalls_by_number ON recalls (number);

CREATE TABLE member_defaults (
  span TEXT NOT NULL PRIMARY KEY CHECK (span IN ('day', 'week', 'month', 'total')),
  limit_pico TEXT NOT NULL,
  hard INTEGER NOT NULL CHECK (hard IN (0, 1)),
  currency TEXT NOT NULL,
  amount TEXT NOT NULL,
  fx TEXT NOT NULL
) WITHOUT ROWID;
