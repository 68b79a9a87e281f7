-- A draft knows the moment of the ledger that it was worked out from, so that finalising need not
-- work it out again while nothing that could change it has come since. as_of: the newest entry then;
-- 0: work it out again. posting: the newest posting then. approval: the entry that says which text was
-- approved. Texts of documents and drafts are deflated from here on; those that are text stay it.
ALTER TABLE drafts ADD COLUMN as_of INTEGER NOT NULL DEFAULT 0;
ALTER TABLE drafts ADD COLUMN posting INTEGER NOT NULL DEFAULT 0;
ALTER TABLE drafts ADD COLUMN approval INTEGER REFERENCES entries (number);
