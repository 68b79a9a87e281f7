"""The whole of one worker: what it answers itself, how it changes, and how it ends."""

from collections.abc import Callable

import msgspec
import pytest
from tests.gateway.rig import BODY, STREAM, Rig

from stillhouse.gateway.routing import Routing
from stillhouse.tariff import PriceBook
from stillhouse.wire.deployment import Deployment, Provider, ProviderKind
from stillhouse.wire.paths import METERED, ROUTES


@pytest.mark.parametrize("path", sorted(ROUTES))
def test_no_route_forwards_unmetered(path: str) -> None:
    """Whatever reaches a provider has an open record; whatever is not metered reaches none."""
    for kind in (ProviderKind.OPENAI, ProviderKind.ANTHROPIC):
        rig = Rig(kind=kind, budgets={"b": 10**9})
        client = rig.connect()
        route = ROUTES[path]
        target = path.replace("{deployment}", "m").replace("{model}", "m")
        body = b"" if route.method == "GET" else BODY[:-1] + b',"input":"x","prompt":"x"}'
        client.ask(body, path=target, method=route.method)

        assert len(rig.attempts) == len(rig.journal.opens)
        if route.surface not in METERED:
            assert [] == rig.attempts
            assert 200 == client.reply.status


def test_what_does_not_exist_is_404_in_its_dialect_and_a_wrong_method_405() -> None:
    rig = Rig()
    for path in ("/v1/files", "/v1/chat/completions/", "//v1/chat/completions", "/"):
        client = rig.connect()
        client.ask(path=path)
        assert 404 == client.reply.status
    client = rig.connect()
    client.ask(path="/v1/chat/completions", method="GET")

    assert 405 == client.reply.status
    assert [] == rig.attempts


def test_ready_says_why_it_is_not() -> None:
    rig = Rig()
    changes: list[tuple[Callable[[], None], str]] = [
        (lambda: None, ""),
        (lambda: setattr(rig.gateway, "ready", False), "starting"),
        (lambda: setattr(rig.gateway, "draining", True), "stopping"),
        (lambda: rig.gateway.committer.fail("disk"), "the journal cannot be written"),
    ]
    for change, expected in changes:
        change()
        client = rig.connect()
        client.ask(b"", path="/ready", method="GET")
        said = msgspec.json.decode(client.reply.body)

        assert expected == said["reason"]
        assert (503 if expected else 200) == client.reply.status
    alive = rig.connect()
    alive.ask(b"", path="/health", method="GET")
    assert 200 == alive.reply.status


def test_models_are_those_that_can_be_called() -> None:
    rig = Rig(legs=2)
    client = rig.connect()
    client.ask(b"", path="/v1/models", method="GET")
    client.ask(b"", path="/v1/models/m1", method="GET")
    client.ask(b"", path="/v1/models/none", method="GET")
    listed, one, none = client.replies

    assert ["m", "m1"] == [model["id"] for model in msgspec.json.decode(listed.body)["data"]]
    assert "m1" == msgspec.json.decode(one.body)["id"]
    assert 404 == none.status


def test_a_reload_is_for_new_calls_and_retires_what_is_not_used_any_more() -> None:
    rig = Rig()
    old, new = rig.connect(), rig.connect()
    old.ask()
    other = type(rig.stub)(
        rig, Provider(name="other", kind=ProviderKind.OPENAI, base_url="http://h")
    )
    rig.gateway.route_by(
        Routing(
            deployments={"n": Deployment(name="n", provider="other", model="model-0")},
            upstream=lambda _: other,
            book=PriceBook(),
        ),
        {"other": other},
    )
    new.ask()
    assert rig.stub.retired
    assert not other.retired
    assert 404 == new.reply.status
    rig.attempts[0].answer()
    rig.close_books()

    assert 200 == old.reply.status


def test_draining_ends_idle_lines_at_once_and_busy_ones_after_their_answer() -> None:
    rig = Rig()
    idle, busy = rig.connect(), rig.connect()
    busy.ask(STREAM)
    rig.gateway.drain()
    rig.loop.turn()
    assert idle.transport.closed
    assert not busy.transport.closed
    assert not rig.gateway.quiet
    late = rig.connect()
    late.ask()
    assert 503 == late.reply.status
    rig.attempts[0].answer()
    rig.close_books()

    assert rig.gateway.quiet
    assert busy.transport.closed


def test_stopping_cuts_what_is_left_and_ends_the_sweep() -> None:
    rig = Rig()
    client = rig.connect()
    client.ask()
    rig.gateway.stop()
    rig.loop.turn()

    assert client.transport.closed
    assert rig.stub.retired


def test_request_ids_are_never_the_same() -> None:
    rig = Rig()
    client = rig.connect()
    for _ in range(50):
        client.ask(b"", path="/v1/models", method="GET")

    assert 50 == len({reply.headers["x-request-id"] for reply in client.replies})


def test_a_defect_in_one_sweep_does_not_stop_time() -> None:
    rig = Rig()
    client = rig.connect()
    client.ask()

    class Defect:
        drains = False

        def tick(self, now: float) -> None:
            raise ZeroDivisionError(now)

    defect = Defect()
    rig.gateway.calls.add(defect)
    with pytest.raises(ZeroDivisionError):
        rig.loop.pass_time(0.3)
    rig.gateway.calls.discard(defect)
    rig.loop.pass_time(700)

    assert rig.attempts[0].abandoned
