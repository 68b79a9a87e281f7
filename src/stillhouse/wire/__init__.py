"""What travels: requests, answers, streams and refusals of each dialect. Sans-IO and pure.

bytes in -> paths.route -> request.read -> edit -> provider -> usage | stream.Stream -> client
any no   -> refusals.Refusal -> the caller's dialect

    paths       the whole public surface as one table; nothing else exists
    request     a body -> Asked, and the most that it can use
    bodies      the shapes of request bodies, strict (all of it is text) and loose
    mistakes    BadRequest: what is wrong with a body, and how to mend it
    edit        the named edits on bodies; every other byte stays
    spans       where the members of a JSON object lie in its bytes
    usage       a provider's report -> disjoint meters
    count       a rough count where nobody reported
    sse         server-sent events as bytes
    stream      one streamed answer: relay, withhold the end, read the usage
    tiers       service tiers, as requests ask for them and answers name them
    refusals    everything that we say no to; envelopes: in each dialect's own shape
    rates       rate-limit headers
    exchange    the life of one metered call, as a table
    fields      what a small server of ours reads of a request, refusals in OpenAI's shape
    speech      token bytes -> whole characters, stop sequences
    deployment  providers, and our named routes to models
"""
