"""A rig with a student beside its provider, and a release that covers workload "w"."""

from typing import Any

from tests.gateway.rig import PRICE_IN, PRICE_OUT, Attempt, Client, Rig, Stub

from stillhouse.gateway.labels import Watches
from stillhouse.gateway.release import Split
from stillhouse.gateway.routing import Way
from stillhouse.tariff import PriceBook, tariff
from stillhouse.units.instant import Instant
from stillhouse.units.usage import Meter
from stillhouse.wire.deployment import Deployment, Provider, ProviderKind

SAID = (
    b'{"choices":[{"message":{"content":"spam"},"finish_reason":"stop"}],'
    b'"usage":{"prompt_tokens":4,"completion_tokens":1}}'
)
CHARGE = (4 * PRICE_IN + PRICE_OUT) // 10
LABELLED = "x-stillhouse-workload: w\r\n"


def way(rig: Rig, *, priced: bool = True) -> Way:
    """The student's: a tenth of the teacher's price."""
    provider = Provider(name="pupil", kind=ProviderKind.STUDENT, base_url="unix:/x")
    stub = Stub(rig, provider)
    prices = {Meter.INPUT: PRICE_IN // 10, Meter.OUTPUT: PRICE_OUT // 10}
    made = [
        tariff(book=book, model="s-1", valid_from=Instant(0), prices=prices)
        for book in ("sale", "cost")
    ]
    deployment = Deployment(name="s", provider="pupil", model="s-1")
    return Way(deployment, stub, PriceBook(made if priced else ()))


def released(rig: Rig, share: int, *, watches: Watches | None = None, **changes: Any) -> Split:
    """Cover workload "w" of the rig's account at deployment "m"."""
    student = changes.pop("student", None) or way(rig)
    split = Split(
        release="rel_1",
        student=student,
        share_bps=share,
        audit_bps=changes.pop("audit_bps", 0),
        salt=b"s" * 32,
        **changes,
    )
    account = next(iter(rig.gateway.admission.directory.accounts))
    rig.gateway.release_by({(account, "m", "w"): split}, watches)
    return split


def ask(rig: Rig, **more: Any) -> tuple[Client, Attempt]:
    """A call of workload "w", as its provider has it."""
    client = rig.connect()
    client.ask(headers=LABELLED, **more)
    return client, rig.attempts[-1]
