"""Times come from the configuration whole: nothing has a default that nobody chose."""

import msgspec
import pytest

from stillhouse.gateway.times import Times


def test_every_time_must_be_given() -> None:
    names = Times.__struct_fields__

    assert () == Times.__struct_defaults__
    for left_out in names:
        with pytest.raises(TypeError, match=left_out):
            Times(**{name: 1 for name in names if name != left_out})


def test_times_do_not_change_under_a_call() -> None:
    times = Times(**dict.fromkeys(Times.__struct_fields__, 1))

    with pytest.raises(AttributeError):
        times.deadline_s = 2.0  # type: ignore[misc]
    assert 2.0 == msgspec.structs.replace(times, deadline_s=2.0).deadline_s
