"""The most a request can cost: what a hard budget sets aside before the call.

One pricing function for hold and charge: the bound prices every possible input token at the
dearest input meter and every possible output token at the dearest output meter of the same tariff.
"""

from stillhouse.tariff.prices import Tariff
from stillhouse.units.money import Pico


def bound(tokens_in: int, tokens_out: int, tariff: Tariff) -> Pico:
    """An upper bound of `charge` for any usage with at most these tokens and one request."""
    return Pico(tokens_in * tariff.bound_in + tokens_out * tariff.bound_out + tariff.per_request)
