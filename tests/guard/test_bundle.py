"""A bundle replays to the same numbers to the bit, and whoever changed anything is found out."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.guard.findings import Judge, finding, signal

from stillhouse.guard.bundle import Bundle, BundleError, digest, read, replay, text_of
from stillhouse.guard.finding import Contribution

SIGNALS = tuple(signal(n) for n in range(3))


def made() -> tuple[str, Judge]:
    found = finding(0.1 + 0.2 + 1e5)
    bundle = Bundle(version="1", calibration="c", finding=found, signals=SIGNALS)
    return text_of(bundle), Judge({found.accounts: found})


def test_the_same_signals_give_the_same_numbers() -> None:
    text, judge = made()
    again = replay(read(text, named=digest(text)), judge, version="1", calibration="c")

    assert again.same
    assert () == again.differences


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 2**64 - 1))
def test_every_bit_survives_the_text(value: float, print_: int) -> None:
    seen = Contribution(name="n", family="form", weight=value, value=value, usual=value)
    bundle = Bundle(
        version="1",
        calibration="c",
        finding=finding(1.0, contributions=(seen,)),
        signals=(type(SIGNALS[0])(id="w1-1", at=1, account="a", model="m", prompt=print_),),
    )

    assert bundle == read(text_of(bundle))


@given(st.sampled_from(["e_value", "log_e", "false_alarm_bound"]))
def test_the_smallest_difference_is_a_difference(name: str) -> None:
    text, judge = made()
    [(accounts, found)] = judge.told.items()
    value = getattr(found, name)
    other = type(found)(
        **{
            **{f: getattr(found, f) for f in found.__struct_fields__},
            name: math.nextafter(value, math.inf),
        }
    )
    again = replay(read(text), Judge({accounts: other}), version="1", calibration="c")

    assert not again.same
    assert name in again.differences[0]


def test_other_code_and_another_calibration_are_said() -> None:
    text, judge = made()
    again = replay(read(text), judge, version="2", calibration="d")

    assert ("the code is 2, and was 1", "the calibration is d, and was c") == again.differences


def test_what_is_not_found_again_is_said() -> None:
    text, _ = made()

    assert ("nothing is found",) == replay(
        read(text), Judge(), version="1", calibration="c"
    ).differences


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw["signals"].reverse(),
        lambda raw: raw["signals"].pop(),
        lambda raw: raw["finding"].update(e_value=20.0),
    ],
    ids=["reordered", "removed", "altered"],
)
def test_a_changed_bundle_is_not_the_one_that_the_case_names(change: object) -> None:
    text, _ = made()
    raw = json.loads(text)
    change(raw)  # type: ignore[operator]

    with pytest.raises(BundleError, match="somebody has changed it"):
        read(json.dumps(raw), named=digest(text))


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"form":2}'])
def test_what_is_no_bundle_is_refused(text: str) -> None:
    with pytest.raises(BundleError):
        read(text)


def test_a_bundle_of_another_form_is_refused_by_its_number() -> None:
    text, _ = made()

    with pytest.raises(BundleError, match="form 9"):
        read(text.replace('"form":1', '"form":9'))
