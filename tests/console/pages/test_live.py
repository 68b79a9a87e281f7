"""The stream of newest figures: written for the reader, and not for strangers."""

from tests.console.pages.conftest import Ada
from tests.console.real import Real

from stillhouse.console.i18n import Reader
from stillhouse.console.pages.live import figures
from stillhouse.console.views import LiveNow
from stillhouse.units.instant import Instant


def now(calls: int, errors: int) -> LiveNow:
    return LiveNow(
        at=Instant(0),
        over_s=10,
        calls=calls,
        errors=errors,
        in_flight=3,
        charge=0,
        tokens=0,
        oldest_us=0,
        currency="USD",
    )


def test_figures_are_written_for_the_reader() -> None:
    assert {"rate": "12,3", "errors": "8,1%", "flying": "3 sedang berjalan", "alarm": "no"} == (
        figures(Reader("id"), now(123, 10))
    )


def test_an_error_in_ten_is_an_alarm_and_nothing_at_all_is_none() -> None:
    said = [figures(Reader("en"), now(*n))["alarm"] for n in ((100, 11), (0, 0))]

    assert ["yes", "no"] == said


def test_a_stranger_gets_no_stream(real: Real, ada: Ada) -> None:
    answer = real.stranger().get("/live", follow_redirects=False)

    assert 303 == answer.status_code
