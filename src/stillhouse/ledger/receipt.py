"""The record of one attempt, in two halves: opened before dispatch, closed after.

Both halves are journal records (msgspec arrays, tagged "o" and "c"; append fields only at the end).
A receipt is what the two make together. `seq` is dense per writer: a writer's receipts and the
calls still in flight are exactly min..max, so anyone sees loss or doubling from min, max, count.
"""

from typing import Literal, NamedTuple

import msgspec

from stillhouse.units.usage import Usage

Witness = Literal["reported", "counted", "lower_bound", "none"]
"""Who says what was used: the provider; we, by counting; we, having seen only a part; nobody."""

Outcome = Literal[
    "completed",  # the whole answer was relayed
    "refused",  # the provider answered with an error status
    "client_left",  # the client closed before the end
    "upstream_cut",  # the provider closed or broke the protocol before the end
    "timeout",  # the provider was silent past a deadline
    "unreachable",  # no connection to the provider
    "recovered",  # the gateway died; settled at recovery
    "escalated",  # a student of ours declined; the next deployment was asked
]

# Flags are bits of Close.flags: facts that an invoice or an auditor must see.
FLAG_OVER_HOLD = 1  # the provider reported more than the hold; charged in full
FLAG_UNRATED = 2  # a meter without a price was used; that part is not in the charge
FLAG_INCONSISTENT = 4  # the provider's details exceed its totals; clipped to the totals
FLAG_ZERO_RATED = 8  # a route that is free by name (token counting)
FLAG_RETRIED = 16  # another attempt of the same call followed this one
FLAG_NO_CHARGE = 32  # the rule for broken calls says that the customer does not pay
FLAG_DUPLICATE_USAGE = 64  # usage was reported more than once; the last one counts
FLAG_OTHER_TIER = 128  # served at a service tier without a price; charged as it was asked for
FLAG_AUDIT = 256  # a comparison that a release made by itself; the house pays
FLAGS = {
    FLAG_OVER_HOLD: "over_hold",
    FLAG_UNRATED: "unrated",
    FLAG_INCONSISTENT: "inconsistent",
    FLAG_ZERO_RATED: "zero_rated",
    FLAG_RETRIED: "retried",
    FLAG_NO_CHARGE: "no_charge",
    FLAG_DUPLICATE_USAGE: "duplicate_usage",
    FLAG_OTHER_TIER: "other_tier",
    FLAG_AUDIT: "audit",
}


class Open(msgspec.Struct, frozen=True, array_like=True, tag="o", gc=False):
    """Written before an attempt is dispatched, so that a killed process never loses sight of it.

    call: sequence number of the call's first attempt, so attempts of one call share it.
    hold: pico-units set aside on each budget of `budgets` for the whole call.
    budgets: "budget id@period" of every budget that the hold was taken from.
    input_bound: the most input tokens that this request can have.
    workload: what the call is for: a declared name, a template's id like "t:1f3a9c0de4b2", or "".
    cohort: the group of end users that it was declared for, or "".
    terms: the version of the provider's terms in force at admission, "ID@HASH", or "": see `terms`.
    """

    seq: int
    call: int
    admitted_at: int
    account: str
    project: str
    key: str
    deployment: str
    provider: str
    model: str
    surface: str
    stream: bool
    hold: int
    sale_tariff: str
    cost_tariff: str
    budgets: tuple[str, ...]
    input_bound: int
    workload: str = ""
    cohort: str = ""
    terms: str = ""


class Close(msgspec.Struct, frozen=True, array_like=True, tag="c", gc=False):
    """Written when an attempt is settled; fsynced before the client sees the end of its answer.

    charge, cost: pico-units of the tariffs' currency. status: the provider's HTTP status, or 0.
    first_byte_us, latency_us: since admission; first_byte_us is -1 when there was none.
    sale_tariff, cost_tariff: by which it was priced, where the call ended in another context band
        or service tier than its open record names; else "".
    """

    seq: int
    settled_at: int
    first_byte_us: int
    latency_us: int
    status: int
    outcome: Outcome
    witness: Witness
    flags: int
    usage: tuple[int, ...]
    charge: int
    cost: int
    sale_tariff: str = ""
    cost_tariff: str = ""


class Start(msgspec.Struct, frozen=True, array_like=True, tag="s", gc=False):
    """First frame of a journal file.

    next_seq: the writer's next unused sequence number when the file was begun.
    carried: open records repeated from the previous file, directly after this frame.
    """

    writer: int
    file: int
    next_seq: int
    started_at: int
    carried: int
    version: int = 1


Record = Start | Open | Close


class Receipt(NamedTuple):
    """One attempt, settled. `id` is what the header `x-stillhouse-receipt` said.

    Its open half names the tariffs that it was priced by: see `settled`.
    """

    writer: int
    open: Open
    close: Close

    @property
    def id(self) -> str:
        return receipt_id(self.writer, self.open.seq)

    @property
    def usage(self) -> Usage:
        return Usage(*self.close.usage)


def settled(opened: Open, closed: Close) -> Open:
    """The open half of the receipt: with the tariffs that the call ended at."""
    if not closed.sale_tariff and not closed.cost_tariff:
        return opened
    return msgspec.structs.replace(
        opened,
        sale_tariff=closed.sale_tariff or opened.sale_tariff,
        cost_tariff=closed.cost_tariff or opened.cost_tariff,
    )


def receipt_id(writer: int, seq: int) -> str:
    """Writer 7's 1234th attempt is "w7-1234". Not a secret and not a credential."""
    return f"w{writer}-{seq}"


def flag_names(flags: int) -> list[str]:
    return [name for bit, name in FLAGS.items() if flags & bit]
