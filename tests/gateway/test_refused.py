"""A refusal carries its answer and names its code where it is logged."""

from stillhouse.gateway.refused import Refused
from stillhouse.wire import refusals


def test_a_refused_call_says_why_by_its_code() -> None:
    refused = Refused(refusals.missing_key())

    assert refused.refusal.code == str(refused)
    assert 401 == refused.refusal.status
