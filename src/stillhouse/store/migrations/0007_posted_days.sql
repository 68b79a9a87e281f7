-- For each day with totals, the posting that changed them last: whoever keeps a copy of the totals
-- reads the days again that changed since, and no others.
CREATE TABLE posted_days (
  day TEXT NOT NULL PRIMARY KEY,
  posting INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX posted_days_by_posting ON posted_days (posting);
INSERT INTO posted_days (day, posting) SELECT DISTINCT day, 1 FROM totals;
INSERT INTO meta (name, value) VALUES ('posting', 1);
