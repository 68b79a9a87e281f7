"""Admission: key -> payer, standing, model, price, bound, limits. Decides; changes nothing.

Everything that can refuse a call before money moves is here, in the order in which a person would
mend it. The payer comes from the key alone; body fields such as `user` are labels.

Posture: fails closed. What is not known to be allowed and priced is refused.
"""

from typing import NamedTuple

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


class Limited(NamedTuple):
    """One scope's limits with its counters. A limit of 0 means none here."""

    window: Window
    requests: int
    tokens: int
    concurrent: int


class Path:
    """What every call of one key must pass, resolved once per directory and period."""

    __slots__ = ("limited", "payer", "purse_names", "purses", "until")

    def __init__(self, payer: Payer, limited: tuple[Limited, ...]) -> None:
        self.payer = payer
        self.limited = limited
        self.purses: tuple[Purse, ...] = ()
        self.purse_names: tuple[str, ...] = ()
        self.until = Instant(-1)


class Room(NamedTuple):
    """What is left of the tightest request and token limit at admission, for `x-ratelimit-*`."""

    requests: Rate | None
    tokens: Rate | None
    at: Instant


class Admitted(NamedTuple):
    """A call that may be held and dispatched."""

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
        self._paths: dict[str, Path] = {}
        self.directory = Directory()

    def use(self, directory: Directory) -> None:
        self.directory = directory
        self._paths = {}

    # -- who

    def payer(self, request: Request, now: Instant) -> Payer | Refusal:
        headers = request.headers
        bearer = headers.get(b"authorization")
        if bearer is not None and bearer[:7].lower() == b"bearer ":
            secret = bearer[7:].strip()
        else:
            secret = headers.get(b"api-key") or headers.get(b"x-api-key") or b""
        if not secret:
            return refusals.missing_key()
        payer = self.directory.find(digest(secret))
        if payer is None:
            return refusals.wrong_key()
        key = payer.key
        if key.revoked_at is not None and now >= key.revoked_at:
            return refusals.revoked_key()
        if key.expires_at is not None and now >= key.expires_at:
            return refusals.expired_key()
        return payer

    def path(self, payer: Payer, now: Instant) -> Path:
        path = self._paths.get(payer.key.id)
        if path is None:
            restricted = payer.account.standing is Standing.RESTRICTED
            limited = tuple(
                self._limited(scope_id, limits, restricted=restricted and scope == "account")
                for scope, scope_id, limits in payer.limits
            )
            path = self._paths[payer.key.id] = Path(payer, limited)
        if now >= path.until:
            path.purses, path.until = self._leases.purses(payer.budgets, now)
            path.purse_names = tuple(purse.name for purse in path.purses)
        return path

    def _limited(self, scope_id: str, limits: Limits, *, restricted: bool) -> Limited:
        divisor = RESTRICTED_DIVISOR if restricted else 1

        def value(limit: int | None) -> int:
            return 0 if limit is None else max(1, limit // divisor)

        return Limited(
            self._windows.window(scope_id),
            value(limits.requests_per_minute),
            value(limits.tokens_per_minute),
            value(limits.concurrent),
        )

    # -- may it

    def decide(
        self, request: Request, route: Route, payer: Payer, routing: Routing, now: Instant
    ) -> Admitted | Refusal:
        account = payer.account
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
        plan = routing.plans.get(name)
        models = payer.key.models
        if models is not None and name not in models:
            return refusals.model_not_allowed(name, models)
        if plan is None:
            return refusals.unknown_deployment(name, self.visible(payer, routing))
        return self._priced(request, route, payer, asked, plan, now)

    def _priced(
        self,
        request: Request,
        route: Route,
        payer: Payer,
        asked: Asked,
        plan: tuple[Leg, ...],
        now: Instant,
    ) -> Admitted | Refusal:
        surface = route.surface
        first = plan[0].at(now)
        if not first.speaks(surface):
            return refusals.wrong_surface(first.deployment.name, first.provider.kind.value, surface)
        free = surface is Surface.COUNT_TOKENS
        if first.sale is None and not free:
            return refusals.unpriced(first.deployment.priced_as, "sale")
        tokens_in = tokens_out = hold = 0
        legs = plan
        if len(plan) > 1:
            # A fallback that cannot be billed or does not speak this surface is not one.
            legs = tuple(
                leg
                for leg in plan
                if leg.speaks(surface) and (free or leg.at(now).sale is not None)
            )
        if not free:
            for leg in legs:
                d = leg.deployment
                t_in = input_bound(asked, request.body, d.max_input_tokens)
                t_out = output_bound(asked, surface, d.max_output_tokens)
                if leg.sale is not None:
                    hold = max(hold, bound(t_in, t_out, leg.sale))
                tokens_in, tokens_out = max(tokens_in, t_in), max(tokens_out, t_out)
        path = self.path(payer, now)
        estimate = len(request.body) // BYTES_PER_TOKEN + (asked.output_limit or 0)
        room = None
        if path.limited:
            room_or_refusal = self._within_limits(path, estimate, now)
            if isinstance(room_or_refusal, Refusal):
                return room_or_refusal
            room = room_or_refusal
        return Admitted(path, asked, legs, hold, tokens_in, tokens_out, estimate, room)

    def _within_limits(self, path: Path, estimate: int, now: Instant) -> Room | Refusal | None:
        request_limit = request_used = token_limit = token_used = 0
        request_left = token_left = 2**62
        for window, requests, tokens, concurrent in path.limited:
            used_r, used_t, running = window.read(now)
            if concurrent and running >= concurrent:
                return refusals.rate_limited("concurrent", concurrent, 1000)
            if requests:
                if used_r >= requests:
                    wait = wait_us(requests, used_r, 1) // 1000 + 1
                    return refusals.rate_limited("requests", requests, wait)
                if requests - used_r < request_left:
                    request_left, request_limit = requests - used_r, requests
                    request_used = used_r
            if tokens:
                # One call larger than the whole limit passes when the window is empty.
                if used_t + estimate > tokens and used_t > 0:
                    wait = wait_us(tokens, used_t, min(estimate, tokens)) // 1000 + 1
                    return refusals.rate_limited("tokens", tokens, wait)
                if tokens - used_t < token_left:
                    token_left, token_limit, token_used = tokens - used_t, tokens, used_t
        if not request_limit and not token_limit:
            return None
        requests_rate = tokens_rate = None
        if request_limit:
            reset = (request_used + 1) * MINUTE_MS // request_limit
            requests_rate = Rate(request_limit, request_left - 1, min(MINUTE_MS, reset))
        if token_limit:
            reset = (token_used + estimate) * MINUTE_MS // token_limit
            tokens_rate = Rate(token_limit, token_left - estimate, min(MINUTE_MS, reset))
        return Room(requests_rate, tokens_rate, now)

    # -- what it may see

    def visible(self, payer: Payer, routing: Routing) -> list[str]:
        models = payer.key.models
        return [name for name in routing.names() if models is None or name in models]
