-- Who may use the console, the keys of providers that are kept here, and what is known of segments.
-- Of every secret only its SHA-256 digest is here; a provider's key is encrypted.

CREATE TABLE members (
  id TEXT NOT NULL PRIMARY KEY,
  email TEXT NOT NULL COLLATE NOCASE UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'billing', 'reviewer', 'member')),
  accounts TEXT NOT NULL DEFAULT '[]', -- JSON array of account ids
  subject TEXT UNIQUE, -- "ISSUER SUBJECT" of an OpenID provider
  created_at INTEGER NOT NULL,
  seen_at INTEGER,
  ended_at INTEGER
);

CREATE TABLE links (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('sign_in', 'invitation')),
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  role TEXT NOT NULL CHECK (role IN ('owner', 'billing', 'reviewer', 'member')),
  accounts TEXT NOT NULL DEFAULT '[]',
  member TEXT NOT NULL DEFAULT '',
  made_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
);

CREATE TABLE sessions (
  digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
  member TEXT NOT NULL REFERENCES members (id),
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_by_member ON sessions (member);

CREATE TABLE machines (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  hint TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'billing', 'reviewer', 'member')),
  accounts TEXT NOT NULL DEFAULT '[]',
  made_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  seen_at INTEGER
);

CREATE TABLE provider_keys (
  provider TEXT NOT NULL PRIMARY KEY,
  sealed BLOB NOT NULL, -- AES-256-GCM: nonce, ciphertext and tag
  hint TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  changed_by TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE provider_tests (
  provider TEXT NOT NULL PRIMARY KEY,
  tested_at INTEGER NOT NULL,
  works INTEGER NOT NULL CHECK (works IN (0, 1))
) WITHOUT ROWID;

-- When a segment's receipts were admitted and whose they are, read from its file once, so that a
-- search opens only the files that can hold what it looks for.
CREATE TABLE segment_spans (
  segment TEXT NOT NULL PRIMARY KEY REFERENCES segments (id),
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  accounts TEXT NOT NULL -- JSON array
);
CREATE INDEX entries_by_kind ON entries (kind, number);
CREATE INDEX totals_by_account ON totals (account, day);
