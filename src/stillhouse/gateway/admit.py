"""Admission: key -> payer, standing, model, price, bound, limits. Decides; changes nothing.

Everything that can refuse a call before money moves is here, in the order in which a person would
mend it. The payer comes from the key alone; body fields such as `user` are labels.

What only key, model and surface decide is resolved once and kept as a `Lane`, until a price, a
period, the key, the directory or the routing changes; each call then brings its body and the time.

Posture: fails closed. What is not known to be allowed and priced is refused.
"""

import msgspec

from stillhouse.gateway.head import Request
from stillhouse.gateway.labels import Known, Label, Labels, Watches
from stillhouse.gateway.leases import Leases, Purse
from stillhouse.gateway.provided import NOBODY, Provided, provided
from stillhouse.gateway.refused import Refused
from stillhouse.gateway.release import Splits
from stillhouse.gateway.restricted import hinder, notice_line, restricted, restriction
from stillhouse.gateway.routing import Leg, Routing
from stillhouse.gateway.windows import Window, Windows, wait_us
from stillhouse.ledger.journal import OpenForm
from stillhouse.tariff import Tariff, bound
from stillhouse.tenants import Directory, Key, Payer, Standing, digest
from stillhouse.units.instant import Instant
from stillhouse.wire import refusals
from stillhouse.wire.paths import Route, Surface
from stillhouse.wire.rates import Room
from stillhouse.wire.request import Asked, BadRequest, bounds, read
from stillhouse.wire.tiers import tier

BYTES_PER_TOKEN = 4
"""For the token *rate* only, which is corrected when the call settles; holds use the true bound."""
FOREVER = Instant(2**62)
SHOWN_MAX = 65_536
"""Headers that are known to name a key; more than a host has keys."""
ACTIVE, COUNT_TOKENS = Standing.ACTIVE, Surface.COUNT_TOKENS


class Limited(msgspec.Struct, frozen=True):
    """One scope's limits with its counters. A limit of 0 means none here. why: it is restricted."""

    scope: str
    window: Window
    requests: int
    tokens: int
    concurrent: int
    why: str = ""


class Path:
    """What every call of one key must pass, resolved once per directory and period.

    ends: when the key stops working, by revocation or expiry, or the account's standing lapses.
    until: when that happens, or a period ends and the purses and lanes must be looked up again.
    lanes: by surface, the model's name and, where it is asked for, the service tier.
    habit: of its last call that had a shape, if any.
    """

    __slots__ = (
        "ends",
        "habit",
        "lanes",
        "limited",
        "notice",
        "payer",
        "purse_names",
        "purses",
        "restricted",
        "until",
    )

    def __init__(self, payer: Payer, limited: tuple[Limited, ...], restricted: str) -> None:
        key, account = payer.key, payer.account
        ends = [at for at in (key.revoked_at, key.expires_at) if at is not None]
        if restricted and account.until is not None:
            ends.append(account.until)
        self.restricted = restricted
        self.notice = notice_line(account)
        self.payer = payer
        self.limited = limited
        self.ends = min(ends, default=FOREVER)
        self.purses: tuple[Purse, ...] = ()
        self.purse_names: tuple[str, ...] = ()
        self.until = Instant(-1)
        self._forget()

    def _forget(self) -> None:
        self.lanes: dict[tuple[Surface, str | None] | tuple[Surface, str | None, str], Lane] = {}
        self.habit: Habit | None = None

    def renew(self, purses: tuple[Purse, ...], until: Instant) -> None:
        """Another period: calls in flight keep their lane, and with it their purses."""
        self.purses = purses
        self.purse_names = tuple(purse.name for purse in purses)
        self.until = min(until, self.ends)
        self._forget()


class Lane:
    """What all calls of one key to one model over one surface share: resolved and allowed once.

    until: when a price may change; then it is resolved anew. workload: what calls are for that do
    not say it. labels: what they are for, with their open records. price: by which all of them are
    held, where one price decides that. purses: what a call is held on: its own, of its key's path,
    and `provided`, those of the providers that may serve it.
    """

    __slots__ = (
        *("key", "labels", "legs", "own", "path", "price", "provided", "purses", "surface"),
        *("until", "workload"),
    )

    def __init__(
        self,
        path: Path,
        surface: Surface,
        legs: tuple[Leg, ...],
        until: Instant,
        provided: Provided = NOBODY,
    ) -> None:
        self.path = path
        self.own = path.purses
        self.provided = provided
        self.purses = (*self.own, *provided.purses)
        self.surface = surface
        self.legs = legs
        self.until = until
        self.key = path.payer.key
        self.workload = path.payer.workload
        self.labels: Known = {}
        one = len(legs) == 1 and legs[0].sales is None and surface is not COUNT_TOKENS
        self.price = legs[0].sale if one else None

    def form(self, leg: Leg, workload: str, cohort: str) -> OpenForm:
        names = self.path.purse_names
        if self.provided:
            names = (*names, *self.provided.names(leg))
        return open_form(self.key, names, leg, self.surface, workload=workload, cohort=cohort)

    def without(self, purse: Purse) -> "Lane | None":
        """The legs of other providers than the one whose budget this is; None: there are none."""
        found = self.provided.without(purse)
        if found is None:
            return None
        spent, left = found
        legs = tuple(leg for leg in self.legs if leg.provider.name != spent)
        if not legs:
            return None
        lane = Lane(self.path, self.surface, legs, self.until, left)
        lane.own = self.own  # the path's may be of a later period by now
        lane.purses = (*lane.own, *left.purses)
        return lane


class Habit:
    """What a key did last. A call like it is decided by the size of its body.

    Like it: over the same surface, to the same deployment where the path names it, with a body of
    the same shape; so it asks for the same in all but its turns. Only for lanes of one price, where
    the bounds of `request.bounds` and `tariff.bound` are a straight line.
    """

    __slots__ = (
        "asked",
        "deployment",
        "lane",
        "most_in",
        "overhead",
        "per_token",
        "rest",
        "surface",
        "tokens_out",
    )

    def __init__(self, lane: Lane, route: Route, asked: Asked, sale: Tariff) -> None:
        most = lane.legs[0].deployment
        self.lane = lane
        self.surface = route.surface
        self.deployment = route.deployment
        self.asked = asked
        self.overhead, _ = bounds(asked, route.surface, 0, FOREVER, 0)
        self.most_in = most.max_input_tokens
        _, self.tokens_out = bounds(asked, route.surface, 0, FOREVER, most.max_output_tokens)
        self.per_token = sale.bound_in
        self.rest = bound(0, self.tokens_out, sale)


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """A call that may be held and dispatched.

    estimate: what the token windows count for now. label: what it is for, with its open records.
    """

    lane: Lane
    asked: Asked
    hold: int
    tokens_in: int
    tokens_out: int
    estimate: int
    room: Room | None
    label: Label

    def without(self, purse: Purse) -> "Admitted | None":
        """The same call over the deployments of other providers; None: there are none."""
        lane = self.lane.without(purse)
        if lane is None:
            return None
        kept = zip(self.lane.legs, self.label.forms, strict=True)
        forms = tuple(form for leg, form in kept if leg in lane.legs)
        label = Label(self.label.account, self.label.workload, forms, cohort=self.label.cohort)
        label.split, label.watch = self.label.split, self.label.watch
        return msgspec.structs.replace(self, lane=lane, label=label)


class Admission:
    """Decides with one directory and one routing at a time.

    Swapping in a new directory is how keys, limits and standing take effect.
    """

    def __init__(self, *, windows: Windows, leases: Leases, labels: Labels) -> None:
        self._windows = windows
        self._labels = labels
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

    def release_by(self, splits: Splits, watches: Watches | None) -> None:
        """Send calls from now on by these releases; those in flight keep theirs."""
        self._labels.splits, self._labels.watches = splits, watches
        self._forget()

    def _forget(self) -> None:
        self._paths: dict[bytes, Path] = {}
        self._shown: dict[bytes | None, Path] = {}

    # -- who

    def path(self, headers: dict[bytes, bytes], now: Instant) -> Path:
        """The path of the key that a request shows.

        Raises:
            Refused: no key, or one that is unknown or over.
        """
        bearer = headers.get(b"authorization")
        path = self._shown.get(bearer)
        if path is None:
            path = self._find(headers, bearer, now)
        if now >= path.until:
            if now >= path.ends:
                if path.restricted and path.payer.account.stands(now) is ACTIVE:
                    self._forget()  # its restriction has lapsed
                    return self.path(headers, now)
                revoked = path.payer.key.revoked_at
                over = revoked is not None and now >= revoked
                raise Refused(refusals.revoked_key() if over else refusals.expired_key())
            path.renew(*self._leases.purses(path.payer.budgets, now))
        return path

    def _find(self, headers: dict[bytes, bytes], bearer: bytes | None, now: Instant) -> Path:
        """By the secret's digest. A header that named a key is known again without hashing it."""
        if bearer is not None and bearer[:7].lower() == b"bearer ":
            secret = bearer[7:].strip()
        else:
            bearer = None
            secret = headers.get(b"api-key") or headers.get(b"x-api-key") or b""
        if not secret:
            raise Refused(refusals.missing_key())
        name = digest(secret)
        path = self._paths.get(name)
        if path is None:
            payer = self.directory.find(name)
            if payer is None:
                raise Refused(refusals.wrong_key())
            why = restriction(payer.account, now)
            path = self._paths[name] = Path(payer, self._limits_of(payer, why), why)
        if bearer is not None:
            if len(self._shown) >= SHOWN_MAX:
                self._shown.clear()
            self._shown[bearer] = path
        return path

    def _limits_of(self, payer: Payer, why: str) -> tuple[Limited, ...]:
        """why: the account is restricted, and why; "": it is not."""
        limits = restricted(payer) if why else payer.limits
        return tuple(
            Limited(
                scope,
                self._windows.window(scope_id),
                each.requests_per_minute or 0,
                each.tokens_per_minute or 0,
                each.concurrent or 0,
                why if scope == "account" else "",
            )
            for scope, scope_id, each in limits
        )

    # -- may it

    def admit(self, request: Request, route: Route, now: Instant) -> Admitted:
        """Raises Refused."""
        headers, surface, body = request.headers, route.surface, request.body
        path = self._shown.get(headers.get(b"authorization"))
        if path is None or now >= path.until:
            path = self.path(headers, now)
        account = path.payer.account
        if account.standing is not ACTIVE:
            hinder(account, path.restricted, body)
        if b"content-encoding" in headers:
            raise Refused(
                refusals.bad_request(
                    "compressed bodies are not read here; send the body without Content-Encoding"
                )
            )
        habit, like = path.habit, None
        if (
            habit is not None
            and habit.surface is surface
            and habit.deployment == route.deployment
            and now < habit.lane.until
        ):
            like = habit.asked
        try:
            asked = read(surface, body, like)
        except BadRequest as bad:
            raise Refused(refusals.bad_request(bad)) from None
        size = len(body)
        if habit is not None and asked is like:
            lane, tokens_out = habit.lane, habit.tokens_out
            tokens_in = size + habit.overhead
            if tokens_in > habit.most_in:
                tokens_in = habit.most_in
            hold = tokens_in * habit.per_token + habit.rest
        else:
            lane = self._lane(path, route, asked, now)
            hold, tokens_in, tokens_out = _bounded(lane, asked, size)
            if asked.shape is not None and lane.price is not None:
                path.habit = Habit(lane, route, asked, lane.price)
        label = self._labels.of(lane, surface, headers, body, asked, now)
        estimate = size // BYTES_PER_TOKEN + (asked.output_limit or 0)
        limited = path.limited
        room = _room(limited, estimate, now) if limited else None
        return Admitted(lane, asked, hold, tokens_in, tokens_out, estimate, room, label)

    def _lane(self, path: Path, route: Route, asked: Asked, now: Instant) -> Lane:
        """Raises Refused."""
        surface, said = route.surface, asked.service_tier
        name = route.deployment or asked.model
        lane = path.lanes.get((surface, name) if said is None else (surface, name, said))
        if lane is None or now >= lane.until:
            lane = self._new_lane(path, surface, name, said, now)
            if said is None:
                path.lanes[surface, name] = lane
            elif surface is not COUNT_TOKENS:  # priced, so not just any word of a client's
                path.lanes[surface, name, said] = lane
        return lane

    def _new_lane(
        self, path: Path, surface: Surface, name: str | None, said: str | None, now: Instant
    ) -> Lane:
        """All that key, model, surface and service tier decide, whatever else a body says.

        Raises Refused.
        """
        if not name:
            raise Refused(refusals.missing_model())
        models = path.payer.key.models
        if models is not None and name not in models:
            raise Refused(refusals.model_not_allowed(name, models))
        plan = None if self.routing is None else self.routing.plans.get(name)
        account = path.payer.account.id
        if plan is None or not plan[0].offered(account):
            raise Refused(refusals.unknown_deployment(name, self.visible(path)))
        free = surface is COUNT_TOKENS
        asked = None if free else tier(said)
        first = plan[0].at(now, account, asked)
        if surface not in first.surfaces:
            kind = first.provider.kind.value
            raise Refused(refusals.wrong_surface(first.deployment.name, kind, surface))
        if not free and first.sale is None:
            raise Refused(refusals.unpriced(first.deployment.priced_as, "sale", tier=asked or ""))
        legs = [way.at(now, account, asked) for way in plan if way.offered(account)]
        # A fallback that cannot be billed or does not speak this surface is not one.
        usable = (leg for leg in legs[1:] if surface in leg.surfaces and (free or leg.sale))
        until = min(leg.until for leg in legs)
        every = (first, *usable)
        served, ends = provided(self.directory, self._leases, every, now)
        return Lane(path, surface, every, min(until, ends), served)

    # -- what it may see

    def visible(self, path: Path) -> list[str]:
        models = path.payer.key.models
        plans = {} if self.routing is None else self.routing.plans
        account = path.payer.account.id
        return [
            name
            for name in sorted(plans)
            if (models is None or name in models) and plans[name][0].offered(account)
        ]


def _bounded(lane: Lane, asked: Asked, size: int) -> tuple[int, int, int]:
    """(hold, input tokens, output tokens): the most of each over all legs."""
    surface = lane.surface
    hold = most_in = most_out = 0
    for leg in lane.legs:
        most = leg.deployment
        tokens_in, tokens_out = bounds(
            asked, surface, size, most.max_input_tokens, most.max_output_tokens
        )
        if surface is not COUNT_TOKENS:
            hold = max(hold, leg.bound(tokens_in, tokens_out))
        most_in, most_out = max(most_in, tokens_in), max(most_out, tokens_out)
    return hold, most_in, most_out


def _room(limited: tuple[Limited, ...], estimate: int, now: Instant) -> Room | None:
    """Every limit on the path must pass; the tightest are told to the client. Raises Refused."""
    limit_r = left_r = limit_t = left_t = 0
    for limit in limited:
        requests, tokens, running = limit.window.read(now)
        if 0 < limit.concurrent <= running:
            raise _over("concurrent", limit, limit.concurrent, 1000)
        most = limit.requests
        if most:
            left = most - requests - 1
            if left < 0:
                raise _over("requests", limit, most, wait_us(most, requests, 1) // 1000 + 1)
            if not limit_r or left < left_r:
                limit_r, left_r = most, left
        most = limit.tokens
        if most:
            left = most - tokens - estimate
            # One call larger than the whole limit passes while the window is empty.
            if left < 0 < tokens:
                wait = wait_us(most, tokens, min(estimate, most)) // 1000 + 1
                raise _over("tokens", limit, most, wait)
            if not limit_t or left < left_t:
                limit_t, left_t = most, left
    if limit_r or limit_t:
        return Room(limit_r, left_r, limit_t, left_t, now)
    return None


def _over(kind: str, limit: Limited, most: int, wait_ms: int) -> Refused:
    return Refused(refusals.rate_limited(kind, most, wait_ms, limit.scope, limit.why))


def open_form(
    key: Key,
    budgets: tuple[str, ...],
    leg: Leg,
    surface: Surface,
    *,
    workload: str = "",
    cohort: str = "",
) -> OpenForm:
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
        workload=workload,
        cohort=cohort,
        terms=leg.terms,
    )
