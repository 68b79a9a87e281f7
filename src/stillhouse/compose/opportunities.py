"""Workloads worth owning, of the ledger's month or of a log that somebody brings.

    ledger: workloads (spend, kind of answers) + deployments' access paths ─┐
    log: one pass, nothing kept ────────────────────────────────────────────┴─► terms ─► ranked

Of the ledger's workloads the rows at hand are those that were captured, of whatever month; without
any it says how many are needed. To count them they are opened, the latest days first and no more
than `CAPTURED_BYTES_MAX` of files: above that it is at least so many. Of a log all are at hand; of
an account that a case holds, none that were captured.
Terms are asked for every kind of student, because the answer often depends on it: a classifier may
be had where a language model may not.
"""

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from pathlib import Path

from stillhouse.compose.capturing import kept_key
from stillhouse.compose.cases import held_accounts
from stillhouse.compose.distill import prices
from stillhouse.compose.explain import sums_of
from stillhouse.compose.stores import WholeStore
from stillhouse.compose.terms_book import Terms, terms_of
from stillhouse.compose.workloads import Workload
from stillhouse.compose.workloads import workloads as listed
from stillhouse.distill.artefact import Kind
from stillhouse.distill.consent import Asked, Gate
from stillhouse.distill.economics import Costs
from stillhouse.distill.opportunity import Known, Opportunity, opportunity, ranked
from stillhouse.imports.formats import Format
from stillhouse.store.captured import Captured
from stillhouse.terms import Exposure, Origin, StudentKind, Verdict
from stillhouse.terms.lineage import UNKNOWN_PATH
from stillhouse.training import plan
from stillhouse.training.logs import Reader, format_of, lines
from stillhouse.units.instant import DAY, Instant, month_bounds

KINDS: dict[str, Kind] = {
    "closed labels": "classifier",
    "fixed JSON": "extraction",
    "free text": "generative",
}
CAPTURED_BYTES_MAX = 128 << 20
STUDENTS: tuple[Kind, ...] = ("classifier", "extraction", "generative")
Teachers = Mapping[tuple[tuple[Origin, ...], int], int]
"""(origins, day) -> calls."""


def of_log(
    source: Path,
    store: WholeStore,
    *,
    log: Format | None,
    path: str,
    named: Mapping[str, str],
    exposure: Exposure,
    costs: Costs,
    at: Instant,
) -> list[Opportunity]:
    """Raises LineError: the log is of no known format."""
    reader = Reader(log or format_of(source), key=store.template_key(), path=path, named=named)
    made = plan.plan(lines(source), reader, prices(store))
    terms = terms_of(store)
    found = []
    for name, one in made.workloads.items():
        [(currency, cost), *more] = one.cost.items() or [("", 0)]
        allowed, clauses = judged(one.teachers, terms, exposure=exposure, at=at)
        known = Known(
            workload=name or "(no template)",
            account=", ".join(sorted(one.accounts)[:3]),
            calls=one.rows,
            months=one.months,
            cost=None if more or one.unpriced else cost,
            currency=currency,
            kind=one.outputs.kind,
            size=one.outputs.size,
            rows=one.rows,
            allowed=allowed,
            clauses=clauses,
        )
        found.append(opportunity(known, costs))
    return ranked(found)


def of_month(
    data: Path,
    store: WholeStore,
    *,
    month: str,
    account: str | None,
    paths: Mapping[str, tuple[str, str]],
    exposure: Exposure,
    costs: Costs,
    at: Instant,
) -> list[Opportunity]:
    """paths: deployment -> (access path, licence of weights); others are unknown."""
    start, end = month_bounds(month)
    until = min(end, at)
    months = Fraction(max(until - start, DAY), end - start)
    with sums_of(data, store) as asked:
        listing = listed(asked, store, data, month=month, now=at, account=account)
        rows = asked(
            ["day", "account", "deployment", "model", "workload"],
            first=f"{month}-01",
            last=f"{month}-31",
        )
    teachers: dict[tuple[str, str], Counter[tuple[tuple[Origin, ...], int]]] = {}
    for row in rows:
        day, payer, deployment, model, workload = row.keys
        place, weights = paths.get(deployment, (UNKNOWN_PATH, ""))
        origin = Origin(path=place, model=model, weights=weights)
        number = month_bounds(day[:7])[0] // DAY + int(day[8:]) - 1
        teachers.setdefault((payer, workload), Counter())[(origin,), number] += row.receipts
    terms = terms_of(store)
    captured = Captured(data, partial(kept_key, store, data))
    held = held_accounts(store)
    at_hand = {
        of: rows
        for of, rows in captured.counted(account=account, bytes_max=CAPTURED_BYTES_MAX).items()
        if of[0] not in held
    }
    return ranked(
        [
            opportunity(
                _known(
                    w, teachers, at_hand, terms, exposure, listing.explained.currency, months, at
                ),
                costs,
            )
            for w in listing.workloads
            if w.calls
        ]
    )


def _known(
    w: Workload,
    teachers: Mapping[tuple[str, str], Counter[tuple[tuple[Origin, ...], int]]],
    at_hand: Mapping[tuple[str, str], int],
    terms: Terms,
    exposure: Exposure,
    currency: str,
    months: Fraction,
    at: Instant,
) -> Known:
    its: Counter[tuple[tuple[Origin, ...], int]] = Counter()
    idents = {w.id, *w.merged}
    for ident in idents:
        its += teachers.get((w.account, ident), Counter())
    allowed, clauses = judged(its, terms, exposure=exposure, at=at)
    return Known(
        workload=w.name,
        account=w.account_name,
        calls=w.calls,
        months=months,
        cost=round(w.amount),
        currency=currency,
        kind=KINDS.get(w.output.kind),
        size=w.output.size,
        rows=sum(at_hand.get((w.account, ident), 0) for ident in idents),
        allowed=allowed,
        clauses=clauses,
    )


def judged(
    teachers: Teachers, terms: Terms, *, exposure: Exposure, at: Instant
) -> tuple[dict[str, Fraction], dict[str, str]]:
    """(kind of student -> share of calls that it may learn from, kind -> what decides)."""
    allowed: dict[str, Fraction] = {}
    clauses: dict[str, str] = {}
    whole = sum(teachers.values())
    for kind in STUDENTS:
        wanted = Asked(
            student=StudentKind(kind),
            exposure=exposure,
            now=at,
            attestations=terms.signed.attestations,
            waivers=terms.signed.waivers,
        )
        gate = Gate(wanted, terms.registry)
        said: Counter[str] = Counter()
        let = 0
        for (origins, day), calls in teachers.items():
            verdict = gate.judge(origins, day * DAY)
            let += calls if verdict.allowed else 0
            said[_clause(verdict)] += calls
        allowed[kind] = Fraction(let, whole) if whole else Fraction(0)
        clauses[kind] = said.most_common(1)[0][0] if said else ""
    return allowed, clauses


def _clause(verdict: Verdict) -> str:
    reason = verdict.reason
    where = f"{reason.entry.id} {reason.clause}".strip() if reason.entry else reason.path
    return f"{where}: {reason.code}".strip(": ")
