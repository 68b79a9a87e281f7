"""The log: one line of JSON per event, whatever is in it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import TEXT

from stillhouse.compose.log import log


@given(st.dictionaries(st.sampled_from(["a", "b", "error"]), TEXT | st.integers() | st.none()))
def test_an_event_is_one_line(fields: dict[str, str | int | None]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        written: list[str] = []

        class Stream:
            def write(self, text: str) -> None:
                written.append(text)

            def flush(self) -> None: ...

        patch.setattr("sys.stderr", Stream())
        log("happened", **fields)
    (line,) = written

    assert line.count("\n") == 1
    said = json.loads(line)
    assert said.pop("at").endswith("Z")
    assert {"event": "happened", **fields} == said
