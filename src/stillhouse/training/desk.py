"""Calls that wait -> batches: one thread that runs the model, and as many callers as there are.

    ask (event loop) ─► waiting ─► up to BATCH at a time ─► speaking.speak, step by step
         ◄─────────────── each caller's tokens, as they come ───────────────┘

A batch begins with whoever waits, and those who come later wait for the next one: a call waits for
one batch at most, and the longest answer in it. (Joining a batch under way, as vLLM does, is what a
GPU with many long answers wants; use it there.) A caller who leaves takes its row out of the batch
at the next step.

More than WAITING calls at once are refused: a queue that grows only turns refusals into time-outs.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Final

from stillhouse.training.speaking import Token, Wish, speak

if TYPE_CHECKING:
    from transformers import PreTrainedModel

BATCH: Final = 32
WAITING: Final = 256


class OverloadedError(RuntimeError):
    """Too many calls wait."""


class BrokenModelError(RuntimeError):
    """The model failed under this call's batch."""


class _Call:
    """One answer that is wanted, and the caller's side of it."""

    def __init__(self, prompt: Sequence[int], wish: Wish) -> None:
        self.prompt, self.wish = prompt, wish
        self.left = False
        self._loop = asyncio.get_running_loop()
        self.told: asyncio.Queue[Token | None] = asyncio.Queue()  # None: it broke

    def tell(self, token: Token | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self.told.put_nowait, token)
        except RuntimeError:  # the loop has ended, and the caller with it
            self.left = True


class Desk:
    """One model and its thread."""

    def __init__(
        self, model: PreTrainedModel, *, stops: frozenset[int], batch: int = BATCH
    ) -> None:
        self._model, self._stops, self._batch = model, stops, batch
        self._waiting: deque[_Call] = deque()
        self._some = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)
        self._thread.start()

    async def ask(self, prompt: Sequence[int], wish: Wish) -> AsyncIterator[Token]:
        """The answer's tokens, the one that ends it last.

        Raises:
            OverloadedError: before the first token.
            BrokenModelError: the model failed.
        """
        call = _Call(prompt, wish)
        with self._some:
            if len(self._waiting) >= WAITING or self._closing:
                raise OverloadedError
            self._waiting.append(call)
            self._some.notify()
        try:
            while True:
                token = await call.told.get()
                if token is None:
                    raise BrokenModelError
                yield token
                if token.finish is not None:
                    return
        finally:
            call.left = True

    def close(self) -> None:
        """After the batch under way, take no more."""
        with self._some:
            self._closing = True
            self._some.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._some:
                while not self._waiting and not self._closing:
                    self._some.wait()
                if self._closing:
                    for call in self._waiting:
                        call.tell(None)
                    return
                calls = [
                    self._waiting.popleft() for _ in range(min(self._batch, len(self._waiting)))
                ]
            try:
                self._answer([call for call in calls if not call.left])
            except Exception:  # noqa: BLE001 - whatever it was, these callers are told and others served
                for call in calls:
                    call.tell(None)

    def _answer(self, calls: Sequence[_Call]) -> None:
        if not calls:
            return
        steps = speak(
            self._model, [c.prompt for c in calls], [c.wish for c in calls], stops=self._stops
        )
        step = next(steps, None)
        while step is not None:
            for call, token in zip(calls, step, strict=True):
                if token is not None:
                    call.tell(token)
            left = {at for at, call in enumerate(calls) if call.left}
            try:
                step = steps.send(left)
            except StopIteration:
                step = None
