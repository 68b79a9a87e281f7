"""Signing in and problems wear the console's dress, and say what to do."""

from tests.console.pages.reading import Page
from tests.console.real import Real


def test_a_stranger_is_told_how_to_get_a_link(real: Real) -> None:
    page = Page(real.stranger().get("/sign-in").text)

    assert ["Sign in"] == page.headings
    assert "stillhouse console link" in page.words


def test_the_first_link_asks_who_the_owner_is(real: Real) -> None:
    page = Page(real.stranger().get(f"/sign-in?token={real.link()}").text)

    assert {"token", "next", "email", "name"} <= page.names
    assert "Sign in as owner" in page.words


def test_a_problem_says_what_and_what_to_do_in_the_readers_language(real: Real) -> None:
    answer = real.stranger().get("/nowhere", headers={"accept-language": "id"})

    assert 404 == answer.status_code
    assert ["Tidak ada halaman itu"] == Page(answer.text).headings
