"""What is it for: the bill as a flow from account through workload to model; width is money.

Below it each workload with its trend, and why the bill changed, as a bridge that sums exactly. The
picture shows the dearest of each layer, the table a part of the workloads; the rest of both is what
the whole comes to beyond them.
"""

from collections.abc import Collection, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from stillhouse.console.charts.flow import REST, Node, Run, flow
from stillhouse.console.charts.spark import spark
from stillhouse.console.charts.svg import Words
from stillhouse.console.charts.waterfall import Step, waterfall
from stillhouse.console.gate import Visit, allowed
from stillhouse.console.house import Desk, NotHereError
from stillhouse.console.i18n import MILLION, NONE, Reader
from stillhouse.console.money_views import Bridge
from stillhouse.console.pages import choices, links
from stillhouse.console.pages.figures import by_key, growth_ppm, tokens
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.layers import runs as runs_of
from stillhouse.console.pages.periods import Month, alike, every_day, month_of, whole_days
from stillhouse.console.pages.pictures import NARROW, both, hues, units
from stillhouse.console.pages.switch import months_to_choose
from stillhouse.console.pages.table import Cell, Column, Table, as_file
from stillhouse.console.pages.window import Window
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
    sums = desk.sums(["workload"], chosen.days, only=only)
    view = _View(r, desk, chosen, sums, only, Window(request))
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
        accounts=choices.accounts(directory),
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
        self,
        r: Reader,
        desk: Desk,
        month: Month,
        sums: Sums,
        only: Mapping[Dimension, str],
        window: Window,
    ) -> None:
        self.r, self.desk, self.month, self.sums, self.only = r, desk, month, sums, only
        self.names = {row.keys[0]: row.names[0] for row in sums.rows}
        self.rows = {row.keys[0]: row for row in sums.rows}
        self.spent = by_key(desk.sums(["workload"], alike(month), only=only).rows, 0)
        ended = whole_days(month) or month.days
        self.fair = by_key(desk.sums(["workload"], ended, only=only).rows, 0)
        self.part = window.of(
            list(self.rows),
            r,
            text=lambda w: f"{self.name('workload', w)} {w}",
            keys={
                "workload": lambda w: self.name("workload", w).casefold(),
                "calls": lambda w: self.rows[w].receipts,
                "tokens": lambda w: tokens(self.rows[w].usage),
                "spend_pico": lambda w: self.rows[w].charge,
                "share_ppm": lambda w: self.rows[w].charge,
                "growth_ppm": lambda w: _sorted_by(self.growth(w)),
            },
        )

    def name(self, layer: str, key: str) -> str:
        if layer == "workload":
            return self.names.get(key, key) or self.r.tell("purpose.unnamed")
        if layer == "account":
            known = self.desk.directory().accounts.get(key)
            return known.name if known else key
        return key

    def growth(self, workload: str) -> int | None:
        return growth_ppm(self.fair.get(workload, 0), self.spent.get(workload, 0))

    def lede(self) -> Markup:
        spend = by_key(self.sums.rows, 0)
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
        found = runs_of(self.desk, LAYERS, self.month.days, self.only, most=NODES)
        runs = [Run(path, units(charge)) for path, charge in found.items()]
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
        shown = list(self.part.shown)
        only: dict[Dimension, str | Collection[str]] = {**self.only}
        if self.part.others:
            only["workload"] = shown
        by_day = {
            row.keys: row.charge
            for row in self.desk.sums(["workload", "day"], days, only=only).rows
        }
        accounts = self.desk.leading("workload", "account", days, only=only)
        models = self.desk.leading("workload", "model", days, only=only)
        answers = self.desk.answers(shown)
        whole = sums.whole.charge or 1
        rows = []
        for workload in shown:
            row = self.rows[workload]
            charge, calls, count = row.charge, row.receipts, tokens(row.usage)
            growth = self.growth(workload)
            name = self.name("workload", workload)
            trend = [units(by_day.get((workload, d), 0)) for d in every_day(days)]
            door = links.calls(days.first, days.last, **{**self._only(), "workload": workload})
            output, labels = answers.get(workload, ("", None))
            rows.append(
                [
                    Cell(
                        name,
                        workload,
                        links.purpose(self.month.name, workload=workload) if workload else None,
                    ),
                    Cell(_few(r, accounts.get(workload))),
                    Cell(_few(r, models.get(workload))),
                    Cell(_output(r, output, labels), output),
                    Cell(r.number(calls), calls),
                    Cell(r.short(count), count),
                    Cell(r.money(charge, sums.currency), charge, door),
                    Cell(exact(charge), exact(charge)),
                    Cell(sums.currency, sums.currency),
                    Cell(r.percent(charge * MILLION // whole), charge * MILLION // whole),
                    Cell(r.growth(growth), _sorted_by(growth)),
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
                Column("spend_pico", r.tell("noun.spend"), "number"),
                Column("spend", "", "file"),
                Column("currency", "", "file"),
                Column("share_ppm", r.tell("noun.share"), "number"),
                Column("growth_ppm", r.tell("noun.growth"), "number"),
                Column("trend", r.tell("noun.trend"), "spark"),
            ],
            rows=rows,
            foot=self.others(),
            pager=self.part.pager,
            csv=links.address("/for", {"month": self.month.name, "csv": "1"}, **self._only())
            if rows
            else None,
            empty=r.tell("purpose.none"),
        )

    def others(self) -> list[Cell]:
        """What the table leaves out: with its rows it is the whole."""
        if not self.part.others:
            return []
        r, whole = self.r, self.sums.whole
        shown = [self.rows[w] for w in self.part.shown]
        charge = whole.charge - sum(row.charge for row in shown)
        calls = whole.receipts - sum(row.receipts for row in shown)
        count = tokens(whole.usage) - sum(tokens(row.usage) for row in shown)
        return [
            Cell(r.tell("table.rest", n=self.part.others)),
            *(Cell("") for _ in range(3)),
            Cell(r.number(calls), calls),
            Cell(r.short(count), count),
            Cell(r.money(charge, self.sums.currency), charge),
            Cell(exact(charge)),
            Cell(""),
            Cell(r.percent(charge * MILLION // (whole.charge or 1))),
            Cell(""),
            Cell(""),
        ]


def _sorted_by(growth: int | None) -> int:
    return -MILLION if growth is None else growth


def _short(node: Node) -> Node:
    return Node(node.label, f"{node.title} {node.amount}", "", node.href, node.hue)


def _few(r: Reader, leading: tuple[str, int] | None) -> str:
    """The dearest, and how many there are beside it."""
    if leading is None:
        return NONE
    first, n = leading
    return first if n == 1 else r.tell("purpose.several", first=first, n=n - 1)


def _output(r: Reader, output: str, labels: int | None) -> str:
    if not output:
        return NONE
    said = r.word("output", output)
    return f"{said} ({r.number(labels)})" if labels else said


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
