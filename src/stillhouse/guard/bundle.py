"""An evidence bundle: all that a finding was made from, so that anybody can make it again.

    signals, finding, calibration's digest, code's version -> JSON -> SHA-256

The text is one: keys in order, shortest decimals that read back to the same bits. A step's entry
names the digest, so neither the bundle nor the step can be changed without the other noticing.
Replay judges the same signals again and compares every number, bit for bit. It holds no text of any
call: signals are keyed fingerprints, shapes and counts.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from stillhouse.guard.finding import Finding, Report
from stillhouse.guard.signals import Signal

FORM = 1


class BundleError(ValueError):
    """This is no bundle of ours, or not the one that its name says."""


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """calibration: its digest. version: of the code that judged. accounts: those judged together.

    A cluster is found among others, so its bundle holds the signals of its own accounts only and
    is judged as those alone.
    """

    form: int = FORM
    version: str
    calibration: str
    finding: Finding
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """same: every number is the same to the bit. differences: a sentence each."""

    same: bool
    finding: Finding | None
    differences: tuple[str, ...] = ()


Judge = Callable[[Sequence[Signal]], Report]


def text_of(bundle: Bundle) -> str:
    return msgspec.json.encode(bundle, order="deterministic").decode()


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read(text: str, *, named: str = "") -> Bundle:
    """named: the digest that it should have; "" when nobody says.

    Raises:
        BundleError
    """
    if named and digest(text) != named:
        raise BundleError(
            f"this is not the bundle that the case names: its digest is {digest(text)[:16]}, not"
            f" {named[:16]}; somebody has changed it"
        )
    try:
        bundle = msgspec.json.decode(text, type=Bundle)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"this is no evidence bundle: {error}") from error
    if bundle.form != FORM:
        raise BundleError(f"this bundle has form {bundle.form}; this program reads form {FORM}")
    return bundle


def replay(bundle: Bundle, judge: Judge, *, version: str, calibration: str) -> Replayed:
    """Judge again and compare.

    version, calibration: of this program; when they differ, so may the numbers, and that is said.
    """
    asked = bundle.finding
    found = [f for f in judge(bundle.signals).findings if f.accounts == asked.accounts]
    differences = [
        f"the {what} is {here}, and was {there}"
        for what, here, there in (
            ("code", version, bundle.version),
            ("calibration", calibration, bundle.calibration),
        )
        if here != there
    ]
    if not found:
        return Replayed(same=False, finding=None, differences=(*differences, "nothing is found"))
    for name in Finding.__struct_fields__:
        was, now = (_bits(getattr(finding, name)) for finding in (asked, found[0]))
        if was != now:
            differences.append(f"{name} is {now.decode()}, and was {was.decode()}")
    return Replayed(same=not differences, finding=found[0], differences=tuple(differences))


def _bits(value: object) -> bytes:
    return msgspec.json.encode(value, order="deterministic")
