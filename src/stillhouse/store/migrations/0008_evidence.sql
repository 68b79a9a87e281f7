-- What documents say of an account's receipts of one month in one segment: worked out once from the
-- segment's file, and again whenever this table is emptied together with the next one.
CREATE TABLE evidence (
  account TEXT NOT NULL,
  month TEXT NOT NULL,
  writer INTEGER NOT NULL,
  file INTEGER NOT NULL,
  entry INTEGER NOT NULL, -- that posted the segment
  receipts INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  root BLOB NOT NULL CHECK (length(root) = 32),
  odd TEXT NOT NULL, -- JSON array of `billing.evidence.Odd`
  PRIMARY KEY (account, month, writer, file)
) WITHOUT ROWID;
CREATE TABLE evidence_made (
  segment TEXT NOT NULL PRIMARY KEY REFERENCES segments (id)
) WITHOUT ROWID;

-- Totals by what an invoice line needs in common, a month at a time: without days, keys,
-- deployments, cost and cohorts, and without calls that were imported, which nobody invoices.
CREATE TABLE month_totals (
  account TEXT NOT NULL,
  month TEXT NOT NULL,
  project TEXT NOT NULL,
  workload TEXT NOT NULL,
  model TEXT NOT NULL,
  sale_tariff TEXT NOT NULL,
  receipts INTEGER NOT NULL,
  usage TEXT NOT NULL,
  charge TEXT NOT NULL,
  PRIMARY KEY (account, month, project, workload, model, sale_tariff)
) WITHOUT ROWID;
-- Amounts pass 64 bits: they are added in two halves of twelve digits.
INSERT INTO month_totals
SELECT account, month, project, workload, model, sale_tariff, receipts,
  json_array(m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10),
  CASE WHEN high + low / 1000000000000 > 0
    THEN (high + low / 1000000000000) || printf('%012d', low % 1000000000000)
    ELSE CAST(low AS TEXT) END
FROM (
  SELECT account, substr(day, 1, 7) AS month, project, workload, model, sale_tariff,
    sum(receipts) AS receipts,
    sum(coalesce(json_extract(usage, '$[0]'), 0)) AS m0,
    sum(coalesce(json_extract(usage, '$[1]'), 0)) AS m1,
    sum(coalesce(json_extract(usage, '$[2]'), 0)) AS m2,
    sum(coalesce(json_extract(usage, '$[3]'), 0)) AS m3,
    sum(coalesce(json_extract(usage, '$[4]'), 0)) AS m4,
    sum(coalesce(json_extract(usage, '$[5]'), 0)) AS m5,
    sum(coalesce(json_extract(usage, '$[6]'), 0)) AS m6,
    sum(coalesce(json_extract(usage, '$[7]'), 0)) AS m7,
    sum(coalesce(json_extract(usage, '$[8]'), 0)) AS m8,
    sum(coalesce(json_extract(usage, '$[9]'), 0)) AS m9,
    sum(coalesce(json_extract(usage, '$[10]'), 0)) AS m10,
    sum(CAST(substr(charge, 1, max(length(charge) - 12, 0)) AS INTEGER)) AS high,
    sum(CAST(substr(charge, -12) AS INTEGER)) AS low
  FROM totals
  WHERE substr("key", 1, 7) <> 'import:'
  GROUP BY account, substr(day, 1, 7), project, workload, model, sale_tariff
);
