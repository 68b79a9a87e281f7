"""Takes the pictures of the console that are in the docs: every page, light and dark, and narrow.

    python -m tests.console.seed FOLDER --calls 200000 &        prints a sign-in link
    python -m tests.browser.pictures LINK docs/images/console
    stillhouse demo --folder OTHER --stay                       prints one, too: of a house that
    python -m tests.browser.pictures LINK docs/images/console --owned       owns a student

Pictures are of the window, not of the whole page, and are kept under 250 kB.
"""

import argparse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright
from tests.browser.conftest import ARGUMENTS, CHROMIUM, NARROW, WIDE

LARGEST = 250_000
PAGES = {
    "overview": "/",
    "purpose": "/for",
    "calls": "/calls",
    "flying": "/calls/flying",
    "invoices": "/invoices",
    "revenue": "/revenue?month={before}",
    "prices": "/prices",
    "accounts": "/accounts",
    "budgets": "/budgets",
    "providers": "/providers",
    "terms": "/terms",
    "audit": "/audit",
    "members": "/members",
    "first": "/first",
}
FOUND = {
    "call": ("/calls?account={account}", "#calls tbody tr:nth-child(3) a"),
    "account": ("/accounts", "#accounts tbody a"),
    "invoice": (
        "/invoices",
        "#invoices tbody tr:has-text('Aruna Retail'):has-text('October') a",
    ),
}
"""name -> (page, what to follow there)"""
OWNED = {
    "opportunities": "/opportunities?one_off=0.01&node_month=0.01",
    "distillation": "/distillation",
    "students": "/students",
    "releases": "/releases",
    "guard": "/guard",
    "notices": "/notices",
}
"""pages of what was trained, at which costs it pays in so small a house, and of who was stopped"""
FOUND_OWNED = {
    "run": ("/distillation", "#runs tbody tr:last-child th a"),
    "student": ("/students", "#students tbody tr:last-child th a"),
    "release": ("/releases", "#releases tbody th a"),
    "case": ("/guard", "#cases tbody th a"),
}
ON_A_TELEPHONE = ("overview", "purpose", "calls", "invoice")


def there(link: Any) -> str:
    """Where a link leads."""
    return str(link.get_attribute("href"))


def take(page: Any, folder: Path, name: str) -> None:
    page.wait_for_timeout(500)  # the first figures of now
    file = folder / f"{name}.png"
    page.screenshot(path=str(file))
    size = file.stat().st_size
    assert size <= LARGEST, f"{file} has {size} bytes"
    print(f"{file}  {size // 1000} kB", flush=True)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("link")
    asked.add_argument("folder", type=Path)
    asked.add_argument("--owned", action="store_true", help="the pages of what was trained")
    given = asked.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    base = "{0.scheme}://{0.netloc}".format(urlsplit(given.link))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
        page = context.new_page()
        page.goto(given.link)
        page.get_by_label("E-mail").fill("ada@example.com")
        page.get_by_label("Name").fill("Ada Wijaya")
        if given.owned:
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(f"{base}/")
            _take_owned(browser, page, base, given.folder)
            return
        take(page, given.folder, "sign-in-light")
        page.get_by_role("button", name="Sign in").click()
        page.goto(f"{base}/invoices")
        before = there(page.locator("#invoices tbody a").first)[-7:]
        page.goto(f"{base}/accounts")
        accounts = page.locator("#accounts tbody th a")
        account = there(accounts.nth(1)).rpartition("/")[2]
        places = {name: path.format(before=before) for name, path in PAGES.items()}
        places["standing"] = f"/accounts/{account}/standing"
        for name, (path, link) in FOUND.items():
            page.goto(base + path.format(account=account))
            places[name] = there(page.locator(link).first)
        state = context.storage_state()
        context.close()
        for theme in ("light", "dark"):
            _take_all(browser, state, base, places, given.folder, theme)
        narrow = {name: places[name] for name in ON_A_TELEPHONE}
        _take_all(browser, state, base, narrow, given.folder, "light", narrow=True)
        _take_all(browser, state, base, {"overview": "/"}, given.folder, "light", locale="id-ID")
        browser.close()


def _take_owned(browser: Any, page: Any, base: str, folder: Path) -> None:
    places = dict(OWNED)
    for name, (path, link) in FOUND_OWNED.items():
        page.goto(base + path)
        places[name] = there(page.locator(link).first)
    places["rollback"] = f"{places['release']}/rollback"
    state = page.context.storage_state()
    for theme in ("light", "dark"):
        _take_all(browser, state, base, places, folder, theme)
    narrow = {"release": places["release"]}
    _take_all(browser, state, base, narrow, folder, "light", narrow=True)


def _take_all(
    browser: Any,
    state: Any,
    base: str,
    places: dict[str, str],
    folder: Path,
    theme: str,
    *,
    narrow: bool = False,
    locale: str = "en-GB",
) -> None:
    width, height = NARROW if narrow else WIDE
    context = browser.new_context(
        storage_state=state,
        viewport={"width": width, "height": height},
        color_scheme=theme,
        locale=locale,
    )
    page = context.new_page()
    kind = "narrow" if narrow else "indonesian" if locale == "id-ID" else theme
    for name, path in places.items():
        page.goto(base + path)
        take(page, folder, f"{name}-{kind}")
    context.close()


if __name__ == "__main__":
    main()
