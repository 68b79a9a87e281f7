"""A document in the forms that other programs read. Pure: document -> rows or text.

document -> CSV, FOCUS 1.2 rows, a beancount journal; `printing` makes PDF and Parquet of it

exact          a line's amounts before rounding, and decimals written out
csv            the lines as a table for spreadsheets
focus          FOCUS 1.2 rows, from the seller's side
focus_sku      what a line sold, in FOCUS's words
focus_columns  the columns, and the rows as CSV
beancount      double entry, every total and residue posted
sections       lines as a reader wants them: by what they are for, the dearest first
words          what a printed invoice says, in English and Indonesian

JSON is `billing.document.to_json`: the one text that the others can be made from again.
"""
