"""/v1/completions: the older text surface, plain and streamed."""

from stillhouse.testing.answers.chat import DONE, usage_events, usage_fields
from stillhouse.testing.call import CREATED, Call, text, text_pieces


def unary(call: Call) -> bytes:
    choices = [
        b'{"text":"%b","index":%d,"logprobs":null,"finish_reason":"%b"}'
        % (text(call), at, call.stopped)
        for at in range(call.n)
    ]
    return (
        b'{"id":"cmpl-script%d","object":"text_completion","created":%d,"model":%b,'
        b'"choices":[%b]%b}'
    ) % (call.number, CREATED, call.model, b",".join(choices), usage_fields(call))


def events(call: Call) -> list[bytes]:
    head = (
        b'{"id":"cmpl-script%d","object":"text_completion","created":%d,"model":%b,"choices":'
    ) % (call.number, CREATED, call.model)
    tail = b',"usage":null}\n\n' if call.include_usage else b"}\n\n"
    whole = (
        b"data: " + head + b'[{"text":"%b","index":%d,"logprobs":null,"finish_reason":%b}]' + tail
    )
    each = range(call.n)
    sent = [whole % (piece, at, b"null") for piece in text_pieces(call) for at in each]
    sent += [whole % (b"", at, b'"%b"' % call.stopped) for at in each]
    return [*sent, *usage_events(call, head + b"[]"), DONE]
