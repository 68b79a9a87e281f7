"""Anthropic's /v1/messages and /v1/messages/count_tokens.

Its input_tokens leaves out what was read from or written to a cache, and a stream reports usage in
two places: the input with message_start, the output with message_delta.
"""

from stillhouse.testing.call import Call, text, text_pieces

_STOPS = {b"stop": b"end_turn", b"length": b"max_tokens"}


def _input(call: Call) -> bytes:
    bill = call.bill
    return (
        b'"input_tokens":%d,"cache_creation_input_tokens":%d,"cache_read_input_tokens":%d,'
        b'"cache_creation":{"ephemeral_5m_input_tokens":%d,"ephemeral_1h_input_tokens":0}'
    ) % (
        bill.prompt - bill.cached - bill.cache_write,
        bill.cache_write,
        bill.cached,
        bill.cache_write,
    )


def _usage(call: Call, output: int) -> bytes:
    return b'{%b,"output_tokens":%d,"service_tier":"standard"}' % (_input(call), output)


def _message(call: Call, content: bytes, stopped: bytes, usage: bytes) -> bytes:
    return (
        b'{"id":"msg_script%d","type":"message","role":"assistant","model":%b,"content":[%b],'
        b'"stop_reason":%b,"stop_sequence":null%b}'
    ) % (call.number, call.model, content, stopped, usage)


def _stopped(call: Call) -> bytes:
    return b'"tool_use"' if call.tool else b'"%b"' % _STOPS.get(call.stopped, b"end_turn")


def unary(call: Call) -> bytes:
    if call.tool:
        content = b'{"type":"tool_use","id":"toolu_script","name":%b,"input":%b}' % (
            call.tool,
            call.script.arguments.encode(),
        )
    else:
        content = b'{"type":"text","text":"%b"}' % text(call)
    outputs = {0: [], 1: [1.0], 2: [0.5, 1.0]}[call.reports]
    usages = [_usage(call, int(call.bill.completion * share)) for share in outputs]
    reported = b"".join(b',"usage":' + usage for usage in usages)
    return _message(call, content, _stopped(call), reported)


def count_tokens(call: Call) -> bytes:
    return b'{"input_tokens":%d}' % call.bill.prompt


def events(call: Call) -> list[bytes]:
    started = b',"usage":' + _usage(call, min(1, call.bill.completion)) if call.reports else b""
    if call.tool:
        block = b'{"type":"tool_use","id":"toolu_script","name":%b,"input":{}}' % call.tool
        escaped = call.script.arguments.replace("\\", "\\\\").replace('"', '\\"').encode()
        deltas = [b'{"type":"input_json_delta","partial_json":"%b"}' % escaped]
    else:
        block = b'{"type":"text","text":""}'
        deltas = [b'{"type":"text_delta","text":"%b"}' % piece for piece in text_pieces(call)]
    outputs = {0: [], 1: [1.0], 2: [0.5, 1.0]}[call.reports]
    if not outputs:
        ends = [b'"delta":{"stop_reason":%b,"stop_sequence":null}' % _stopped(call)]
    else:
        ends = [
            b'"delta":{"stop_reason":%b,"stop_sequence":null},"usage":{"output_tokens":%d}'
            % (_stopped(call), int(call.bill.completion * share))
            for share in outputs
        ]
    return [
        _event(b"message_start", b'"message":' + _message(call, b"", b"null", started)),
        _event(b"content_block_start", b'"index":0,"content_block":' + block),
        b'event: ping\ndata: {"type": "ping"}\n\n',
        *[_event(b"content_block_delta", b'"index":0,"delta":' + delta) for delta in deltas],
        _event(b"content_block_stop", b'"index":0'),
        *[_event(b"message_delta", end) for end in ends],
        b'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    ]


def _event(name: bytes, rest: bytes) -> bytes:
    return b'event: %b\ndata: {"type":"%b",%b}\n\n' % (name, name, rest)
