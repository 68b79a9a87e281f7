"""The house kept tidy: what no linter checks, walked over every file.

Each exception list only shrinks: an entry whose reason is gone fails its test, so it is removed
when it is mended and never comes back unnoticed.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "stillhouse"
LONGEST = 500

TOO_LONG: dict[str, str] = {}
"""src file -> why it is still longer than LONGEST lines"""

SCRIPTED = "a part of the scripted upstream: tests/testing/test_upstream.py"
WITHOUT_A_TEST_OF_ITS_OWN: dict[str, str] = {
    "billing/ports.py": "protocols; kept by store.sqlite_invoices",
    "cli/story/facts.py": "values; what the story found: tests/cli/story/test_acts.py",
    "cli/story/report.py": "of a story that was told: tests/cli/story/test_acts.py",
    "cli/story/service.py": "a story runs on it: tests/cli/story/test_acts.py",
    "compose/desks/audit.py": "through the API: tests/console/api/test_audit.py",
    "compose/desks/guard.py": "through the API: tests/console/api/test_cases.py",
    "compose/desks/invoices.py": "through the API: tests/console/api/test_invoices.py",
    "compose/desks/parts.py": "through the API: tests/console/api/test_tenants.py",
    "compose/desks/people.py": "through the API: tests/console/api/test_people.py",
    "compose/desks/prices.py": "through the API: tests/console/api/test_prices.py",
    "compose/desks/proof.py": "through the API: tests/console/api/test_audit.py",
    "compose/desks/providers.py": "through the API: tests/console/api/test_providers.py",
    "compose/desks/releases.py": "through the API: tests/console/api/test_releases.py",
    "compose/desks/students.py": "through the API: tests/console/api/test_students.py",
    "compose/desks/terms.py": "through the API: tests/console/api/test_terms.py",
    "compose/desks/tenants.py": "through the API: tests/console/api/test_tenants.py",
    "compose/desks/usage.py": "through the API: tests/console/api/test_usage.py",
    "compose/desks/why.py": "through the API: tests/console/api/test_workloads.py",
    "console/guard_views.py": "values; what the protocols of console.house speak of",
    "console/house.py": "protocols; kept by compose.house and judged in tests/compose",
    "console/money_views.py": "values; what the protocols of console.house speak of",
    "console/student_views.py": "values; what the protocols of console.house speak of",
    "console/terms_views.py": "values; what the protocols of console.house speak of",
    "console/views.py": "values; what the protocols of console.house speak of",
    "distill/ports.py": "protocols; kept by store.sqlite_releases",
    "gateway/house.py": "protocols; kept by gateway.gateway and judged in tests/gateway",
    "gateway/ports.py": "protocols; kept by upstream.pool and judged in tests/gateway",
    "guard/ports.py": "protocols; judged by tests/store/case_rules.py",
    "ledger/ports.py": "protocols; judged by tests/store/conformance.py",
    "terms/student.py": "values; judged in tests/terms/test_decide.py",
    "terms/use.py": "values; judged in tests/terms/test_decide.py",
    "testing/account.py": SCRIPTED,
    "testing/answers/anthropic.py": SCRIPTED,
    "testing/answers/chat.py": SCRIPTED,
    "testing/answers/completions.py": SCRIPTED,
    "testing/answers/embeddings.py": SCRIPTED,
    "testing/answers/refusals.py": SCRIPTED,
    "testing/answers/responses.py": SCRIPTED,
    "testing/call.py": SCRIPTED,
    "testing/upstream/server.py": SCRIPTED,
    "testing/upstream/thread.py": "tests/testing/test_upstream.py and tests/test_examples.py",
    "training/fitting.py": "values and a protocol; kept by training.classifier and its siblings",
    "worker/ports.py": "protocols; kept by store.folder and store.lake",
}
"""module (relative to src/stillhouse) -> where its behaviour is tested instead"""

OWED = Path(__file__).with_name("owed.txt")
"""modules whose own test is not written yet, a line each. `python tests/test_tidy.py` takes off the
lines that are mended; nothing adds one"""

BANNED_NAMES = re.compile(r"(^|_)(utils?|helpers?|manager|managers|common|misc|stuff)(_|$)")
MONEY = ("units/money.py", "tariff/", "ledger/", "billing/")
"""where an amount of money is computed: whole numbers only"""
ROUNDING = {
    "units/money.py": 1,
}
"""file -> true divisions allowed in it: one place rounds, on Fractions, and it is this one"""

HOME = re.compile(r"/(home|Users|root)/[A-Za-z]")
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".txt", ".sql", ".sh", ".cfg", ".json", ""}


def modules(folder: Path = SOURCE) -> list[Path]:
    return sorted(p for p in folder.rglob("*.py") if "__pycache__" not in p.parts)


def named(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def tracked() -> list[Path]:
    """Every file of the project that git knows, or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout: there is no list of the project's files")
    names = [name.decode() for name in listed.stdout.split(b"\0") if name]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


@pytest.mark.parametrize("folder", ["src", "tests", "bench", "recipes", "examples"])
def test_every_module_opens_with_its_theory(folder: str) -> None:
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in modules(ROOT / folder)
        if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]

    assert [] == silent


def test_no_source_file_is_too_long() -> None:
    long = {named(p) for p in modules() if len(p.read_text("utf-8").splitlines()) > LONGEST}

    assert long == set(TOO_LONG)


def owed() -> set[str]:
    return set(OWED.read_text("utf-8").split())


def untested() -> set[str]:
    """Modules without tests/ROOM/test_MODULE.py."""
    return {
        named(path)
        for path in modules()
        if path.name not in {"__init__.py", "__main__.py"}
        and not (ROOT / "tests" / Path(named(path)).with_name(f"test_{path.name}")).exists()
    }


def test_every_module_has_a_test_that_mirrors_it() -> None:
    """src/stillhouse/ROOM/MODULE.py is tested by tests/ROOM/test_MODULE.py."""
    unexcused = sorted(untested() - set(WITHOUT_A_TEST_OF_ITS_OWN) - owed())

    assert [] == unexcused


def test_the_list_of_modules_without_a_test_only_shrinks() -> None:
    mended = sorted((set(WITHOUT_A_TEST_OF_ITS_OWN) | owed()) - untested())

    assert [] == mended, "these have a test now, or are gone: run python tests/test_tidy.py"


def test_every_exception_has_a_reason() -> None:
    reasons = [*TOO_LONG.values(), *WITHOUT_A_TEST_OF_ITS_OWN.values()]

    assert all(len(reason) > 10 for reason in reasons)


def test_a_file_is_named_by_its_idea() -> None:
    banned = [p for p in tracked() if BANNED_NAMES.search(p.stem.lower())]

    assert [] == banned


def test_no_file_names_a_machine() -> None:
    found = [
        path.relative_to(ROOT).as_posix()
        for path in tracked()
        if path.suffix in TEXT and HOME.search(path.read_text("utf-8", "replace"))
    ]

    assert [] == found


def _inexact(tree: ast.AST) -> Iterator[str]:
    """Every place where a float could come to be."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="float")):
                yield f"line {node.lineno}: float()"
            case ast.Constant(value=float() as number):
                yield f"line {node.lineno}: the float {number}"
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield f"line {node.lineno}: a true division"


def test_money_is_never_a_float() -> None:
    found = {}
    for path in modules():
        if named(path).startswith(MONEY):
            lines = list(_inexact(ast.parse(path.read_text("utf-8"))))
            if len(lines) > ROUNDING.get(named(path), 0):
                found[named(path)] = lines

    assert {} == found


@pytest.mark.parametrize(
    "code", ["a / b", "a /= b", "float(a)", "a * 0.5", "def f(x=1e-6): ...", "sum(x) / len(x)"]
)
def test_the_check_of_money_sees(code: str) -> None:
    assert list(_inexact(ast.parse(code)))


def test_the_check_of_money_lets_whole_numbers_pass() -> None:
    code = 'a // b * 3 + round(Fraction(1, 3)) + 10**12 + len("a/b")'

    assert [] == list(_inexact(ast.parse(code)))


if __name__ == "__main__":
    OWED.write_text("".join(f"{module}\n" for module in sorted(owed() & untested())), "utf-8")
