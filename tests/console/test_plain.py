"""The plain pages: nothing that was given can break out of them."""

from stillhouse.console.plain import problem_page, sign_in_page
from stillhouse.console.problem import Problem
from stillhouse.tenants.people import Link, Role
from stillhouse.units.instant import Instant

EVIL = '"><script>alert(1)</script>'


def link(member: str = "") -> Link:
    return Link(
        id="link_1",
        kind="sign_in",
        role=Role.OWNER,
        accounts=(),
        member=member,
        made_by="test",
        created_at=Instant(0),
        expires_at=Instant(1),
    )


def test_words_of_others_are_escaped() -> None:
    problem = Problem(status=404, code="x", message=EVIL, remedy=EVIL)
    pages = [
        problem_page(problem),
        sign_in_page(token=EVIL, link=link(), next_=EVIL, oidc=EVIL, problem=EVIL),
    ]

    assert all("<script" not in page for page in pages)


def test_a_link_of_a_member_asks_for_no_name() -> None:
    known = sign_in_page(token="t", link=link("mem_1"), next_="/", oidc="", problem="")
    new = sign_in_page(token="t", link=link(), next_="/", oidc="", problem="")

    assert 'name="email"' not in known
    assert 'name="email"' in new


def test_without_a_link_it_says_how_to_get_one() -> None:
    page = sign_in_page(token="", link=None, next_="/", oidc="Acme", problem="")

    assert "stillhouse console link" in page
    assert "<form" not in page
    assert "/sign-in/oidc?next=%2F" in page
