-- Logs that others wrote. Their calls are receipts like any other, under writers of their own.
CREATE TABLE import_writers (
  writer INTEGER NOT NULL PRIMARY KEY REFERENCES writers (id)
);

-- One row per line that was counted, ever: identity and content are digests, no text is kept.
CREATE TABLE import_lines (
  identity BLOB NOT NULL PRIMARY KEY CHECK (length(identity) = 16),
  content BLOB NOT NULL CHECK (length(content) = 8)
) WITHOUT ROWID;

-- What the logs themselves say their calls cost, in decimal text of `currency`. No charge, no cost:
-- a receipt's own cost follows from its cost tariff, and `verify` recomputes it.
CREATE TABLE import_costs (
  day TEXT NOT NULL,
  account TEXT NOT NULL,
  project TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  cost_tariff TEXT NOT NULL, -- '' where our receipts of these calls have no cost
  currency TEXT NOT NULL,
  receipts INTEGER NOT NULL,
  amount TEXT NOT NULL,
  PRIMARY KEY (day, account, project, provider, model, cost_tariff, currency)
) WITHOUT ROWID;

-- What providers say they bill. A statement is what one import read, never edited; of a source and
-- kind, the newest statement that covers a day says what holds for that day.
CREATE TABLE statements (
  number INTEGER NOT NULL PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE, -- SHA-256 of the rows and of how they were read
  source TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('costs', 'usage')),
  format TEXT NOT NULL,
  timezone TEXT NOT NULL,
  imported_at INTEGER NOT NULL
);
CREATE TABLE statement_lines (
  statement INTEGER NOT NULL REFERENCES statements (number),
  day TEXT NOT NULL, -- in the statement's time zone
  item TEXT NOT NULL, -- what the provider calls it
  model TEXT NOT NULL, -- '' where it does not say
  meter TEXT NOT NULL, -- '' where it does not say
  currency TEXT NOT NULL, -- '' in a usage statement
  amount TEXT NOT NULL, -- decimal text of `currency`, or the count of a usage statement
  PRIMARY KEY (statement, day, item, model, meter, currency)
) WITHOUT ROWID;
CREATE INDEX statement_lines_by_day ON statement_lines (day);
