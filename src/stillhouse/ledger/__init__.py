"""Receipts and entries: the one record that everything else reads.

    open + close records (journal) -> receipts -> segment (sealed, hashed) -> posting -> entries

    receipt   the open and close record of one attempt, and the receipt that they make
    journal   frames on disk: length + CRC-32C + record; torn tails are cut
    segment   a journal file's records, joined; what a sealed batch says: count, range, totals
    fold      receipts to totals: the reference that every faster sum must equal
    entries   append-only lines with a hash chain
    rules     who pays for a broken call, from which witness
    verify    loss, doubling, re-pricing, balances: what anyone can check
    ports     what the store must do; one conformance suite runs over every store

Nothing here reads a clock or a disk: the rooms above hand in bytes, receipts and the time.
"""
