"""May I, over the API: every use of every way, with the clause, or why there is no answer."""

import pytest
from tests.console.real import Real

from stillhouse.compose import terms
from stillhouse.console.roles import Role


def test_the_matrix_holds_every_entry_and_every_use(real: Real) -> None:
    found = real.machine(Role.MEMBER).get("/api/v1/terms").json()
    openai = next(way for way in found["ways"] if way["path"] == "openai-api")

    assert found["entries"] >= 70
    assert {12} == {len(way["answers"]) for way in found["ways"]}
    assert {"deny"} == {answer["verdict"] for answer in openai["answers"]}
    assert "3.3(e)" == openai["answers"][0]["reasons"][0]["clause"]


def test_one_way_is_asked_by_name(real: Real) -> None:
    def asked(**way: str) -> dict[tuple[str, str], str]:
        found = real.machine(Role.REVIEWER).get("/api/v1/terms/way", params=way).json()
        return {(a["student"], a["exposure"]): a["verdict"] for a in found["answers"]}

    llama = asked(path="self-hosted", model="m", weights="llama-3.1")
    assert {"allow_with_obligations"} == set(llama.values())
    assert {"deny"} == set(asked(path="nobody-knows-me").values())


def test_a_registry_that_was_edited_by_hand_allows_nothing(
    real: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    def edited() -> None:
        raise terms.TamperedError([("openai.yaml", "its hash is another")])

    monkeypatch.setattr("stillhouse.compose.terms_book.shipped", edited)
    reviewer = real.machine(Role.REVIEWER)
    found = reviewer.get("/api/v1/terms").json()

    assert [] == found["ways"]
    assert "openai.yaml" in found["held_back"]
    assert 409 == reviewer.get("/api/v1/terms/way", params={"path": "builtin"}).status_code
