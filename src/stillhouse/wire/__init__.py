"""What travels: requests, answers, streams and refusals of each dialect. Sans-IO and pure.

    path -> paths.Route -> request.Asked -> edit (named edits) -> provider
    provider -> usage (unary) / stream.Stream (SSE) -> client
    any no -> refusals.Refusal -> the caller's dialect
"""
