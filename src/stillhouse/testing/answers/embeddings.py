"""/v1/embeddings: one unit vector for each input, as floats or as base64 of their bytes."""

import base64
import struct

from stillhouse.testing.call import Call


def unary(call: Call) -> bytes:
    size = call.dimensions
    vector = [1.0] + [0.0] * (size - 1)
    if call.base64:
        shown = b'"' + base64.b64encode(struct.pack(f"<{size}f", *vector)) + b'"'
    else:
        shown = b"[" + b",".join(b"%.1f" % number for number in vector) + b"]"
    data = [
        b'{"object":"embedding","index":%d,"embedding":%b}' % (at, shown)
        for at in range(call.inputs)
    ]
    usage = b',"usage":{"prompt_tokens":%d,"total_tokens":%d}'
    shares = {0: [], 1: [1.0], 2: [0.5, 1.0]}[call.reports]
    counts = [int(call.bill.prompt * share) for share in shares]
    reported = b"".join(usage % (count, count) for count in counts)
    return b'{"object":"list","data":[%b],"model":%b%b}' % (b",".join(data), call.model, reported)
