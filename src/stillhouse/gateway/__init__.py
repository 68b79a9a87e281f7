"""The hot path: one HTTP/1.1 server that meters every call exactly once.

bytes -> connection (httptools) -> gateway.handle -> admit -> hold -> journal -> upstream
                                                                   settle <- relay <-

connection  one client's connection: strict parsing, limits, pipelining, back-pressure
routing     deployments with their providers and the tariffs in force
admit       key -> payer, standing, model, price, bound
windows     request, token and concurrency limits, shared by all workers of a host
leases      budgets: slices that the ledger has set aside, spent in memory
call        one call from admission to settlement, over all its attempts
commit      group commit: records to the journal once a turn, answers after the fsync
gateway     what a worker holds, its polling and its sweep
ports       what the gateway needs from other rooms
"""
