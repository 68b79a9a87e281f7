-- Which accounts pay by the same means: a keyed hash of the operator's reference, "" where none was given.
ALTER TABLE accounts ADD COLUMN payment TEXT NOT NULL DEFAULT '';
