-- What a call was for becomes part of the key of its totals. Sums from before say "".
CREATE TABLE totals_by_workload (
  day TEXT NOT NULL,
  account TEXT NOT NULL,
  project TEXT NOT NULL,
  "key" TEXT NOT NULL,
  deployment TEXT NOT NULL,
  model TEXT NOT NULL,
  sale_tariff TEXT NOT NULL,
  cost_tariff TEXT NOT NULL,
  workload TEXT NOT NULL,
  cohort TEXT NOT NULL,
  receipts INTEGER NOT NULL,
  usage TEXT NOT NULL, -- JSON array in the order of METERS
  charge TEXT NOT NULL,
  cost TEXT NOT NULL,
  unrated INTEGER NOT NULL,
  PRIMARY KEY (
    day, account, project, "key", deployment, model, sale_tariff, cost_tariff, workload, cohort
  )
) WITHOUT ROWID;
INSERT INTO totals_by_workload
SELECT
  day, account, project, "key", deployment, model, sale_tariff, cost_tariff, '', '',
  receipts, usage, charge, cost, unrated
FROM totals;
DROP TABLE totals;
ALTER TABLE totals_by_workload RENAME TO totals;
