-- Who lets us keep content, in what words, for how long. A project's newest row is what holds.
CREATE TABLE capture_consents (
  project TEXT NOT NULL PRIMARY KEY REFERENCES projects (id),
  account TEXT NOT NULL,
  body TEXT NOT NULL -- JSON: stillhouse.distill.capture.Consent
) WITHOUT ROWID;
-- An account's key, sealed by the master key. Without it, what was captured is noise.
CREATE TABLE capture_keys (
  account TEXT NOT NULL PRIMARY KEY,
  sealed BLOB NOT NULL
) WITHOUT ROWID;
