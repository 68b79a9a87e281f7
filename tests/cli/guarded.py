"""A case in a shell's data folder, as guard would have opened it."""

import time
from contextlib import closing

from tests.cli.at_the_desk import Shell
from tests.guard.cases import evidence

from stillhouse.compose import cases
from stillhouse.compose.stores import open_store
from stillhouse.guard.bundle import Bundle, digest, text_of
from stillhouse.guard.decisions import found
from stillhouse.guard.finding import Finding
from stillhouse.guard.ladder import reached
from stillhouse.guard.signals import Signal
from stillhouse.units.instant import Instant


def opened(
    shell: Shell, account: str, e_value: float, *, signals: tuple[Signal, ...] = (), **more: object
) -> str:
    """Its id; the account is made. more: of the evidence."""
    at = Instant(time.time_ns() // 1000)
    with closing(open_store(shell.data, create=True)) as store:
        owner = store.create_account(account, at=at, actor="test").id
        finding = Finding(
            kind="account",
            accounts=(owner,),
            cls="batch",
            calls=len(signals),
            log_e=1.0,
            e_value=e_value,
            level="none",
            reached="none",
            false_alarm_bound=1.0,
            calibration=1,
            needed=0,
        )
        text = text_of(Bundle(version="0", calibration="c", finding=finding, signals=signals))
        seen = evidence(e_value, at=at, level=reached(e_value), bundle=digest(text), **more)
        events = found(None, cases.new_id(), (owner,), seen)
        case = cases.write(store, None, events, bundles={digest(text): text})
    assert case is not None
    return case.id
