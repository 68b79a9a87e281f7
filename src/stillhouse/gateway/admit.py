"""Admission: key -> payer, standing, model, price, bound, limits. Decides; changes nothing.

Everything that can refuse a call before money moves is here, in the order in which a person would
mend it. The payer comes from the key alone; body fields such as `user` are labels.

Posture: fails closed. What is not known to be allowed and priced is refused.
"""

import msgspec

from stillhouse.gateway.connection import Request
from stillhouse.gateway.leases import Leases, Purse
from stillhouse.gateway.routing import Leg, Routing
from stillhouse.gateway.windows import Window, Windows, wait_us
from stillhouse.tariff import bound
from stillhouse.tenants import Directory, Limits, Payer, Standing, digest
from stillhouse.units.instant import Instant
from stillhouse.wire import refusals
from stillhouse.wire.paths import Route, Surface
from stillhouse.wire.rates import Rate
from stillhouse.wire.refusals import Refusal
from stillhouse.wire.request import Asked, BadRequest, input_bound, output_bound, read

RESTRICTED_DIVISOR = 10
MINUTE_MS = 60_000
BYTES_PER_TOKEN = 4
"""For the token *rate* only, which is corrected when the call settles; holds use the true bound."""
FOREVER = Instant(2**62)


class Limited(msgspec.Struct, frozen=True):
    """One scope's limits with its counters. A limit of 0 means none here."""

    scope: str
    window: Window
    requests: int
    tokens: int
    concurrent: int


class Path:
    """What every call of one key must pass, resolved once per directory and period.

    ends: when the key stops working, by revocation or expiry.
    until: when the purses must be looked up again, because a period ends.
    """

    __slots__ = ("ends", "limited", "payer", "purse_names", "purses", "until")

    def __init__(self, payer: Payer, limited: tuple[Limited, ...]) -> None:
        key = payer.key
        ends = [at for at in (key.revoked_at, key.expires_at) if at is not None]
        self.payer = payer
        self.limited = limited
        self.ends = min(ends, default=FOREVER)
        self.purses: tuple[Purse, ...] = ()
        self.purse_names: tuple[str, ...] = ()
        self.until = Instant(-1)


class Room(msgspec.Struct, frozen=True, gc=False):
    """What is left of the tightest request and token limit at admission, for `x-ratelimit-*`."""

    requests: Rate | None
    tokens: Rate | None
    at: Instant


class Admitted(msgspec.Struct, frozen=True):
    """A call that may be held and dispatched. estimate: what the token windows count for now."""

    path: Path
    asked: Asked
    legs: tuple[Leg, ...]
    hold: int
    tokens_in: int
    tokens_out: int
    estimate: int
    room: Room | None


class Admission:
    """Decides with one directory at a time; swapping in a new one is how standing takes effect."""

    def __init__(self, *, windows: Windows, leases: Leases) -> None:
        self._windows = windows
        self._leases = leases
        self._paths: dict[bytes, Path] = {}
        self.directory = Directory()

    def use(self, directory: Directory) -> None:
        self.directory = directory
        self._paths = {}

    # -- who

    def path(self, request: Request, now: Instant) -> Path | Refusal:
        """The path of the key that a request shows, or why it is not accepted."""
        headers = request.headers
        bearer = headers.get(b"authorization")
        if bearer is not None and bearer[:7].lower() == b"bearer ":
            secret = bearer[7:].strip()
        else:
            secret = headers.get(b"api-key") or headers.get(b"x-api-key") or b""
        if not secret:
            return refusals.missing_key()
        name = digest(secret)
        path = self._paths.get(name)
        if path is None:
            payer = self.directory.find(name)
            if payer is None:
                return refusals.wrong_key()
            path = self._paths[name] = Path(payer, self._limits_of(payer))
        if now >= path.ends:
            revoked = path.payer.key.revoked_at
            return (
                refusals.revoked_key()
                if revoked is not None and now >= revoked
                else refusals.expired_key()
            )
        if now >= path.until:
            path.purses, path.until = self._leases.purses(path.payer.budgets, now)
            path.purse_names = tuple(purse.name for purse in path.purses)
        return path

    def _limits_of(self, payer: Payer) -> tuple[Limited, ...]:
        restricted = payer.account.standing is Standing.RESTRICTED
        return tuple(
            self._limited(
                scope,
                scope_id,
                limits,
                divisor=RESTRICTED_DIVISOR if restricted and scope == "account" else 1,
            )
            for scope, scope_id, limits in payer.limits
        )

    def _limited(self, scope: str, scope_id: str, limits: Limits, *, divisor: int) -> Limited:
        def value(limit: int | None) -> int:
            return 0 if limit is None else max(1, limit // divisor)

        return Limited(
            scope,
            self._windows.window(scope_id),
            value(limits.requests_per_minute),
            value(limits.tokens_per_minute),
            value(limits.concurrent),
        )

    # -- may it

    def decide(
        self, request: Request, route: Route, path: Path, routing: Routing, now: Instant
    ) -> Admitted | Refusal:
        account = path.payer.account
        if account.standing is Standing.SUSPENDED:
            return refusals.suspended(account.reason)
        if b"content-encoding" in request.headers:
            return refusals.bad_request(
                "compressed bodies are not read here; send the body without Content-Encoding"
            )
        surface = route.surface
        try:
            asked = read(surface, request.body)
        except BadRequest as bad:
            return refusals.bad_request(bad)
        name = route.deployment or asked.model
        if not name:
            return refusals.missing_model()
        models = path.payer.key.models
        if models is not None and name not in models:
            return refusals.model_not_allowed(name, models)
        plan = routing.plans.get(name)
        if plan is None:
            return refusals.unknown_deployment(name, self.visible(path, routing))
        first = plan[0].at(now)
        if surface not in first.surfaces:
            return refusals.wrong_surface(first.deployment.name, first.provider.kind.value, surface)
        free = surface is Surface.COUNT_TOKENS
        if not free and first.sale is None:
            return refusals.unpriced(first.deployment.priced_as, "sale")
        legs: tuple[Leg, ...] = (first,)
        if len(plan) > 1:
            # A fallback that cannot be billed or does not speak this surface is not one.
            legs = tuple(
                leg
                for leg in (way.at(now) for way in plan)
                if surface in leg.surfaces and (free or leg.sale is not None)
            )
        hold, tokens_in, tokens_out = (0, 0, 0) if free else _bounds(surface, asked, request, legs)
        estimate = len(request.body) // BYTES_PER_TOKEN + (asked.output_limit or 0)
        room = None
        if path.limited:
            found = _within_limits(path.limited, estimate, now)
            if isinstance(found, Refusal):
                return found
            room = found
        return Admitted(path, asked, legs, hold, tokens_in, tokens_out, estimate, room)

    # -- what it may see

    def visible(self, path: Path, routing: Routing) -> list[str]:
        models = path.payer.key.models
        return [name for name in routing.names() if models is None or name in models]


def _bounds(
    surface: Surface, asked: Asked, request: Request, legs: tuple[Leg, ...]
) -> tuple[int, int, int]:
    """The most that any of these legs can cost, and the most tokens in and out."""
    hold = most_in = most_out = 0
    for leg in legs:
        deployment, sale = leg.deployment, leg.sale
        tokens_in = input_bound(asked, request.body, deployment.max_input_tokens)
        tokens_out = output_bound(asked, surface, deployment.max_output_tokens)
        if sale is not None:
            hold = max(hold, bound(tokens_in, tokens_out, sale))
        most_in, most_out = max(most_in, tokens_in), max(most_out, tokens_out)
    return hold, most_in, most_out


def _within_limits(
    limited: tuple[Limited, ...], estimate: int, now: Instant
) -> Room | Refusal | None:
    """Every limit on the path must pass; the tightest are told to the client."""
    requests: Rate | None = None
    tokens: Rate | None = None
    for limit in limited:
        used_requests, used_tokens, running = limit.window.read(now)
        if limit.concurrent and running >= limit.concurrent:
            return refusals.rate_limited("concurrent", limit.concurrent, 1000, limit.scope)
        most = limit.requests
        if most:
            left = most - used_requests - 1
            if left < 0:
                wait = wait_us(most, used_requests, 1) // 1000 + 1
                return refusals.rate_limited("requests", most, wait, limit.scope)
            if requests is None or left < requests.remaining:
                requests = Rate(most, left, min(MINUTE_MS, (most - left) * MINUTE_MS // most))
        most = limit.tokens
        if most:
            left = most - used_tokens - estimate
            # One call larger than the whole limit passes while the window is empty.
            if left < 0 < used_tokens:
                wait = wait_us(most, used_tokens, min(estimate, most)) // 1000 + 1
                return refusals.rate_limited("tokens", most, wait, limit.scope)
            if tokens is None or left < tokens.remaining:
                tokens = Rate(most, left, min(MINUTE_MS, (most - left) * MINUTE_MS // most))
    if requests is None and tokens is None:
        return None
    return Room(requests, tokens, now)
