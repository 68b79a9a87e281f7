"""A restricted account is slowed and told why; nothing is left out of an answer in silence."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from tests.gateway.rig import ANSWER, BODY, Rig

from stillhouse.gateway.refused import Refused
from stillhouse.gateway.restricted import REQUESTS_PER_MINUTE, hinder, plain
from stillhouse.tenants import Account, Limits, Standing
from stillhouse.units.instant import Instant

WHY = "its calls look like a harvest; case case_1"


def restricted(rig: Rig, **more: Any) -> None:
    rig.use(replace(rig.account, standing=Standing.RESTRICTED, reason=WHY, case="case_1", **more))


def ask(rig: Rig, **more: object) -> Any:
    body = msgspec.json.encode({**msgspec.json.decode(BODY), **more})
    client = rig.connect()
    client.ask(body)
    return client


@pytest.mark.parametrize(
    "more",
    [
        {"logprobs": True},
        {"logprobs": 0},
        {"top_logprobs": 5},
        {"n": 2},
        {"best_of": 3},
        {"include": ["message.output_text.logprobs"]},
    ],
)
def test_what_copies_are_made_from_is_refused_with_the_reason(more: dict[str, object]) -> None:
    rig = Rig()
    restricted(rig)
    client = ask(rig, **more)

    assert 403 == client.reply.status
    assert WHY.encode() in client.reply.body
    assert next(iter(more)).encode() in client.reply.body
    assert [] == rig.attempts


@pytest.mark.parametrize("more", [{}, {"logprobs": False}, {"logprobs": None}, {"n": 1}])
def test_plain_calls_go_on_and_their_answers_are_whole(more: dict[str, object]) -> None:
    rig = Rig()
    restricted(rig)
    client = ask(rig, **more)
    rig.attempts[0].answer()
    rig.close_books()

    assert ANSWER == client.reply.body


def test_an_account_without_limits_gets_one_and_its_refusal_says_why() -> None:
    rig = Rig()
    restricted(rig)
    for _ in range(REQUESTS_PER_MINUTE):
        assert 0 == len(ask(rig).transport.out)
    client = ask(rig)

    assert REQUESTS_PER_MINUTE == len(rig.attempts)
    assert 429 == client.reply.status
    assert WHY.encode() in client.reply.body


def test_a_restriction_lapses_at_its_moment_without_any_change_in_the_store() -> None:
    rig = Rig(limits=Limits(requests_per_minute=10))
    restricted(rig, until=Instant(rig.now() + 5_000_000))
    ask(rig)
    assert 429 == ask(rig).reply.status
    rig.loop.pass_time(5)

    ask(rig, n=2)

    assert 2 == len(rig.attempts)


def test_every_answer_tells_of_an_open_case_and_no_other_does() -> None:
    rig = Rig()
    rig.use(replace(rig.account, notice="case_1"))
    told = ask(rig)
    rig.attempts[0].answer()
    rig.use(rig.account)
    untold = ask(rig)
    rig.attempts[1].answer()
    rig.close_books()

    assert "case_1" == told.reply.headers["x-stillhouse-notice"]
    assert "x-stillhouse-notice" not in untold.reply.headers


def test_a_suspended_account_is_refused_before_its_body_is_read() -> None:
    account = Account("acct_1", "a", Standing.SUSPENDED, "harvest")

    with pytest.raises(Refused) as refused:
        hinder(account, "", b"not json")
    assert 403 == refused.value.refusal.status


def test_a_body_that_is_no_json_is_left_to_its_reader() -> None:
    plain(b"not json", WHY)
    plain(b"[1]", WHY)
