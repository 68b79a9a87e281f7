-- What people set: canonical JSON, a row for each issuer and each account; a change is an entry.
CREATE TABLE billing_settings (
  scope TEXT NOT NULL CHECK (scope IN ('issuer', 'account')),
  id TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (scope, id)
) WITHOUT ROWID;

-- Rates and contracts are versions: a new one is added, none is edited. serial says which came last.
CREATE TABLE fx_rates (
  serial INTEGER NOT NULL PRIMARY KEY,
  base TEXT NOT NULL,
  quote TEXT NOT NULL,
  policy TEXT NOT NULL CHECK (policy IN ('month_end', 'month_average', 'fixed')),
  date TEXT NOT NULL,
  rate TEXT NOT NULL, -- decimal text
  source TEXT NOT NULL,
  stored_at INTEGER NOT NULL
);
CREATE INDEX fx_rates_by_pair ON fx_rates (base, quote, policy, date);

CREATE TABLE contracts (
  serial INTEGER NOT NULL PRIMARY KEY,
  account TEXT NOT NULL REFERENCES accounts (id),
  since TEXT NOT NULL,
  body TEXT NOT NULL,
  stored_at INTEGER NOT NULL
);
CREATE INDEX contracts_by_account ON contracts (account, since);

-- A draft may be made again and goes when its document is finalised.
CREATE TABLE drafts (
  account TEXT NOT NULL REFERENCES accounts (id),
  period TEXT NOT NULL,
  text TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft', 'approved')),
  drafted_at INTEGER NOT NULL,
  drafted_by TEXT NOT NULL,
  approved_at INTEGER,
  approved_by TEXT,
  PRIMARY KEY (account, period)
) WITHOUT ROWID;

-- Finalised invoices and credit notes. serial is dense per issuer, and each follows the hash of the
-- one before it. request: what was asked for, so that asking again gives the same document.
-- reopens: of a credit note, that the month it takes back may be invoiced again.
CREATE TABLE documents (
  issuer TEXT NOT NULL,
  serial INTEGER NOT NULL,
  number TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('invoice', 'final_invoice', 'credit_note')),
  account TEXT NOT NULL REFERENCES accounts (id),
  period TEXT NOT NULL,
  refers TEXT NOT NULL,
  reopens INTEGER NOT NULL DEFAULT 0 CHECK (reopens IN (0, 1)),
  request TEXT NOT NULL UNIQUE,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  text TEXT NOT NULL, -- canonical JSON
  finalised_at INTEGER NOT NULL,
  entry INTEGER NOT NULL UNIQUE REFERENCES entries (number),
  PRIMARY KEY (issuer, serial)
) WITHOUT ROWID;
CREATE INDEX documents_by_account ON documents (account, period);
CREATE INDEX documents_by_refers ON documents (refers);

CREATE TRIGGER documents_follow_each_other BEFORE INSERT ON documents
WHEN
  NEW.serial IS NOT (SELECT coalesce(max(serial), 0) + 1 FROM documents WHERE issuer = NEW.issuer)
  OR NEW.previous IS NOT coalesce(
    (SELECT hash FROM documents WHERE issuer = NEW.issuer ORDER BY serial DESC LIMIT 1), ''
  )
BEGIN SELECT RAISE(ABORT, 'a document follows the last one of its issuer, without a gap'); END;
CREATE TRIGGER documents_are_never_changed BEFORE UPDATE ON documents
BEGIN SELECT RAISE(ABORT, 'a finalised document is never changed: write a credit note'); END;
CREATE TRIGGER documents_are_never_removed BEFORE DELETE ON documents
BEGIN SELECT RAISE(ABORT, 'a finalised document is never removed: write a credit note'); END;
CREATE TRIGGER fx_rates_are_never_changed BEFORE UPDATE ON fx_rates
BEGIN SELECT RAISE(ABORT, 'a rate is never edited: store another one'); END;
CREATE TRIGGER fx_rates_are_never_removed BEFORE DELETE ON fx_rates
BEGIN SELECT RAISE(ABORT, 'a rate is never removed: store another one'); END;
CREATE TRIGGER contracts_are_never_changed BEFORE UPDATE ON contracts
BEGIN SELECT RAISE(ABORT, 'a contract is never edited: store another version'); END;
CREATE TRIGGER contracts_are_never_removed BEFORE DELETE ON contracts
BEGIN SELECT RAISE(ABORT, 'a contract is never removed: store another version'); END;
