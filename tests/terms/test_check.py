"""A dataset is judged row by row, alike rows once, and what is not understood is denied."""

import json
from typing import Any

import pytest
from tests.terms.house import use

from stillhouse.compose.terms import shipped
from stillhouse.terms.check import Check
from stillhouse.terms.decide import Code, Outcome

AT = "2026-11-01T10:00:00Z"
OPENAI = {"at": AT, "path": "openai-api", "model": "gpt-4o"}
DEEPSEEK = {"at": AT, "path": "deepseek-api", "model": "deepseek-chat"}
LLAMA = {"at": AT, "path": "self-hosted", "model": "Llama-3.1-8B"}
HYPERCLOVA = {"at": AT, "path": "self-hosted", "model": "HyperCLOVAX-SEED-3B"}


def checked(*rows: Any, named: dict[str, str] | None = None, **asked: Any) -> Check:
    check = Check(shipped(), use(**asked), named or {})
    for row in rows:
        check.row(row if isinstance(row, bytes) else json.dumps(row).encode())
    return check


def code(row: Any, **more: Any) -> Code:
    (group,) = checked(row, **more).groups.values()
    return group.verdict.reason.code


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (OPENAI, Code.COMPETING),
        (DEEPSEEK, Code.PERMITTED),
        ({"at": AT, "provider": "openai", "model": "gpt-4o"}, Code.COMPETING),
        ({"at": AT, "provider": "ours", "model": "gpt-4o"}, Code.NO_PROVENANCE),
        ({"at": AT, "model": "gpt-4o"}, Code.NO_PROVENANCE),
        ({"question": "scrubbed", "answer": "by a table"}, Code.NO_PROVENANCE),
        ({"lineage": []}, Code.NO_PROVENANCE),
        ({"lineage": [OPENAI]}, Code.COMPETING),
        ({"lineage": json.dumps([OPENAI])}, Code.COMPETING),
        ({"lineage": ""}, Code.NO_PROVENANCE),
        ({"lineage": [DEEPSEEK, OPENAI | {"via": "answer"}]}, Code.COMPETING),
        ({"lineage": [DEEPSEEK], **OPENAI}, Code.COMPETING),
        ({"lineage": [DEEPSEEK | {"at": 1793527200000000}]}, Code.PERMITTED),
        (DEEPSEEK | {"at": "2026-04-01T00:00:00Z"}, Code.UNKNOWN_VERSION),
        ({"path": "deepseek-api", "model": "deepseek-chat"}, Code.UNKNOWN_VERSION),
        (DEEPSEEK | {"at": "2027-01-01T00:00:00Z"}, Code.CLOCK),
        (DEEPSEEK | {"at": "yesterday"}, Code.NO_PROVENANCE),
        (b"not json", Code.NO_PROVENANCE),
        (b'"text"', Code.NO_PROVENANCE),
        (b"\xff\xfe{}", Code.NO_PROVENANCE),
        (b"[" * 100_000, Code.NO_PROVENANCE),
        ({"path": 3, "model": "gpt-4o"}, Code.NO_PROVENANCE),
    ],
)  # fmt: skip
def test_each_kind_of_row(row: Any, expected: Code) -> None:
    assert expected == code(row)


def test_a_provider_is_named_by_the_configuration_first() -> None:
    row = {"at": AT, "provider": "openai", "model": "gpt-4o"}

    assert Code.UNKNOWN_TERMS == code(row, named={"openai": "azure-openai"})


def test_rows_that_are_alike_are_judged_once_and_counted() -> None:
    other = DEEPSEEK | {"at": "2026-11-01T23:59:59+00:00"}
    check = checked(DEEPSEEK, OPENAI, other, DEEPSEEK | {"at": "2026-11-02T00:00:00Z"})

    assert (4, 3) == (check.rows, len(check.groups))
    assert (3, 1) == (check.count(Outcome.ALLOW), check.denied)
    assert [(1, 2), (3, 1)] == [(g.rows, g.first) for g in check.alike()]


def test_a_dataset_that_is_allowed_says_what_it_asks_for() -> None:
    check = checked(DEEPSEEK, LLAMA)

    assert check.ok
    assert "student_name_prefix:Llama" in {str(o) for o in check.obligations}


def test_rows_that_no_student_can_have_together() -> None:
    check = checked(LLAMA, HYPERCLOVA)

    assert 1 == len(check.impossible)
    assert not check.ok


def test_kinds_of_rows_without_end_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stillhouse.terms.check.GROUPS_MAX", 3)
    check = checked(*({**OPENAI, "model": f"gpt-{n}"} for n in range(20)), DEEPSEEK)

    assert 5 == len(check.groups)
    assert (20, 1) == (check.denied, check.count(Outcome.ALLOW))


def test_a_line_beyond_the_limit_is_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stillhouse.terms.check.LINE_BYTES_MAX", 10)

    assert Code.NO_PROVENANCE == code(DEEPSEEK)
