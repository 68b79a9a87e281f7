"""Rates are stored with their source, listed, and refused when they are none."""

import pytest
from tests.cli.at_the_desk import Shell

SET = ("fx", "set", "usd", "idr", "16100.25", "--date", "2026-11-30", "--source", "a bank")


def test_a_rate_is_stored_once_and_listed(shell: Shell) -> None:
    first, again = shell.one(*SET), shell.one(*SET)
    [row] = shell.rows("fx", "list")

    assert (True, False) == (first["new"], again["new"])
    assert ("USD", "IDR", "16100.25", "month_end", "a bank") == (
        row["base"],
        row["quote"],
        row["rate"],
        row["policy"],
        row["source"],
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("usd", "usd", "1", "--date", "2026-11-30", "--source", "x"), "always 1"),
        (("usd", "idr", "0", "--date", "2026-11-30", "--source", "x"), "above zero"),
        (("usd", "idr", "1", "--date", "November", "--source", "x"), "no day"),
        (("dollar", "idr", "1", "--date", "2026-11-30", "--source", "x"), "ISO 4217"),
    ],
)
def test_what_is_no_rate_is_refused(shell: Shell, arguments: tuple[str, ...], says: str) -> None:
    assert says in shell.refused("fx", "set", *arguments)
