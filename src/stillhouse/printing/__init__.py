"""Documents as files that need a library to write: shell, but no clock and no disk of its own.

billing.document -> pdf -> bytes          billing.exports.focus rows -> parquet -> bytes

pdf      an invoice that a company pays by: what is on it, in order
page     the paper: letterhead, marks, page numbers, the file's own data
blocks   its parts: parties, totals, rates, broken calls, proof
lines    its lines: every one, or a summary by model
cells    cells of tables: text that wraps, figures on their decimal point
figures  numbers, amounts and dates as the reader's language writes them
fonts    which font can draw which character, and what is drawn where none can
parquet  FOCUS rows with DECIMAL columns

With the same versions of the libraries the same document gives the same bytes, on any day.
"""
