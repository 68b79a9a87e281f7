"""Callers come together, are answered together, and one that leaves or breaks harms no other."""

import asyncio
from collections.abc import Iterator

import pytest
from tests.training import small

from stillhouse.training import desk as module
from stillhouse.training.desk import BrokenModelError, Desk, OverloadedError
from stillhouse.training.speaking import Wish, answers

NEVER: frozenset[int] = frozenset()


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk(small.model(seed=7).eval(), stops=NEVER)
    yield made
    made.close()


async def said(desk: Desk, prompt: list[int], wish: Wish) -> list[int]:
    return [token.id async for token in desk.ask(prompt, wish)]


def test_many_callers_get_what_each_would_alone(desk: Desk) -> None:
    prompts = [[5 + at, 6, 7 + at % 3] for at in range(40)]
    wish = Wish(limit=4)

    async def together() -> list[list[int]]:
        return await asyncio.gather(*(said(desk, prompt, wish) for prompt in prompts))

    alone = answers(small.model(seed=7).eval(), prompts, wish, stops=NEVER)

    assert [[t.id for t in one] for one in alone] == asyncio.run(together())


def test_a_caller_that_leaves_frees_its_row_and_the_others_go_on(desk: Desk) -> None:
    async def leave() -> None:
        async for _ in desk.ask([5, 6], Wish(limit=50)):
            return

    async def both() -> list[int]:
        told, _ = await asyncio.gather(said(desk, [7, 8], Wish(limit=20)), leave())
        return told

    assert 20 == len(asyncio.run(both()))


def test_a_batch_that_breaks_is_told_and_the_next_is_served(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(module, "speak", lambda *_, **__: 1 / 0)
        with pytest.raises(BrokenModelError):
            asyncio.run(said(desk, [5], Wish(limit=2)))

    assert 2 == len(asyncio.run(said(desk, [5], Wish(limit=2))))


def test_too_many_callers_are_refused_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING", 0)
    with pytest.raises(OverloadedError):
        asyncio.run(said(desk, [5], Wish(limit=2)))


def test_a_closed_desk_takes_no_more() -> None:
    made = Desk(small.model().eval(), stops=NEVER)
    made.close()
    with pytest.raises(OverloadedError):
        asyncio.run(said(made, [5], Wish(limit=2)))
