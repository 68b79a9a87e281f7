"""Providers and deployments: who serves, how well, with which key, and whether we meter all of it.

A key is added, tested and rotated here; it is kept encrypted and never shown again. A test asks the
provider for its list of models, which costs nothing.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from stillhouse.console.gate import Visit, allowed
from stillhouse.console.house import Desk, NotHereError
from stillhouse.console.i18n import MILLION, NONE, Reader
from stillhouse.console.pages import links
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.periods import month_of, today
from stillhouse.console.pages.table import Cell, Column, Table, as_file
from stillhouse.console.roles import Permission
from stillhouse.console.views import Health, KeyTest, ProviderState, Unpriced

router = APIRouter(include_in_schema=False)
Seen = Annotated[Visit, Depends(allowed(Permission.PROVIDERS_READ))]
Changing = Annotated[Visit, Depends(allowed(Permission.PROVIDERS_WRITE))]
TONES = {"well": "plain", "failing": "amber", "down": "red", "idle": "plain"}


@router.get("/providers")
def providers(request: Request, visit: Seen, csv: str = "") -> Response:
    frame, desk = Frame(request, visit, here="providers"), visit.desk
    r, health = frame.reader, desk.health()
    table = deployments_table(r, health, today(desk.at))
    if csv:
        return as_file(table, "deployments")
    states = desk.providers()
    return frame.show(
        "providers.html",
        title=r.tell("menu.providers"),
        asof=r.tell("frame.asof_only", at=r.at(desk.at)),
        lede=lede(r, health),
        table=table,
        providers=[(p, key_said(r, p)) for p in states],
        unpriced=unpriced_table(r, _unpriced(desk)),
        captured=captured_table(r, desk),
    )


def lede(r: Reader, health: list[Health]) -> Markup:
    bad = [h for h in health if h.state in {"failing", "down"}]
    if not health:
        return r.say("providers.lede_none")
    calls = sum(h.calls for h in health)
    if not calls:
        return r.say("providers.lede_idle", n=len(health))
    if not bad:
        called = sum(h.calls > 0 for h in health)
        return r.say("providers.lede_well", n=called, calls=r.number(calls))
    worst = max(bad, key=lambda h: (h.state == "down", h.errors))
    share = worst.errors * MILLION // max(worst.calls, 1)
    return r.say(
        "providers.lede_bad",
        n=len(bad),
        name=worst.deployment,
        provider=worst.provider,
        share=r.percent(share, digits=0),
    )


def deployments_table(r: Reader, health: list[Health], day: str) -> Table:
    rows = []
    for h in sorted(health, key=lambda h: (h.state not in {"down", "failing"}, h.deployment)):
        calls = links.calls(day, day, deployment=h.deployment)
        share = h.errors * MILLION // h.calls if h.calls else 0
        rows.append(
            [
                Cell(h.deployment, h.deployment, calls),
                Cell(h.provider, h.provider),
                Cell(r.word("health", h.state), h.state, tag=TONES[h.state]),
                Cell(r.number(h.calls), h.calls),
                Cell(r.percent(share) if h.calls else NONE, share),
                _time(r, h.first_byte_p50_us),
                _time(r, h.latency_p50_us),
                _time(r, h.latency_p95_us),
                Cell(
                    r.tell("providers.priced" if h.sale_price else "providers.unpriced"),
                    int(h.sale_price),
                    tag="" if h.sale_price else "red",
                    href=None if h.sale_price else links.address("/prices/new", model=h.priced_as),
                ),
                Cell(", ".join(h.fallbacks) or NONE),
            ]
        )
    return Table(
        ident="deployments",
        caption=r.tell("providers.deployments"),
        note=r.tell("providers.over", minutes=health[0].over_s // 60) if health else "",
        columns=[
            Column("deployment", r.tell("noun.deployment")),
            Column("provider", r.tell("noun.provider")),
            Column("state", r.tell("noun.state")),
            Column("calls", r.tell("noun.calls"), "number"),
            Column("errors_ppm", r.tell("providers.errors"), "number"),
            Column("first_byte_p50_us", r.tell("providers.first_byte"), "number"),
            Column("latency_p50_us", r.tell("providers.p50"), "number"),
            Column("latency_p95_us", r.tell("providers.p95"), "number"),
            Column("sale_price", r.tell("noun.price")),
            Column("fallbacks", r.tell("providers.fallbacks")),
        ],
        rows=rows,
        csv="/providers?csv=deployments" if rows else None,
        empty=r.tell("providers.none"),
    )


def _time(r: Reader, us: int | None) -> Cell:
    return Cell(r.duration(us), -1 if us is None else us)


def _unpriced(desk: Desk) -> list[Unpriced]:
    try:
        return desk.unpriced()
    except NotHereError:
        return []


def unpriced_table(r: Reader, found: list[Unpriced]) -> Table | None:
    if not found:
        return None
    rows = [
        [
            Cell(u.deployment),
            Cell(u.model),
            Cell(r.number(u.calls), u.calls),
            Cell(r.at(u.last_at) if u.last_at else NONE, u.last_at),
            Cell(r.tell("prices.price_this"), href=links.address("/prices/new", model=u.model)),
        ]
        for u in found
    ]
    return Table(
        ident="unpriced",
        caption=r.tell("providers.refused"),
        columns=[
            Column("deployment", r.tell("noun.deployment")),
            Column("model", r.tell("noun.model")),
            Column("calls", r.tell("noun.calls"), "number"),
            Column("last", r.tell("providers.last"), "number"),
            Column("act", r.tell("prices.price_this"), "act"),
        ],
        rows=rows,
    )


def captured_table(r: Reader, desk: Desk) -> Table | None:
    """What the provider says it served against what we metered; None: nothing was imported."""
    try:
        captured = desk.captured(month_of("", desk.at).days)
    except NotHereError:
        return None
    if not captured:
        return None
    rows = [
        [
            Cell(r.day(c.day), c.day),
            Cell(c.provider),
            Cell(c.model),
            Cell(r.word("meter", c.meter)),
            Cell(r.number(c.ours), c.ours),
            Cell(r.number(c.theirs), c.theirs),
            Cell(
                NONE if c.capture_ppm is None else r.percent(c.capture_ppm, digits=2),
                c.capture_ppm or 0,
                tag="amber" if c.capture_ppm is not None and c.capture_ppm < 990_000 else "",
            ),
        ]
        for c in captured
    ]
    return Table(
        ident="captured",
        caption=r.tell("providers.captured"),
        columns=[
            Column("day", r.tell("noun.day")),
            Column("provider", r.tell("noun.provider")),
            Column("model", r.tell("noun.model")),
            Column("meter", r.tell("noun.meter")),
            Column("ours", r.tell("providers.ours"), "number"),
            Column("theirs", r.tell("providers.theirs"), "number"),
            Column("capture_ppm", r.tell("providers.rate"), "number"),
        ],
        rows=rows,
    )


def key_said(r: Reader, p: ProviderState) -> str:
    if p.kind == "builtin":
        return r.tell("providers.needs_no_key")
    if p.key_from == "none":
        return r.tell("providers.no_key")
    where = r.tell(f"providers.key_{p.key_from}")
    return f"{where} ····{p.key_hint}" if p.key_hint else where


@router.post("/providers/{name}/key")
def keep(
    request: Request,
    visit: Changing,
    name: str,
    secret: Annotated[str, Form()],
    test_only: Annotated[str, Form()] = "",
) -> Response:
    """Test it first; keep it only when asked to and it works, or when asked to in spite of that."""
    found = visit.desk.test_provider(name, secret=secret.strip())
    if test_only or not found.works:
        return _tested(request, visit, found)
    visit.desk.set_provider_key(name, secret.strip())
    return RedirectResponse("/providers?said=provider_key_kept", 303)


@router.post("/providers/{name}/test")
def test(request: Request, visit: Changing, name: str) -> Response:
    return _tested(request, visit, visit.desk.test_provider(name))


@router.post("/providers/{name}/remove")
def remove(visit: Changing, name: str) -> Response:
    visit.desk.remove_provider_key(name)
    return RedirectResponse("/providers?said=provider_key_removed", 303)


def _tested(request: Request, visit: Visit, found: KeyTest) -> Response:
    frame = Frame(request, visit, here="providers")
    r = frame.reader
    return frame.show(
        "tested.html",
        title=r.tell("providers.test_title", provider=found.provider),
        lede=r.say(
            "providers.test_well" if found.works else "providers.test_bad",
            provider=found.provider,
            n=len(found.models),
            took=r.duration(found.latency_us),
        ),
        found=found,
    )
