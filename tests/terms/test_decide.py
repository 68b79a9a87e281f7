"""May I? The table that the house promises, its rules one by one, and what can never happen."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.terms.house import NOW, ROW, asked, attested, day, made, origin, use, waived

from stillhouse.compose.terms import shipped
from stillhouse.terms import Entry, Origin, Outcome, Purpose, Registry, StudentKind, decide, inherit
from stillhouse.terms.decide import Code, Verdict, at_day, verdict
from stillhouse.terms.document import ALWAYS
from stillhouse.terms.lineage import UNKNOWN, Lineage, from_wire, to_wire
from stillhouse.terms.student import Exposure
from stillhouse.units.instant import DAY, Instant

STAYS = "internal_classifier_or_embedding_not_distributed"
OPENAI = attested("openai-services-agreement", STAYS)
SIGNED: dict[str, Any] = {"attestations": (OPENAI,)}


@pytest.mark.parametrize(
    ("path", "model", "student", "exposure", "more", "outcome", "code"),
    [
        ("openai-api", "gpt-4o", "generative", "internal", {}, "deny", Code.COMPETING),
        ("openai-api", "gpt-4o", "generative", "internal", SIGNED, "deny", Code.COMPETING),
        ("openai-api", "gpt-4o", "extraction", "internal", SIGNED, "deny", Code.COMPETING),
        ("openai-api", "gpt-4o", "classifier", "internal", {}, "deny", Code.COMPETING),
        ("openai-api", "gpt-4o", "classifier", "internal", SIGNED,
         "allow_with_obligations", Code.EXCEPTION),
        ("openai-api", "gpt-4o", "embedding", "internal", SIGNED,
         "allow_with_obligations", Code.EXCEPTION),
        ("openai-api", "gpt-4o", "classifier", "sold", SIGNED, "deny", Code.COMPETING),
        ("openai-api", "gpt-4o", "classifier", "published", SIGNED, "deny", Code.COMPETING),
        ("openai-api", "who-is-this", "classifier", "internal", SIGNED, "deny", Code.UNKNOWN_MODEL),
        ("azure-openai", "gpt-4o", "classifier", "internal", {}, "deny", Code.UNKNOWN_TERMS),
        ("anthropic-api", "claude-sonnet-4", "classifier", "internal", {}, "deny", Code.FORBIDDEN),
        ("bedrock", "claude-sonnet-4", "classifier", "internal", {}, "deny", Code.FORBIDDEN),
        ("xai-api", "grok-4", "generative", "internal", {}, "deny", Code.FORBIDDEN),
        ("deepseek-api", "deepseek-chat", "generative", "sold", {}, "allow", Code.PERMITTED),
        ("self-hosted", "Llama-3.1-8B-Instruct", "generative", "published", {},
         "allow_with_obligations", Code.PERMITTED),
        ("self-hosted", "Llama-2-7b", "generative", "internal", {}, "deny", Code.FORBIDDEN),
        ("self-hosted", "Llama-2-7b", "generative", "internal", {"base": "llama-2"},
         "allow", Code.EXCEPTION),
        ("qwen-chat", "qwen3-max", "generative", "internal", {}, "deny", Code.FORBIDDEN),
        ("meta-model-api", "llama-4-maverick", "generative", "sold", {}, "deny", Code.COMPETING),
        ("meta-model-api", "llama-4-maverick", "generative", "internal",
         {"purpose": Purpose.EVALUATION, "attestations": (attested("meta-model-api", "reading"),)},
         "allow_with_obligations", Code.EXCEPTION),
        ("openai-api", "gpt-4o", "generative", "internal",
         {"purpose": Purpose.EVALUATION}, "deny", Code.COMPETING),
        ("builtin", "builtin", "generative", "published", {}, "allow", Code.PERMITTED),
        ("nobody-knows-me", "m", "classifier", "internal", {}, "deny", Code.UNKNOWN_PATH),
        ("unknown", "gpt-4o", "classifier", "internal", {}, "deny", Code.NO_PROVENANCE),
        ("own", "", "generative", "sold", {}, "deny", Code.NEEDS_ATTESTATION),
        ("own", "", "generative", "sold",
         {"attestations": (attested("own-content", "own_content"),)}, "allow", Code.PERMITTED),
        ("together", "who-is-this", "generative", "internal", {}, "deny", Code.UNKNOWN_MODEL),
        ("self-hosted", "who-is-this", "generative", "internal", {}, "deny", Code.UNKNOWN_MODEL),
        ("self-hosted", "x", "generative", "internal", {"weights": "mit"},
         "deny", Code.UNKNOWN_LICENCE),
        ("self-hosted", "x", "generative", "internal", {"weights": "kimi-k2"},
         "allow_with_obligations", Code.PERMITTED),
        ("self-hosted", "Qwen/Qwen3-8B", "generative", "published", {}, "allow", Code.PERMITTED),
        ("self-hosted", "DeepSeek-R1-Distill-Llama-8B", "generative", "internal", {},
         "deny", Code.UNKNOWN_LICENCE),
        ("self-hosted", "DeepSeek-R1-Distill-Llama-8B", "generative", "internal",
         {"weights": "deepseek-r1-distill+llama-3.1"},
         "allow_with_obligations", Code.PERMITTED),
        ("self-hosted", "minimax-m2.7", "generative", "internal", {}, "deny", Code.NONCOMMERCIAL),
        ("builtin", "builtin", "generative", "internal", {"base": "mystery-7b"},
         "deny", Code.UNKNOWN_LICENCE),
        ("builtin", "builtin", "generative", "sold", {"base": "Llama-3.2-1B"},
         "allow_with_obligations", Code.PERMITTED),
        ("builtin", "builtin", "generative", "internal", {"base": "exaone-3.5"},
         "deny", Code.FORBIDDEN),
    ],
)  # fmt: skip
def test_the_table(
    path: str,
    model: str,
    student: str,
    exposure: str,
    more: dict[str, Any],
    outcome: str,
    code: Code,
) -> None:
    found = asked(path, model, student, exposure, **more)

    assert (outcome, code) == (found.outcome.value, found.reason.code)
    assert found.allowed or found.reason.resolve


def test_a_verdict_names_clause_quotation_source_day_and_confidence() -> None:
    reason = asked("openai-api", "gpt-4o").reason

    assert reason.entry is not None
    assert ("openai-services-agreement", "3.3(e)") == (reason.entry.id, reason.clause)
    assert "Permitted Exception" in reason.quote
    assert reason.entry.source.startswith("OpenAI Services Agreement")
    assert (day("2026-08-22"), "high") == (reason.entry.read_on, reason.entry.confidence.value)


def test_what_somebody_attested_is_kept_inside() -> None:
    found = asked("openai-api", "gpt-4o", "classifier", **SIGNED)

    assert ["exposure:internal"] == [str(o) for o in found.obligations]
    assert (OPENAI.id,) == found.reason.signed


def test_llama_lays_its_name_on_the_student() -> None:
    found = asked("self-hosted", "Llama-3.1-8B", exposure="sold")

    assert {"student_name_prefix:Llama", "display:Built with Llama", "notice_file"} < {
        str(o) for o in found.obligations
    }


def test_two_first_words_are_impossible() -> None:
    both = use(
        origin("self-hosted", "Llama-3.1-8B"),
        origin("self-hosted", "HyperCLOVAX-SEED-Text-Instruct-1.5B"),
    )
    found = decide(both, shipped())

    assert (Outcome.DENY, Code.IMPOSSIBLE) == (found.outcome, found.reason.code)
    assert "no name does both" in found.reason.says


def test_rows_that_are_fine_alone_may_be_impossible_together() -> None:
    one = asked("self-hosted", "Llama-3.1-8B")
    read = (attested("hyperclova-x-seed", "reading"),)
    other = asked("self-hosted", "HyperCLOVAX-SEED-Text-Instruct-1.5B", attestations=read)

    assert one.allowed
    assert other.allowed
    assert Code.IMPOSSIBLE == verdict([*one.reasons, *other.reasons]).reason.code


# -- grounds


@pytest.mark.parametrize(
    ("path", "model", "ground"),
    [
        ("openai-api", "gpt-4o", "forbidden"),
        ("azure-openai", "gpt-4o", "unknown"),
        ("nobody-knows-me", "m", "unknown"),
        ("deepseek-api", "deepseek-chat", "permitted"),
    ],
)
def test_the_ground_tells_forbidden_from_unknown(path: str, model: str, ground: str) -> None:
    assert ground == asked(path, model, exposure="sold").ground


# -- time


def test_rows_from_before_the_first_version_that_was_read_are_denied() -> None:
    found = asked("deepseek-api", "deepseek-chat", at=day("2026-04-01"))

    assert (Outcome.DENY, Code.UNKNOWN_VERSION) == (found.outcome, found.reason.code)
    assert "before 2026-04-29" in found.reason.says


def test_a_row_without_a_time_is_denied_where_time_matters() -> None:
    assert Code.UNKNOWN_VERSION == asked("deepseek-api", "deepseek-chat", at=None).reason.code
    assert asked("builtin", "builtin", at=None).allowed


def test_a_row_from_the_future_is_denied() -> None:
    found = asked("builtin", "builtin", at=Instant(NOW + 2 * DAY))

    assert Code.CLOCK == found.reason.code


def test_a_clock_that_ran_backwards_permits_nothing() -> None:
    found = asked("deepseek-api", "deepseek-chat", at=day("2026-05-01"), now=day("2026-06-01"))

    assert Code.CLOCK == found.reason.code


def versions(old: str, new: str) -> Registry:
    return Registry(
        [
            made(effective="2026-01-01", position=old),
            made(effective="2026-11-15", position=new, version="2"),
        ]
    )


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        ("allowed", "allowed", True),
        ("allowed", "forbidden", False),
        ("forbidden", "allowed", False),
    ],
)
def test_the_stricter_of_then_and_now(old: str, new: str, *, allowed: bool) -> None:
    found = asked("one-api", "m", registry=versions(old, new))

    assert allowed == found.allowed
    assert 2 == len(found.reasons)


def test_the_version_that_a_row_carries_is_looked_at_too() -> None:
    registry = versions("forbidden", "allowed")
    strict = registry.chains["one"].versions[0]
    row = origin("one-api", "m", at=Instant(NOW - DAY), terms=strict.ref)

    assert not decide(use(row), registry).allowed
    assert decide(use(origin("one-api", "m", at=Instant(NOW - DAY))), registry).allowed


def test_a_reading_grows_old() -> None:
    registry = Registry([made()])  # read on 2026-11-01, to be read again after 90 days
    later: dict[str, Any] = {"registry": registry, "now": day("2027-02-15")}

    assert asked("one-api", "m", registry=registry).allowed
    assert Code.STALE == asked("one-api", "m", **later).reason.code
    again = attested("one", "reading", signed_at=day("2027-02-01"), expires_at=day("2027-09-01"))
    assert asked("one-api", "m", attestations=(again,), **later).allowed


def test_what_nobody_read_at_a_known_day_is_stale() -> None:
    registry = Registry([made(read={"where": "from memory"})])

    assert Code.STALE == asked("one-api", "m", registry=registry).reason.code


# -- confidence, conditions, waivers


def test_medium_confidence_needs_one_who_has_read_it() -> None:
    registry = Registry([made(confidence="medium")])
    read = attested("one", "reading")

    assert Code.NEEDS_SIGN_OFF == asked("one-api", "m", registry=registry).reason.code
    assert asked("one-api", "m", registry=registry, attestations=(read,)).allowed


def test_low_confidence_is_never_enough() -> None:
    registry = Registry([made(confidence="low")])
    found = asked("one-api", "m", registry=registry, attestations=(attested("one", "reading"),))

    assert Code.LOW_CONFIDENCE == found.reason.code


def test_a_condition_that_nobody_knows_is_denied() -> None:
    registry = Registry(
        [made(position="allowed_with_conditions", conditions=["applicable_law", "dance_at_noon"])]
    )
    found = asked("one-api", "m", registry=registry)

    assert Code.UNKNOWN_CONDITION == found.reason.code
    assert "dance_at_noon" in found.reason.says


def test_an_exception_that_nobody_knows_excepts_nothing() -> None:
    registry = Registry([made(position="forbidden", exceptions=["on_sundays"])])

    assert Code.FORBIDDEN == asked("one-api", "m", registry=registry).reason.code


def test_an_attestation_is_for_its_claim_its_time_and_its_account() -> None:
    def allowed(signed: Any, account: str = "") -> bool:
        return asked(
            "openai-api", "gpt-4o", "classifier", attestations=(signed,), account=account
        ).allowed

    entry_id = "openai-services-agreement"
    assert not allowed(attested(entry_id, "reading"))
    assert not allowed(attested("anthropic-commercial", STAYS))
    assert not allowed(attested(entry_id, STAYS, expires_at=NOW))
    assert not allowed(attested(entry_id, STAYS, signed_at=Instant(NOW + 1)))
    assert not allowed(attested(entry_id, STAYS, revoked_at=Instant(NOW - 1)))
    assert not allowed(attested(entry_id, STAYS, account="a1"), account="a2")
    assert allowed(attested(entry_id, STAYS, account="a1"), account="a1")
    assert not allowed(attested(entry_id, STAYS, version="0" * 12))


def test_a_waiver_lifts_what_it_names_and_nothing_else() -> None:
    contract = waived("openai-services-agreement")

    assert asked("openai-api", "gpt-4o", waivers=(contract,)).allowed
    assert not asked("azure-openai", "gpt-4o", waivers=(contract,)).allowed
    assert Code.WAIVED == asked("openai-api", "gpt-4o", waivers=(contract,)).reason.code
    narrow = waived("openai-services-agreement", exposures=frozenset({Exposure.INTERNAL}))
    assert not asked("openai-api", "gpt-4o", exposure="sold", waivers=(narrow,)).allowed


def test_one_of_two_entries_waived_is_not_enough() -> None:
    half = (waived("anthropic-commercial"),)
    whole = (*half, waived("anthropic-usage-policy"))

    assert not asked("anthropic-api", "claude-sonnet-4", waivers=half).allowed
    assert asked("anthropic-api", "claude-sonnet-4", waivers=whole).allowed


def test_what_a_waiver_lifts_keeps_its_duties() -> None:
    found = asked("self-hosted", "Llama-3.1-8B", waivers=(waived("llama-3.1"),))

    assert "student_name_prefix:Llama" in {str(o) for o in found.obligations}


# -- laundering

HARVESTED = Lineage((origin("openai-api", "gpt-4o"),))
MILD = Origin(path="self-hosted", model="Llama-3.1-8B", at=ROW, via="paraphrase")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (inherit([HARVESTED]), Code.COMPETING),
        (inherit([HARVESTED], by=MILD), Code.COMPETING),
        (inherit([inherit([HARVESTED], by=MILD)]), Code.COMPETING),
        (inherit([HARVESTED, Lineage((MILD,))]), Code.COMPETING),
        (from_wire(to_wire(HARVESTED)), Code.COMPETING),
        (UNKNOWN, Code.NO_PROVENANCE),
        (inherit([UNKNOWN], by=MILD), Code.NO_PROVENANCE),
        (from_wire([]), Code.NO_PROVENANCE),
    ],
    ids=["scrubbed", "paraphrased", "twice", "mixed", "exported", "csv", "csv-then", "emptied"],
)
def test_whatever_is_done_to_the_words_they_are_still_denied(row: Lineage, code: Code) -> None:
    found = decide(use(*row.origins), shipped())

    assert (Outcome.DENY, code) == (found.outcome, found.reason.code)


# -- what can never happen

KINDS = {"a": "weights", "b": "host", "c": "api", "d": "weights"}
PATHS = ["one-api", "two-host", "self-hosted"]
entries = st.builds(
    lambda ident, position, confidence, effective, exceptions, conditions: made(
        id=ident,
        kind=KINDS[ident],
        paths=[] if KINDS[ident] == "weights" else PATHS[:2],
        position=position,
        confidence="low" if position == "unknown" else confidence,
        effective=effective,
        exceptions=exceptions,
        conditions=conditions or ["applicable_law"],
    ),
    st.sampled_from(sorted(KINDS)),
    st.sampled_from(["allowed", "allowed", "allowed_with_conditions", "forbidden", "unknown"]),
    st.sampled_from(["high", "high", "medium", "low"]),
    st.sampled_from(["always", "2026-01-01", "2026-11-15"]),
    st.lists(st.sampled_from([STAYS, "express_approval", "nonsense"]), max_size=1),
    st.lists(
        st.sampled_from(["student_name_prefix:A", "student_name_prefix:B", "nonsense"]), max_size=1
    ),
)
registries = st.lists(entries, max_size=4, unique_by=lambda e: (e.id, e.effective))
uses = st.builds(
    lambda path, student, exposure, signed, waiver, at, base: use(
        origin(path, "m", at=at),
        student=student,
        exposure=exposure,
        attestations=tuple(attested(ident, STAYS) for ident in signed),
        waivers=tuple(waived(ident) for ident in waiver),
        base=base,
    ),
    st.sampled_from(PATHS),
    st.sampled_from(list(StudentKind)),
    st.sampled_from(list(Exposure)),
    st.lists(st.sampled_from("abcd"), max_size=2),
    st.lists(st.sampled_from("abcd"), max_size=1),
    st.sampled_from([ROW, None, day("2025-06-01"), Instant(NOW - DAY)]),
    st.sampled_from(["", "a"]),
)
STRICT = {Outcome.ALLOW: 0, Outcome.OBLIGATIONS: 1, Outcome.DENY: 2}


@given(registries, uses)
def test_a_prohibition_more_never_allows_more(rows: list[Entry], question: Any) -> None:
    ban = made(id="ban", position="forbidden", effective="always", paths=PATHS)

    before, after = decide(question, Registry(rows)), decide(question, Registry([*rows, ban]))

    assert STRICT[before.outcome] <= STRICT[after.outcome]


@given(st.data(), registries, uses)
def test_the_order_of_entries_does_not_matter(data: Any, rows: list[Entry], question: Any) -> None:
    shuffled = data.draw(st.permutations(rows))

    assert decide(question, Registry(rows)) == decide(question, Registry(shuffled))


@given(registries, uses, st.sampled_from(PATHS))
def test_a_teacher_more_never_allows_more(rows: list[Entry], question: Any, path: str) -> None:
    registry = Registry(rows)
    more = replace(
        question, lineage=inherit([question.lineage], by=origin(path, "other", via="label"))
    )

    assert STRICT[decide(question, registry).outcome] <= STRICT[decide(more, registry).outcome]


@given(registries, uses)
def test_then_and_now_are_never_laxer_than_either(rows: list[Entry], question: Any) -> None:
    registry = Registry(rows)
    both = decide(question, registry)

    for at in (question.now, question.lineage.origins[0].at):
        alone = replace(question, lineage=Lineage((replace(question.lineage.origins[0], at=at),)))
        held = decide(alone, frozen(registry, at)) if at is not None else both
        assert STRICT[held.outcome] <= STRICT[both.outcome]


def frozen(registry: Registry, at: Instant) -> Registry:
    """The registry as if each version in force at this time were the only one there ever was."""

    return Registry(
        replace(version, effective=ALWAYS)
        for chain in registry.chains.values()
        if (version := chain.at(at)) is not None
    )


def test_rows_of_one_day_are_judged_alike() -> None:
    assert day("2026-11-01") == at_day(ROW)


def test_a_verdict_of_nothing_is_not_made() -> None:
    found = decide(use(), shipped())

    assert isinstance(found, Verdict)
    assert Code.NO_PROVENANCE == found.reason.code
