"""A short list is chosen from; a long one is typed, by name or id, and never sent to the reader."""

import pytest
from tests.console.pages.conftest import Ada
from tests.console.pages.crowd import crowd
from tests.console.real import Real

from stillhouse.console.pages.choices import MANY


def test_a_short_list_of_accounts_is_chosen_from(real: Real, ada: Ada) -> None:
    for path in ("/for", "/budgets", "/members", "/first"):
        assert f"{real.alice.id}" in ada.see(path).html


@pytest.mark.parametrize("path", ["/for", "/budgets", "/members", "/first"])
def test_no_page_sends_thousands_of_accounts(real: Real, ada: Ada, path: str) -> None:
    last = crowd(real, count=MANY + 1)[0]
    page = ada.see(path)

    assert f'value="{last.id}"' not in page.html
    assert f'value="account:{last.id}"' not in page.html
    assert {"account", "whose"} & page.names or "<textarea" in page.html


def test_what_is_typed_is_a_name_or_an_id(real: Real, ada: Ada) -> None:
    crowd(real, count=MANY + 1)
    ada.do("/budgets", whose="crowd 007", span="month", amount="5")
    ada.do("/limits", whose=real.keys[real.bob.id].id, concurrent="3")
    ada.once("/invitations", role="member", account=f"alice\n {real.bob.id}\n")

    assert "crowd 007" in ada.see("/budgets").words
    assert {"alice", "bob"} in [{*row[1].split(", ")} for row in ada.see("/members").rows if row]
    assert "$0.080" in ada.see("/for?account=crowd+007").lede


def test_what_nobody_is_called_is_said_and_changes_nothing(real: Real, ada: Ada) -> None:
    assert 422 == ada.refused("/budgets", whose="crow", span="month", amount="5")
    assert 404 == ada.refused("/invitations", role="member", account="crow")
    assert "crow" not in ada.see("/members").words.lower()
