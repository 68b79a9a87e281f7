"""The store on one SQLite file, whole: what people change and what gateways change.

Several processes open the same file, each its own `SQLiteStore`: gateway workers lease, a worker
posts segments, the command line edits. `sqlite_database` says why that is safe.
"""

from stillhouse.store.sqlite_capture import SQLiteCapture
from stillhouse.store.sqlite_cases import SQLiteCases
from stillhouse.store.sqlite_imports import SQLiteImports
from stillhouse.store.sqlite_invoices import SQLiteInvoices
from stillhouse.store.sqlite_prices import SQLitePrices
from stillhouse.store.sqlite_releases import SQLiteReleases
from stillhouse.store.sqlite_savings import SQLiteSavings
from stillhouse.store.sqlite_terms import SQLiteTerms
from stillhouse.store.sqlite_workloads import SQLiteWorkloads


class SQLiteStore(
    SQLiteWorkloads,
    SQLiteImports,
    SQLiteInvoices,
    SQLitePrices,
    SQLiteCases,
    SQLiteTerms,
    SQLiteReleases,
    SQLiteSavings,
    SQLiteCapture,
):
    """`stillhouse.ledger.ports.Store` at a path. Close it; one thread at a time uses it."""
