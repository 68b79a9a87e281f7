"""May this account be answered by this student? A10, for releases and for names."""

import dataclasses
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.distill.test_release import AT, plan
from tests.students import OPEN, OPENAI, manifest, written

from stillhouse.compose.releases import (
    Judge,
    asked_again,
    manifest_of,
    met_by,
    permitted,
    withheld,
)
from stillhouse.compose.stores import open_store
from stillhouse.compose.terms import shipped
from stillhouse.config.settings import Server, Settings
from stillhouse.distill.artefact import Data, Manifest
from stillhouse.distill.release import Release, Terms, begun
from stillhouse.ledger.ports import ConflictError
from stillhouse.terms import Attestation
from stillhouse.units.instant import DAY, Instant, instant
from stillhouse.wire.deployment import Deployment, Provider, ProviderKind

NOW = instant(datetime(2026, 12, 5, tzinfo=UTC))
"""After the registry was read."""
JUDGE = Judge(shipped())


def of_openai(**changes: Any) -> Manifest:
    return manifest(taught=(OPENAI,), data=Data("", 1, account=("a",)), **changes)


def attested() -> Judge:
    """Somebody has signed what the exception for classifiers asks for."""
    entry = next(chain.newest for chain in shipped().matching("openai-api", "gpt-4o"))
    claims = (*entry.exceptions, *entry.conditions)
    return Judge(
        shipped(),
        tuple(
            Attestation(
                id=f"s{n}",
                entry=entry.id,
                claim=claim,
                signed_by="Ann",
                signed_at=Instant(NOW - DAY),
                expires_at=Instant(NOW + 30 * DAY),
            )
            for n, claim in enumerate((*claims, "reading"))
        ),
    )


def asked(by: Judge, of: Manifest, account: str, *others: str) -> Terms:
    return by.terms(of, account=account, met_by={account, *others}, name="s", now=NOW)


def test_a_student_of_open_weights_may_answer_anybody() -> None:
    of = manifest(taught=(OPEN,))

    assert asked(JUDGE, of, "a").allowed
    assert asked(JUDGE, of, "a", "b").allowed


def test_an_internal_classifier_of_openai_is_its_accounts_alone() -> None:
    """A10: allowed inside once it is attested; offered to a second account it is blocked."""
    inside = asked(attested(), of_openai(), "a")
    second = asked(attested(), of_openai(), "b", "a")

    assert not asked(JUDGE, of_openai(), "a").allowed, "nobody has signed"
    assert inside.allowed
    assert not second.allowed
    assert "sold" in second.why
    assert any("3.3" in clause for clause in second.clauses)
    assert not asked(attested(), of_openai(), "a", "b").allowed, "then it is not internal for a"


def test_a_generative_student_of_openai_is_refused() -> None:
    assert not asked(attested(), of_openai(kind="generative"), "a").allowed


def test_rows_that_nobody_can_place_are_refused() -> None:
    unknown = replace(OPEN, origin=dataclasses.replace(OPEN.origin, path=""))

    assert not asked(JUDGE, manifest(taught=(unknown,)), "a").allowed
    assert not asked(JUDGE, manifest(taught=()), "a").allowed


def test_obligations_must_be_kept_at_release() -> None:
    bound = manifest(taught=(OPEN,), obligations=("display:Built with Qwen",))
    said = JUDGE.terms(bound, account="a", met_by={"a"}, name="s", now=NOW)
    shown = JUDGE.terms(
        bound, account="a", met_by={"a"}, name="s", now=NOW, displays=("Built with Qwen",)
    )

    assert not said.allowed
    assert 'show "Built with Qwen"' in said.why
    assert shown.allowed


# -- what runs


def house(folder: Path, *accounts: str) -> Settings:
    student = Provider(name="p", kind=ProviderKind.STUDENT, base_url="", student=str(folder))
    return Settings(
        providers={"p": student},
        deployments={"s": Deployment(name="s", provider="p", model="s-1", accounts=accounts)},
    )


def live(of: Manifest, account: str = "a") -> Release:
    made = plan(account=account, artefact=of.id, terms=Terms(allowed=True))
    return begun(made, ident=f"rel_{account}", at=AT)


def test_a_live_release_is_asked_again_when_its_student_is_offered_to_others(
    tmp_path: Path,
) -> None:
    of = written(tmp_path / "s", taught=(OPENAI,), data=Data("", 1, account=("a",)))
    releases, by = [live(of)], attested()

    assert [] == asked_again(releases, house(tmp_path / "s"), by, now=NOW)
    [changed] = asked_again(releases, house(tmp_path / "s", "a", "b"), by, now=NOW)
    assert not changed.terms.allowed
    assert {"a", "b"} == met_by(of.id, releases, house(tmp_path / "s", "b"))


def test_what_was_signed_ends_and_the_release_with_it(tmp_path: Path) -> None:
    of = written(tmp_path / "s", taught=(OPENAI,), data=Data("", 1, account=("a",)))
    later = Instant(NOW + 31 * DAY)

    [changed] = asked_again([live(of)], house(tmp_path / "s"), attested(), now=later)
    assert not changed.terms.allowed


def test_another_student_in_the_same_place_is_not_the_one_that_was_released(
    tmp_path: Path,
) -> None:
    released = written(tmp_path / "s", taught=(OPEN,))
    written(tmp_path / "s", taught=(OPEN,), threshold=0.1)

    [changed] = asked_again([live(released)], house(tmp_path / "s"), JUDGE, now=NOW)
    assert "another student" in changed.terms.why


def test_no_account_calls_by_name_what_the_terms_keep_from_it(tmp_path: Path) -> None:
    written(tmp_path / "s", taught=(OPENAI,), data=Data("", 1, account=("a",)))

    def kept(*accounts: str) -> tuple[str, ...]:
        settings = withheld(house(tmp_path / "s", *accounts), [], attested(), NOW)
        return settings.deployments["s"].accounts

    assert ("a",) == kept("a")
    assert () == kept("a", "b")
    assert () == kept("*")


def test_a_folder_without_a_student_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConflictError, match="no student in"):
        manifest_of(tmp_path)


def test_a_service_without_students_by_name_asks_nobody(tmp_path: Path) -> None:
    settings = house(tmp_path / "s")

    assert settings is permitted(settings, now=NOW)


def test_where_nobody_can_be_asked_no_student_is_given_by_its_name(tmp_path: Path) -> None:
    written(tmp_path / "s", taught=(OPEN,))
    settings = house(tmp_path / "s", "a")
    nowhere = replace(settings, server=Server(data=tmp_path / "none"))
    with closing(open_store(tmp_path / "data", create=True)):
        there = replace(settings, server=Server(data=tmp_path / "data"))

        assert ("a",) == permitted(there, now=NOW).deployments["s"].accounts
    assert () == permitted(nowhere, now=NOW).deployments["s"].accounts
