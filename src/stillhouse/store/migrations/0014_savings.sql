-- What was entered as a release's saving in a month: the newest figure. Each change is an entry.
CREATE TABLE release_savings (
  release TEXT NOT NULL REFERENCES releases (id),
  month TEXT NOT NULL,
  calls INTEGER NOT NULL,
  would_have TEXT NOT NULL, -- pico-units, like the next one
  charged TEXT NOT NULL,
  currency TEXT NOT NULL,
  booked_at INTEGER NOT NULL,
  PRIMARY KEY (release, month)
) WITHOUT ROWID;
