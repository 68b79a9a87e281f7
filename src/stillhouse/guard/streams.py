"""An account's calls -> streams -> epochs of fifty -> scores.

A blend is a little collecting in a lot of ordinary use; all of it together looks nearly ordinary.
So each call goes into two or three streams, at most 32 in all:

    whole      everything
    form       by how it is asked: answered back to or not, and how long and how structured it is
    template   by its template, once that has been met `TEMPLATE_CALLS` times, for the first 23

and each stream has evidence of its own. Averaging them is valid whatever hangs together, at the
price of the share that a stream has (`SHARES`): 0.7 nats for the whole, about 4 for a template.

What a call's account did before and after is read up to the moment its window closes, never later.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from stillhouse.guard.features import LONG_TOKENS, WINDOW, Sight, features
from stillhouse.guard.finding import Class
from stillhouse.guard.shapes import Flag
from stillhouse.guard.signals import Signal

Kind = Literal["whole", "form", "template"]
TEMPLATE_CALLS, TEMPLATES_MAX = 10, 23
SHARES: dict[Kind, float] = {"whole": 1 / 2, "form": 1 / 32, "template": 1 / 92}
"""Of the whole, of each of 8 forms, of each of 23 templates: 1 together."""
_TALKS = int(Flag.FOLLOW_UP | Flag.TOOL_RESULT)
_ASKS = int(Flag.STEPS | Flag.MARKS | Flag.BREEDS | Flag.RUBRIC)
_AGENT, _CHAT, _AGAIN, _NAMED = 0.3, 0.1, 0.3, 0.5
USERS_MIN = 5
LONG_WORDS = 14


class Epoch(NamedTuple):
    """One window.

    call: the place of its last call among the account's, from 1. at, id: of that call. numbers: of
    `features`.
    """

    stream: str
    kind: Kind
    call: int
    at: int
    id: str
    numbers: tuple[float, ...]
    sights: tuple[Sight, ...]


def epochs(signals: Sequence[Signal]) -> Iterator[Epoch]:
    """Of calls in time order, in the order in which they close."""
    sent: set[int] = set()
    going: dict[int, int] = {}
    open_: dict[str, list[tuple[int, Signal, bool]]] = {}
    templates: Counter[str] = Counter()
    followed: set[str] = set()
    for place, signal in enumerate(signals, 1):
        again = bool(signal.prompt) and signal.prompt in sent
        sent.add(signal.prompt)
        if signal.flags & Flag.FOLLOW_UP:
            going.setdefault(signal.thread, place)
        names: list[tuple[str, Kind]] = [("whole", "whole"), (_form(signal), "form")]
        template = signal.template
        if template:
            templates[template] += 1
            if templates[template] >= TEMPLATE_CALLS and len(followed) < TEMPLATES_MAX:
                followed.add(template)
            if template in followed:
                names.append((template, "template"))
        for name, kind in names:
            window = open_.setdefault(name, [])
            window.append((place, signal, again))
            if len(window) == WINDOW:
                sights = tuple(Sight(s, a, s.thread in going) for _, s, a in window)
                yield Epoch(name, kind, place, signal.at, signal.id, features(sights), sights)
                window.clear()


def _form(signal: Signal) -> str:
    """One of eight: talked with; short or long answers; plain, longer, structured, asking."""
    flags = signal.flags
    if flags & _TALKS:
        return "talk"
    if 0 <= signal.output_tokens < LONG_TOKENS:
        return "short" if signal.lines <= 1 else "short lines"
    if flags & _ASKS:
        return "asking" if signal.lines <= 1 else "asking lines"
    if signal.lines > 1:
        return "lines"
    return "plain" if signal.words < LONG_WORDS else "longer"


def class_of(signals: Sequence[Signal]) -> Class:
    """What kind of use the calls are, by most of them. It decides with whom they are compared.

    An account that names its end users is many people behind one account: a cluster.
    """
    n = len(signals) or 1
    users = [s.user for s in signals if s.user]
    if len(users) >= _NAMED * n and len(set(users)) >= USERS_MIN:
        return "cluster"
    results = sum(bool(s.flags & Flag.TOOL_RESULT) for s in signals)
    follow = sum(bool(s.flags & Flag.FOLLOW_UP) for s in signals)
    if results >= _AGENT * n:
        return "agent"
    if follow >= _CHAT * n:
        return "chat"
    if signals and n - len({s.prompt for s in signals}) >= _AGAIN * n:
        return "evaluation"
    return "batch"
