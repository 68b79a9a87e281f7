"""The hot path: one HTTP/1.1 server that meters every call exactly once.

bytes -> connection (httptools) -> gateway.handle -> admit -> hold -> journal -> upstream
                                                                   settle <- relay <-

connection  one client's connection: strict parsing, limits, pipelining, back-pressure
head        the head of a request that was read before, known by its bytes
routing     deployments with their providers and the tariffs in force
admit       key -> payer, standing, model, price, bound
windows     request, token and concurrency limits, shared by all workers of a host
leases      budgets: slices that the ledger has set aside, spent in memory
provided    budgets of providers: held for all that may serve, spent by those that did
labels      what a call is for: declared, set for its key, or found by its template
call        one call from admission to settlement, over all its attempts; held: its money
retry       which failures deserve another attempt
forward     what goes on to a provider: the client's bytes with the named edits
witness     what an attempt used, by the provider's report or our own count
reply       the client's side of a call; answer: the bytes of heads, chunks and refusals
house       what a call needs from its gateway; times: its limits in time
commit      group commit: records to the journal once a turn, answers after the fsync
gateway     what a worker holds, its polling and its sweep
ports       what the gateway needs from other rooms
"""
