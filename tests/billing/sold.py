"""What was sold, to write documents from: prices, totals, and what makes papers of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from hypothesis import strategies as st

from stillhouse.billing.document import Cover, Document, Proof, digest
from stillhouse.billing.draft import Evidence, Facts, draft
from stillhouse.billing.fx import StoredRate
from stillhouse.billing.settings import Customer, Issuer, TaxRule, form
from stillhouse.ledger.ports import Total
from stillhouse.tariff import Tariff, tariff
from stillhouse.tariff.charge import charge_priced, unpriced
from stillhouse.units.instant import Instant
from stillhouse.units.usage import Meter, Usage

MONTH = "2026-11"


def priced(model: str, currency: str = "USD", **prices: int) -> Tariff:
    return tariff(
        book="sale",
        model=model,
        valid_from=Instant(0),
        prices={Meter(name): price for name, price in prices.items()},
        currency=currency,
    )


PLAIN = priced("m", input=2_500_000, output=10_000_000)
CHEAP = priced("n", input=1, output=3, requests=250_000_000)
DEARER = priced("m", input=3_000_000, output=10_000_000)
RUPIAH = priced("r", currency="IDR", input=50_000_000_000, output=161_000_000_000)
BOOK: dict[str, Tariff] = {t.id: t for t in (PLAIN, CHEAP, DEARER, RUPIAH)}


def total(usage: Usage, t: Tariff | None = PLAIN, *, receipts: int = 1, **words: str) -> Total:
    named = {
        "day": "2026-11-27",
        "account": "a",
        "project": "p",
        "key": "k",
        "deployment": "d",
        "model": t.model if t else "m",
        "sale_tariff": t.id if t else "",
        "cost_tariff": "",
    }
    return Total(
        **{**named, **words},
        receipts=receipts,
        usage=tuple(usage),
        charge=charge_priced(usage, t) if t else 0,
        cost=0,
        unrated=1 if t and unpriced(usage, t) else 0,
    )


def facts(
    *totals: Total,
    issuer: Issuer | None = None,
    customer: Customer | None = None,
    rates: Sequence[StoredRate] = (),
    **others: Any,
) -> Facts:
    by_month: dict[str, list[Total]] = {MONTH: []}
    for each in totals:
        by_month.setdefault(each.day[:7], []).append(each)
    made = Facts(
        account="a",
        period=MONTH,
        totals=by_month,
        tariffs=BOOK,
        form=form(
            issuer or Issuer(name="Stillhouse"), customer or Customer(), account="a", name="Acme"
        ),
        rates=rates,
        evidence=Evidence(proof=Proof(count=sum(t.receipts for t in totals), root="")),
        projects={"p": "Feed", "q": "Ads"},
    )
    return replace(made, **others)


def invoice(*totals: Total, **others: Any) -> Document:
    return draft(facts(*totals, **others))


def finalised(
    document: Document, number: str = "INV-000001", *, previous: str = "", upto: int = 1
) -> Document:
    """As a store would: a number, and the hash of all of it."""
    proof = document.receipts
    if document.kind != "credit_note":
        covers = (Cover(period=document.period, after=0, upto=upto),)
        proof = msgspec.structs.replace(proof, covers=covers)
    done = msgspec.structs.replace(document, number=number, previous=previous, receipts=proof)
    return msgspec.structs.replace(done, hash=digest(done))


def rate(text: str = "16100", **changes: str) -> StoredRate:
    known: Mapping[str, Any] = {
        "base": "USD",
        "quote": "IDR",
        "rate": text,
        "date": "2026-11-30",
        "policy": "month_end",
        "source": "a bank",
    }
    return StoredRate(**{**known, **changes})


def in_rupiah(**others: Any) -> Issuer:
    return Issuer(name="Toko", currency="IDR", **others)


VAT = TaxRule(name="VAT", rate_bp=1100)
counts = st.integers(0, 10**13)
usages = st.lists(counts, min_size=11, max_size=11).map(lambda n: Usage(*n))
totals = st.lists(
    st.builds(
        total,
        usages,
        st.sampled_from([PLAIN, CHEAP, DEARER, None]),
        receipts=st.integers(1, 9),
        project=st.sampled_from(["p", "q"]),
        workload=st.sampled_from(["", "t:1", "chat"]),
        day=st.sampled_from(["2026-11-01", "2026-11-30"]),
    ),
    max_size=8,
)
exchange = st.decimals("0.0001", "99999", places=4).map(str)
