"""Language and theme are remembered, and lead back only to pages of ours."""

import pytest
from tests.console.pages.conftest import Ada


def test_what_was_chosen_is_remembered(ada: Ada) -> None:
    answer = ada.client.get("/looks?language=id&theme=dark&next=/calls", follow_redirects=False)

    assert "/calls" == answer.headers["location"]
    assert {"language": "id", "theme": "dark"} == dict(answer.cookies)


def test_a_theme_is_the_pages_own_from_the_first_byte(ada: Ada) -> None:
    ada.client.headers["cookie"] += "; theme=dark; language=id"
    page = ada.see("/accounts")

    assert '<html lang="id" data-theme="dark">' in page.html


@pytest.mark.parametrize("there", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_it_leads_to_no_other_site(ada: Ada, there: str) -> None:
    answer = ada.client.get(f"/looks?theme=dark&next={there}", follow_redirects=False)

    assert "/" == answer.headers["location"]
