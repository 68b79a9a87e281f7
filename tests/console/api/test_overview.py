"""The first screen in one answer."""

from tests.console.real import Real

from stillhouse.console.roles import Role


def test_its_parts_are_sums_of_the_same_calls(real: Real) -> None:
    real.seal(real.receipts(3, account=real.alice, writer=real.writer()))
    found = real.machine(Role.REVIEWER).get("/api/v1/overview").json()
    wholes = {found[name]["whole"]["charge"] for name in ("by_day", "by_account", "by_model")}

    assert {"0.000003000000"} == wholes
    assert 0 == found["live"]["in_flight"]
