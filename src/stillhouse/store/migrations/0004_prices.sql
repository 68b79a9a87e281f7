-- What a tariff is for beside its model: account, region, batch, tier, band, when it became known.
-- JSON of what is not at its default; '{}' is a list price of the ordinary tier.
ALTER TABLE tariffs ADD COLUMN terms TEXT NOT NULL DEFAULT '{}';

-- Which tariffs the configuration named, and when. until NULL: it still does.
CREATE TABLE configured_prices (
  tariff TEXT NOT NULL REFERENCES tariffs (id),
  since INTEGER NOT NULL,
  until INTEGER,
  PRIMARY KEY (tariff, since)
) WITHOUT ROWID;
INSERT INTO configured_prices (tariff, since) SELECT id, registered_at FROM tariffs;

-- Rows that are decided on together. `prices`: JSON, as proposed. `changes`: JSON, against what was
-- in force when they were proposed, and when they were decided on.
CREATE TABLE price_versions (
  number INTEGER NOT NULL PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('proposed', 'approved', 'rejected')),
  author TEXT NOT NULL,
  proposed_at INTEGER NOT NULL,
  source TEXT NOT NULL,
  hash TEXT NOT NULL,
  prices TEXT NOT NULL,
  refused TEXT NOT NULL, -- JSON: what the source says and could not be taken, with the reason
  changes TEXT NOT NULL,
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at INTEGER,
  reason TEXT NOT NULL DEFAULT ''
);
CREATE TRIGGER price_versions_are_decided_once BEFORE UPDATE ON price_versions
WHEN OLD.state <> 'proposed'
BEGIN SELECT RAISE(ABORT, 'a decided price version is never changed: propose another one'); END;
CREATE TRIGGER price_versions_keep_what_was_proposed BEFORE UPDATE OF number, author, proposed_at, source, hash, prices, refused ON price_versions
BEGIN SELECT RAISE(ABORT, 'what was proposed is never edited: propose another version'); END;
CREATE TRIGGER price_versions_are_never_removed BEFORE DELETE ON price_versions
BEGIN SELECT RAISE(ABORT, 'price versions are append-only'); END;

CREATE TABLE approved_prices (
  tariff TEXT NOT NULL PRIMARY KEY REFERENCES tariffs (id),
  version INTEGER NOT NULL REFERENCES price_versions (number)
) WITHOUT ROWID;

-- Moves when an approved price is added, for processes that poll.
INSERT INTO meta (name, value) VALUES ('prices', 0);
