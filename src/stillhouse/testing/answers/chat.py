"""/v1/chat/completions: plain, streamed, with several choices, or with a tool call."""

import msgspec

from stillhouse.testing.call import CREATED, Call, text, text_pieces

DONE = b"data: [DONE]\n\n"


def usage(call: Call, share: float = 1.0) -> bytes:
    """OpenAI's usage block; `share` below one is a premature report, which only a fault sends."""
    bill = call.bill
    prompt, completion = int(bill.prompt * share), int(bill.completion * share)
    return (
        b'{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d,'
        b'"prompt_tokens_details":{"cached_tokens":%d,"audio_tokens":0},'
        b'"completion_tokens_details":{"reasoning_tokens":%d,"audio_tokens":0,'
        b'"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}'
    ) % (
        prompt,
        completion,
        prompt + completion,
        min(bill.cached, prompt),
        min(bill.reasoning, completion),
    )


def usage_fields(call: Call) -> bytes:
    """`,"usage":{...}` as often as the answer says it: a fault drops it or says it twice."""
    if call.reports == 1:
        return b',"usage":' + usage(call)
    if call.reports == 0:
        return b""
    return b',"usage":' + usage(call, 0.5) + b',"usage":' + usage(call)


def usage_events(call: Call, chunk: bytes) -> list[bytes]:
    """The chunks with empty choices that end a stream which asked for usage; chunk: the rest."""
    if not call.include_usage or call.reports == 0:
        return []
    shares = [1.0] if call.reports == 1 else [0.5, 1.0]
    return [b"data: " + chunk + b',"usage":' + usage(call, share) + b"}\n\n" for share in shares]


def unary(call: Call) -> bytes:
    if call.tool:
        arguments = msgspec.json.encode(call.script.arguments)
        message = (
            b'{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"call_script",'
            b'"type":"function","function":{"name":%b,"arguments":%b}}]}'
        ) % (call.tool, arguments)
        stopped = b"tool_calls"
    else:
        message = b'{"role":"assistant","content":"%b","refusal":null,"annotations":[]}' % text(
            call
        )
        stopped = call.stopped
    choices = [
        b'{"index":%d,"message":%b,"logprobs":null,"finish_reason":"%b"}' % (at, message, stopped)
        for at in range(call.n)
    ]
    return (
        b'{"id":"chatcmpl-script%d","object":"chat.completion","created":%d,"model":%b,'
        b'"choices":[%b],"service_tier":"default","system_fingerprint":null%b}'
    ) % (call.number, CREATED, call.model, b",".join(choices), usage_fields(call))


def events(call: Call) -> list[bytes]:
    head = (
        b'{"id":"chatcmpl-script%d","object":"chat.completion.chunk","created":%d,"model":%b,'
        b'"service_tier":"default","system_fingerprint":null,"choices":'
    ) % (call.number, CREATED, call.model)
    tail = b',"usage":null}\n\n' if call.include_usage else b"}\n\n"
    whole = (
        b"data: " + head + b'[{"index":%d,"delta":%b,"logprobs":null,"finish_reason":%b}]' + tail
    )
    each = range(call.n)
    sent = [
        whole % (at, b'{"role":"assistant","content":"","refusal":null}', b"null") for at in each
    ]
    stopped = call.stopped
    if call.tool:
        stopped = b"tool_calls"
        sent += [whole % (at, delta, b"null") for at in each for delta in _tool_deltas(call)]
    else:
        made: dict[bytes, list[bytes]] = {}
        for piece in text_pieces(call):
            if piece not in made:
                made[piece] = [whole % (at, b'{"content":"%b"}' % piece, b"null") for at in each]
            sent += made[piece]
    sent += [whole % (at, b"{}", b'"%b"' % stopped) for at in each]
    return [*sent, *usage_events(call, head + b"[]"), DONE]


def _tool_deltas(call: Call) -> list[bytes]:
    arguments = call.script.arguments
    middle = len(arguments) // 2
    first = (
        b'{"tool_calls":[{"index":0,"id":"call_script","type":"function",'
        b'"function":{"name":%b,"arguments":""}}]}'
    ) % call.tool
    rest = [
        b'{"tool_calls":[{"index":0,"function":{"arguments":%b}}]}' % msgspec.json.encode(part)
        for part in (arguments[:middle], arguments[middle:])
    ]
    return [first, *rest]
