"""Admission: key -> payer, standing, model, price, bound, limits. Decides; changes nothing.

Everything that can refuse a call before money moves is here, in the order in which a person would
mend it. The payer comes from the key alone; body fields such as `user` are labels.

What only key, model and surface decide is resolved once and kept as a `Lane`, until a price, a
period, the key, the directory or the routing changes; each call then brings its body and the time.

Posture: fails closed. What is not known to be allowed and priced is refused.
"""

import msgspec

from stillhouse.gateway.connection import Request
from stillhouse.gateway.leases import Leases, Purse
from stillhouse.gateway.routing import Leg, Routing
from stillhouse.gateway.windows import Window, Windows, wait_us
from stillhouse.ledger.journal import OpenForm
from stillhouse.tariff import bound
from stillhouse.tenants import Directory, Key, Limits, Payer, Standing, digest
from stillhouse.units.instant import Instant
from stillhouse.wire import refusals
from stillhouse.wire.paths import Route, Surface
from stillhouse.wire.rates import Room
from stillhouse.wire.refusals import Refusal
from stillhouse.wire.request import Asked, BadRequest, input_bound, output_bound, read

RESTRICTED_DIVISOR = 10
BYTES_PER_TOKEN = 4
"""For the token *rate* only, which is corrected when the call settles; holds use the true bound."""
FOREVER = Instant(2**62)
SHOWN_MAX = 65_536
"""Headers that are known to name a key; more than a host has keys."""
SUSPENDED, COUNT_TOKENS = Standing.SUSPENDED, Surface.COUNT_TOKENS


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
    until: when the purses must be looked up again, because a period ends; the lanes with them.
    lanes: by surface and the model's name.
    """

    __slots__ = ("ends", "lanes", "limited", "payer", "purse_names", "purses", "until")

    def __init__(self, payer: Payer, limited: tuple[Limited, ...]) -> None:
        key = payer.key
        ends = [at for at in (key.revoked_at, key.expires_at) if at is not None]
        self.payer = payer
        self.limited = limited
        self.ends = min(ends, default=FOREVER)
        self.purses: tuple[Purse, ...] = ()
        self.purse_names: tuple[str, ...] = ()
        self.until = Instant(-1)
        self.lanes: dict[tuple[Surface, str | None], Lane] = {}


class Lane:
    """What all calls of one key to one model over one surface share: resolved and allowed once.

    until: when a price may change; then it is resolved anew. forms: open records, one a leg.
    """

    __slots__ = ("forms", "legs", "path", "purses", "surface", "until")

    def __init__(
        self, path: Path, surface: Surface, legs: tuple[Leg, ...], until: Instant
    ) -> None:
        self.path = path
        self.purses = path.purses
        self.surface = surface
        self.legs = legs
        self.until = until
        key, budgets = path.payer.key, path.purse_names
        self.forms = tuple(open_form(key, budgets, leg, surface) for leg in legs)


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """A call that may be held and dispatched. estimate: what the token windows count for now."""

    lane: Lane
    asked: Asked
    hold: int
    tokens_in: int
    tokens_out: int
    estimate: int
    room: Room | None


class Admission:
    """Decides with one directory and one routing at a time.

    Swapping in a new directory is how keys, limits and standing take effect.
    """

    def __init__(self, *, windows: Windows, leases: Leases) -> None:
        self._windows = windows
        self._leases = leases
        self.directory = Directory()
        self.routing: Routing | None = None
        self._forget()

    def use(self, directory: Directory) -> None:
        self.directory = directory
        self._forget()

    def route_by(self, routing: Routing) -> None:
        self.routing = routing
        self._forget()

    def _forget(self) -> None:
        self._paths: dict[bytes, Path] = {}
        self._shown: dict[bytes | None, Path] = {}

    # -- who

    def path(self, request: Request, now: Instant) -> Path | Refusal:
        """The path of the key that a request shows, or why it is not accepted."""
        bearer = request.headers.get(b"authorization")
        path = self._shown.get(bearer)
        if path is None:
            found = self._find(request.headers, bearer)
            if isinstance(found, Refusal):
                return found
            path = found
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
            path.lanes = {}  # calls in flight keep their lane, and so the purses that they hold from
        return path

    def _find(self, headers: dict[bytes, bytes], bearer: bytes | None) -> Path | Refusal:
        """By the secret's digest. A header that named a key is known again without hashing it."""
        if bearer is not None and bearer[:7].lower() == b"bearer ":
            secret = bearer[7:].strip()
        else:
            bearer = None
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
        if bearer is not None:
            if len(self._shown) >= SHOWN_MAX:
                self._shown.clear()
            self._shown[bearer] = path
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
        self, request: Request, route: Route, path: Path, now: Instant
    ) -> Admitted | Refusal:
        account = path.payer.account
        if account.standing is SUSPENDED:
            return refusals.suspended(account.reason)
        if b"content-encoding" in request.headers:
            return refusals.bad_request(
                "compressed bodies are not read here; send the body without Content-Encoding"
            )
        surface, body = route.surface, request.body
        try:
            asked = read(surface, body)
        except BadRequest as bad:
            return refusals.bad_request(bad)
        name = route.deployment or asked.model
        lane = path.lanes.get((surface, name))
        if lane is None or now >= lane.until:
            found = self._lane(path, surface, name, now)
            if isinstance(found, Refusal):
                return found
            lane = path.lanes[surface, name] = found
        hold = tokens_in = tokens_out = 0
        if surface is not COUNT_TOKENS:
            hold, tokens_in, tokens_out = _bounds(surface, asked, body, lane.legs)
        estimate = len(body) // BYTES_PER_TOKEN + (asked.output_limit or 0)
        room = None
        if path.limited:
            within = _within_limits(path.limited, estimate, now)
            if isinstance(within, Refusal):
                return within
            room = within
        return Admitted(lane, asked, hold, tokens_in, tokens_out, estimate, room)

    def _lane(
        self, path: Path, surface: Surface, name: str | None, now: Instant
    ) -> Lane | Refusal:
        """All that key, model and surface decide, whatever else a body says."""
        if not name:
            return refusals.missing_model()
        models = path.payer.key.models
        if models is not None and name not in models:
            return refusals.model_not_allowed(name, models)
        plan = None if self.routing is None else self.routing.plans.get(name)
        if plan is None:
            return refusals.unknown_deployment(name, self.visible(path))
        first = plan[0].at(now)
        if surface not in first.surfaces:
            return refusals.wrong_surface(first.deployment.name, first.provider.kind.value, surface)
        free = surface is COUNT_TOKENS
        if not free and first.sale is None:
            return refusals.unpriced(first.deployment.priced_as, "sale")
        legs = [way.at(now) for way in plan]
        # A fallback that cannot be billed or does not speak this surface is not one.
        usable = (leg for leg in legs[1:] if surface in leg.surfaces and (free or leg.sale))
        until = min(leg.until for leg in legs)
        return Lane(path, surface, (first, *usable), until)

    # -- what it may see

    def visible(self, path: Path) -> list[str]:
        models = path.payer.key.models
        names = [] if self.routing is None else self.routing.names()
        return [name for name in names if models is None or name in models]


def _bounds(
    surface: Surface, asked: Asked, body: bytes, legs: tuple[Leg, ...]
) -> tuple[int, int, int]:
    """The most that any of these legs can cost, and the most tokens in and out."""
    hold = most_in = most_out = 0
    for leg in legs:
        deployment, sale = leg.deployment, leg.sale
        tokens_in = input_bound(asked, body, deployment.max_input_tokens)
        tokens_out = output_bound(asked, surface, deployment.max_output_tokens)
        if sale is not None:
            hold = max(hold, bound(tokens_in, tokens_out, sale))
        most_in, most_out = max(most_in, tokens_in), max(most_out, tokens_out)
    return hold, most_in, most_out


def _within_limits(
    limited: tuple[Limited, ...], estimate: int, now: Instant
) -> Room | Refusal | None:
    """Every limit on the path must pass; the tightest are told to the client."""
    limit_r = left_r = limit_t = left_t = 0
    for limit in limited:
        requests, tokens, running = limit.window.read(now)
        if 0 < limit.concurrent <= running:
            return refusals.rate_limited("concurrent", limit.concurrent, 1000, limit.scope)
        most = limit.requests
        if most:
            left = most - requests - 1
            if left < 0:
                wait = wait_us(most, requests, 1) // 1000 + 1
                return refusals.rate_limited("requests", most, wait, limit.scope)
            if not limit_r or left < left_r:
                limit_r, left_r = most, left
        most = limit.tokens
        if most:
            left = most - tokens - estimate
            # One call larger than the whole limit passes while the window is empty.
            if left < 0 < tokens:
                wait = wait_us(most, tokens, min(estimate, most)) // 1000 + 1
                return refusals.rate_limited("tokens", most, wait, limit.scope)
            if not limit_t or left < left_t:
                limit_t, left_t = most, left
    if limit_r or limit_t:
        return Room(limit_r, left_r, limit_t, left_t, now)
    return None


def open_form(key: Key, budgets: tuple[str, ...], leg: Leg, surface: Surface) -> OpenForm:
    """The open records of a key's calls to this leg."""
    deployment = leg.deployment
    return OpenForm(
        account=key.account,
        project=key.project,
        key=key.id,
        deployment=deployment.name,
        provider=leg.provider.name,
        model=deployment.model,
        surface=surface,
        sale_tariff="" if leg.sale is None else leg.sale.id,
        cost_tariff="" if leg.cost is None else leg.cost.id,
        budgets=budgets,
    )
