"""A consent is somebody's words for a time; a captured row keeps its lineage on its way out."""

import json
from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from stillhouse.distill.capture import (
    Consent,
    ConsentError,
    Row,
    check,
    expired,
    exported,
    read,
    user_of,
    written,
)
from stillhouse.imports.formats import reader
from stillhouse.terms import from_wire
from stillhouse.training.logs import Reader
from stillhouse.units.instant import DAY, Instant, instant, moment

AT = instant(moment(0).replace(year=2026, month=11, day=30))
CONSENT = Consent(
    project="p", account="a", by="Ann", words="for our own models", days=30, began_at=AT
)
REQUEST = b'{"model":"gpt-4o","messages":[{"role":"user","content":"cheap?"}],"user":"u7"}'
ANSWER = (
    b'{"choices":[{"message":{"content":"spam"},"finish_reason":"stop"}],'
    b'"usage":{"prompt_tokens":3,"completion_tokens":1}}'
)


def row(**changes: Any) -> Row:
    said: dict[str, Any] = {
        "receipt": "w1-7", "at": AT, "account": "a", "project": "p", "key": "k",
        "provider": "openai", "model": "gpt-4o", "deployment": "gpt-4o",
        "surface": "chat/completions", "request": Raw(REQUEST), "response": Raw(ANSWER),
        "user": "u7", "workload": "w", "path": "openai-api", "terms": "openai@1234",
    }  # fmt: skip
    return Row(**(said | changes))


@pytest.mark.parametrize("changes", [{"by": " "}, {"words": "yes"}, {"days": 0}, {"days": 9999}])
def test_what_is_no_consent_is_refused(changes: dict[str, Any]) -> None:
    check(CONSENT)
    with pytest.raises(ConsentError):
        check(replace(CONSENT, **changes))


def test_a_row_is_read_as_it_was_written() -> None:
    assert row() == read(written(row()))
    assert b"\n" not in written(row())


def test_what_is_exported_is_our_log_with_its_lineage() -> None:
    line = exported(row())
    call = reader("stillhouse", account="")(line)
    [origin] = from_wire(json.loads(line)["lineage"]).origins

    assert ("w1-7", "a", "gpt-4o", "w") == (call.id, call.account, call.model, call.workload)
    assert (3, 1) == (call.usage.input, call.usage.output)
    assert ("openai-api", "gpt-4o", AT, "openai@1234", "a") == (
        origin.path, origin.model, origin.at, origin.terms, origin.account,
    )  # fmt: skip
    taught = Reader("stillhouse", key=b"k" * 32).read(line).example
    assert ("spam", (origin,), "w") == (taught.output, taught.lineage, taught.workload)
    unknown = json.loads(exported(row(path="", workload="")))
    assert "unknown" == unknown["lineage"][0]["path"]
    assert "workload" not in unknown


@pytest.mark.parametrize(
    ("request_", "user"),
    [(REQUEST, "u7"), (b'{"safety_identifier":"s"}', "s"), (b'{"user":7}', ""), (b"{", "")],
)
def test_the_end_user_is_as_the_request_says(request_: bytes, user: str) -> None:
    assert user == user_of(request_)


def test_a_day_is_over_when_its_days_are() -> None:
    assert not expired("2026-11-25", 5, AT)
    assert expired("2026-11-24", 5, AT)
    assert not expired("2026-11-30", 0, AT)
    assert expired("2026-11-30", 0, Instant(AT + DAY))
