-- An independent checker of invoices, for DuckDB, written from docs/reference/invoice.md alone.
--
-- Reads, under the folder of the variable `folder`:
--   documents/*.json    documents, as `stillhouse invoices show NUMBER --json` prints them
--   entries.jsonl       `stillhouse entries --json`
--   prices.jsonl        price lists: id, currency, prices (pico-units per unit, by meter; -1: none)
--   segments/*/*.parquet   the receipts
-- Leaves the table `problems`: empty when every document is what its receipts and prices say.

-- Whole-number arithmetic in 128 bits; DuckDB raises on overflow.
CREATE MACRO scale_of(t) AS CASE WHEN strpos(t, '.') = 0 THEN 0 ELSE length(t) - strpos(t, '.') END;
CREATE MACRO digits_of(t) AS replace(t, '.', '')::HUGEINT;
CREATE MACRO ten(n) AS (1 || repeat('0', n::INT))::HUGEINT;
CREATE MACRO half_even(n, d) AS sign(n)::HUGEINT * (
  (abs(n) // d) + CASE
    WHEN 2 * (abs(n) % d) > d OR (2 * (abs(n) % d) = d AND (abs(n) // d) % 2 = 1) THEN 1 ELSE 0 END
);
-- A net amount in units of the document: exact x rate x (10000 - discount) / 10000 / 10^12 / unit
CREATE MACRO in_units(exact, rate, bp, unit) AS half_even(
  exact * digits_of(rate) * (10000 - bp) * ten(scale_of(unit)),
  ten(scale_of(rate)) * ten(16) * digits_of(unit)
);
-- An amount in units, or NULL when it is no multiple. Never "/": of decimals, that is a DOUBLE.
CREATE MACRO units_of(amount, unit) AS CASE
  WHEN (digits_of(amount) * ten(scale_of(unit))) % (digits_of(unit) * ten(scale_of(amount))) = 0
  THEN (digits_of(amount) * ten(scale_of(unit))) // (digits_of(unit) * ten(scale_of(amount))) END;
CREATE MACRO pico_of(amount) AS digits_of(amount) * ten(12 - scale_of(amount));

CREATE TABLE texts AS
SELECT content AS text, content::JSON AS j, content::JSON ->> 'number' AS number
FROM read_text(getvariable('folder') || '/documents/*.json');
CREATE TABLE documents AS
SELECT
  number, j ->> 'kind' AS kind, j ->> 'unit' AS unit, j ->> 'subtotal' AS subtotal,
  j ->> 'tax' AS tax, j ->> 'total' AS total, j ->> 'residue' AS residue,
  j ->> 'currency' AS currency, j ->> '$.customer.id' AS account,
  (j -> '$.receipts' ->> 'count')::HUGEINT AS receipts,
  (j -> '$.receipts' ->> 'parts')::HUGEINT AS parts, j -> '$.receipts' ->> 'root' AS root
FROM texts;
CREATE TABLE lines AS
SELECT
  number, unnest(from_json(j -> 'lines', '[{"id":"INTEGER","kind":"VARCHAR","amount":"VARCHAR",
    "exact_pico":"HUGEINT","price_currency":"VARCHAR","rate":"VARCHAR","period":"VARCHAR",
    "project":"VARCHAR","workload":"VARCHAR","model":"VARCHAR","meter":"VARCHAR",
    "tariff":"VARCHAR","quantity":"HUGEINT","unit":"VARCHAR","unit_price":"VARCHAR",
    "discount_bp":"INTEGER","taken_pico":"HUGEINT"}]'), recursive := true)
FROM texts;
CREATE TABLE taxes AS
SELECT number, unnest(from_json(j -> 'taxes', '[{"name":"VARCHAR","rate_bp":"INTEGER",
  "base":"VARCHAR","amount":"VARCHAR","before":"VARCHAR","kinds":["VARCHAR"]}]'), recursive := true)
FROM texts;
CREATE TABLE fx AS
SELECT number, unnest(from_json(j -> 'fx', '[{"base":"VARCHAR","rate":"VARCHAR"}]'), recursive := true)
FROM texts;
CREATE TABLE covers AS
SELECT number, unnest(from_json(j -> '$.receipts.covers',
  '[{"period":"VARCHAR","after":"BIGINT","upto":"BIGINT"}]'), recursive := true)
FROM texts;

CREATE TABLE posted AS
SELECT number AS entry, body ->> 'id' AS segment
FROM read_json(getvariable('folder') || '/entries.jsonl', columns = {number: 'BIGINT', kind: 'VARCHAR', body: 'JSON'})
WHERE kind = 'segment';
CREATE TABLE prices AS
SELECT id, currency, unnest(map_entries(prices), recursive := true)
FROM read_json(getvariable('folder') || '/prices.jsonl',
  columns = {id: 'VARCHAR', currency: 'VARCHAR', prices: 'MAP(VARCHAR, HUGEINT)'});
ALTER TABLE prices RENAME "key" TO meter;
ALTER TABLE prices RENAME "value" TO price;

-- The receipts of each document.
CREATE TABLE covered AS
SELECT d.number, p.segment, strftime(make_timestamp(epoch_us(r.admitted_at)), '%Y-%m') AS period, r.*
FROM read_parquet(getvariable('folder') || '/segments/*/*.parquet', filename = 'file', union_by_name = true) AS r
JOIN posted AS p ON p.segment = regexp_extract(r.file, '([^/]+)\.parquet$', 1)
JOIN documents AS d ON d.account = r.account
JOIN covers AS c ON c.number = d.number
  AND c.period = strftime(make_timestamp(epoch_us(r.admitted_at)), '%Y-%m')
  AND p.entry > c."after" AND p.entry <= c.upto
WHERE NOT starts_with(r."key", 'import:');

CREATE TABLE problems (number VARCHAR, line INTEGER, what VARCHAR);

-- 1. Quantities: what receipts used is on the lines, and nothing else.
CREATE TABLE used AS
SELECT number, period, project, workload, model, sale_tariff AS tariff, meter, sum(n)::HUGEINT AS n
FROM (
  UNPIVOT (SELECT * FROM covered WHERE flags & 40 = 0)
  ON input, cache_read, cache_write, cache_write_1h, output, reasoning, audio_in, audio_out,
    image_in, image_out, requests
  INTO NAME meter VALUE n
)
GROUP BY ALL HAVING sum(n) > 0;
DELETE FROM used USING prices AS p
WHERE p.id = used.tariff AND p.meter = used.meter AND used.meter = 'requests' AND p.price = 0;
CREATE TABLE charged AS
SELECT number, period, project, workload, model, tariff, meter, sum(quantity)::HUGEINT AS n
FROM lines WHERE kind IN ('usage', 'covered', 'correction') GROUP BY ALL;
INSERT INTO problems
SELECT coalesce(u.number, c.number), NULL,
  'receipts have ' || coalesce(u.n, 0) || ' ' || coalesce(u.meter, c.meter) || ', lines ' || coalesce(c.n, 0)
FROM used AS u
FULL JOIN charged AS c USING (number, period, project, workload, model, tariff, meter)
WHERE u.n IS DISTINCT FROM c.n;

-- 2. Prices: those of the price lists.
INSERT INTO problems
SELECT l.number, l.id, 'unit price ' || coalesce(l.unit_price, 'none') || ', list ' || coalesce(p.price, -1)
FROM lines AS l LEFT JOIN prices AS p ON p.id = l.tariff AND p.meter = l.meter
WHERE l.kind IN ('usage', 'correction') AND (
  p.price IS NULL OR p.currency <> l.price_currency
  OR coalesce(digits_of(l.unit_price) * ten(
    CASE l.unit WHEN 'request' THEN 12 ELSE 6 END - scale_of(l.unit_price)), -1) <> p.price
);

-- 3. Exact amounts.
INSERT INTO problems
SELECT number, id, 'exact ' || exact_pico FROM lines
WHERE kind <> 'credit' AND unit_price IS NOT NULL AND exact_pico <> CASE unit
  WHEN '1000000 tokens' THEN quantity * digits_of(unit_price) * ten(6 - scale_of(unit_price))
  WHEN 'request' THEN quantity * pico_of(unit_price)
  WHEN 'unit-hour' THEN half_even(quantity * pico_of(unit_price), 3600::HUGEINT)
END;
INSERT INTO problems SELECT number, id, 'no price and an exact amount' FROM lines
WHERE amount IS NULL AND exact_pico <> 0;

-- 4. Amounts, and rates that the document names.
INSERT INTO problems
SELECT l.number, l.id, 'amount ' || l.amount
FROM lines AS l JOIN documents AS d USING (number)
WHERE l.amount IS NOT NULL AND units_of(l.amount, d.unit) IS DISTINCT FROM CASE l.kind
  WHEN 'credit' THEN in_units(l.taken_pico, l.rate, l.discount_bp, d.unit)
    - in_units(l.taken_pico - l.exact_pico, l.rate, l.discount_bp, d.unit)
  ELSE in_units(l.exact_pico, l.rate, l.discount_bp, d.unit) END;
INSERT INTO problems
SELECT l.number, l.id, 'rate ' || l.rate
FROM lines AS l JOIN documents AS d USING (number)
LEFT JOIN fx AS f ON f.number = l.number AND f.base = l.price_currency
WHERE l.rate IS DISTINCT FROM CASE WHEN l.price_currency = d.currency THEN '1' ELSE f.rate END;

-- 5. Sums, taxes, residue.
CREATE MACRO tax_units(base, bp, unit) AS half_even(
  pico_of(base) * bp * ten(scale_of(unit)), ten(16) * digits_of(unit));
INSERT INTO problems
SELECT t.number, NULL, t.name || ' on ' || t.base
FROM taxes AS t JOIN documents AS d USING (number)
WHERE units_of(t.amount, d.unit) IS DISTINCT FROM CASE d.kind
    WHEN 'credit_note' THEN tax_units(t.before, t.rate_bp, d.unit)
      - half_even((pico_of(t.before) - pico_of(t.base)) * t.rate_bp * ten(scale_of(d.unit)),
        ten(16) * digits_of(d.unit))
    ELSE tax_units(t.base, t.rate_bp, d.unit) END
  OR (d.kind <> 'credit_note' AND t.base::DECIMAL(38, 12) <> (
    SELECT coalesce(sum(l.amount::DECIMAL(38, 12)), 0) FROM lines AS l
    WHERE l.number = t.number AND (len(t.kinds) = 0 OR list_contains(t.kinds, l.kind))));
INSERT INTO problems
SELECT d.number, NULL, 'sums' FROM documents AS d
LEFT JOIN (SELECT number, sum(amount::DECIMAL(38, 12)) AS s FROM lines GROUP BY number) AS l USING (number)
LEFT JOIN (SELECT number, sum(amount::DECIMAL(38, 12)) AS s FROM taxes GROUP BY number) AS t USING (number)
WHERE d.subtotal::DECIMAL(38, 12) <> coalesce(l.s, 0) OR d.tax::DECIMAL(38, 12) <> coalesce(t.s, 0)
  OR d.total::DECIMAL(38, 12) <> coalesce(l.s, 0) + coalesce(t.s, 0);
INSERT INTO problems
WITH nets AS ( -- in 10^-24 of the currency
  SELECT number, sum(exact_pico * digits_of(rate) * ten(8 - scale_of(rate)) * (10000 - discount_bp))::HUGEINT AS net
  FROM lines GROUP BY number
)
SELECT number, NULL, 'residue ' || residue FROM documents AS d LEFT JOIN nets AS n USING (number)
WHERE digits_of(residue) * ten(24 - scale_of(residue)) <> coalesce(net, 0) - digits_of(subtotal) * ten(24 - scale_of(subtotal));

-- 6. Hash, and the chain.
INSERT INTO problems
SELECT number, NULL, 'hash' FROM texts
WHERE sha256((j ->> 'previous') || chr(10) || replace(rtrim(text, chr(10)), ',"hash":"' || (j ->> 'hash') || '"', '')) <> j ->> 'hash';
INSERT INTO problems
SELECT number, NULL, 'chain' FROM (
  SELECT number, j ->> 'previous' AS previous,
    coalesce(lag(j ->> 'hash') OVER (PARTITION BY j ->> '$.issuer.id' ORDER BY number), '') AS before
  FROM texts
) WHERE previous <> before;

-- 7. Receipts: how many, the Merkle root of each part, and the root over the parts.
CREATE TABLE leaves AS
SELECT number, segment, period, list(sha256(chr(0) || concat_ws(chr(10),
    'w' || writer || '-' || seq, epoch_us(admitted_at), account, project, "key", model,
    coalesce(workload, ''), outcome, witness, flags,
    concat_ws(',', input, cache_read, cache_write, cache_write_1h, output, reasoning, audio_in,
      audio_out, image_in, image_out, requests),
    charge::HUGEINT, sale_tariff)) ORDER BY seq) AS hashes
FROM covered GROUP BY ALL;
CREATE MACRO level_above(hashes) AS list_transform(range((len(hashes) + 1) // 2), lambda i:
  CASE WHEN 2 * i + 2 <= len(hashes)
    THEN sha256(unhex('01') || unhex(hashes[2 * i + 1]) || unhex(hashes[2 * i + 2]))
    ELSE hashes[2 * i + 1] END);
CREATE TABLE parts AS
WITH RECURSIVE level AS (
  SELECT number, segment, period, len(hashes) AS n, hashes FROM leaves
  UNION ALL
  SELECT number, segment, period, n, level_above(hashes) FROM level WHERE len(hashes) > 1
)
SELECT number, segment, period, n, hashes[1] AS root,
  regexp_extract(segment, 'w([0-9]+)-', 1)::BIGINT AS writer,
  regexp_extract(segment, '-([0-9]+)', 1)::BIGINT AS file
FROM level WHERE len(hashes) = 1;
CREATE TABLE roots AS
WITH RECURSIVE level AS (
  SELECT number, count(*) AS parts, sum(n)::HUGEINT AS n,
    list(sha256(chr(0) || concat_ws(chr(10), segment, period, n, root)) ORDER BY writer, file, period) AS hashes
  FROM parts GROUP BY number
  UNION ALL
  SELECT number, parts, n, level_above(hashes) FROM level WHERE len(hashes) > 1
)
SELECT number, parts, n, hashes[1] AS root FROM level WHERE len(hashes) = 1;
INSERT INTO problems
SELECT d.number, NULL, 'root or count'
FROM documents AS d LEFT JOIN roots AS r USING (number)
WHERE d.receipts <> coalesce(r.n, 0) OR d.parts <> coalesce(r.parts, 0) OR d.root <> coalesce(r.root, sha256(''));

-- 8. Calls that did not end well.
CREATE TABLE told AS
SELECT number, unnest(from_json(j -> 'broken', '[{"outcome":"VARCHAR","witness":"VARCHAR",
  "charged":"BOOLEAN","receipts":"BIGINT","tokens":"HUGEINT","exact_pico":"HUGEINT"}]'), recursive := true)
FROM texts;
CREATE TABLE broken AS
SELECT number, outcome, witness, flags & 40 = 0 AS charged, count(*) AS receipts,
  sum(input + cache_read + cache_write + cache_write_1h + output + reasoning + audio_in + audio_out
    + image_in + image_out)::HUGEINT AS tokens, sum(charge)::HUGEINT AS exact_pico
FROM covered WHERE outcome <> 'completed' GROUP BY ALL;
INSERT INTO problems
SELECT coalesce(t.number, b.number), NULL, 'broken: exact amounts, tokens or counts'
FROM told AS t FULL JOIN broken AS b USING (number, outcome, witness, charged, receipts, tokens, exact_pico)
WHERE t.number IS NULL OR b.number IS NULL;
