"""/v1/responses: plain, and as the named events that end in completed, incomplete or failed."""

import msgspec

from stillhouse.testing.call import CREATED, Call, text, text_pieces

_ENDS = {b"stop": b"completed", b"length": b"incomplete", b"failed": b"failed"}


def _usage(call: Call, share: float = 1.0) -> bytes:
    bill = call.bill
    prompt, completion = int(bill.prompt * share), int(bill.completion * share)
    return (
        b',"usage":{"input_tokens":%d,"input_tokens_details":{"cached_tokens":%d},'
        b'"output_tokens":%d,"output_tokens_details":{"reasoning_tokens":%d},"total_tokens":%d}'
    ) % (
        prompt,
        min(bill.cached, prompt),
        completion,
        min(bill.reasoning, completion),
        prompt + completion,
    )


def _reported(call: Call) -> bytes:
    shares = {0: [], 1: [1.0], 2: [0.5, 1.0]}[call.reports]
    return b"".join(_usage(call, share) for share in shares)


def _item(call: Call, shown: bytes, status: bytes) -> bytes:
    if call.tool:
        return (
            b'{"id":"fc_script%d","type":"function_call","status":"%b","call_id":"call_script",'
            b'"name":%b,"arguments":%b}'
        ) % (call.number, status, call.tool, msgspec.json.encode(call.script.arguments))
    part = b'{"type":"output_text","text":"%b","annotations":[],"logprobs":[]}' % shown
    content = part if status == b"completed" else b""
    return (
        b'{"id":"msg_script%d","type":"message","status":"%b","role":"assistant","content":[%b]}'
    ) % (call.number, status, content)


def _response(call: Call, status: bytes, output: bytes, usage: bytes) -> bytes:
    error = b'{"code":"server_error","message":"scripted"}' if status == b"failed" else b"null"
    incomplete = b'{"reason":"max_output_tokens"}' if status == b"incomplete" else b"null"
    return (
        b'{"id":"resp_script%d","object":"response","created_at":%d,"status":"%b","error":%b,'
        b'"incomplete_details":%b,"instructions":null,"max_output_tokens":null,"metadata":{},'
        b'"model":%b,"output":[%b],"parallel_tool_calls":true,"previous_response_id":null,'
        b'"store":false,"temperature":1.0,"text":{"format":{"type":"text"}},"tool_choice":"auto",'
        b'"tools":[],"top_p":1.0,"truncation":"disabled","user":null%b}'
    ) % (call.number, CREATED, status, error, incomplete, call.model, output, usage)


def _status(call: Call) -> bytes:
    return _ENDS.get(call.stopped, b"completed")


def unary(call: Call) -> bytes:
    item = _item(call, text(call), b"completed")
    return _response(call, _status(call), item, _reported(call))


def events(call: Call) -> list[bytes]:
    item_id = b"msg_script%d" % call.number
    begun = _response(call, b"in_progress", b"", b',"usage":null')
    done = _item(call, text(call), b"completed")
    steps: list[tuple[bytes, bytes]] = [
        (b"response.created", b'"response":' + begun),
        (b"response.in_progress", b'"response":' + begun),
        (
            b"response.output_item.added",
            b'"output_index":0,"item":' + _item(call, b"", b"in_progress"),
        ),
    ]
    if not call.tool:
        where = b'"item_id":"%b","output_index":0,"content_index":0' % item_id
        part = b'{"type":"output_text","text":"%b","annotations":[],"logprobs":[]}'
        steps.append((b"response.content_part.added", where + b',"part":' + part % b""))
        steps += [
            (b"response.output_text.delta", where + b',"delta":"%b","logprobs":[]' % piece)
            for piece in text_pieces(call)
        ]
        steps += [
            (b"response.output_text.done", where + b',"text":"%b","logprobs":[]' % text(call)),
            (b"response.content_part.done", where + b',"part":' + part % text(call)),
        ]
    steps.append((b"response.output_item.done", b'"output_index":0,"item":' + done))
    last = b'"response":' + _response(call, _status(call), done, _reported(call))
    steps.append((b"response." + _status(call), last))
    return [
        b'event: %b\ndata: {"type":"%b","sequence_number":%d,%b}\n\n' % (name, name, at, rest)
        for at, (name, rest) in enumerate(steps)
    ]
