"""Benign accounts that share something: classrooms, companies, resellers, a busy address."""

from collections.abc import Callable
from random import Random

from bench.guard.sources import messy
from bench.guard.tenants import KINDS, SHARE, Account, Say, account, lengths, talk, whose, wide
from bench.guard.words import MUSINGS, TOPICS, Split, half
from msgspec.structs import replace


def classroom(rng: Random, name: str, split: Split, size: int, each: int) -> list[Account]:
    """Pupils behind one address, with the same homework, each with an account of their own."""
    topics = rng.sample(half(TOPICS, split), 6)
    net, client = f"203.0.{rng.randrange(256)}", "app/3.2"
    out, follow, start = lengths(rng, split), wide(rng), whose(rng, split).start
    found = []
    for n in range(size):
        who = whose(rng, split)
        who.ip, who.client, who.group = f"{net}.{rng.randrange(256)}", client, name
        who.start, who.days, who.model = start, 3, "gpt-4o-mini"

        def ask() -> Say:
            text = rng.choice(half(MUSINGS, split)).format(
                t=rng.choice(topics), u=rng.choice(topics)
            )
            return Say(messy(rng, text), out(), "You are a patient tutor.")

        says = talk(rng, each, ask, follow=follow, repeat=0.02)
        found.append(account(rng, f"{name}-{n}", "classroom", who, says, source="own"))
    return found


def company(rng: Random, name: str, split: Split, size: int, each: int) -> list[Account]:
    """One payer with many accounts: teams with different jobs."""
    card, net = f"pm_{rng.randrange(10**9)}", rng.randrange(256)
    found = []
    for n in range(size):
        kind = rng.choices(list(SHARE), list(SHARE.values()))[0]
        made = KINDS[kind](rng, f"{name}-{n}", split, each)
        found.append(_shared(made, name, payment=card, ip=f"192.0.{net}.{n % 250}"))
    return found


def reseller(rng: Random, name: str, split: Split, size: int, each: int) -> list[Account]:
    """One payer, one way out, many customers who have nothing to do with each other."""
    card, net = f"pm_{rng.randrange(10**9)}", rng.randrange(256)
    found = []
    for n in range(size):
        kind = rng.choices(("chat", "assistant", "batch", "rag"), (4, 6, 3, 1))[0]
        made = KINDS[kind](rng, f"{name}-{n}", split, each)
        found.append(
            _shared(made, name, payment=card, ip=f"192.1.{net}.9", client="reseller-proxy/1")
        )
    return found


def forwarded(rng: Random, name: str, split: Split, size: int, each: int) -> list[Account]:
    """A reseller with one account, which names its end users."""
    parts = reseller(rng, name, split, size, each)
    calls = sorted(
        (
            replace(call, account=name, user=f"u{user}")
            for user, part in enumerate(parts)
            for call in part.calls
        ),
        key=lambda call: call.at,
    )
    return [Account(name, "reseller with end users", "benign", calls, "mixed", name)]


def busy(rng: Random, name: str, split: Split, size: int, each: int) -> list[Account]:
    """Strangers behind one address with the same client: a mobile operator's gateway."""
    net, client = rng.randrange(256), "app/3.2"
    found = []
    for n in range(size):
        kind = rng.choice(("assistant", "chat"))
        made = KINDS[kind](rng, f"{name}-{n}", split, each)
        found.append(_shared(made, name, ip=f"100.64.{net}.{n % 250}", client=client))
    return found


def _shared(
    made: Account, group: str, *, payment: str = "", ip: str = "", client: str = ""
) -> Account:
    made.group = group
    made.calls = [
        replace(
            call,
            payment=payment or call.payment,
            ip=ip or call.ip,
            client=client or call.client,
        )
        for call in made.calls
    ]
    return made


GROUPS: dict[str, Callable[[Random, str, Split, int, int], list[Account]]] = {
    "classroom": classroom,
    "company": company,
    "reseller": reseller,
    "busy address": busy,
}


def group(rng: Random, name: str, split: Split) -> list[Account]:
    """Any of them, of any size."""
    of = rng.choice(list(GROUPS))
    return GROUPS[of](rng, name, split, rng.randrange(4, 30), rng.randrange(12, 50))
