"""The console's desk, subject by subject, over the real stores.

parts      what a process holds: stores, folders, settings, the newest journals
tenants    accounts, projects, keys, limits, budgets, standing
usage      sums, calls, calls in flight, workloads, why a bill changed
providers  deployments and their health, providers and their keys
money      invoices, prices, revenue, what providers say
audit      entries, their chain, verify
people     members, invitations, machine tokens
"""
