"""The console in a real browser: from the sign-in link to a call that appears, and an invoice paid.

Debian's Chromium against `stillhouse serve`, with the model that ships behind the gateway.
"""

import http.client
import json
import re
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.browser.conftest import NARROW, Eyes
from tests.console.pages.test_opportunities import found
from tests.console.pages.test_opportunities import row as opportunity
from tests.console.real import opened
from tests.console.seed import Running

from stillhouse.compose.desks.students import StudentsPart
from stillhouse.console.pages.frame import MENU

PLACES = [place for _, places in MENU for place in places]
PATHS = [place.path for place in PLACES] + ["/calls/flying", "/first", "/audit/verify"]
CHECK = """() => {
  const wrong = [];
  const named = (e) => e.getAttribute('aria-label') || e.getAttribute('aria-labelledby')
    || e.getAttribute('aria-hidden') || e.getAttribute('alt') || e.closest('[aria-hidden]');
  for (const e of document.querySelectorAll('img, svg')) if (!named(e)) wrong.push(e.outerHTML);
  for (const e of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
    if (!e.labels.length && !named(e)) wrong.push(e.outerHTML);
  for (const e of document.querySelectorAll('a, button'))
    if (!e.textContent.trim() && !named(e) && !e.querySelector('title')) wrong.push(e.outerHTML);
  for (const e of document.querySelectorAll('th:not([scope])')) wrong.push(e.outerHTML);
  for (const e of document.querySelectorAll('table')) if (!e.caption) wrong.push('no caption');
  for (const id of [...document.querySelectorAll('[id]')].map((e) => e.id))
    if (document.querySelectorAll('#' + CSS.escape(id)).length > 1) wrong.push('twice: ' + id);
  for (const e of document.querySelectorAll('[aria-labelledby], [aria-describedby]'))
    for (const name of ['aria-labelledby', 'aria-describedby'])
      for (const id of (e.getAttribute(name) || '').split(' ').filter(Boolean))
        if (!document.getElementById(id)) wrong.push('nothing is called ' + id);
  if (document.querySelectorAll('h1').length !== 1) wrong.push('not one h1');
  if (!document.documentElement.lang) wrong.push('no language');
  if (!document.querySelector('main')) wrong.push('no main');
  return wrong;
}"""


def call(running: Running, key: str, model: str) -> dict[str, object]:
    """One request through the gateway, as curl would send it."""
    parts = urlsplit(running.gateway)
    link = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    body = {"model": model, "max_tokens": 8, "messages": [{"role": "user", "content": "Say hello"}]}
    link.request(
        "POST",
        "/v1/chat/completions",
        json.dumps(body),
        {"authorization": f"Bearer {key}", "content-type": "application/json"},
    )
    answer = link.getresponse()
    found: dict[str, object] = json.loads(answer.read())
    link.close()
    assert 200 == answer.status, found
    return found


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_sound_wide_and_narrow_and_at_once(eyes: Eyes, path: str) -> None:
    eyes.go(path)

    assert [] == eyes.page.evaluate(CHECK)
    assert eyes.overflow <= 0
    eyes.page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    assert eyes.overflow <= 0, "the page scrolls sideways on a telephone"


def test_an_account_a_key_and_a_call_that_appears(eyes: Eyes, running: Running) -> None:
    eyes.go("/first")
    page = eyes.page
    page.locator("main").get_by_label("Account", exact=True).select_option("")
    page.get_by_label("Name of the new account").fill("Kopi & Kita")
    page.get_by_label("Model").select_option("builtin")
    page.get_by_role("button", name="Make a key").click()
    key = page.locator("#secret").inner_text().strip()
    assert re.fullmatch(r"sk-sh-[0-9a-f]{64}", key)
    assert "Waiting for a call" in page.locator("[data-watches]").inner_text()

    call(running, key, "builtin")
    page.get_by_text("It works").wait_for()
    with page.expect_navigation():  # this page has a lede, too
        page.get_by_role("link", name="See the call").click()

    assert "Kopi & Kita called" in page.locator(".lede").inner_text()
    eyes.go("/calls")
    page.locator("#calls tbody").get_by_role("link", name="Kopi & Kita").first.wait_for()


def test_an_invoice_is_approved_finalised_and_downloaded(eyes: Eyes, tmp_path: Path) -> None:
    eyes.go("/invoices")
    page = eyes.page
    row = page.locator("#invoices tbody tr", has_text="draft").filter(has_not_text="not drafted")
    with page.expect_navigation():
        row.first.get_by_role("link").first.click()
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("The invoice was approved.").wait_for()
    page.get_by_role("button", name="Finalise").click()
    page.get_by_text("The invoice was finalised.").wait_for()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="PDF", exact=True).click()
    waiting.value.save_as(tmp_path / "invoice.pdf")

    assert (tmp_path / "invoice.pdf").read_bytes().startswith(b"%PDF-")
    assert re.search(r"INV-\d+", page.locator("h1").inner_text())


def test_the_total_of_an_invoice_is_seen_on_a_telephone(eyes: Eyes) -> None:
    page = eyes.page
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    eyes.go("/invoices")
    path = page.locator("#invoices tbody tr", has_text="INV-").first.get_by_role("link").first
    eyes.go(str(path.get_attribute("href")))

    for amount in page.locator(".paper tbody td:last-child, .paper tfoot td").all():
        box = amount.bounding_box()
        assert box["x"] + box["width"] <= NARROW[0]
    assert page.locator(".paper").evaluate("e => e.scrollWidth <= e.clientWidth")


def test_everything_is_reached_by_keys(eyes: Eyes) -> None:
    eyes.go("/")
    page = eyes.page
    for place in PLACES:
        page.keyboard.press("g")
        # The first place is where we are: only a navigation shows that the key led anywhere.
        with page.expect_navigation(url=eyes.base + place.path):
            page.keyboard.press(place.shortcut)
    page.keyboard.press("/")
    assert "search" == page.evaluate("document.activeElement.id")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")

    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_the_first_tab_stop_leads_past_the_menu(eyes: Eyes) -> None:
    eyes.go("/")
    eyes.page.keyboard.press("Tab")
    eyes.page.keyboard.press("Enter")

    eyes.page.wait_for_url("**#main")


def test_a_table_sorts_by_exact_values_and_filters_by_words(eyes: Eyes) -> None:
    eyes.go("/")
    page = eyes.page
    first = page.locator("#accounts tbody tr").first
    dearest = first.locator("th").inner_text()
    page.locator("#accounts thead").get_by_role("button", name="Spend").click()
    assert dearest == first.locator("th").inner_text()
    page.locator("#accounts thead").get_by_role("button", name="Spend").click()
    assert dearest != first.locator("th").inner_text()
    page.locator("#accounts-filter").fill("bank")

    assert 1 == page.locator("#accounts tbody tr:visible").count()


def told_by(text: str, route: Any) -> None:
    """Answer a request of the browser with this page."""
    route.fulfill(body=text, content_type="text/html; charset=utf-8")


def test_the_table_of_opportunities_is_as_wide_as_its_window(
    eyes: Eyes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page of a house with large sums and long names, in the frame of the one that runs."""
    large = opportunity(
        workload="comment-triage-nightly", account="Nusantara Video International", size=77,
        spend=1_234_567 * 10**12, rows=123_456, rows_needed=800_000, saves_month=10**18,
        clause="openai-services-agreement 3.3(e): competing_forbidden",
        break_even_calls=3_583_334, break_even_days=1_120,
    )  # fmt: skip
    monkeypatch.setattr(StudentsPart, "opportunities", lambda *_, **__: found(large))
    with opened(tmp_path) as real:
        client = real.browser(real.sign_in())
        for language in ("en", "id"):
            told = client.get("/opportunities", headers={"accept-language": language}).text
            eyes.page.route("**/opportunities", partial(told_by, told))
            eyes.go("/opportunities")
            [inside, outside] = eyes.page.evaluate(
                "(({scrollWidth, parentElement}) => [scrollWidth, parentElement.clientWidth])"
                "(document.querySelector('#opportunities'))"
            )

            assert inside <= outside
            assert 0 == eyes.overflow


def test_the_menu_opens_on_a_telephone(eyes: Eyes) -> None:
    eyes.page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    eyes.go("/")
    menu = eyes.page.locator("#menu")
    assert not menu.is_visible()
    eyes.page.get_by_role("button", name="Menu").click()
    menu.get_by_role("link", name="Audit log").click()

    eyes.page.wait_for_url("**/audit")


def test_language_and_theme_switch_and_stay(eyes: Eyes) -> None:
    eyes.go("/calls")
    page = eyes.page
    for button in ("Dark", "Indonesia"):
        with page.expect_navigation():  # before it, the cookie is not there
            page.get_by_role("button", name=button).click()
    eyes.go("/")

    assert "dark" == page.locator("html").get_attribute("data-theme")
    assert "Ikhtisar" == page.locator("h1").inner_text()
    assert "rgb(18, 20, 22)" == page.evaluate(
        "getComputedStyle(document.documentElement).backgroundColor"
    )


def test_the_figures_of_now_move(eyes: Eyes) -> None:
    eyes.go("/")
    with eyes.page.expect_response(lambda answer: answer.url.endswith("/live")) as stream:
        eyes.page.reload()

    assert stream.value.headers["content-type"].startswith("text/event-stream")


def test_nothing_is_loaded_from_elsewhere_or_run_inline(eyes: Eyes) -> None:
    asked: list[str] = []
    eyes.page.on("request", lambda request: asked.append(request.url))
    eyes.go("/for")

    assert all(url.startswith(eyes.base) for url in asked)
    assert 0 == eyes.page.locator("script:not([src])").count()
