"""What a call is for: declared by the client, set for its key or project, or found in its body.

    x-stillhouse-workload header > metadata.workload > key's default > project's default > template
    x-stillhouse-cohort header

A header that is no label (`tenants.label`) is refused, so that whoever sends it sees the mistake;
`metadata` may follow somebody else's convention, so what is none there is passed over and counted.

Labels are part of the key under which receipts are summed, so their number is limited: beyond
`LABELS_MAX` names a day and key, a worker writes `(other)`. That keeps roll-ups small when a client
puts an id of its own into each name, or writes each prompt anew.

The open records of a key, model and label are encoded once and kept on the lane.
"""

from collections.abc import Callable
from typing import Protocol

from stillhouse.gateway.refused import Refused
from stillhouse.gateway.release import Split, Splits
from stillhouse.gateway.routing import Leg
from stillhouse.gateway.watched import Watch
from stillhouse.ledger.journal import OpenForm
from stillhouse.tenants import Key
from stillhouse.tenants.label import LABEL_RULE, is_label
from stillhouse.units.instant import DAY, Instant
from stillhouse.wire import refusals
from stillhouse.wire.paths import Surface
from stillhouse.wire.request import Asked
from stillhouse.wire.template import Templates

WORKLOAD, COHORT = b"x-stillhouse-workload", b"x-stillhouse-cohort"
OTHER = "(other)"
LABELS_MAX = 1000
KEPT_MAX, NAMES_MAX = 256, 4096
EAGER, RARELY = 64, 63
"""Answers of a label that are all looked at; after those, one in RARELY + 1."""


Watches = Callable[[Key, Split | None], Watch | None]
"""Who is told how calls of this key under this release end."""


class Label:
    """What calls of one lane are for. forms: their open records, one a leg. ended: so far.

    split: the release that covers it. watch: who is told how its calls ended.
    """

    __slots__ = ("account", "cohort", "ended", "forms", "split", "student", "watch", "workload")

    def __init__(
        self, account: str, workload: str, forms: tuple[OpenForm, ...], *, cohort: str = ""
    ) -> None:
        self.account = account
        self.workload = workload
        self.cohort = cohort
        self.forms = forms
        self.ended = 0
        self.split: Split | None = None
        self.watch: Watch | None = None
        self.student: object = None
        """of a label that is split: the student's lane, once a call went there (`admit`)"""


Known = dict[str | tuple[str, str], Label]


class Lane(Protocol):
    """The part of `admit.Lane` that is read here."""

    @property
    def labels(self) -> Known: ...
    @property
    def workload(self) -> str:
        """The default of the key, else of its project, else ""."""
        ...

    @property
    def key(self) -> Key: ...
    @property
    def legs(self) -> tuple[Leg, ...]: ...
    def form(self, leg: Leg, workload: str, cohort: str) -> OpenForm: ...


class Labels:
    """One worker's. templates: None where only declared workloads count."""

    def __init__(self, *, on_ignored: Callable[[Key, int], None]) -> None:
        """on_ignored: told the key and how many names in metadata were passed over so far."""
        self.templates: Templates | None = None
        self.splits: Splits = {}
        self.watches: Watches | None = None
        self.ignored = 0
        self._on_ignored = on_ignored
        self._names: dict[bytes, str] = {}
        self._day = 0
        self._seen: dict[tuple[str, bytes], set[str]] = {}

    def of(
        self,
        lane: Lane,
        surface: Surface,
        headers: dict[bytes, bytes],
        body: bytes,
        asked: Asked,
        now: Instant,
    ) -> Label:
        """What this call is for.

        Raises:
            Refused: a header names what cannot be a name.
        """
        said = headers.get(WORKLOAD)
        if said is not None:
            workload = self._names.get(said) or self._named(WORKLOAD, said)
        else:
            workload = lane.workload
            if asked.workload is not None:
                workload = self._in_metadata(lane, asked.workload) or workload
            if not workload and self.templates is not None:
                workload = self.templates.find(surface, body, asked)
        said = headers.get(COHORT)
        if said is None:
            label = lane.labels.get(workload)
            return self._made(lane, workload, "", now) if label is None else label
        cohort = self._names.get(said) or self._named(COHORT, said)
        label = lane.labels.get((workload, cohort))
        return self._made(lane, workload, cohort, now) if label is None else label

    def _named(self, header: bytes, value: bytes) -> str:
        name = value.decode("latin-1")
        if not is_label(name):
            raise Refused(
                refusals.bad_request(
                    f"the header {header.decode()} must be {LABEL_RULE}", code="invalid_label"
                )
            )
        if len(self._names) >= NAMES_MAX:
            self._names.clear()
        self._names[value] = name
        return name

    def _in_metadata(self, lane: Lane, name: str) -> str:
        if is_label(name):
            return name
        self.ignored += 1
        self._on_ignored(lane.key, self.ignored)
        return ""

    def _made(self, lane: Lane, workload: str, cohort: str, now: Instant) -> Label:
        if now // DAY != self._day:
            self._day = now // DAY
            self._seen.clear()
        workload = self._within(lane.key, WORKLOAD, workload)
        cohort = self._within(lane.key, COHORT, cohort)
        at = (workload, cohort) if cohort else workload
        label = lane.labels.get(at)
        if label is None:
            if len(lane.labels) >= KEPT_MAX:
                lane.labels.clear()
            forms = tuple(lane.form(leg, workload, cohort) for leg in lane.legs)
            key = lane.key
            label = lane.labels[at] = Label(key.account, workload, forms, cohort=cohort)
            if self.splits:
                name = lane.legs[0].deployment.name
                label.split = self.splits.get((key.account, name, workload))
            if self.watches is not None:
                label.watch = self.watches(key, label.split)
        return label

    def _within(self, key: Key, kind: bytes, label: str) -> str:
        """The label, or `OTHER` when this key has used too many today."""
        if not label:
            return label
        seen = self._seen.setdefault((key.id, kind), set())
        if label not in seen:
            if len(seen) >= LABELS_MAX:
                return OTHER
            seen.add(label)
        return label
