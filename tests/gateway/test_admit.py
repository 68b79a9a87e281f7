"""Admission: who may, in the order in which a person would mend it; nothing moves when refused."""

from dataclasses import replace

import pytest
from tests.gateway.rig import BODY, SECRET, STREAM, Rig

from stillhouse.tenants import Budget, Directory, Key, Limits, Project, Standing, digest
from stillhouse.units.instant import Instant
from stillhouse.units.money import Pico
from stillhouse.wire.deployment import ProviderKind


def key(**more: object) -> Key:
    made = Key("key_1", "acct_1", "proj_1", digest(SECRET.encode()), "sk", Instant(0))
    return replace(made, **more)  # type: ignore[arg-type]


def use_key(rig: Rig, given: Key) -> None:
    rig.gateway.use_directory(
        Directory(accounts=[rig.account], projects=[Project("proj_1", "acct_1", "p")], keys=[given])
    )


def test_a_key_is_found_in_every_dialects_header() -> None:
    rig = Rig()
    for header in (f"api-key: {SECRET}", f"x-api-key: {SECRET}", f"authorization: bearer {SECRET}"):
        client = rig.connect()
        client.send(
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n{header}\r\n"
            f"content-length: {len(BODY)}\r\n\r\n".encode()
            + BODY
        )

    assert 3 == len(rig.attempts)


@pytest.mark.parametrize("secret", ["", "sk-wrong", SECRET + "0", SECRET[:-1]])
def test_a_key_that_is_not_one_is_401_and_nothing_happens(secret: str) -> None:
    rig = Rig(budgets={"b": 10**9}, limits=Limits(requests_per_minute=5))
    client = rig.connect()
    client.ask(secret=secret)

    assert 401 == client.reply.status
    assert not client.transport.closed
    assert [] == rig.journal.records
    if secret:
        assert secret.encode() not in client.transport.out


def test_a_key_works_until_it_is_revoked_or_expires_to_the_microsecond() -> None:
    for field in ("revoked_at", "expires_at"):
        rig = Rig()
        now = rig.now()
        use_key(rig, key(**{field: Instant(now + 1)}))
        early = rig.connect()
        early.ask()
        assert 1 == len(rig.attempts)
        use_key(rig, key(**{field: now}))
        late = rig.connect()
        late.ask()

        assert 401 == late.reply.status
        assert 1 == len(rig.attempts)


def test_a_suspended_account_is_refused_with_its_reason_and_calls_in_flight_go_on() -> None:
    rig = Rig(budgets={"b": 10**9})
    first, second = rig.connect(), rig.connect()
    first.ask()
    rig.use(replace(rig.account, standing=Standing.SUSPENDED, reason="unpaid since May"))
    second.ask()
    assert 403 == second.reply.status
    assert b"unpaid since May" in second.reply.body
    rig.attempts[0].answer()
    rig.close_books()

    assert 200 == first.reply.status


def test_a_restricted_account_has_a_tenth_and_at_least_one() -> None:
    for limit, allowed in ((30, 3), (5, 1)):
        rig = Rig(limits=Limits(requests_per_minute=limit), standing=Standing.RESTRICTED)
        for _ in range(allowed + 1):
            rig.connect().ask()

        assert allowed == len(rig.attempts)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"not json", 400, b"JSON"),
        (b'{"model":"unknown"}', 404, b"unknown"),
        (b'{"messages":[]}', 400, b"model"),
        (b'{"model":"m","stream":"yes"}', 400, b"stream"),
        (b'{"model":"m","max_tokens":10.5}', 400, b"max_tokens"),
    ],
)
def test_a_body_that_cannot_be_is_refused_with_what_is_wrong(
    body: bytes, status: int, said: bytes
) -> None:
    rig = Rig()
    client = rig.connect()
    client.ask(body)

    assert status == client.reply.status
    assert said in client.reply.body
    assert [] == rig.journal.records


def test_a_key_may_be_for_some_models_only() -> None:
    rig = Rig(legs=2)
    use_key(rig, key(models=frozenset({"m1"})))
    no, yes, sees = rig.connect(), rig.connect(), rig.connect()
    no.ask()
    yes.ask(BODY.replace(b'"m"', b'"m1"'))
    sees.ask(b"", path="/v1/models", method="GET")

    assert 403 == no.reply.status
    assert ["model-1"] == [attempt.model for attempt in rig.attempts]
    assert b'"m1"' in sees.reply.body
    assert b'"m"' not in sees.reply.body


def test_an_unpriced_model_is_402_before_anything_moves() -> None:
    rig = Rig(unpriced=True)
    client = rig.connect()
    client.ask()

    assert 402 == client.reply.status
    assert b"model-0" in client.reply.body
    assert [] == rig.journal.records


def test_a_deployment_answers_only_the_surfaces_of_its_provider() -> None:
    for kind, wrong in (
        (ProviderKind.ANTHROPIC, "/v1/chat/completions"),
        (ProviderKind.OPENAI, "/v1/messages"),
    ):
        rig = Rig(kind=kind)
        client = rig.connect()
        client.ask(path=wrong)

        assert 400 <= client.reply.status < 500
        assert [] == rig.attempts


def test_compressed_bodies_are_refused_in_plain_words() -> None:
    rig = Rig()
    client = rig.connect()
    client.ask(headers="content-encoding: gzip\r\n")

    assert 400 == client.reply.status
    assert b"Content-Encoding" in client.reply.body


@pytest.mark.parametrize(
    ("limits", "allowed"),
    [
        (Limits(requests_per_minute=3), 3),
        (Limits(concurrent=2), 2),
        (Limits(tokens_per_minute=2 * (len(BODY) // 4 + 20)), 2),
    ],
)
def test_a_limit_lets_in_what_it_says_and_then_says_when(limits: Limits, allowed: int) -> None:
    rig = Rig(limits=limits)
    clients = [rig.connect() for _ in range(allowed + 2)]
    for client in clients:
        client.ask()

    assert allowed == len(rig.attempts)
    for client in clients[allowed:]:
        assert 429 == client.reply.status
        wait_ms = int(client.reply.headers["retry-after-ms"])
        assert 0 < wait_ms <= 60_001
        assert int(client.reply.headers["retry-after"]) == -(-wait_ms // 1000)


def test_what_a_refusal_waits_for_comes() -> None:
    rig = Rig(limits=Limits(requests_per_minute=3))
    for _ in range(4):
        client = rig.connect()
        client.ask()
    for attempt in rig.attempts:
        attempt.answer()
    rig.loop.pass_time(int(client.reply.headers["retry-after-ms"]) / 1000 + 60)
    again = rig.connect()
    again.ask()

    assert 4 == len(rig.attempts)


def test_concurrency_is_given_back_however_a_call_ends() -> None:
    rig = Rig(limits=Limits(concurrent=1), max_attempts=1)
    for number in range(4):
        client = rig.connect()
        client.ask(STREAM)
        attempt = rig.attempts[number]
        if number == 0:
            attempt.answer()
        elif number == 1:
            attempt.fail()
        elif number == 2:
            client.leave()
            rig.loop.pass_time(31)
        for _ in range(3):
            rig.journal.sync_all()
            rig.loop.pass_time(0.1)

    assert 4 == len(rig.attempts)


def test_rate_headers_are_on_streams_too_and_name_the_tightest() -> None:
    rig = Rig(limits=Limits(requests_per_minute=10, tokens_per_minute=100_000))
    client = rig.connect()
    client.ask(STREAM)
    rig.attempts[0].begin_stream(b'data: {"choices":[]}\n\n')
    headers = client.reply.headers

    assert ("10", "9") == (
        headers["x-ratelimit-limit-requests"],
        headers["x-ratelimit-remaining-requests"],
    )
    assert "100000" == headers["x-ratelimit-limit-tokens"]


def test_a_fallback_that_cannot_be_billed_is_not_one() -> None:
    rig = Rig(legs=2, unpriced_from=1)
    client = rig.connect()
    client.ask()
    rig.attempts[0].fail()
    rig.loop.pass_time(5)

    assert {"model-0"} == {attempt.model for attempt in rig.attempts}


def test_soft_budgets_refuse_nothing() -> None:
    rig = Rig()
    rig.budgets = [Budget("b", "account", "acct_1", "month", Pico(1), hard=False)]
    rig.use(rig.account)
    rig.connect().ask()

    assert (1, 0) == (len(rig.attempts), rig.journal.opens[0].hold)


def test_a_call_like_the_last_one_holds_what_it_would_hold_alone() -> None:
    bodies = [BODY.replace(b"hello", b"h" * size) for size in (0, 2000, 3, 300_000, 9)]
    bodies += [bodies[0].replace(b"20", b"30"), bodies[1], STREAM]
    holds: list[list[int]] = []
    for afresh in (False, True):
        rig = Rig(budgets={"b": 10**12})
        for number, body in enumerate(bodies):
            if afresh:
                rig.use(rig.account)  # nothing is known of this key's calls
            rig.connect().ask(body)
            rig.attempts[number].answer()
            rig.close_books()
        holds.append([record.hold for record in rig.journal.opens])

    assert holds[0] == holds[1]
    assert len(bodies) - 1 == len({*holds[0]})


def test_a_habit_is_of_one_surface() -> None:
    rig = Rig(kind=ProviderKind.ANTHROPIC, budgets={"b": 10**12})
    body = b'{"model":"m","messages":[{"role":"user","content":"hi"}],"max_tokens":9}'
    for path in ("/v1/messages", "/v1/messages/count_tokens", "/v1/messages"):
        rig.connect().ask(body, path=path)

    surfaces = ["messages", "messages/count_tokens", "messages"]
    assert surfaces == [record.surface for record in rig.journal.opens]
    assert [True, False, True] == [record.hold > 0 for record in rig.journal.opens]
