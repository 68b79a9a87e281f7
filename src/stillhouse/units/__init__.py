"""Vocabulary that every room shares: money, usage, instants.

money     pico-units (1e-12 of a currency) as integers; exact parsing, one rounding rule
usage     disjoint meters and the counts of one call
instant   microseconds since the epoch, half-open UTC periods
"""
