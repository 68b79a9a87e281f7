"""The model that ships: a small causal language model of our own, served like any provider.

    POST body -> asked.Asked (ids) -> model.Engine (read, step, step, ...) -> answers -> JSON or SSE

    prompt     chat messages -> tokens; the template; nothing is truncated
    network    one onnxruntime session: ids and past in, logits and present out
    sampling   logits -> one token: greedy, temperature, top_p, seed; log-probabilities
    grammar    a JSON schema -> the tokens allowed next
    model      Engine: prompt -> a stream of tokens with text, stops, limits, exact counts
    labels     what the model can say about a comment
    asked      request bodies -> Asked, or a Refused that says what to do
    answers    tokens -> the objects of /v1/chat/completions, /v1/completions, /v1/embeddings
    responses  tokens -> the objects and events of /v1/responses
    server     the routes, on Starlette
    __main__   `python -m stillhouse.upstream.builtin --socket PATH | --port N`

The server runs in a process of its own and imports nothing of the gateway; `files/` holds the
model, its tokenizer and the card of the run that made them (`recipes/builtin`).
docs/reference/builtin-card.md says what it is not.
"""
