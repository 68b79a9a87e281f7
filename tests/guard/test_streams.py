"""Streams: every call is in the whole, a blend has a stream of its own, nothing is read ahead."""

from tests.guard.traffic import call, desk, harvest, see

from stillhouse.guard.features import WINDOW
from stillhouse.guard.streams import SHARES, TEMPLATES_MAX, class_of, epochs


def test_the_shares_are_a_whole() -> None:
    assert (
        abs(SHARES["whole"] + 8 * SHARES["form"] + TEMPLATES_MAX * SHARES["template"] - 1) < 1e-12
    )


def test_the_whole_closes_every_fifty_calls() -> None:
    found = [e for e in epochs(see(desk("a", seed=1, calls=230))) if e.kind == "whole"]

    assert [50, 100, 150, 200] == [e.call for e in found]


def test_what_comes_later_changes_no_epoch() -> None:
    calls = see(desk("a", seed=1, calls=300))
    early = list(epochs(calls[:200]))

    assert early == list(epochs(calls))[: len(early)]


def test_a_blend_has_a_stream_of_its_own() -> None:
    """A tenth of the calls collects; one stream holds nothing but them."""
    calls, collects = desk("a", seed=1, calls=900), harvest("a", seed=2, calls=100)
    mixed = see([collects[n // 10] if n % 10 == 0 else calls[n] for n in range(900)])
    taken = {s.id for n, s in enumerate(mixed) if n % 10 == 0}
    purest = max(sum(x.signal.id in taken for x in e.sights) / WINDOW for e in epochs(mixed))

    assert purest > 0.9


def test_there_are_never_more_than_thirty_two_streams() -> None:
    tools = [[{"type": "function", "function": {"name": f"t{n}"}}] for n in range(90)]
    calls = see([call("a", n, f"thing {n}", body={"tools": tools[n % 90]}) for n in range(6000)])

    assert len({e.stream for e in epochs(calls)}) <= 32


def test_classes() -> None:
    assert "chat" == class_of(see(desk("a", seed=1)))
    assert "batch" == class_of(see(harvest("a", seed=1)))
    assert "evaluation" == class_of(see([call("a", n, f"item {n % 40}") for n in range(120)]))
    tools = {"role": "tool", "tool_call_id": "t", "content": "3"}
    assert "agent" == class_of(see([call("a", n, "x", before=(tools,)) for n in range(9)]))
    assert "batch" == class_of([])


def test_who_names_end_users_is_many_people() -> None:
    def named(users: int) -> str:
        return class_of(see([call("a", n, f"thing {n}", user=f"u{n % users}") for n in range(60)]))

    assert "cluster" == named(8)
    assert "batch" == named(4)
