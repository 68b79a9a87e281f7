"""A console over a real folder, and its owner's browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.console.pages.reading import Page
from tests.console.real import Client, Real, opened


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Real]:
    with opened(tmp_path) as house:
        yield house


class Ada:
    """The owner, signed in."""

    def __init__(self, real: Real) -> None:
        self.client: Client = real.browser(real.sign_in())

    def see(self, path: str, *, status: int = 200, language: str = "en") -> Page:
        answer = self.client.get(path, headers={"accept-language": language})
        assert status == answer.status_code, answer.text
        return Page(answer.text)

    def file(self, path: str) -> list[str]:
        answer = self.client.get(path)
        assert 200 == answer.status_code
        assert answer.headers["content-disposition"].startswith("attachment")
        return answer.text.splitlines()

    def do(self, path: str, **fields: str) -> str:
        """Send a form; where it leads."""
        answer = self.client.form(path, **fields)
        assert 303 == answer.status_code, answer.text
        return str(answer.headers["location"])

    def once(self, path: str, **fields: str) -> Page:
        """Send a form that answers with a page: what is shown once."""
        answer = self.client.form(path, **fields)
        assert 200 == answer.status_code, answer.text
        return Page(answer.text)

    def refused(self, path: str, **fields: str) -> int:
        return int(self.client.form(path, **fields).status_code)


@pytest.fixture
def ada(real: Real) -> Ada:
    return Ada(real)
