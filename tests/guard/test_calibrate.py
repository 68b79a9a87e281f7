"""Making a calibration: by accounts, whatever their order, with none compared with itself."""

import msgspec
from tests.guard.traffic import benign, calibration, desk, scores, see

from stillhouse.guard.calibrate import calibrated, life, lives
from stillhouse.guard.calibration import HARDEST


def test_the_order_of_accounts_and_of_calls_changes_nothing() -> None:
    some = benign(24)
    turned = {name: some[name][::-1] for name in reversed(some)}
    one, other = (calibrated(lives(each), scores=scores(), origin="x") for each in (some, turned))

    assert msgspec.json.encode(one) == msgspec.json.encode(other)


def test_accounts_without_an_epoch_count_for_nothing() -> None:
    few = dict(benign(10)) | {f"s{n}": see(desk(f"s{n}", seed=n, calls=20)) for n in range(50)}
    tables = calibrated(
        {name: life(calls) for name, calls in few.items()}, scores=scores(), origin="x"
    ).tables

    assert 10 == tables["any"].accounts


def test_clusters_are_made_where_the_links_find_none() -> None:
    table = calibration(110).tables["cluster"]

    assert 22 == table.accounts


def test_a_file_of_numbers_holds_no_name() -> None:
    data = msgspec.json.encode(calibration(20))

    assert b"b1" not in data
    assert b"lipst" not in data


def test_others_are_compared_with_as_many_as_the_maxima_were() -> None:
    """More references would make every p smaller than in calibration."""
    tables = calibration(110).tables

    for reference in tables["any"].references.values():
        assert reference.accounts <= 0.6 * tables["any"].accounts / HARDEST
