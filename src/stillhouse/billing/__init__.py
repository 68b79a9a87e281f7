"""Readers of totals that say who owes what. Pure: the shell hands in totals, prices and rates.

totals + tariffs -> invoice

invoice   one account and month: lines, rounded once each, with the exact sum beside
"""
