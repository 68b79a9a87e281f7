-- Students' ways into traffic. What a release is, is its body; the columns are what it is found by.
CREATE TABLE releases (
  id TEXT NOT NULL PRIMARY KEY,
  account TEXT NOT NULL REFERENCES accounts (id),
  workload TEXT NOT NULL,
  deployment TEXT NOT NULL, -- the teacher's
  student TEXT NOT NULL, -- the deployment that serves the student
  live INTEGER NOT NULL CHECK (live IN (0, 1)),
  began_at INTEGER NOT NULL,
  body TEXT NOT NULL -- JSON: stillhouse.distill.release.Release
) WITHOUT ROWID;
-- One call has one release, and one saving has one teacher.
CREATE UNIQUE INDEX releases_by_call ON releases (account, deployment, workload) WHERE live = 1;
CREATE UNIQUE INDEX releases_by_student ON releases (account, student, workload) WHERE live = 1;

-- What the audit samples said, by day.
CREATE TABLE release_days (
  release TEXT NOT NULL REFERENCES releases (id),
  day TEXT NOT NULL,
  compared INTEGER NOT NULL,
  agreed INTEGER NOT NULL,
  declined INTEGER NOT NULL,
  cost TEXT NOT NULL, -- pico-units that the house paid for the comparisons
  PRIMARY KEY (release, day)
) WITHOUT ROWID;
