"""What could be owned, what was trained, and the students on the shelf, for the console.

Opportunities are of the ledger; rows at hand are those that were captured, or that a run has read.
They are worked out anew when the ledger or the settings have changed, and after a minute.
Costs of owning are the ones that `stillhouse opportunities` assumes, unless asked with others.
"""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from stillhouse.compose import runs
from stillhouse.compose.desks.parts import CURRENCY, Part
from stillhouse.compose.opportunities import of_month
from stillhouse.console.student_views import (
    Opportunities,
    OpportunityRow,
    RunFile,
    RunView,
    StudentTerms,
    StudentView,
)
from stillhouse.distill.economics import Costs, Economics, economics
from stillhouse.distill.opportunity import Opportunity
from stillhouse.ledger.ports import NotFoundError
from stillhouse.terms import Exposure
from stillhouse.terms.lineage import UNKNOWN_PATH
from stillhouse.units.money import PICO_PER_UNIT, pico

PPM = 1_000_000
COST_MAX = 10**9 * PICO_PER_UNIT
ASSUMED = Costs(audited=Fraction(1, 20))


class StudentsPart(Part):
    def opportunities(
        self, month: str, *, one_off: str = "", node_month: str = ""
    ) -> Opportunities:
        costs = replace(
            ASSUMED,
            one_off=pico(one_off) if one_off else ASSUMED.one_off,
            node_month=pico(node_month) if node_month else ASSUMED.node_month,
        )
        if not all(0 <= cost <= COST_MAX for cost in (costs.one_off, costs.node_month)):
            raise ValueError("what owning costs is an amount in USD, like 50 or 36.50")
        parts = self.parts
        return parts.opportunities.ask(
            (month, costs),
            (parts.store.moment(), id(parts.settings)),
            lambda: self._worked_out(month, costs),
        )

    def _worked_out(self, month: str, costs: Costs) -> Opportunities:
        found = self._of_month(month, costs)
        rows = self._rows_read()
        return Opportunities(
            month=month,
            exposure=Exposure.INTERNAL.value,
            rows=tuple(_opportunity(one, rows.get(one.known.workload, 0)) for one in found),
            one_off=costs.one_off,
            node_month=costs.node_month,
            audited_ppm=int(costs.audited * PPM),
            as_of=self.at,
        )

    def _of_month(self, month: str, costs: Costs) -> list[Opportunity]:
        """None where nothing was billed."""
        parts = self.parts
        providers = parts.settings.providers
        try:
            return of_month(
                parts.data,
                parts.store,
                month=month,
                account=None,
                paths={
                    d.name: (providers[d.provider].path or UNKNOWN_PATH, d.weights)
                    for d in parts.settings.deployments.values()
                },
                exposure=Exposure.INTERNAL,
                costs=costs,
                at=self.at,
            )
        except NotFoundError:
            return []

    def _rows_read(self) -> dict[str, int]:
        """Workload, by its name -> the most rows of it that a run has read."""
        names, found = self.parts.workload_names(), dict[str, int]()
        for run in runs.runs(self.parts.data):
            for one in run.found("plan").get("workloads") or ():
                name = names.get(str(one.get("workload")), str(one.get("workload")))
                found[name] = max(found.get(name, 0), int(one.get("rows") or 0))
        return found

    def runs(self) -> list[RunView]:
        return runs.runs(self.parts.data)

    def run(self, ident: str) -> RunFile:
        run = runs.run(self.parts.data, ident)
        workload = runs.chosen(run.found("plan"), run.found("consent").get("seen"))
        kept = run.found("evaluate").get("kept")
        costs = _costs(run.found("card").get("costs") or {})
        paid = _paid(workload, kept, costs)
        [(currency, _)] = list((workload.get("cost_pico") or {}).items())[:1] or [(CURRENCY, 0)]
        reached = paid.breaks_even if paid is not None else None
        return RunFile(
            run=run,
            teacher_call=None if paid is None else round(paid.teacher),
            student_call=None if paid is None else round(paid.teacher - paid.saved),
            currency=currency,
            kept_ppm=None if kept is None else round(kept * PPM),
            calls_month=None if paid is None else round(paid.calls_month or 0),
            one_off=costs.one_off,
            node_month=costs.node_month,
            break_even_calls=None if reached is None else reached.calls,
            why="" if paid is None else paid.why,
        )

    def students(self) -> list[StudentView]:
        return runs.students(self.parts.data, self._live())

    def student(self, ident: str) -> StudentView:
        return runs.student(self.parts.data, ident, self._live())

    def student_file(self, ident: str, name: str) -> tuple[str, bytes]:
        return runs.student_file(self.parts.data, ident, name)

    def _live(self) -> dict[str, list[str]]:
        """Student's id -> its live releases."""
        found: dict[str, list[str]] = {}
        for release in self.parts.store.releases():
            if release.live:
                found.setdefault(release.artefact, []).append(release.id)
        return found


def _paid(workload: Mapping[str, Any], kept: Any, costs: Costs) -> Economics | None:
    """None where the run's calls have no price, or nothing is judged yet."""
    prices = workload.get("cost_pico") or {}
    if len(prices) != 1 or workload.get("unpriced") or kept is None or not workload.get("rows"):
        return None
    [total] = prices.values()
    rows = int(workload["rows"])
    return economics(
        teacher=Fraction(int(total), rows),
        kept=Fraction(str(kept)),
        costs=costs,
        calls_month=Fraction(rows) / Fraction(workload["months"]),
    )


def _costs(said: Mapping[str, str]) -> Costs:
    """As the run was told; what is usual, of runs that did not write it down."""
    if not said:
        return Costs()
    return Costs(
        one_off=int(said["one_off"]),
        node_month=int(said["node_month"]),
        call=Fraction(said["call"]),
        audited=Fraction(said["audited"]),
        label=Fraction(said["label"]),
    )


def _opportunity(one: Opportunity, rows: int) -> OpportunityRow:
    known, paid = one.known, one.pays
    reached = paid.breaks_even if paid is not None else None
    days = None if reached is None or reached.days is None else round(reached.days)
    best = one.expected
    return OpportunityRow(
        workload=known.workload,
        account=known.account,
        calls=known.calls,
        spend=known.cost,
        currency=known.currency or CURRENCY,
        kind=known.kind or "",
        size=known.size,
        terms=tuple(
            StudentTerms(
                student=kind, allowed_ppm=int(share * PPM), clause=known.clauses.get(kind, "")
            )
            for kind, share in known.allowed.items()
        ),
        allowed=one.allowed,
        clause=known.clauses.get(known.kind or "", ""),
        rows=max(rows, known.rows),
        rows_needed=one.needed,
        accuracy_ppm=None if best is None else (round(best[0] * PPM), round(best[1] * PPM)),
        saves_month=round(one.month),
        break_even_calls=None if reached is None else reached.calls,
        break_even_days=days,
        why=one.why,
    )
