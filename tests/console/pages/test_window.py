"""A part of a long list: found, sorted and turned over on the server; nothing is left out."""

from urllib.parse import parse_qsl, urlsplit

from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.console.i18n import Reader
from stillhouse.console.pages.window import SIZE, Part, Window

R = Reader("en")
NUMBERS = range(3 * SIZE - 10)
"""names "n0", "n1", ... in this order"""


def seen(query: str, numbers: range = NUMBERS) -> Part[int]:
    scope = {"type": "http", "path": "/x", "query_string": query.encode(), "headers": []}
    window = Window(Request({**scope, "server": ("h", 80), "scheme": "http", "root_path": ""}))
    return window.of(list(numbers), R, text=lambda n: f"N{n}", keys={"size": lambda n: n})


def query_of(address: str) -> str:
    return urlsplit(address).query


def test_a_list_that_fits_is_shown_whole_without_anything_around_it() -> None:
    assert Part(list(range(SIZE)), 0, None) == seen("find=x&start=50", range(SIZE))


def test_a_file_has_every_row() -> None:
    assert Part(list(NUMBERS), 0, None) == seen("csv=1&find=x&start=50")


@given(st.sampled_from(["", "month=2026-11", "find=1", "sort=-size", "find=n2&sort=size&a=b"]))
def test_going_forward_shows_every_row_once_and_going_back_leads_to_the_beginning(
    query: str,
) -> None:
    parts = [seen(query)]
    while (pager := parts[-1].pager) and pager.forward:
        assert {*parse_qsl(query)} <= {*parse_qsl(query_of(pager.forward))}
        parts.append(seen(query_of(pager.forward)))
    every = [n for part in parts for n in part.shown]
    back = parts[-1]
    for _ in parts[1:]:
        assert back.pager is not None
        back = seen(query_of(back.pager.back))
    words = dict(parse_qsl(query)).get("find", "")

    assert sorted(every) == [n for n in NUMBERS if words in f"n{n}"]
    assert parts[0] == back
    assert {len(NUMBERS)} == {len(part.shown) + part.others for part in parts}


def test_a_heading_sorts_down_first_and_then_up_from_the_beginning() -> None:
    pager = seen("start=50").pager
    assert pager is not None
    address, way = pager.sorts["size"]
    down = seen(query_of(address))
    assert down.pager is not None
    up, down_way = down.pager.sorts["size"]

    assert ("", "descending") == (way, down_way)
    assert max(NUMBERS) == down.shown[0]
    assert min(NUMBERS) == seen(query_of(up)).shown[0]


@given(st.text(max_size=12))
def test_what_is_no_place_and_no_column_is_no_error(words: str) -> None:
    assert SIZE >= len(seen(f"start={words}&sort={words}").shown)


def test_a_search_without_a_match_shows_no_row_and_keeps_its_words() -> None:
    part = seen("find=nobody")

    assert ([], len(NUMBERS)) == (part.shown, part.others)
    assert part.pager is not None
    assert ("nobody", "0 to 0 of 0") == (part.pager.find, part.pager.said)
