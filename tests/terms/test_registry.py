"""Which entries a path and a model meet, and which version is in force."""

import pytest
from tests.terms.house import NOW, day, made, written

from stillhouse.compose.terms import shipped
from stillhouse.terms.document import DocumentError
from stillhouse.terms.registry import FAR, Registry, load


def met(path: str, model: str, weights: str = "") -> list[str]:
    return sorted(chain.id for chain in shipped().matching(path, model, weights))


@pytest.mark.parametrize(
    ("path", "model", "weights", "ids"),
    [
        ("openai-api", "gpt-4o", "", ["openai-services-agreement"]),
        ("openai-api", "no-such-model", "", []),
        ("anthropic-api", "claude-sonnet-4", "",
         ["anthropic-commercial", "anthropic-usage-policy"]),
        ("bedrock", "anthropic.claude-3-5-sonnet-v2:0", "",
         ["anthropic-commercial", "anthropic-usage-policy", "aws-bedrock"]),
        ("self-hosted", "meta-llama/Llama-3.1-8B-Instruct", "", ["llama-3.1"]),
        ("self-hosted", "meta-llama/Meta-Llama-3-8B", "", ["llama-3"]),
        ("self-hosted", "llama3.1:8b", "", ["llama-3.1"]),
        ("together", "Qwen/Qwen3-8B", "", ["qwen3-apache", "together-overlay"]),
        ("self-hosted", "my-own-name", "llama-3.1", ["llama-3.1"]),
        ("self-hosted", "Llama-2-70b", "qwen-apache", ["llama-2", "qwen-apache"]),
        ("openai-api", "gpt-4o", "qwen-apache", ["openai-services-agreement", "qwen-apache"]),
        ("self-hosted", "deepseek-ai/DeepSeek-R1", "", ["deepseek-mit"]),
        ("nobody-knows-me", "Llama-3.1-8B", "", []),
        ("openai-api", "meta-llama/Llama-3.1-8B", "", []),
        ("builtin", "builtin", "", ["stillhouse-builtin"]),
    ],
)  # fmt: skip
def test_what_a_path_and_a_model_meet(path: str, model: str, weights: str, ids: list[str]) -> None:
    assert ids == met(path, model, weights)


def test_a_distillate_is_not_under_the_licence_of_its_teacher() -> None:
    assert "deepseek-mit" not in met("self-hosted", "deepseek-ai/DeepSeek-R1-Distill-Llama-8B")
    assert "deepseek-mit" not in met("self-hosted", "deepseek-r1:8b")


def test_the_version_in_force_is_the_last_that_began() -> None:
    old, new = made(effective="2026-01-01"), made(effective="2026-06-01", version="2")
    chain = Registry([new, old]).chains["one"]

    assert None is chain.at(day("2025-12-31"))
    assert old is chain.at(day("2026-05-31"))
    assert new is chain.at(day("2026-06-01"))
    assert None is chain.at(None)


def test_what_was_always_in_force_needs_no_time() -> None:
    licence = made(kind="weights", paths=[], effective="always")

    assert licence is Registry([licence]).chains["one"].at(None)


def test_an_operators_reading_takes_the_place_of_what_ships() -> None:
    ships = made(position="unknown", confidence="low", effective="always")
    read = made(effective="always", added_at=NOW)
    chain = Registry([read, ships]).chains["one"]

    assert read is chain.at(NOW)


def test_two_versions_that_begin_together_contradict_each_other() -> None:
    with pytest.raises(DocumentError, match="begin together"):
        Registry([made(), made(position="forbidden")])


def test_an_id_keeps_its_kind() -> None:
    with pytest.raises(DocumentError, match="take another id"):
        Registry([made(), made(kind="weights", paths=[], effective="2026-06-01")])


def test_a_version_that_does_not_name_the_model_says_nothing_of_it() -> None:
    old, new = made(models=["m1"]), made(models=["m1", "m2"], effective="2026-06-01")
    (chain,) = Registry([old, new]).matching("one-api", "m2")

    assert None is chain.at(day("2026-05-01"))
    assert new is chain.at(day("2026-06-01"))


def test_the_same_version_twice_is_one() -> None:
    assert 1 == len(Registry([made(), made()]).entries)


def test_a_version_is_found_by_what_a_receipt_names() -> None:
    one = made()
    registry = Registry([one, made(id="two")])

    assert one is registry.version(one.ref)
    assert None is registry.version("one")
    assert None is registry.version("one@000000000000")
    assert None is registry.version("three@000000000000")


def test_a_receipt_names_the_services_terms_before_the_hosts() -> None:
    registry = shipped()

    assert registry.ref("openai-api", "gpt-4o", "", NOW).startswith("openai-services-agreement@")
    assert registry.ref("together", "Llama-3.1-8B", "", NOW).startswith("together-overlay@")
    assert registry.ref("self-hosted", "Llama-3.1-8B", "", NOW).startswith("llama-3.1@")
    assert "" == registry.ref("nobody", "x", "", NOW)


def test_a_base_model_is_named_by_its_name_or_by_its_licence() -> None:
    registry = shipped()

    assert ["llama-3.1"] == [c.id for c in registry.licences("meta-llama/Llama-3.1-8B")]
    assert ["llama-3.1"] == [c.id for c in registry.licences("llama-3.1")]
    assert () == registry.licences("no-such-model")
    assert () == registry.licences("openai-services-agreement")


def test_mistakes_of_all_files_are_told_at_once() -> None:
    with pytest.raises(DocumentError) as caught:
        load(
            {
                "a.yaml": {"entries": [written(position="maybe")]},
                "b.yaml": {"entries": [written(recheck_days=-1)]},
                "c.yaml": "nothing",
            }
        )

    assert {"a.yaml", "b.yaml", "c.yaml"} == {w[:6] for w, _ in caught.value.problems}


def test_what_is_remembered_does_not_grow_without_end() -> None:
    registry = Registry([made()])
    for number in range(5000):
        registry.matching("one-api", f"m{number}")

    assert len(registry._remembered) <= 4096


def test_a_receipt_says_until_when_it_names_the_right_version() -> None:
    old, new = made(effective="2026-01-01"), made(effective="2026-06-01", version="2")
    registry = Registry([old, new])

    assert ("", day("2026-01-01")) == registry.receipt("one-api", "m", "", day("2025-01-01"))
    assert (old.ref, day("2026-06-01")) == registry.receipt("one-api", "m", "", day("2026-02-01"))
    assert (new.ref, FAR) == registry.receipt("one-api", "m", "", NOW)
