"""The whole story on a real service: a bill, a student, a smaller bill, and who was stopped."""

import io
from collections.abc import Iterator
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from rich.console import Console

from stillhouse.cli.story.acts import CUSTOMERS, Story
from stillhouse.cli.story.facts import Facts
from stillhouse.cli.story.report import page
from stillhouse.cli.story.service import Service

pytest.importorskip("sklearn", reason="a student is trained: pip install 'stillhouse[students]'")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facts]:
    service = Service(tmp_path_factory.mktemp("story"))
    with service.running():
        yield Story(service, Console(file=io.StringIO()), seed=1).tell()


def test_both_days_have_the_same_calls(told: Facts) -> None:
    calls = sum(calls for _, calls in CUSTOMERS.values())

    assert [calls, calls] == [day.calls for day in told.days]


def test_the_second_bill_is_smaller_where_the_student_answers_and_nowhere_else(
    told: Facts,
) -> None:
    first, second = (
        {name: Decimal(amount) for name, amount in day.amounts.items()} for day in told.days
    )

    assert second["comment-spam"] < first["comment-spam"] / 2
    for name in ("comment-sentiment", "comment-topic"):
        assert abs(second[name] - first[name]) < first[name] / 10


def test_the_student_was_accepted_and_cut_over(told: Facts) -> None:
    assert told.student["verdict"] == "accept"
    assert told.release["stage"] == "cut_over"
    assert told.days[0].by_student == 0
    assert told.days[1].by_student > 0.7 * CUSTOMERS["rewind"][1]


def test_a_student_of_too_few_calls_is_not_accepted(told: Facts) -> None:
    assert "accept" not in told.refused


def test_whoever_collected_was_stopped_with_a_reason(told: Facts) -> None:
    assert told.stopped["status"] == 403
    assert "appeal" in told.stopped["message"]
    assert told.case["accounts"] == ["nimbus"]


def test_nothing_is_lost(told: Facts) -> None:
    assert told.verify["ok"]
    assert (0, 0, 0) == tuple(told.verify[key] for key in ("lost", "duplicated", "mispriced"))


def test_the_report_is_one_page_with_its_plots(told: Facts) -> None:
    tags: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append(tag)

    text = page(told)
    Reader().feed(text)

    assert tags.count("svg") >= 3
    assert "http://" not in text.replace("http://www.w3.org", "")
