"""Around each page: one heading, a name for every field, a menu of what one may open, no script."""

import re

import pytest
from tests.console.pages.conftest import Ada
from tests.console.pages.reading import Page
from tests.console.real import Real

from stillhouse.console.pages.frame import MENU, asset
from stillhouse.console.roles import Role

PLACES = [place.path for _, places in MENU for place in places]
PAGES = [*PLACES, "/calls/flying", "/first", "/audit/verify", "/prices/new"]


@pytest.mark.parametrize("language", ["en", "id"])
def test_every_page_stands_alone_for_its_reader(ada: Ada, language: str) -> None:
    for path in PAGES:
        page = ada.see(path, language=language)

        assert 1 == len(page.headings), path
        assert page.lede, path
        assert len(page.ids) == len(set(page.ids)), f"{path}: an id stands for two things"
        assert not re.search(r"<script(?![^>]* src=)|style=|\son\w+=", page.html), path


def test_every_field_has_a_name_and_every_picture_a_title(ada: Ada) -> None:
    for path in PAGES:
        html = ada.see(path).html
        labels = set(re.findall(r'<label[^>]* for="([^"]+)"', html))
        unnamed = [
            field
            for field in re.findall(r"<(?:input|select|textarea)\b[^>]*>", html)
            if 'type="hidden"' not in field
            and not re.search(r'type="(?:checkbox|radio)"', field)  # their label is around them
            and not set(re.findall(r' id="([^"]+)"', field)) & labels
        ]
        pictures = re.findall(r"<svg\b[^>]*>", html)
        tables = re.findall(r"<table.*?</table>", html, re.DOTALL)

        assert [] == unnamed, path
        assert all(re.search(r"aria-(?:label|labelledby|hidden)=", svg) for svg in pictures), path
        assert all("<caption" in table for table in tables), path


def test_a_person_is_shown_only_what_he_may_open(real: Real, ada: Ada) -> None:
    member = Page(real.machine(Role.MEMBER, real.alice.id).get("/").text)
    menu = {link for link in member.links if link in PLACES}

    seen = {"/", "/for", "/calls", "/invoices", "/accounts", "/budgets", "/notices", "/terms"}
    assert seen == menu


def test_no_two_places_have_the_same_key() -> None:
    keys = [place.shortcut for _, places in MENU for place in places]

    assert len(keys) == len(set(keys))


def test_an_asset_has_another_address_when_it_changes() -> None:
    assert re.fullmatch(r"/static/console\.css\?v=[0-9a-f]{10}", asset("console.css"))


def test_what_was_just_done_is_said_only_in_words_of_ours(ada: Ada) -> None:
    assert "<b>" not in ada.see("/?said=<b>x").html
