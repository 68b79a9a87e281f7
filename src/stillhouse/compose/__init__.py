"""Wiring: the only place that names concrete classes. Nothing here decides anything.

options and configuration -> concrete parts -> ports that the rest is written against

stores   which store keeps the control state and the ledger
invoices the life of an invoice; invoice_facts  what it is worked out from; invoice_settings
"""
