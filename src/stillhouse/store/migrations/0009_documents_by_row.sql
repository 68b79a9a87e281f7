-- Documents and drafts as ordinary tables. As WITHOUT ROWID they were kept inside of the index of
-- their keys, and each step of a search in it read a whole document: at 5,000 of them, most of the
-- time that a month's close took.
CREATE TABLE drafts_by_row (
  account TEXT NOT NULL REFERENCES accounts (id),
  period TEXT NOT NULL,
  text TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft', 'approved')),
  drafted_at INTEGER NOT NULL,
  drafted_by TEXT NOT NULL,
  approved_at INTEGER,
  approved_by TEXT,
  PRIMARY KEY (account, period)
);
INSERT INTO drafts_by_row SELECT * FROM drafts;
DROP TABLE drafts;
ALTER TABLE drafts_by_row RENAME TO drafts;

CREATE TABLE documents_by_row (
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
);
INSERT INTO documents_by_row SELECT * FROM documents;
DROP TABLE documents;
ALTER TABLE documents_by_row RENAME TO documents;
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
