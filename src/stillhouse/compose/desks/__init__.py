"""The console's desk, subject by subject, over the real stores.

parts      what a process holds: stores, folders, settings, the newest journals
tenants    accounts, projects, keys, limits, budgets, standing
usage      sums, calls, calls in flight, workloads, why a bill changed
providers  deployments and their health, providers and their keys
invoices   list, preview, draft, approve, finalise, credit, PDF
prices     in force, proposed versions with their difference, quote
why        workloads, why the bill changed, forecast, revenue, exposure
guard      cases, decisions, what accounts are told, appeals
terms      what answers may be used for
students   what could be owned, runs of distillation, students and their cards
releases   students in traffic, moved on and back
proof      how far the chain of entries was followed
audit      entries, their chain, verify
people     members, invitations, machine tokens
"""
