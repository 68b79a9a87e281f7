"""Readers of totals that say who owes what. Pure: the shell hands in totals, prices and rates.

totals + tariffs -> invoice

revenue   shares, concentration, growth; shares_svg  the same as a picture
reconcile a provider's statement against receipts; margins
invoice   one account and month: lines, rounded once each, with the exact sum beside
"""
