"""One call: its life as a timeline, and the receipt of each attempt with how its charge came to be.

A receipt is immutable; the segment's hash says in which file it is and that the file is the one.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from markupsafe import Markup

from stillhouse.console.charts.svg import Words
from stillhouse.console.charts.timeline import Lane, Mark, Stage, timeline
from stillhouse.console.gate import Visit, allowed
from stillhouse.console.i18n import NONE, Reader
from stillhouse.console.pages import links
from stillhouse.console.pages.calls import tone
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.pictures import both
from stillhouse.console.pages.table import Cell, Column, Table
from stillhouse.console.roles import Permission
from stillhouse.console.views import Call, CallStory
from stillhouse.units.instant import period
from stillhouse.units.money import exact
from stillhouse.units.usage import METERS

router = APIRouter(include_in_schema=False)
Seen = Annotated[Visit, Depends(allowed(Permission.USAGE_READ))]


@router.get("/calls/{receipt}")
def call(request: Request, visit: Seen, receipt: str) -> Response:
    frame, desk = Frame(request, visit, here="calls"), visit.desk
    story = desk.call(receipt)
    r, c = frame.reader, story.receipt
    return frame.show(
        "call.html",
        title=r.tell("call.title", receipt=c.id),
        asof=r.tell("frame.asof", at=r.at(desk.at), currency=c.currency),
        lede=lede(r, story),
        life=life(r, story) if timed(c) else None,
        facts=facts(r, story),
        usage=usage_table(r, c),
        attempts=attempts_table(r, story) if len(story.attempts) > 1 else None,
    )


def lede(r: Reader, story: CallStory) -> Markup:
    c = story.receipt
    account = Markup('<a href="{}">{}</a>').format(links.account(c.account), c.account_name)
    said = r.say(
        "call.lede" if timed(c) else "call.lede_untimed",
        account=account,
        model=c.model,
        when=r.at(c.admitted_at, seconds=True),
        took=r.duration(c.latency_us),
        outcome=r.word("outcome_said", c.outcome),
        charge=r.money(c.charge, c.currency),
    )
    if len(story.attempts) > 1:
        said += " " + r.say("call.lede_attempts", n=len(story.attempts))
    return said


def timed(c: Call) -> bool:
    """Logs that others kept do not say how long a call took."""
    return c.latency_us > 0


def life(r: Reader, story: CallStory) -> Markup:
    """Times are milliseconds since the first attempt was admitted."""
    began = min(a.admitted_at for a in story.attempts or (story.receipt,))
    lanes: list[Lane] = []
    for number, a in enumerate(story.attempts or (story.receipt,), start=1):
        start = (a.admitted_at - began) / 1000
        end = start + a.latency_us / 1000
        first = None if a.first_byte_us is None else start + a.first_byte_us / 1000
        bad = tone(a.outcome) == "red"
        stages = []
        if first is None:
            kind = "failed" if bad else "wait"
            stages.append(_stage(r, "waiting", start, end, kind))
        else:
            stages.append(_stage(r, "waiting", start, first, "wait"))
            stages.append(_stage(r, "answer", first, end, "failed" if bad else "answer"))
        lanes.append(
            Lane(
                r.tell("call.attempt", n=number),
                tuple(stages),
                tuple(_marks(r, story, a, began)) if len(lanes) == 0 or a.id == a.call else (),
                links.call(a.id),
            )
        )
    words = Words(
        "life",
        r.tell("call.life"),
        r.tell("call.life_says", took=r.duration(story.receipt.latency_us)),
    )
    return both(
        words, lambda w, width: timeline(lanes, words=w, axis=lambda ms: _ms(r, ms), width=width)
    )


def _ms(r: Reader, value: float) -> str:
    return r.duration(round(value * 1000)) if value else "0"


def _stage(r: Reader, name: str, start: float, end: float, kind: str) -> Stage:
    label = r.tell(f"call.stage_{name}")
    took = r.duration(max(round((end - start) * 1000), 0))
    return Stage(label, start, end, kind, f"{label}: {took}")


def _marks(r: Reader, story: CallStory, attempt: Call, began: int) -> list[Mark]:
    """Moments within the call; sealing comes seconds later and is told in words."""
    marks = []
    for m in story.timeline:
        if m.what == "sealed" or m.attempt not in {"", attempt.id}:
            continue
        label = r.tell(f"moment.{m.what}")
        when = r.duration(m.at - began)
        marks.append(Mark(label, (m.at - began) / 1000, f"{label}: {when} {m.note}".strip()))
    return marks


def facts(r: Reader, story: CallStory) -> list[tuple[str, Cell]]:
    c = story.receipt
    day = period(c.admitted_at, "day")
    found = [
        ("receipt", Cell(c.id)),
        ("account", Cell(c.account_name, href=links.account(c.account))),
        ("project", Cell(c.project_name, href=links.calls(day, day, project=c.project))),
        (
            "key",
            Cell(f"{c.key_hint}…" if c.key_hint else c.key, href=links.calls(day, day, key=c.key)),
        ),
        ("model", Cell(c.deployment, note=f"{c.provider} / {c.model}")),
        ("workload", Cell(c.workload or NONE)),
        ("surface", Cell(c.surface, note="stream" if c.stream else "")),
        (
            "outcome",
            Cell(r.word("outcome", c.outcome), tag=tone(c.outcome), note=str(c.status or "")),
        ),
        ("witness", Cell(r.word("witness", c.witness))),
        ("flags", Cell(", ".join(r.word("flag", f) for f in c.flags) or NONE)),
        ("hold", Cell(r.money(c.hold, c.currency))),
        ("budgets", Cell(", ".join(c.budgets) or NONE)),
        ("prices", Cell(c.sale_tariff or NONE)),
        ("segment", Cell(story.segment or r.tell("call.not_sealed"))),
    ]
    if story.segment_sha256:
        found.append(("sha256", Cell(story.segment_sha256)))
    return [(r.tell(f"call.{name}"), cell) for name, cell in found]


def usage_table(r: Reader, c: Call) -> Table:
    """What was used, by meter; the charge is exact, to the last pico-unit."""
    rows = [
        [Cell(r.word("meter", str(meter)), str(meter)), Cell(r.number(count), count)]
        for meter, count in zip(METERS, c.usage, strict=False)
        if count
    ]
    return Table(
        ident="usage",
        caption=r.tell("call.usage"),
        columns=[
            Column("meter", r.tell("noun.meter")),
            Column("quantity", r.tell("noun.quantity"), "number"),
        ],
        rows=rows,
        foot=[
            Cell(r.tell("call.exact_charge")),
            Cell(f"{exact(c.charge)} {c.currency}"),
        ],
        sorts=False,
        empty=r.tell("call.no_usage"),
    )


def attempts_table(r: Reader, story: CallStory) -> Table:
    rows = [
        [
            Cell(r.number(number), number, links.call(a.id)),
            Cell(a.deployment),
            Cell(a.provider),
            Cell(r.word("outcome", a.outcome), tag=tone(a.outcome), note=str(a.status or "")),
            Cell(r.duration(a.latency_us), a.latency_us),
            Cell(r.money(a.charge, a.currency), a.charge),
        ]
        for number, a in enumerate(story.attempts, start=1)
    ]
    return Table(
        ident="attempts",
        caption=r.tell("call.attempts"),
        columns=[
            Column("attempt", r.tell("noun.attempt"), "number"),
            Column("deployment", r.tell("noun.model")),
            Column("provider", r.tell("noun.provider")),
            Column("outcome", r.tell("calls.outcome")),
            Column("latency_us", r.tell("calls.latency"), "number"),
            Column("charge_pico", r.tell("noun.charge"), "number"),
        ],
        rows=rows,
        sorts=False,
    )
