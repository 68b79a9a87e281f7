"""Imported calls are receipts like any other, each counted once, wherever a run is killed."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillhouse.compose import imports
from stillhouse.compose.books import Books
from stillhouse.compose.imports import Problem, Report, import_log, log_lines
from stillhouse.compose.stores import open_store
from stillhouse.imports.formats import LINE_BYTES_MAX, Format
from stillhouse.ledger.ports import ConflictError, Store
from stillhouse.store.folder import JournalFolder
from stillhouse.tariff import tariff
from stillhouse.tenants.key import is_imported
from stillhouse.units.instant import Instant
from stillhouse.units.money import pico
from stillhouse.units.usage import Meter

AT = Instant(1_795_780_800_000_000)
SALE = tariff(
    book="sale",
    model="m",
    valid_from=Instant(0),
    prices={Meter.INPUT: 2_500_000, Meter.OUTPUT: 10_000_000},
)
COST = tariff(
    book="cost",
    model="m",
    valid_from=Instant(0),
    prices={Meter.INPUT: 2_000_000, Meter.OUTPUT: 8_000_000},
)


def call(number: int, **changes: Any) -> bytes:
    row = {
        "id": f"c{number}",
        "at": f"2026-11-{1 + number % 28:02d}T10:00:00Z",
        "account": f"a{number % 3}",
        "project": "p",
        "key": "k",
        "provider": "openai",
        "model": "m",
        "usage": {"prompt_tokens": number, "completion_tokens": 1},
    }
    said = {name: value for name, value in (row | changes).items() if value is not None}
    return json.dumps(said).encode() + b"\n"


def founded(data: Path) -> Store:
    store = open_store(data, create=True)
    store.configure_prices([SALE, COST], at=AT)
    return store


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(data: Path) -> Iterator[Store]:
    with closing(founded(data)) as store:
        yield store


def run(
    data: Path, store: Store, lines: Iterable[bytes], log: Format = "stillhouse", **more: Any
) -> Report:
    return import_log(
        data,
        store,
        log_lines(BytesIO(b"".join(lines))),
        log=log,
        source="test.jsonl",
        at=AT,
        actor="test",
        **more,
    )


def sums(store: Store) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """By names, since ids are drawn anew in each house: receipts, charge and cost."""
    here = store.directory()
    return {
        (t.day, here.accounts[t.account].name, t.key): (t.receipts, t.charge, t.cost)
        for t in store.totals()
    }


def on_disk(data: Path) -> set[str]:
    return {p.relative_to(data).as_posix() for p in (data / "segments").glob("*/*")}


def test_calls_are_priced_receipts_that_verify_accepts(data: Path, store: Store) -> None:
    report = run(data, store, map(call, range(10)))
    verdict = Books(data, store).verify()

    assert (10, 10, 0, True) == (report.lines, report.imported, report.known, report.ok)
    assert (True, 10) == (verdict.ok, verdict.receipts)
    assert sum(n * 2_500_000 + 10_000_000 for n in range(10)) == report.charge["USD"]
    assert report.charge["USD"] == sum(t.charge for t in store.totals())
    assert report.cost["USD"] == sum(t.cost for t in store.totals())
    assert all(is_imported(t.key) for t in store.totals())
    assert (["a0", "a1", "a2"], 3) == (sorted(report.accounts), report.projects)
    assert all(store.writers().values())


def test_the_entry_says_who_imported_what(data: Path, store: Store) -> None:
    run(data, store, [call(1)])
    [entry] = [e for e in store.entries() if e.kind == "import"]

    assert ("test", "test.jsonl", "stillhouse") == (
        entry.actor,
        entry.body["source"],
        entry.body["format"],
    )


def test_a_second_run_changes_nothing(data: Path, store: Store) -> None:
    lines = [call(n, id=None if n % 2 else f"c{n}") for n in range(20)]
    run(data, store, lines)
    before = (sums(store), store.segments(), list(store.entries()))
    again = run(data, store, lines)

    assert (0, 20, True) == (again.imported, again.known, again.ok)
    assert before == (sums(store), store.segments(), list(store.entries()))


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_any_split_into_files_runs_and_batches_gives_the_same_books(draw: st.DataObject) -> None:
    lines = [call(n, id=None if n % 2 else f"c{n}") for n in range(12)]
    pieces = draw.draw(st.lists(st.lists(st.sampled_from(lines), max_size=12), max_size=4))
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(imports, "BATCH_LINES", draw.draw(st.integers(1, 5)))
        with closing(founded(Path(folder) / "one")) as one:
            run(Path(folder) / "one", one, lines)
            expected = sums(one)
        with closing(founded(Path(folder) / "two")) as two:
            for piece in [*pieces, lines]:
                run(Path(folder) / "two", two, piece)
            verdict = Books(Path(folder) / "two", two).verify()

            assert expected == sums(two)
            assert (True, 12) == (verdict.ok, verdict.receipts)


def test_an_id_that_says_something_else_is_a_conflict_and_stays_as_it_was(
    data: Path, store: Store
) -> None:
    run(data, store, [call(1)])
    told: list[Problem] = []
    changed = call(1, usage={"prompt_tokens": 99})
    report = run(data, store, [call(2), changed, call(2), changed], on_problem=told.append)

    assert (1, 1, {"conflict": 2}) == (report.imported, report.known, dict(report.rejected))
    assert [(2, "conflict"), (4, "conflict")] == [(p.line, p.reason) for p in told]
    assert 2 == sum(t.receipts for t in store.totals())


def test_two_accounts_may_use_one_id(data: Path, store: Store) -> None:
    report = run(data, store, [call(1, account="x"), call(1, account="y")])

    assert (2, True) == (report.imported, report.ok)


def test_a_bad_line_hides_no_good_one(data: Path, store: Store) -> None:
    told: list[Problem] = []
    lines = [
        b"\xef\xbb\xbf" + call(1),
        b"not json\n",
        b"\n",
        call(2, at="yesterday"),
        call(3, account=" x"),
        call(4, account="acct_000000000000"),
        call(5, project="a\tb"),
        call(6, account=None),
        b'{"id": "' + b"x" * (LINE_BYTES_MAX + 5) + b'"}\n',
        call(7).strip(),
    ]
    report = run(data, store, lines, on_problem=told.append)

    assert (9, 2) == (report.lines, report.imported)
    assert [
        (2, "not_json"),
        (4, "no_time"),
        (5, "bad_name"),
        (6, "bad_name"),
        (7, "bad_name"),
        (8, "no_account"),
        (9, "too_long"),
    ] == [(p.line, p.reason) for p in told]
    assert 2 == sum(t.receipts for t in store.totals())


def test_a_call_belongs_to_the_workload_it_declares_else_to_its_template(
    data: Path, store: Store
) -> None:
    def asked(text: str) -> dict[str, Any]:
        turns = [{"role": "system", "content": "Classify."}, {"role": "user", "content": text}]
        return {"messages": turns}

    lines = [
        call(1, request=asked("a")),
        call(2, request=asked("b")),
        call(3, request=asked("b"), workload="triage"),
        call(4),
    ]
    run(data, store, lines)
    counts = Counter(t.workload for t in store.totals() for _ in range(t.receipts))
    [template] = [w for w in counts if w.startswith("t:")]

    assert {template: 2, "triage": 1, "": 1} == dict(counts)


def test_what_has_no_price_is_flagged_named_and_never_free(data: Path, store: Store) -> None:
    report = run(data, store, [call(1), call(2, model="new"), call(3, model="new")])

    assert {"new": 2} == dict(report.unpriced)
    assert 2 == sum(t.unrated for t in store.totals())
    assert Books(data, store).verify().ok
    assert 1 == run(data, store, [call(4, model="new")]).imported


def test_imports_touch_no_budget(data: Path, store: Store) -> None:
    account = store.create_account("a1", at=AT, actor="test")

    def limited(span: Any) -> None:
        store.set_budget(
            "account",
            account.id,
            span=span,
            limit=pico("1"),
            hard=True,
            currency="USD",
            amount="1",
            fx="1",
            at=AT,
            actor="test",
        )

    limited("month")
    run(data, store, map(call, range(10)))
    limited("total")

    assert {0} == {b.posted for b in store.balances()}
    assert Books(data, store).verify().ok


def test_what_the_log_says_it_cost_is_kept_beside_the_receipts(data: Path, store: Store) -> None:
    rows = [
        {
            "request_id": f"r{n}",
            "startTime": "2026-11-02T10:00:00",
            "model": model,
            "spend": "0.1234567890123456789",
            "prompt_tokens": 1,
            "completion_tokens": 1,
            "custom_llm_provider": "openai",
            "cache_hit": n == 3,
        }
        for n, model in enumerate(["m", "m", "other", "m"])
    ]
    lines = [json.dumps(row).encode() + b"\n" for row in rows]
    report = run(data, store, lines, "litellm", account="acme")
    found = {(c.model, c.cost_tariff): (c.receipts, c.amount) for c in store.log_costs()}

    assert Decimal("0.4938271560493827156") == report.reported["USD"]
    assert {
        ("m", COST.id): (3, Decimal("0.3703703670370370367")),
        ("other", ""): (1, Decimal("0.1234567890123456789")),
    } == found
    assert Books(data, store).verify().ok


def test_a_dry_run_tells_the_same_and_changes_nothing(data: Path, store: Store) -> None:
    lines = [call(1), call(2, model="new"), call(1), b"x\n"]
    before = (list(store.entries()), store.totals(), store.directory().accounts)
    dry = run(data, store, lines, dry_run=True)

    assert before == (list(store.entries()), store.totals(), store.directory().accounts)
    assert not (data / "segments").exists()
    wet = run(data, store, lines)
    assert (dry.imported, dry.known, dry.rejected, dry.unpriced, dry.accounts, dry.charge) == (
        wet.imported,
        wet.known,
        wet.rejected,
        wet.unpriced,
        wet.accounts,
        wet.charge,
    )


def test_one_import_runs_at_a_time(data: Path, store: Store) -> None:
    begun, done = threading.Event(), threading.Event()

    def slow() -> Iterator[bytes]:
        yield call(1)
        begun.set()
        done.wait(10)

    def first() -> None:
        import_log(data, store, slow(), log="stillhouse", source="slow", at=AT, actor="test")

    thread = threading.Thread(target=first)
    thread.start()
    try:
        begun.wait(10)
        with pytest.raises(ConflictError, match="another import is running"):
            run(data, store, [call(2)])
    finally:
        done.set()
        thread.join(10)

    assert 1 == run(data, store, [call(2)]).imported


def test_nothing_is_posted_while_somebody_reads_the_books(data: Path, store: Store) -> None:
    thread = threading.Thread(target=run, args=(data, store, [call(1)]))
    with closing(open_store(data)) as reader, JournalFolder(data).reading():
        thread.start()
        thread.join(0.3)
        before = reader.totals()
    thread.join(10)

    assert [] == before
    assert 1 == sum(t.receipts for t in store.totals())


STEPS = (
    "store.SQLiteStore.create_account",
    "store.SQLiteStore.create_project",
    "store.SQLiteStore.register_importer",
    "imports.Lake.write",
    "store.SQLiteStore.post_import",
    "store.SQLiteStore.release_writer",
    "imports.JournalFolder.forget",
)
KILLED = """
import os, signal, sys
from contextlib import closing
from pathlib import Path
from stillhouse.compose import imports
from stillhouse.compose.stores import open_store
from stillhouse.store import sqlite as store
from stillhouse.units.instant import Instant

data, log, step, when, count = sys.argv[1:]
owner, name = step.rsplit(".", 1)
owner = eval(owner)
whole, left = getattr(owner, name), [int(count)]

def killed(*given, **named):
    left[0] -= 1
    if not left[0] and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = whole(*given, **named)
    if not left[0] and when == "after":
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(owner, name, killed)
imports.BATCH_LINES = 4
with closing(open_store(Path(data))) as ledger, open(log, "rb") as file:
    imports.import_log(
        Path(data), ledger, imports.log_lines(file), log="stillhouse", source=log,
        at=Instant(1_795_780_800_000_000), actor="test",
    )
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_loses_and_doubles_nothing(
    data: Path, tmp_path: Path, step: str, when: str
) -> None:
    lines = [call(n, id=None if n % 2 else f"c{n}") for n in range(12)]
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(lines))
    with closing(founded(tmp_path / "whole")) as whole:
        run(tmp_path / "whole", whole, lines)
        expected = sums(whole)
    founded(data).close()
    count = "1" if step.endswith(("release_writer", "forget", "importer")) else "2"
    died = subprocess.run(
        [sys.executable, "-c", KILLED, str(data), str(log), step, when, count],
        check=False,
        timeout=60,
        capture_output=True,
        env=os.environ,
    )
    assert -signal.SIGKILL == died.returncode, died.stderr.decode()

    with closing(open_store(data)) as store:
        halfway = Books(data, store).verify()
        run(data, store, lines)
        verdict = Books(data, store).verify()

        assert halfway.ok, halfway.problems
        assert verdict.ok, verdict.problems
        assert expected == sums(store)
        assert on_disk(data) == {s.path for s in store.segments()}
        assert all(store.writers().values())
        assert [] == list((data / "journal").glob("*.lock"))
