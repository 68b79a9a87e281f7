"""Members: invited by a link that is shown once, changed, ended; tokens for machines."""

import re

from tests.console.pages.conftest import Ada
from tests.console.real import EMAIL, Real


def test_who_may_sign_in(ada: Ada) -> None:
    page = ada.see("/members")

    assert "1 person may sign in, owners: 1." == page.lede
    assert [EMAIL, "owner", "all"] == page.row("Ada")[1:4]


def test_an_invitation_is_a_link_that_is_shown_once_and_can_be_withdrawn(ada: Ada) -> None:
    made = ada.once("/invitations", role="billing")
    page = ada.see("/members")
    [path] = [link for link in page.links if link.startswith("/invitations/")]

    assert "token=" in made.words
    assert "token=" not in page.html
    assert "Its link opens nothing" in ada.see(ada.do(f"{path}/withdraw")).words
    assert "will open nothing" in ada.see(path).lede


def test_a_token_is_shown_once_and_can_be_revoked(ada: Ada) -> None:
    made = ada.once("/tokens", name="ci", role="reviewer")
    [secret] = set(re.findall(r"sh-admin-[\w-]+", made.words))
    page = ada.see("/members")
    [path] = [link for link in page.links if link.startswith("/tokens/")]

    assert secret not in page.html
    assert "The token was revoked." in ada.see(ada.do(f"{path}/revoke")).words


def test_the_last_owner_cannot_be_ended(real: Real, ada: Ada) -> None:
    [path] = [link for link in ada.see("/members").links if link.startswith("/members/")]

    assert "Ada is owner" in ada.see(path).lede
    assert 409 == ada.refused(f"{path}/end")
    assert 422 == ada.refused(path, role="king")
