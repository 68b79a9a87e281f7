"""The strict shapes are allow-lists: what is unknown is never taken for text."""

import msgspec
import pytest

from stillhouse.wire import bodies
from stillhouse.wire.bodies import ABSENT, is_given

ITEMS = {
    bodies.Chat: bodies.ChatMessage,
    bodies.Responses: bodies.Item,
    bodies.Messages: bodies.Turn,
}
LOOSE = {
    bodies.Chat: bodies.LooseChat,
    bodies.Responses: bodies.LooseResponses,
    bodies.Messages: bodies.LooseMessages,
}


@pytest.mark.parametrize("item", ITEMS.values())
def test_a_message_of_text_fits(item: type[msgspec.Struct]) -> None:
    assert msgspec.json.decode(b'{"role":"user","content":"Hello!"}', type=item)


@pytest.mark.parametrize("item", ITEMS.values())
@pytest.mark.parametrize(
    "message",
    [
        b'{"role":"user","content":"Hi","images":["AAAA"]}',
        b'{"role":"user","content":[{"type":"of next year"}]}',
        b'{"role":"user","content":[{"type":"text","text":"x","of_next_year":1}]}',
        b'{"role":"user","content":{"parts":[]}}',
        b'"text"',
    ],
)
def test_a_message_with_anything_unknown_does_not_fit(
    item: type[msgspec.Struct], message: bytes
) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(message, type=item)


@pytest.mark.parametrize("shape", LOOSE)
def test_strict_and_loose_read_the_same_scalars(shape: type[bodies.Body]) -> None:
    strict, loose = shape.__struct_fields__, LOOSE[shape].__struct_fields__

    assert loose == strict[: len(loose)]


@pytest.mark.parametrize(
    ("body", "expected"), [(b"{}", False), (b'{"input":null}', False), (b'{"input":0}', True)]
)
def test_a_raw_field_that_is_null_is_not_given(body: bytes, *, expected: bool) -> None:
    decoded = msgspec.json.decode(body, type=bodies.Embeddings)

    assert expected == is_given(decoded.input)
    assert not is_given(ABSENT)
