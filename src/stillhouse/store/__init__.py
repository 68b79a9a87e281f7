"""Where things are kept: one record behind the port `stillhouse.ledger.ports.Store`.

    method -> one transaction (BEGIN IMMEDIATE) -> rows + one entry of the hash chain

    sqlite           SQLiteStore: control state and ledger in one file, for several processes
    sqlite_database  the connection: durability, transactions, exact sums, the chain's next entry
    sqlite_control   accounts, projects, keys, limits, budgets, standing
    sqlite_ledger    writers, leases, segments, totals
    sqlite_prices    tariffs, the configuration's prices, price versions
    sqlite_invoices  settings, rates, contracts, drafts, finalised documents
    sqlite_balances  arithmetic on balances and leases inside one transaction
    sqlite_rows      rows <-> values
    migrations       numbered steps of the schema
    journal          a writer's append-only files, synced in groups

Everything here fails closed: a change that cannot be made durable raises and changes nothing.
"""
