"""Inputs that are nearly right: known shapes, changed by a seed. The same seed, the same bytes."""

import random

TOKENS = (
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"\n\n",
    b":",
    b" ",
    b"\t",
    b"\x00",
    b"\xff\xfe",
    b"0",
    b"-1",
    b"ffffffff",
    b"Content-Length: 5\r\n",
    b"content-length: 0\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"HTTP/1.1 ",
    b"HTTP/1.0",
    b"Upgrade: h2c\r\nConnection: upgrade\r\n",
    b"Expect: 100-continue\r\n",
    b"Connection: close\r\n",
    b"data: ",
    b"data:",
    b"data: [DONE]\n\n",
    b"event: error\n",
    b": comment\n\n",
    b'"usage"',
    b'"usage":null',
    b'"error"',
    b'{"error":{"message":"x"}}',
    b"{",
    b"}",
    b"[",
    b'"',
    b"\\",
    b'"choices":[]',
    b'"type":"message_stop"',
    b'"type":"response.completed"',
    b"id: 1\n",
    b"x" * 300,
)
CUTS_MAX = 12


def mutated(chance: random.Random, corpus: tuple[bytes, ...]) -> bytes:
    """One of the corpus, or two in a row, with up to eight changes."""
    data = bytearray(b"".join(chance.choices(corpus, k=chance.choice([1, 1, 2, 3]))))
    for _ in range(chance.randrange(9)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0:
                data[at:at] = chance.choice(TOKENS)
            case 1:
                del data[at : at + chance.choice([1, 1, 2, 8, 64])]
            case 2:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 3:
                data[at:at] = data[at : at + chance.choice([1, 4, 32, 128])]
            case 4:
                data[at : at + 4] = chance.choice(TOKENS)
            case _:
                del data[at:]
    return bytes(data)


def cut(chance: random.Random, data: bytes) -> list[bytes]:
    """The same bytes in pieces: few, many, or each by itself."""
    if len(data) <= 200 and chance.random() < 0.1:
        return [data[at : at + 1] for at in range(len(data))]
    ends = sorted(chance.randrange(len(data) + 1) for _ in range(chance.randrange(CUTS_MAX)))
    return [data[a:b] for a, b in zip([0, *ends], [*ends, len(data)], strict=True)]
