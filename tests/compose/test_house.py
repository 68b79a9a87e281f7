"""The house keeps what the console was promised: every method of a Desk is there."""

from typing import Protocol

from tests.console.real import Real

from stillhouse.console.house import Desk, House
from stillhouse.console.roles import Role, Who


def promised(protocol: type) -> set[str]:
    return {
        name
        for base in protocol.__mro__
        if base not in {object, Protocol}
        for name in vars(base)
        if not name.startswith("_")
    }


def test_a_desk_has_everything_that_was_promised(real: Real) -> None:
    house: House = real.app.state.house
    who = Who(id="m", actor="user:m", name="", email="", role=Role.OWNER)
    desk = house.desk(who, at=real.now)

    assert set() == {name for name in promised(Desk) if not hasattr(desk, name)}
    assert (who, real.now) == (desk.who, desk.at)
    assert ["gpt"] == desk.deployment_names()
    assert "http://127.0.0.1:8080" == desk.gateway_url


def test_its_version_moves_with_every_change(real: Real) -> None:
    before = real.app.state.house.version()
    real.machine(Role.OWNER).post("/api/v1/accounts", json={"name": "carol"})

    assert before < real.app.state.house.version()
