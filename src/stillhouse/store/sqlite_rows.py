"""Rows <-> values. Column lists stand beside the functions that read them, in the same order."""

import json
from collections.abc import Sequence
from typing import Any

from stillhouse.ledger.ports import Balance, Entry, Segment, Total
from stillhouse.tariff import Tariff
from stillhouse.tariff.plain import DEFAULTS, terms
from stillhouse.tariff.prices import TariffId
from stillhouse.tenants import Account, Budget, Key, Limits, Project, Standing
from stillhouse.units.instant import Instant
from stillhouse.units.money import Pico

ID_PREFIX = {"account": "acct_", "project": "proj_", "key": "key_", "budget": "bud_"}
LIMITS = "requests_per_minute, tokens_per_minute, concurrent"
ACCOUNT = f"id, name, standing, reason, standing_until, standing_case, notice, payment, {LIMITS}"
PROJECT = f"id, account, name, {LIMITS}"
KEY = (
    "id, account, project, digest, hint, created_at, name, models, expires_at, revoked_at,"
    f" {LIMITS}, member"
)
BUDGET = "id, scope, scope_id, span, limit_pico, hard, currency, amount, fx"
BALANCE = "budget, period, posted, leased"
TARIFF = (
    "id, book, model, currency, valid_from, prices, bound_in, bound_out, per_request, source, terms"
)
SEGMENT = (
    "id, writer, file, path, sha256, size, receipts, seq_min, seq_max, charge, cost, sealed_at"
)
TOTAL = (
    'day, account, project, "key", deployment, model, sale_tariff, cost_tariff,'
    " workload, cohort, receipts, usage, charge, cost, unrated"
)

Row = Sequence[Any]


def account_of(row: Row) -> Account:
    ident, name, standing, reason, until, case, notice, payment, *limits = row
    return Account(
        ident,
        name,
        Standing(standing),
        reason,
        Limits(*limits),
        None if until is None else Instant(until),
        case,
        notice,
        payment,
    )


def project_of(row: Row) -> Project:
    ident, account, name, *limits = row
    return Project(ident, account, name, Limits(*limits))


def key_of(row: Row) -> Key:
    ident, account, project, digest, hint, created_at, name, models, expires, revoked, *rest = row
    *limits, member = rest
    return Key(
        id=ident,
        account=account,
        project=project,
        digest=digest,
        hint=hint,
        created_at=Instant(created_at),
        name=name,
        models=None if models is None else frozenset(json.loads(models)),
        expires_at=expires,
        revoked_at=revoked,
        limits=Limits(*limits),
        member=member,
    )


def budget_of(row: Row) -> Budget:
    ident, scope, scope_id, span, limit, hard, currency, amount, fx = row
    return Budget(
        id=ident,
        scope=scope,
        scope_id=scope_id,
        span=span,
        limit=Pico(int(limit)),
        hard=bool(hard),
        currency=currency,
        amount=amount,
        fx=fx,
    )


def balance_of(row: Row) -> Balance:
    budget, period, posted, leased = row
    return Balance(budget, period, Pico(int(posted)), Pico(int(leased)))


def tariff_of(row: Row) -> Tariff:
    ident, book, model, currency, valid_from, prices, most_in, most_out, each, *rest = row
    source, more = rest
    given = DEFAULTS | json.loads(more)
    return Tariff(
        id=TariffId(ident),
        book=book,
        model=model,
        currency=currency,
        valid_from=Instant(valid_from),
        prices=tuple(json.loads(prices)),
        bound_in=int(most_in),
        bound_out=int(most_out),
        per_request=int(each),
        source=source,
        **{**given, "also": tuple(given["also"]), "known_from": Instant(given["known_from"])},
    )


def tariff_row(tariff: Tariff, *, at: Instant) -> Row:
    return (
        tariff.id,
        tariff.book,
        tariff.model,
        tariff.currency,
        tariff.valid_from,
        array(tariff.prices),
        str(tariff.bound_in),
        str(tariff.bound_out),
        str(tariff.per_request),
        tariff.source,
        json.dumps(terms(tariff)),
        at,
    )


def segment_of(row: Row) -> Segment:
    ident, writer, file, path, sha256, size, receipts, first, last, charge, cost, sealed_at = row
    return Segment(
        id=ident,
        writer=writer,
        file=file,
        path=path,
        sha256=sha256,
        size=size,
        receipts=receipts,
        seq_min=first,
        seq_max=last,
        charge=int(charge),
        cost=int(cost),
        sealed_at=Instant(sealed_at),
    )


def segment_row(segment: Segment, *, at: Instant) -> Row:
    return (
        segment.id,
        segment.writer,
        segment.file,
        segment.path,
        segment.sha256,
        segment.size,
        segment.receipts,
        segment.seq_min,
        segment.seq_max,
        str(segment.charge),
        str(segment.cost),
        segment.sealed_at,
        at,
    )


def total_of(row: Row) -> Total:
    *names, receipts, usage, charge, cost, unrated = row
    day, account, project, key, deployment, model, sale_tariff, cost_tariff, *labels = names
    workload, cohort = labels
    return Total(
        day=day,
        account=account,
        project=project,
        key=key,
        deployment=deployment,
        model=model,
        sale_tariff=sale_tariff,
        cost_tariff=cost_tariff,
        workload=workload,
        cohort=cohort,
        receipts=receipts,
        usage=tuple(json.loads(usage)),
        charge=int(charge),
        cost=int(cost),
        unrated=unrated,
    )


def total_row(total: Total) -> Row:
    return (
        total.day,
        total.account,
        total.project,
        total.key,
        total.deployment,
        total.model,
        total.sale_tariff,
        total.cost_tariff,
        total.workload,
        total.cohort,
        total.receipts,
        array(total.usage),
        str(total.charge),
        str(total.cost),
        total.unrated,
    )


def month_row(total: Total) -> Row:
    """Of a total by month, in the order of the table."""
    return (
        total.account,
        total.day,
        total.project,
        total.workload,
        total.model,
        total.sale_tariff,
        total.receipts,
        array(total.usage),
        str(total.charge),
    )


def entry_of(row: Row) -> Entry:
    number, at, kind, actor, body, previous, digest = row
    return Entry(number, Instant(at), kind, actor, json.loads(body), previous, digest)


def array(numbers: Sequence[int]) -> str:
    return "[" + ",".join(map(str, numbers)) + "]"
