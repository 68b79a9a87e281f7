"""What is it for: the bill as a flow from account through workload to model; width is money.

Below it each workload with its trend, and why the bill changed, as a bridge that sums exactly.
"""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from stillhouse.console.charts.flow import REST, Node, Run, flow, folded
from stillhouse.console.charts.spark import spark
from stillhouse.console.charts.svg import Words
from stillhouse.console.charts.waterfall import Step, waterfall
from stillhouse.console.gate import Visit, allowed
from stillhouse.console.house import Desk, NotHereError
from stillhouse.console.i18n import MILLION, NONE, Reader
from stillhouse.console.money_views import Bridge, WorkloadRow
from stillhouse.console.pages import links
from stillhouse.console.pages.figures import by_key, growth_ppm, tokens
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.periods import Month, alike, every_day, month_of, whole_days
from stillhouse.console.pages.pictures import NARROW, both, hues, units
from stillhouse.console.pages.switch import months_to_choose
from stillhouse.console.pages.table import Cell, Column, Table, as_file
from stillhouse.console.roles import Permission
from stillhouse.console.views import Dimension, Sums
from stillhouse.ledger.ports import NotFoundError
from stillhouse.units.money import exact

router = APIRouter(include_in_schema=False)
Seen = Annotated[Visit, Depends(allowed(Permission.USAGE_READ))]
Changing = Annotated[Visit, Depends(allowed(Permission.WORKLOADS_WRITE))]
NODES = 9
"""of a layer, before the smallest are put together"""
LAYERS: tuple[Dimension, ...] = ("account", "workload", "model")


@router.get("/for")
def purpose(
    request: Request,
    visit: Seen,
    month: str = "",
    account: str = "",
    workload: str = "",
    csv: str = "",
) -> Response:
    frame, desk = Frame(request, visit, here="purpose"), visit.desk
    r, chosen = frame.reader, month_of(month, desk.at)
    given: list[tuple[Dimension, str]] = [("account", account), ("workload", workload)]
    only = {name: value for name, value in given if value}
    sums = desk.sums(LAYERS, chosen.days, only=only)
    view = _View(r, desk, chosen, sums, only)
    table = view.table()
    if csv:
        return as_file(table, f"workloads-{chosen.name}")
    directory = desk.directory()
    bridge = _bridge(desk, chosen, account)
    return frame.show(
        "purpose.html",
        title=r.tell("menu.purpose"),
        asof=r.tell("frame.asof", at=r.at(sums.as_of), currency=sums.currency),
        months=months_to_choose(r, chosen, desk.at, "/for", account=account, workload=workload),
        month=chosen.name,
        accounts=[(a.id, a.name) for a in directory.accounts.values()],
        account=account,
        workload=view.name("workload", workload) if workload else "",
        workload_id=workload,
        lede=view.lede()
        if sums.rows
        else r.say("purpose.lede_nothing", month=r.month(chosen.name)),
        picture=view.picture() if sums.whole.charge else None,
        table=table,
        bridge=bridge_picture(r, bridge) if bridge else None,
        steps=bridge_table(r, bridge) if bridge else None,
        bridge_says=r.tell(
            "purpose.bridge_says",
            before=r.month(bridge.month_before),
            after=r.month(bridge.month),
        )
        if bridge
        else "",
    )


@router.post("/for/rename")
def rename(
    visit: Changing, workload: Annotated[str, Form()], name: Annotated[str, Form()]
) -> Response:
    visit.desk.rename_workload(workload, name.strip())
    return RedirectResponse("/for?said=workload_renamed", 303)


class _View:
    def __init__(
        self, r: Reader, desk: Desk, month: Month, sums: Sums, only: Mapping[Dimension, str]
    ) -> None:
        self.r, self.desk, self.month, self.sums, self.only = r, desk, month, sums, only
        self.names = {
            (layer, key): row.names[place]
            for row in sums.rows
            for place, (layer, key) in enumerate(zip(LAYERS, row.keys, strict=True))
        }

    def name(self, layer: str, key: str) -> str:
        if layer == "workload" and not key:
            return self.r.tell("purpose.unnamed")
        return self.names.get((layer, key), key)  # type: ignore[arg-type]

    def lede(self) -> Markup:
        spend = by_key(self.sums.rows, 1)
        largest = max(spend, key=lambda w: (spend[w], w))
        whole = self.sums.whole.charge or 1
        days = self.month.days
        door = Markup('<a href="{}">{}</a>')
        amount = door.format(
            links.calls(days.first, days.last, **self._only()),
            self.r.money_short(self.sums.whole.charge, self.sums.currency),
        )
        name = door.format(
            links.calls(days.first, days.last, **{**self._only(), "workload": largest})
            if largest
            else links.calls(days.first, days.last, **self._only()),
            self.name("workload", largest),
        )
        return self.r.say(
            "purpose.lede_open" if self.month.open else "purpose.lede",
            n=len(spend),
            amount=amount,
            month=self.r.month_name(self.month.name),
            workload=name,
            share=self.r.percent(spend[largest] * MILLION // whole, digits=0),
        )

    def _only(self) -> dict[str, str]:
        return {str(k): v for k, v in self.only.items()}

    def picture(self) -> Markup:
        runs = folded([Run(row.keys, units(row.charge)) for row in self.sums.rows], most=NODES)
        amounts: dict[tuple[int, str], float] = {}
        for run in runs:
            for layer, key in enumerate(run.path):
                amounts[layer, key] = amounts.get((layer, key), 0.0) + run.value
        colours = hues(self.desk)
        nodes = {at: self._node(at, amount, colours) for at, amount in amounts.items()}
        words = Words(
            "flow",
            self.r.tell("purpose.flow"),
            self.r.tell("purpose.flow_says"),
        )
        heads = [self.r.tell(f"noun.{layer}") for layer in LAYERS]
        most = max(sum(1 for layer, _ in nodes if layer == n) for n in range(3))
        return both(
            words,
            lambda w, width: flow(
                runs,
                nodes if width != NARROW else {k: _short(n) for k, n in nodes.items()},
                layers=heads,
                words=w,
                width=width,
                height=max(220.0, 44.0 * most + 60),
                label=96.0 if width == NARROW else 220.0,
            ),
        )

    def _node(self, at: tuple[int, str], amount: float, colours: Mapping[str, int]) -> Node:
        layer, key = at
        money = self.r.money_short(int(amount * 10**12), self.sums.currency)
        if key == REST:
            label = self.r.tell("purpose.rest")
            return Node(label, label, money)
        label = self.name(LAYERS[layer], key)
        days = self.month.days
        only = {**self._only(), str(LAYERS[layer]): key}
        hue = colours.get(key, 0) if layer == 0 else 0
        return Node(label, label, money, links.calls(days.first, days.last, **only), hue)

    def table(self) -> Table:
        r, sums, days = self.r, self.sums, self.month.days
        spend = by_key(sums.rows, 1)
        only = dict(self.only)
        spent = by_key(self.desk.sums(["workload"], alike(self.month), only=only).rows, 0)
        ended = whole_days(self.month) or days
        fair = by_key(self.desk.sums(["workload"], ended, only=only).rows, 0)
        by_day = {
            (row.keys[1], row.keys[0]): row.charge
            for row in self.desk.sums(["day", "workload"], days, only=only).rows
        }
        more = _more(self.desk, self.month, str(self.only.get("account", "")))
        whole = sums.whole.charge or 1
        rows = []
        for workload in sorted(spend, key=lambda w: (-spend[w], w)):
            here = [row for row in sums.rows if row.keys[1] == workload]
            charge, calls = spend[workload], sum(row.receipts for row in here)
            growth = growth_ppm(fair.get(workload, 0), spent.get(workload, 0))
            name = self.name("workload", workload)
            trend = [units(by_day.get((workload, d), 0)) for d in every_day(days)]
            accounts = sorted({row.names[0] for row in here})
            models = sorted({row.keys[2] for row in here})
            count = sum(tokens(row.usage) for row in here)
            door = links.calls(days.first, days.last, **{**self._only(), "workload": workload})
            known = more.get(workload)
            rows.append(
                [
                    Cell(
                        name,
                        workload,
                        links.purpose(self.month.name, workload=workload) if workload else None,
                    ),
                    Cell(_few(r, accounts), ", ".join(accounts)),
                    Cell(_few(r, models), ", ".join(models)),
                    Cell(_output(r, known), known.output if known else ""),
                    Cell(r.number(calls), calls),
                    Cell(r.short(count), count),
                    Cell(r.duration(known.latency_p50_us if known else None)),
                    Cell(r.money(charge, sums.currency), charge, door),
                    Cell(exact(charge), exact(charge)),
                    Cell(sums.currency, sums.currency),
                    Cell(r.percent(charge * MILLION // whole), charge * MILLION // whole),
                    Cell(r.growth(growth), -MILLION if growth is None else growth),
                    Cell(
                        spark(
                            trend,
                            name=r.tell("table.trend_of", name=name),
                            number=1,
                            open_=self.month.open,
                        )
                    ),
                ]
            )
        answers = any(row.output for row in more.values())
        timed = any(row.latency_p50_us for row in more.values())
        return Table(
            ident="workloads",
            caption=r.tell("purpose.workloads"),
            note=r.month(self.month.name)
            + (f", {r.tell('period.open')}" if self.month.open else ""),
            columns=[
                Column("workload", r.tell("noun.workload")),
                Column("accounts", r.tell("noun.accounts")),
                Column("models", r.tell("noun.models")),
                Column("output", r.tell("purpose.output"), "text" if answers else "file"),
                Column("calls", r.tell("noun.calls"), "number"),
                Column("tokens", r.tell("noun.tokens"), "number"),
                Column("latency_p50", r.tell("purpose.latency"), "number" if timed else "file"),
                Column("spend_pico", r.tell("noun.spend"), "number"),
                Column("spend", "", "file"),
                Column("currency", "", "file"),
                Column("share_ppm", r.tell("noun.share"), "number"),
                Column("growth_ppm", r.tell("noun.growth"), "number"),
                Column("trend", r.tell("noun.trend"), "spark"),
            ],
            rows=rows,
            csv=links.address("/for", {"month": self.month.name, "csv": "1"}, **self._only())
            if rows
            else None,
            empty=r.tell("purpose.none"),
        )


def _short(node: Node) -> Node:
    return Node(node.label, f"{node.title} {node.amount}", "", node.href, node.hue)


def _few(r: Reader, names: list[str]) -> str:
    return (
        names[0] if len(names) == 1 else r.tell("purpose.several", first=names[0], n=len(names) - 1)
    )


def _output(r: Reader, row: WorkloadRow | None) -> str:
    if row is None or not row.output:
        return NONE
    said = r.word("output", row.output)
    return f"{said} ({r.number(row.labels)})" if row.labels else said


def _more(desk: Desk, month: Month, account: str) -> dict[str, WorkloadRow]:
    """What is known of workloads beyond their sums; nothing where nobody looks at that."""
    try:
        return {row.id: row for row in desk.workloads(month.days, account=account)}
    except NotHereError:
        return {}


def _bridge(desk: Desk, month: Month, account: str) -> Bridge | None:
    try:
        found = desk.bridge(month.name, account=account)
    except (NotHereError, NotFoundError, ValueError):
        return None
    return found if found.before and found.steps else None


def bridge_picture(r: Reader, bridge: Bridge) -> Markup:
    """One step for each kind of reason; they sum exactly to the difference."""
    kinds: dict[str, int] = {}
    for step in bridge.steps:
        kinds[step.kind] = kinds.get(step.kind, 0) + step.amount

    def said(pico: int, *, sign: bool = True) -> str:
        text = r.money_short(pico, bridge.currency)
        return f"+{text}" if sign and pico > 0 else text

    before, after = r.month_name(bridge.month_before), r.month_name(bridge.month)
    steps = [
        Step(before, units(bridge.before), said(bridge.before, sign=False), before, total=True),
        *(
            Step(r.word("step", kind), units(amount), said(amount), r.word("step", kind))
            for kind, amount in kinds.items()
        ),
        Step(after, units(bridge.after), said(bridge.after, sign=False), after, total=True),
    ]
    words = Words("bridge", r.tell("purpose.bridge"), r.tell("purpose.bridge_table"))
    return both(
        words,
        lambda w, width: waterfall(
            steps,
            words=w,
            axis=lambda v: r.axis(v, bridge.currency),
            width=width,
            left=56.0,
        ),
    )


def bridge_table(r: Reader, bridge: Bridge) -> Table:
    rows = [
        [
            Cell(r.word("step", step.kind), step.kind),
            Cell(step.what or r.tell("purpose.rest")),
            Cell(r.money(step.amount, bridge.currency), step.amount),
            Cell(exact(step.amount), exact(step.amount)),
        ]
        for step in bridge.steps
    ]
    difference = bridge.after - bridge.before
    return Table(
        ident="steps",
        caption=r.tell("purpose.bridge_table"),
        columns=[
            Column("kind", r.tell("purpose.kind")),
            Column("what", r.tell("noun.workload"), "long"),
            Column("amount_pico", r.tell("purpose.amount"), "number"),
            Column("amount", "", "file"),
        ],
        rows=rows,
        foot=[
            Cell(r.tell("purpose.sum")),
            Cell(""),
            Cell(r.money(difference, bridge.currency)),
            Cell(""),
        ],
    )
