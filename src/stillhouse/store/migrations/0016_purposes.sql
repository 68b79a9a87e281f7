-- What accounts have declared their calls to be, before anybody asked. One an account, the newest.
CREATE TABLE guard_purposes (
  account TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
  purpose TEXT NOT NULL,
  calls_a_day INTEGER NOT NULL,
  until INTEGER NOT NULL,
  agreed_by TEXT NOT NULL
) WITHOUT ROWID;
