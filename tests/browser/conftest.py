"""A browser, and a service with two months of calls behind it, as an operator would open it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.console.seed import Running, bill, prepare, sell, served

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, NARROW = (1280, 900), (390, 844)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("console")
    now = datetime.now(UTC)
    prepare(folder, "http://127.0.0.1:9/v1")
    sell(folder, calls=2_000, until=now)
    bill(folder, until=now)
    with served(folder) as service:
        yield service


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser: {CHROMIUM} is not there (apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def signed_in(chromium, running: Running) -> dict[str, object]:  # type: ignore[no-untyped-def] # noqa: ANN001
    """Cookies of the owner, who used the one-time link that the command line printed."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(running.link())
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Name").fill("Ada Wijaya")
    page.get_by_role("button", name="Sign in as owner").click()
    page.wait_for_url(running.console + "/")
    state: dict[str, object] = context.storage_state()
    context.close()
    return state


class Eyes:
    """One tab. It fails afterwards if the browser's console said that anything went wrong."""

    def __init__(self, page, base: str) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
        self.page, self.base = page, base
        self.wrong: list[str] = []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on(
            "console",
            lambda said: (
                self.wrong.append(said.text) if said.type in {"error", "warning"} else None
            ),
        )

    def go(self, path: str) -> None:
        answer = self.page.goto(self.base + path)
        assert 200 == answer.status, path

    @property
    def overflow(self) -> int:
        """Pixels that the page is wider than the window."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return int(wide)


@pytest.fixture
def eyes(chromium, running: Running, signed_in: dict[str, object]) -> Iterator[Eyes]:  # type: ignore[no-untyped-def] # noqa: ANN001
    context = chromium.new_context(
        storage_state=signed_in, viewport={"width": WIDE[0], "height": WIDE[1]}
    )
    context.set_default_timeout(60_000)  # only a failure waits so long
    found = Eyes(context.new_page(), running.console)
    yield found
    context.close()
    assert [] == found.wrong
