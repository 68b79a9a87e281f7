"""The documentation says what the code does: paths, columns, flags, commands, settings, links."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tests import students

from stillhouse.cli import COMMANDS, LazyGroup, main
from stillhouse.config.load import load
from stillhouse.ledger.receipt import FLAGS
from stillhouse.store.lake import SCHEMA
from stillhouse.training.shelf import shelf
from stillhouse.wire.paths import ROUTES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
_FENCE = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)


def fences(page: Path, language: str) -> Iterator[str]:
    for found in _FENCE.finditer(page.read_text("utf-8")):
        if found[1] == language:
            yield found[2]


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    links = [link for link in _LINK.findall(page.read_text("utf-8")) if "://" not in link]
    broken = [link for link in links if not (page.parent / link).exists()]

    assert [] == broken


def test_every_page_is_in_the_index() -> None:
    index = (DOCS / "index.md").read_text("utf-8")
    pages = {p.relative_to(DOCS).with_suffix("").as_posix() for p in DOCS.rglob("*.md")}
    listed = set(re.findall(r"^[a-z][\w/-]+$", index, re.MULTILINE))

    assert pages - {"index", "lab-log"} == listed - {"lab-log"}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_configuration_shown_loads(page: Path, tmp_path: Path) -> None:
    keys = dict.fromkeys(
        ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "ANTHROPIC_API_KEY", "STILLHOUSE_OIDC_SECRET"),
        "k",
    )
    known = '[providers.azure]\nkind = "azure"\nbase_url = "https://n.openai.azure.com"\n'
    known += '[providers.openai]\nkind = "openai"\n'
    (tmp_path / "prices-2026.toml").write_text("")
    for number, text in enumerate(fences(page, "toml")):
        file = tmp_path / f"{number}.toml"
        file.write_text(text if "[providers." in text else text + known)
        for name in re.findall(r'^student = "(\w+)"', text, re.MULTILINE):
            students.written(shelf(tmp_path / "data") / name)

        assert load(file=file, env=keys).deployments


def test_every_path_of_the_gateway_is_listed() -> None:
    page = (DOCS / "reference" / "http.md").read_text("utf-8")
    short = {path: path.replace("/openai/deployments/{deployment}/", ".../") for path in ROUTES}
    missing = [p for p in ROUTES if f"{p}`" not in page and f"`{short[p]}`" not in page]

    assert [] == missing


def test_every_column_and_flag_of_a_receipt_is_listed() -> None:
    page = (DOCS / "reference" / "receipts.md").read_text("utf-8")
    columns = [field.name for field in SCHEMA if f"`{field.name}`" not in page]
    flags = [name for bit, name in FLAGS.items() if f"| `{name}` | {bit} |" not in page]

    assert ([], []) == (columns, flags)


def test_every_command_is_listed() -> None:
    page = (DOCS / "reference" / "cli.md").read_text("utf-8")
    listed = set(re.findall(r"^stillhouse ([\w-]+)", page, re.MULTILINE))
    runnable = set(LazyGroup(lazy=COMMANDS).lazy)

    assert runnable <= listed
    assert listed <= set(COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_shown_exists(page: Path) -> None:
    shown = {
        word
        for language in ("sh", "")
        for text in fences(page, language)
        for word in re.findall(r"^(?:\S*bin/)?stillhouse ([\w-]+)", text, re.MULTILINE)
    }

    assert shown <= set(COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_python_shown_is_python(page: Path) -> None:
    for text in fences(page, "python"):
        compile(text, named(page), "exec")


def test_every_option_of_every_command_is_listed() -> None:
    """Options that all commands share are told once, in words."""
    page = (DOCS / "reference" / "cli.md").read_text("utf-8")
    missing = [
        f"{path} {option}"
        for path, command in leaves(main, "stillhouse")
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--") and option not in page
    ]

    assert [] == missing


def leaves(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        assert inner is not None
        yield from leaves(inner, f"{path} {name}")
