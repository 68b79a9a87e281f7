"""Searching sealed receipts: the same answer as looking at all of them, from few files."""

import random
from pathlib import Path

import pytest
from tests.console.real import AT, Real

from stillhouse.ledger.receipt import Receipt
from stillhouse.store import calls
from stillhouse.store.calls import CallFiles, Wanted, place
from stillhouse.store.sqlite_desk import SQLiteDesk
from stillhouse.units.instant import SECOND, Instant

START, END = Instant(AT - 3600 * SECOND), Instant(AT + 3600 * SECOND)


@pytest.fixture
def many(real: Real) -> list[Receipt]:
    """Four writers whose files overlap in time; some failed, some of bob."""
    chance = random.Random(5)
    found = []
    for writer in (real.writer() for _ in range(4)):
        for _ in range(3):
            batch = real.receipts(
                20,
                account=chance.choice([real.alice, real.bob]),
                writer=writer,
                at=AT + chance.randrange(-600, 600) * SECOND,
                outcome=chance.choice(["completed", "completed", "refused"]),
                model=chance.choice(["gpt-4o", "o4"]),
            )
            real.seal(batch)
            found += batch
    return found


def files(real: Real) -> CallFiles:
    return CallFiles(real.parts.data, SQLiteDesk(real.parts.data / "stillhouse.sqlite"))


def ids(receipts: list[Receipt]) -> list[str]:
    return [r.id for r in receipts]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"accounts": ["bob"]},
        {"words": {"model": "o4"}},
        {"problems": True},
        {"status": 200, "words": {"outcome": "refused", "deployment": "gpt"}},
        {"words": {"model": "none"}},
    ],
)
@pytest.mark.parametrize("first", [1, 200_000])
def test_pages_together_are_all_that_match_newest_first(
    real: Real,
    many: list[Receipt],
    asked: dict[str, object],
    first: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """first: receipts read at once to begin with; 1 reads file by file."""
    monkeypatch.setattr(calls, "READ_FIRST", first)
    if "accounts" in asked:
        asked = {**asked, "accounts": [real.bob.id]}
    whole = Wanted(start=START, end=END, limit=1_000, **asked)  # type: ignore[arg-type]
    expected = sorted(filter(whole.matches, many), key=place, reverse=True)
    opened, found, before = files(real), [], None
    while True:
        page = opened.search(
            Wanted(start=START, end=END, limit=7, before=before, **asked)  # type: ignore[arg-type]
        )
        found += page.receipts
        before = page.more
        if before is None:
            break

    assert ids(expected) == ids(found)
    opened.close()


def test_a_search_that_reads_its_limit_says_so_and_goes_on(
    real: Real, many: list[Receipt], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "READ_FIRST", 1)
    monkeypatch.setattr(calls, "READ_MAX", 20)
    opened, found, before, cuts = files(real), [], None, 0
    while True:
        page = opened.search(
            Wanted(start=START, end=END, limit=50, words={"model": "o4"}, before=before)
        )
        found += page.receipts
        cuts += page.cut
        before = page.more
        if before is None:
            break
    expected = sorted((r for r in many if r.open.model == "o4"), key=place, reverse=True)

    assert ids(expected) == ids(found)
    assert cuts
    opened.close()


def test_files_that_cannot_match_are_not_opened(real: Real, many: list[Receipt]) -> None:
    """They are not even there."""
    opened = files(real)
    spans = opened.learn()
    for span in spans:
        if real.bob.id not in span.accounts:
            (real.parts.data / span.path).unlink()
    page = opened.search(Wanted(start=START, end=END, limit=1_000, accounts=[real.bob.id]))

    assert len(page.receipts) == sum(r.open.account == real.bob.id for r in many)
    assert any(real.bob.id not in span.accounts for span in spans)
    opened.close()


def test_what_is_sealed_and_still_in_hand_is_found_once(real: Real, many: list[Receipt]) -> None:
    opened = files(real)
    page = opened.search(Wanted(start=START, end=END, limit=1_000), tail=many[:30])

    assert len(many) == len(page.receipts) == len(set(ids(page.receipts)))
    opened.close()


def test_a_receipt_comes_back_as_it_was_written(real: Real, many: list[Receipt]) -> None:
    """But for the bound of its input, which no file keeps."""
    opened = files(real)
    wanted = many[25]
    found = opened.one(wanted.writer, wanted.open.seq)
    assert found is not None
    receipt, span = found

    assert wanted.close == receipt.close
    assert (wanted.open.account, wanted.open.hold) == (receipt.open.account, receipt.open.hold)
    assert span.seq_min <= wanted.open.seq <= span.seq_max
    assert opened.one(wanted.writer, 10**9) is None
    opened.close()


def test_attempts_of_one_call_are_found_over_files(real: Real) -> None:
    writer = real.writer()
    first = real.receipts(1, account=real.alice, writer=writer, outcome="refused")
    real.seal(first)
    second = real.receipts(1, account=real.alice, writer=writer, call=1, at=AT)
    real.seal(second)
    opened = files(real)

    assert ids([*first, *second]) == ids(opened.attempts(second[0]))
    assert ids([*first, *second]) == ids(opened.attempts(first[0]))
    opened.close()


def test_recent_outcomes_are_counted_by_deployment(real: Real, many: list[Receipt]) -> None:
    opened = files(real)
    [(name, count, errors, p50, *_)] = opened.recent(START)
    bad = sum(r.close.outcome == "refused" for r in many)

    assert ("gpt", len(many), bad, 300) == (name, count, errors, p50)
    assert [] == opened.recent(Instant(END + 3600 * SECOND))
    opened.close()


def test_nothing_at_all_is_an_answer(real: Real, tmp_path: Path) -> None:
    opened = files(real)

    assert [] == opened.search(Wanted(start=START, end=END, limit=5)).receipts
    assert [] == opened.recent(START)
    opened.close()


def test_a_column_that_is_not_searched_is_refused(real: Real, many: list[Receipt]) -> None:
    opened = files(real)
    with pytest.raises(ValueError, match="not searched"):
        opened.search(Wanted(start=START, end=END, limit=5, words={"charge": "1"}))
    opened.close()
