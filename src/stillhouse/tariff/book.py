"""Every known tariff, found by what is asked for and by two times: when, and knowing what.

    slot -> its lists of bands, by (valid_from, known_from) -> the list in force -> the band

A list is all bands of one slot that begin to apply and became known at the same moments; a later
list replaces it whole, so whoever corrects one band states them all. In force at `when`, knowing
what was known at `known_at`, is the list with the latest `valid_from` not after `when`; of several,
the one known last.

Looked for in this order, the first that is there wins: the account's contracted price before the
list's; within each, the region's own before that of every region; within each, the tier's own,
then the standard price if it says that it stands for this tier. Nothing else is ever fallen back
to: what has no price is refused.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from stillhouse.tariff.bound import bound
from stillhouse.tariff.prices import EVER, STANDARD, Book, Slot, Tariff
from stillhouse.units.instant import Instant, iso
from stillhouse.units.money import Pico

Bands = tuple[Tariff, ...]
"""One list, by `above`; the first is for the smallest calls."""
FAR = Instant(2**62)
NO_EDGE = 2**62
"""More input than any call has."""


class UnpricedModelError(LookupError):
    """No price for this in this book at this time."""

    def __init__(self, slot: Slot, at: Instant) -> None:
        self.slot, self.book, self.model, self.at = slot, slot.book, slot.model, at
        said = str(slot).replace("price of", "price for model", 1)
        super().__init__(f"no {said} at {iso(at)}")


class OverlappingPricesError(ValueError):
    """Two tariffs with other prices for the same thing, from the same moment, known since the same.

    Which of them is meant is not ours to guess.
    """

    def __init__(self, one: Tariff, other: Tariff) -> None:
        self.one, self.other = one, other
        above = f" above {one.above} input tokens" if one.above else ""
        super().__init__(
            f"two {str(one.slot).replace('price of', 'prices of', 1)}{above} begin at"
            f" {iso(one.valid_from)}: {one.id} and {other.id}; keep one, or give the new one a"
            " later valid_from"
        )


class MissingBandError(ValueError):
    """A list of bands without a first one: small calls would have no price."""

    def __init__(self, first: Tariff) -> None:
        self.first = first
        super().__init__(
            f"the {first.slot} from {iso(first.valid_from)} begins above {first.above} input"
            " tokens; add the price of smaller calls, above = 0"
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """Every price that one call may end at.

    asked: the tier it asked for. tiers: each tier that has a price, with its bands; `asked` always.
    reachable: the bands that a hold must cover.
    """

    asked: str
    tiers: Mapping[str, Bands]
    reachable: tuple[Bands, ...]

    @property
    def tariff(self) -> Tariff:
        """What is named before the call: the asked tier, a small call."""
        return self.tiers[self.asked][0]

    @property
    def single(self) -> bool:
        """There is nothing to choose: it ends at `tariff`."""
        return len(self.tiers) == 1 == len(self.tiers[self.asked])

    def ended(self, tokens_in: int, served: str | None) -> tuple[Tariff, bool]:
        """The tariff of a call that ended so, and whether the tier that served it has a price.

        tokens_in: of all input meters. served: None when the provider did not say; then the tier
            that was asked for. A tier without a price is charged as asked, and is to be flagged.
        """
        bands = self.tiers.get(self.asked if served is None else served)
        if bands is None:
            return band(self.tiers[self.asked], tokens_in), False
        return band(bands, tokens_in), True

    def within(self, tokens_in: int) -> list[Tariff]:
        """What a call with at most this much input can end at, by what it asked for."""
        return [t for bands in self.reachable for t in bands if not t.above or t.above < tokens_in]

    def bound(self, tokens_in: int, tokens_out: int) -> Pico:
        """An upper bound of the charge, whichever tier and band the call ends in."""
        return Pico(max(bound(tokens_in, tokens_out, t) for t in self.within(tokens_in)))


def band(bands: Bands, tokens_in: int) -> Tariff:
    """The tariff of a call with this much input: providers price the whole call by it."""
    found = bands[0]
    for t in bands:
        if t.above and tokens_in <= t.above:
            break
        found = t
    return found


class PriceBook:
    """Every known tariff, by slot and times."""

    def __init__(self, tariffs: Iterable[Tariff] = ()) -> None:
        """Raises OverlappingPricesError, MissingBandError."""
        self.by_id: dict[str, Tariff] = {t.id: t for t in tariffs}
        self._lists: dict[Slot, list[tuple[Instant, Instant, Bands]]] = {}
        self._tiers: dict[tuple[Book, str], set[str]] = {}
        moments: dict[tuple[Book, str], set[Instant]] = {}
        for (slot, valid, known), bands in lists(self.by_id.values()).items():
            self._lists.setdefault(slot, []).append((valid, known, bands))
            name = (slot.book, slot.model)
            moments.setdefault(name, set()).update({valid} | ({known} - {EVER}))
            self._tiers.setdefault(name, set()).update((slot.tier, *bands[0].also))
        for dated in self._lists.values():
            dated.sort(key=lambda row: row[:2])
        self._moments = {name: sorted(times) for name, times in moments.items()}
        self._contracts = {(slot.account, slot.model) for slot in self._lists if slot.account}

    def at(
        self,
        book: Book,
        model: str,
        when: Instant,
        *,
        known_at: Instant | None = None,
        account: str = "",
        region: str = "",
        batch: bool = False,
        tier: str = STANDARD,
        tokens_in: int = 0,
    ) -> Tariff:
        """The tariff in force. Price time is admission time: one rule, in the contract.

        known_at: by what was known then; None: by all that is known. tokens_in: of all input
        meters together; it chooses the band.

        Raises:
            UnpricedModelError: nothing is in force; refuse the call, never bill at zero.
        """
        slot = Slot(book, model, account, region, batch, tier)
        bands = self.bands(slot, when, FAR if known_at is None else known_at)
        if bands is None:
            raise UnpricedModelError(slot, when)
        return band(bands, tokens_in)

    def offer(
        self,
        book: Book,
        model: str,
        when: Instant,
        *,
        known_at: Instant | None = None,
        account: str = "",
        region: str = "",
        tier: str | None = None,
    ) -> Offer:
        """Everything that a call admitted at `when` may end at.

        tier: None when the request left it to the provider, who may then serve it at any.

        Raises:
            UnpricedModelError: the tier asked for has no price.
        """
        known = FAR if known_at is None else known_at
        asked = tier or STANDARD
        here = Slot(book, model, account, region)
        tiers: dict[str, Bands] = {}
        for name in sorted({asked, STANDARD, *self._tiers.get((book, model), ())}):
            bands = self.bands(here._replace(tier=name), when, known)
            if bands is not None:
                tiers[name] = bands
        if asked not in tiers:
            raise UnpricedModelError(here._replace(tier=asked), when)
        reachable = {
            name: bands
            for name, bands in tiers.items()
            if tier is None or name in {asked, STANDARD}
        }
        return Offer(asked, tiers, tuple(dict.fromkeys(reachable.values())))

    def valid_until(self, book: Book, model: str, when: Instant) -> Instant:
        """When an answer about this model may next change; far away when nothing is announced."""
        moments = self._moments.get((book, model), [])
        found = bisect_right(moments, when)
        return moments[found] if found < len(moments) else FAR

    def contracted(self, account: str, model: str) -> bool:
        """Whether this account has, had or will have a price of its own for this model."""
        return (account, model) in self._contracts

    def in_force_at(self, when: Instant, known_at: Instant | None = None) -> list[Tariff]:
        """Every list of every slot that is in force then, band by band, by slot."""
        known = FAR if known_at is None else known_at
        return [t for slot in sorted(self._lists) for t in self.in_force(slot, when, known) or ()]

    def begins(self, book: Book, model: str, after: Instant, before: Instant) -> list[Instant]:
        """When any price of this model begins to apply, within two moments."""
        return sorted(
            {
                valid
                for slot, dated in self._lists.items()
                if (slot.book, slot.model) == (book, model)
                for valid, _, _ in dated
                if after < valid < before
            }
        )

    def bands(self, slot: Slot, when: Instant, known_at: Instant) -> Bands | None:
        """The list that a call is priced by, by all that it may fall back to; None: unpriced."""
        for account in dict.fromkeys((slot.account, "")):
            for region in dict.fromkeys((slot.region, "")):
                here = slot._replace(account=account, region=region)
                own = self.in_force(here, when, known_at)
                if own is not None:
                    return own
                if here.tier:
                    standard = self.in_force(here._replace(tier=STANDARD), when, known_at)
                    if standard is not None and here.tier in standard[0].also:
                        return standard
        return None

    def in_force(self, slot: Slot, when: Instant, known_at: Instant) -> Bands | None:
        """The list of exactly this slot; None where there is none or it has ended."""
        dated = self._lists.get(slot, ())
        for valid, known, bands in reversed(dated):
            if valid <= when and known <= known_at:
                return None if bands[0].ends else bands
        return None


def lists(tariffs: Iterable[Tariff]) -> dict[tuple[Slot, Instant, Instant], Bands]:
    """Tariffs by slot and times, each list by `above`. Raises as PriceBook does."""
    found: dict[tuple[Slot, Instant, Instant], dict[int, Tariff]] = {}
    for t in tariffs:
        here = found.setdefault((t.slot, t.valid_from, t.known_from), {})
        other = here.setdefault(t.above, t)
        if other.id != t.id:
            raise OverlappingPricesError(other, t)
    made = {at: tuple(by[above] for above in sorted(by)) for at, by in found.items()}
    for bands in made.values():
        if bands[0].above:
            raise MissingBandError(bands[0])
    return made


class Span(NamedTuple):
    """Which calls a tariff of a list is for: more than `above` input tokens, at most `upto`."""

    family: str
    above: int
    upto: int


def spans(tariffs: Iterable[Tariff]) -> dict[str, Span]:
    """The span of every tariff, by its id; `family` names its list.

    Tariffs that a configuration was edited to, in place, are several of one list and band. Which
    calls each was for is then not known, and it stands alone: for all calls.
    """
    found: dict[tuple[Slot, Instant, Instant], list[Tariff]] = {}
    for t in tariffs:
        found.setdefault((t.slot, t.valid_from, t.known_from), []).append(t)
    made: dict[str, Span] = {}
    for each in found.values():
        bands = sorted(each, key=lambda t: t.above)
        edges = [t.above for t in bands]
        if len({*edges}) < len(edges):
            made |= {t.id: Span(t.id, 0, NO_EDGE) for t in bands}
            continue
        for t, upto in zip(bands, [*edges[1:], NO_EDGE], strict=True):
            made[t.id] = Span(bands[0].id, t.above, upto)
    return made
