"""Another attempt is for a provider's own trouble, and never for the client's mistakes."""

import pytest

from stillhouse.gateway.retry import pause_s, worth_another


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_a_mistake_of_the_request_is_never_repeated(status: int) -> None:
    assert not worth_another(status, next_leg=False)
    assert not worth_another(status, next_leg=True)


def test_a_rate_limit_goes_to_the_next_deployment_and_never_to_the_same() -> None:
    assert worth_another(429, next_leg=True)
    assert not worth_another(429, next_leg=False)


def test_the_pause_before_the_same_deployment_doubles_and_the_next_one_is_tried_at_once() -> None:
    pauses = [pause_s(attempt, next_leg=False) for attempt in range(3)]

    assert [0.2, 0.4, 0.8] == pauses
    assert pause_s(2, next_leg=True) == 0.0
