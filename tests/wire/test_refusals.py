"""A no says what is wrong and how to mend it, and never gives a secret away."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.units.money import pico
from stillhouse.wire import refusals
from stillhouse.wire.mistakes import BadRequest
from stillhouse.wire.paths import Dialect
from stillhouse.wire.refusals import Refusal

BUDGET = refusals.over_budget(
    "account", "month", limit=pico(10), spent=pico("9.25"), held=pico("0.5"), need=pico("0.3")
)
ALL: dict[str, tuple[Refusal, int]] = {
    "missing_key": (refusals.missing_key(), 401),
    "wrong_key": (refusals.wrong_key(), 401),
    "revoked_key": (refusals.revoked_key(), 401),
    "expired_key": (refusals.expired_key(), 401),
    "suspended": (refusals.suspended("unpaid since May"), 403),
    "model_not_allowed": (refusals.model_not_allowed("gpt-4o", ["gpt-4o-mini"]), 403),
    "missing_model": (refusals.missing_model(), 400),
    "unknown_deployment": (refusals.unknown_deployment("gpt-40", ["gpt-4o", "o1"]), 404),
    "unpriced": (refusals.unpriced("gpt-4o"), 402),
    "over_budget": (BUDGET, 429),
    "rate_limited": (refusals.rate_limited("requests", 60, 1500), 429),
    "larger_than_rate": (refusals.larger_than_rate(1000, 5000), 429),
    "too_large": (refusals.too_large(1024), 413),
    "bad_request": (refusals.bad_request("the body is odd", "n", "invalid_type"), 400),
    "method_not_allowed": (refusals.method_not_allowed("GET", "POST"), 405),
    "not_found": (refusals.not_found("/v1/files"), 404),
    "wrong_surface": (refusals.wrong_surface("claude", "anthropic", "chat/completions"), 400),
    "provider_unreachable": (refusals.provider_unreachable("openai"), 502),
    "provider_refused_credentials": (refusals.provider_refused_credentials("openai"), 502),
    "deadline": (refusals.deadline(600), 504),
    "unavailable": (refusals.unavailable("the journal cannot be written"), 503),
    "draining": (refusals.draining(), 503),
    "internal": (refusals.internal(), 500),
}


@pytest.mark.parametrize("name", ALL)
def test_each_refusal_has_its_status_and_a_sentence(name: str) -> None:
    refusal, status = ALL[name]

    assert status == refusal.status
    assert refusal.code
    assert len(refusal.message) > 10


def test_codes_tell_refusals_apart() -> None:
    codes = [refusal.code for refusal, _ in ALL.values()]
    shared = {"rate_limit_exceeded"}  # over the limit now, or always

    assert len(codes) - 1 == len(set(codes))
    assert shared == {code for code in codes if codes.count(code) > 1}


def test_only_what_waiting_cures_says_how_long_to_wait() -> None:
    waiting = {name for name, (refusal, _) in ALL.items() if refusal.retry_after_ms is not None}

    assert waiting == {"rate_limited", "unavailable", "draining"}


def test_a_spent_budget_shows_spent_and_reserved_apart() -> None:
    for figure in ("USD 10.00", "spent USD 9.25", "flight USD 0.50", "up to USD 0.30"):
        assert figure in BUDGET.message
    assert (BUDGET.code, BUDGET.retry) == ("insufficient_quota", False)


def test_a_missing_price_is_named_with_the_line_to_add() -> None:
    message = refusals.unpriced("gpt-4o", "cost", ["cache_read"]).message

    assert '[[prices]] model = "gpt-4o" book = "cost"' in message
    assert 'usd_per_million = { cache_read = "0.00" }' in message


@pytest.mark.parametrize(
    ("name", "known", "says"),
    [
        ("gpt-40", ["gpt-4o", "o1"], "Did you mean 'gpt-4o'?"),
        ("x", ["gpt-4o", "o1"], "There is: gpt-4o, o1."),
        ("x", [], "GET /v1/models"),
        ("x", [f"m{n}" for n in range(30)], "and 20 more"),
    ],
)
def test_an_unknown_deployment_is_told_what_there_is(
    name: str, known: list[str], says: str
) -> None:
    assert says in refusals.unknown_deployment(name, known).message


def test_a_mistake_in_a_body_keeps_its_parameter_and_code() -> None:
    mistake = BadRequest("say it", param="n", code="invalid_type")

    assert refusals.bad_request(mistake) == Refusal(400, "invalid_type", "say it", param="n")


@given(st.text(max_size=300))
def test_the_callers_words_come_back_short_and_printable(word: str) -> None:
    for refusal in (
        refusals.not_found(word),
        refusals.unknown_deployment(word),
        refusals.method_not_allowed(word, "POST"),
    ):
        assert refusal.message.isprintable()
        assert len(refusal.message) < 600


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("name", ALL)
def test_every_refusal_can_be_told_in_every_dialect(name: str, dialect: Dialect) -> None:
    refusal, _ = ALL[name]
    told = json.loads(refusals.body(dialect, refusal, "req_1"))

    assert told["error"]["message"] == refusal.message
