"""Each way of training, whole and in seconds: TRL's SFT, LoRA, on-policy, and our top-k on Trainer.

Importing TRL takes most of this module's time; so every test that trains is here.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from tests.training import small

from stillhouse.distill.example import Example, Step
from stillhouse.training import causal, hub, trainers, vocabulary
from stillhouse.training.conversation import messages, template
from stillhouse.training.preflight import PreflightError
from stillhouse.training.settings import resolve
from stillhouse.training.speaking import Wish, answers
from stillhouse.training.vocabulary import ForeignTokenizerError

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
ROWS = small.examples(48)
SETTINGS = {
    "rate": 1e-2,
    "epochs": 3,
    "batch": 16,
    "max_tokens": 64,
    "smoke_prompts": 0,
    "threads": 1,
}
LAUNCHED = {"base": "base", "data": "traffic", "out": "two"}
LAUNCH = (
    *("-m", "accelerate.commands.accelerate_cli", "launch", "--multi_gpu"),
    *("--num_machines", "1", "--num_processes", "2", "--main_process_port", "0"),
    *("--mixed_precision", "no", "--dynamo_backend", "no"),
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base model, a teacher that knows its colours, and what it answered."""
    folder = tmp_path_factory.mktemp("causal")
    small.saved(folder / "base", width=32)
    small.saved(folder / "large", width=48, seed=2)
    small.put(folder / "rows", ROWS)
    train(folder, "teacher", base="large", epochs=25)
    small.put(folder / "traffic", traffic(folder / "teacher", ROWS))
    return folder


def train(
    folder: Path, out: str, *, base: str = "base", data: str = "rows", **more: Any
) -> dict[str, Any]:
    given = {
        **SETTINGS,
        "base": str(folder / base),
        "data": str(folder / data),
        "out": str(folder / out),
        **more,
    }
    return causal.main(*resolve(given, {}))


def said(folder: Path, rows: list[Example], **wish: Any) -> list[Any]:
    loaded = hub.load(str(folder))
    how = template(loaded.model, loaded.tokenizer, {})
    prompts = [how.opening(messages(row)) for row in rows]
    return answers(loaded.model.eval(), prompts, Wish(limit=8, **wish), stops=how.stops)


def texts(folder: Path, rows: list[Example]) -> list[str]:
    tokenizer = small.tokenizer()
    return [
        tokenizer.decode([t.id for t in one if t.finish != "stop"]) for one in said(folder, rows)
    ]


def right(folder: Path, rows: list[Example] = ROWS) -> float:
    return sum(a == row.output for a, row in zip(texts(folder, rows), rows, strict=True)) / len(
        rows
    )


def traffic(folder: Path, rows: list[Example]) -> list[Example]:
    """What a log holds of a teacher's answers, five likeliest tokens beside each."""
    word = [
        data.decode(errors="replace") or "<end>" for data in vocabulary.spell(small.tokenizer())
    ]
    told = []
    for row, one in zip(rows, said(folder, rows, top=5), strict=True):
        tokens = [t for t in one if t.finish != "stop"]
        steps = tuple(Step(word[t.id], tuple((word[i], p) for i, p in t.top)) for t in tokens)
        output = "".join(step.token for step in steps)
        told.append(msgspec.structs.replace(row, output=output, steps=steps))
    return told


def test_a_teacher_learns_its_task_and_the_card_says_how(town: Path) -> None:
    card = json.loads((town / "teacher" / causal.CARD).read_text())
    files = sorted(p.name for p in (town / "teacher").iterdir())

    assert right(town / "teacher") > 0.9
    assert (75, 48, 0) == (card["updates"], card["preflight"]["rows"], card["settings"]["seed"])
    assert {"model.safetensors", "tokenizer.json", "config.json", "chat_template.jinja"} <= set(
        files
    )
    assert not (town / "teacher.work").exists()
    assert {"data_sha256", "weights_sha256", "commit", "libraries", "base"} <= card.keys()


def test_every_setting_is_printed_with_its_origin(
    town: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(town, "printed", epochs=1, smoke_prompts=4, smoke_steps=150)
    told = capsys.readouterr().err

    assert "epochs             1.0" in told
    assert "(default)" in told
    assert "(file)" in told
    assert "rehearsal   {'prompts': 4" in told


def test_equal_inputs_give_equal_bytes_and_another_seed_others(town: Path) -> None:
    one, same, other = (train(town, "again", seed=seed)["weights_sha256"] for seed in (1, 1, 2))

    assert one == same
    assert one != other


@pytest.mark.parametrize("objective", ["sequence", "top-k", "on-policy"])
def test_a_killed_run_goes_on_and_ends_in_the_same_bytes(
    town: Path, objective: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    more: dict[str, Any] = {
        "objective": objective,
        "data": "traffic",
        "teacher": str(town / "teacher"),
        "save_every": 4,
        "answer_tokens": 4,
    }
    name = f"killed-{objective}"
    whole = train(town, "whole", **more)
    step = trainers.Moved.on_step_end

    def dies(self: Any, args: Any, state: Any, control: Any, **rest: Any) -> None:
        step(self, args, state, control, **rest)
        if state.global_step == 6:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(trainers.Moved, "on_step_end", dies)
        with pytest.raises(KeyboardInterrupt):
            train(town, name, **more)
    assert not (town / name).exists()
    torn = town / f"{name}.work" / "checkpoint-6"
    torn.mkdir()
    (torn / "trainer_state.json").write_text('{"half')
    card = train(town, name, **more)

    assert (0, 4) == (whole["resumed_at"], card["resumed_at"])
    if objective != "on-policy":  # its completions are drawn anew: chance is not in a checkpoint
        assert whole["weights_sha256"] == card["weights_sha256"]


def test_other_settings_do_not_go_on_from_a_killed_run(town: Path) -> None:
    work = town / "other.work"
    work.mkdir()
    (work / "key").write_text("another run")
    (work / "checkpoint-3").mkdir()
    (work / "checkpoint-3" / "trainer_state.json").write_text("{}")

    assert 0 == train(town, "other", epochs=1)["resumed_at"]


def test_lora_trains_little_and_is_merged_into_plain_weights(town: Path) -> None:
    base = hub.load(str(town / "base"))
    card = train(town, "lora", lora_rank=8, epochs=12, rate=3e-2)
    loaded = hub.load(str(town / "lora"))
    old, new = base.model.state_dict(), loaded.model.state_dict()

    assert old.keys() == new.keys()
    assert torch.equal(old["model.embed_tokens.weight"], new["model.embed_tokens.weight"])
    assert not torch.equal(
        old["model.layers.0.self_attn.q_proj.weight"], new["model.layers.0.self_attn.q_proj.weight"]
    )
    assert sum(p.numel() for p in base.model.parameters()) == card["parameters"]


def test_recorded_log_probabilities_bring_the_student_nearer_than_text_alone(town: Path) -> None:
    digest = vocabulary.digest(small.tokenizer())
    more: dict[str, Any] = {"data": "traffic", "epochs": 12}
    card = train(town, "top-k", objective="top-k", teacher_tokenizer=digest, **more)
    train(town, "text", **more)
    teacher = hub.load(str(town / "teacher")).model.eval()
    asked = template(teacher, small.tokenizer(), {})
    prompts = [asked.opening(messages(row)) for row in ROWS]
    ids = torch.tensor([prompt for prompt in prompts if len(prompt) == len(prompts[0])])

    def apart(name: str) -> float:
        with torch.inference_mode():
            p = torch.log_softmax(teacher(ids).logits[:, -1], -1)
            q = torch.log_softmax(hub.load(str(town / name)).model.eval()(ids).logits[:, -1], -1)
        return float((p.exp() * (p - q)).sum(-1).mean())

    assert 0 == card["preflight"]["learned_from_text_alone"]
    assert apart("top-k") < apart("text")


def test_a_foreign_teacher_is_refused_before_anything_is_written(town: Path) -> None:
    more: dict[str, Any] = {"objective": "top-k", "data": "traffic"}
    with pytest.raises(ForeignTokenizerError, match='objective = "sequence"'):
        train(town, "refused", teacher_tokenizer="0" * 64, **more)
    foreign = hub.learn_tokenizer(["other words entirely"] * 20, tokens=300)
    hub.save(town / "foreign", small.model(), foreign)
    for objective in ("top-k", "on-policy"):
        with pytest.raises(ForeignTokenizerError):
            train(town, "refused", objective=objective, teacher=str(town / "foreign"))

    assert not (town / "refused").exists()


def test_traffic_without_log_probabilities_is_refused_and_a_single_row_counted(town: Path) -> None:
    digest = vocabulary.digest(small.tokenizer())
    with pytest.raises(PreflightError, match="capture them"):
        train(town, "none", objective="top-k", teacher_tokenizer=digest)
    rows = traffic(town / "teacher", ROWS[:8])
    small.put(town / "mixed", [*rows[1:], msgspec.structs.replace(rows[0], steps=())])
    card = train(
        town, "mixed-out", data="mixed", objective="top-k", teacher_tokenizer=digest, epochs=1
    )

    assert 1 == card["preflight"]["learned_from_text_alone"]


def test_a_student_that_speaks_is_corrected_by_a_larger_teacher_whose_rows_are_padded(
    town: Path,
) -> None:
    teacher = hub.load(str(town / "teacher"))
    teacher.model.resize_token_embeddings(320, mean_resizing=False)
    hub.save(town / "padded", teacher.model, teacher.tokenizer)
    train(town, "text-first", data="traffic", epochs=8)
    card = train(
        town, "spoken", base="text-first", data="traffic", objective="on-policy",
        teacher=str(town / "padded"), epochs=30, rate=3e-3, answer_tokens=4,
    )  # fmt: skip

    assert 90 == card["updates"]
    assert right(town / "spoken") > right(town / "text-first") + 0.1


@pytest.mark.parametrize(
    ("lines", "says"),
    [(b"", "has no rows"), (b"{}\n", "line 1"), (b'{"id": 3\n', "line 1"), (None, "No such file")],
)
def test_a_bad_file_of_rows_is_named(tmp_path: Path, lines: bytes | None, says: str) -> None:
    if lines is not None:
        (tmp_path / "rows").write_bytes(lines)
    with pytest.raises(causal.BadRowsError, match=says):
        causal.read(tmp_path / "rows")


def test_two_processes_learn_what_one_learns_with_twice_the_batch(town: Path) -> None:
    """The script as `accelerate launch` starts it on many GPUs, here by gloo on the CPU.

    A sum's last bits may differ.
    """
    run: dict[str, Any] = {
        "objective": "top-k",
        "teacher_tokenizer": vocabulary.digest(small.tokenizer()),
        "epochs": 2,
    }
    train(town, "alone", data="traffic", batch=16, **run)
    paths = {name: str(town / at) for name, at in LAUNCHED.items()}
    settings = {**SETTINGS, **run, **paths, "batch": 8}
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    (town / "run.toml").write_text("\n".join(lines))
    ended = subprocess.run(
        [sys.executable, *LAUNCH, "-m", "stillhouse.training.causal", str(town / "run.toml")],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    assert 0 == ended.returncode, ended.stdout
    card = json.loads((town / "two" / causal.CARD).read_text())
    one, two = (hub.load(str(town / name)).model.state_dict() for name in ("alone", "two"))

    assert (2, 6) == (card["processes"], card["updates"])
    assert all(torch.allclose(one[name], two[name], atol=1e-4) for name in one)
    assert 1 == ended.stdout.count("preflight   {"), "one of the processes talks"
    assert ["two"] == [path.name for path in town.glob("two*")], "and writes"
