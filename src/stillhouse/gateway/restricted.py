"""What a restricted account may still do: less in a minute, and plain answers only.

A tenth of each of the account's limits, and never without a limit of requests; no log
probabilities and one choice a call, because those are what a copy is made from fastest. What is
not allowed is refused with the reason and how to contest it. Answers that are given are whole.
"""

from typing import Any

import msgspec

from stillhouse.gateway.refused import Refused
from stillhouse.tenants import Account, Limits, Payer, Standing
from stillhouse.tenants.account import NO_LIMITS, Scope
from stillhouse.units.instant import Instant
from stillhouse.wire import refusals

DIVISOR = 10
REQUESTS_PER_MINUTE = 60
"""Of a restricted account that has no limit of requests of its own."""
CHOICES = ("n", "best_of")
LOGPROBS = ("logprobs", "top_logprobs")

_read = msgspec.json.Decoder(dict[str, Any]).decode


def restriction(account: Account, now: Instant) -> str:
    """Why it is restricted at this moment, or ""."""
    if account.stands(now) is not Standing.RESTRICTED:
        return ""
    return account.reason or "by whoever runs this server"


def notice_line(account: Account) -> bytes:
    """A line of each answer's head, while the account is to be told of a case."""
    return b"x-stillhouse-notice: %b\r\n" % account.notice.encode() if account.notice else b""


def restricted(payer: Payer) -> tuple[tuple[Scope, str, Limits], ...]:
    """The limits on its path, those of the account a tenth of what they were."""
    account = payer.account
    others = tuple(step for step in payer.limits if step[0] != "account")
    own = next((each for scope, _, each in payer.limits if scope == "account"), NO_LIMITS)
    lower = Limits(
        requests_per_minute=_tenth(own.requests_per_minute) or REQUESTS_PER_MINUTE,
        tokens_per_minute=_tenth(own.tokens_per_minute),
        concurrent=_tenth(own.concurrent),
    )
    return (("account", account.id, lower), *others)


def _tenth(limit: int | None) -> int | None:
    return None if limit is None else max(1, limit // DIVISOR)


def hinder(account: Account, why: str, body: bytes) -> None:
    """Raises Refused for an account that is suspended, or restricted and asks for too much."""
    if account.standing is Standing.SUSPENDED:
        raise Refused(refusals.suspended(account.reason))
    if why:
        plain(body, why)


def plain(body: bytes, why: str) -> None:
    """Raises Refused when a body asks for more than a plain answer. No JSON: its reader says so."""
    try:
        asked = _read(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return
    for name in LOGPROBS:
        wanted = asked.get(name)
        if wanted is not None and wanted is not False:  # 0 asks for those of the tokens themselves
            raise Refused(refusals.restricted("log probabilities", name, why))
    included = asked.get("include")
    if isinstance(included, list) and any("logprobs" in str(item) for item in included):
        raise Refused(refusals.restricted("log probabilities", "include", why))
    for name in CHOICES:
        many = asked.get(name)
        if isinstance(many, int) and many > 1:
            raise Refused(refusals.restricted("several answers", name, why))
