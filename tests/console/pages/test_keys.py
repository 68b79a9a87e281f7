"""Keys: a secret is shown once; rotating keeps the old one for a while; revoking is told."""

import re

from tests.console.pages.conftest import Ada
from tests.console.real import Real

SECRET = re.compile(r"sk-sh-[0-9a-f]{64}")


def test_a_secret_is_shown_once_and_never_again(real: Real, ada: Ada) -> None:
    made = ada.once(f"/accounts/{real.alice.id}/keys", name="studio")
    [secret] = set(SECRET.findall(made.words))
    later = ada.see(f"/accounts/{real.alice.id}")

    assert secret not in later.html
    assert ["studio", f"{secret[:10]}…"] == later.row("studio")[:2]


def test_a_key_that_ends_says_when(real: Real, ada: Ada) -> None:
    ada.once(f"/accounts/{real.alice.id}/keys", name="short", until="2026-11-30")

    assert "ends 1 Dec 2026" in " ".join(ada.see(f"/accounts/{real.alice.id}").row("short"))
    assert 422 == ada.refused(f"/accounts/{real.alice.id}/keys", until="30.11.2026")


def test_rotating_makes_another_and_lets_the_old_one_go_on(real: Real, ada: Ada) -> None:
    key = real.keys[real.alice.id]
    made = ada.once(f"/keys/{key.id}/rotate", overlap_h="24")
    states = [row[4] for row in ada.see(f"/accounts/{real.alice.id}").rows if len(row) == 7]

    assert SECRET.search(made.words)
    assert 1 == sum(state.startswith("ends") for state in states)


def test_revoking_is_said_to_be_for_ever_before_it_is_done(real: Real, ada: Ada) -> None:
    key = real.keys[real.alice.id]
    before = ada.see(f"/keys/{key.id}")
    after = ada.see(ada.do(f"/keys/{key.id}/revoke"))

    assert "cannot be undone" in before.words
    assert "The key was revoked" in after.words
    assert "cannot be made good again" in ada.see(f"/keys/{key.id}").words
