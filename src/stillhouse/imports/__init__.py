"""Other people's files -> our words: logs of calls, and what providers say they bill. Pure.

a line of a log -> formats -> call.Call -> identity (counted once) -> priced.Priced -> receipt
a provider's export -> statements -> ledger.ports.Statement

    call        one call as a log tells it, and why a line cannot be read
    stillhouse  our own line format, which later commands share
    openai      stored completions, responses, batch outputs, request and response pairs
    litellm     spend logs and standard logging payloads
    formats     the names of the log formats
    usage       which shape of usage a report is
    instants    the ways in which logs write a time
    identity    which line this is, and whether it says what it said before
    observed    a line as guard sees it: with address, client, payment and request
    templates   what a call is for, where nobody declared it
    priced      a call + the price book -> both halves of a receipt
    statements  providers' cost and usage exports
    items       what a provider calls a thing on its bill -> model and meter
"""
