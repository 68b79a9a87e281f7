"""Readers of totals that say who owes what. Pure: the shell hands in totals, prices and rates.

totals + tariffs -> invoice (a bill so far)
totals + tariffs + contract + rates + settings + earlier documents -> draft -> document

revenue   shares, concentration, growth; shares_svg  the same as a picture
reconcile a provider's statement against receipts; margins
invoice   one account and month: lines, rounded once each, with the exact sum beside

document     an invoice or credit note: its fields and its hash; ports  what a store does with them
draft        writes one; arithmetic  how its numbers follow from each other
settings     who issues, who pays, in what form; fx  stored rates; states  open ... credited
contract     what was agreed beyond prices; capacity, drawdown  what that covers and takes off
corrections  what documents charged for so far, and what came in late
credit       credit notes, whole or in parts
merkle       the tree over receipts; check, inclusion  what a customer can prove from files alone
"""
