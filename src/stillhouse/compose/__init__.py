"""Wiring: the only place that names concrete classes. Nothing here decides anything.

options and configuration -> concrete parts -> ports that the rest is written against

stores   which store keeps the control state and the ledger
"""
