"""A causal student that llama.cpp runs, behind the gateway: started, metered, killed and back.

Needs llama-server on the PATH; where it is not, nothing here is run. Its weights are the very ones
that transformers would run, so greedy answers are the same.
"""

import functools
import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from tests.contract.test_causal_students import TABLES, ask
from tests.service import Customer, House, eventually, serving
from tests.students import OPEN
from tests.training import small
from torch.nn.utils.rnn import pad_sequence

from stillhouse.distill import artefact
from stillhouse.distill.intake import Intake
from stillhouse.testing.upstream import upstream_thread
from stillhouse.training import gguf, hub
from stillhouse.training.conversation import messages, template
from stillhouse.training.serve import CHOSEN
from stillhouse.training.speaking import Wish, answers

pytestmark = pytest.mark.skipif(
    shutil.which("llama-server") is None,
    reason="llama-server is not on the PATH: see docs/how-to/train-a-language-model.md",
)
ASKED = small.sentence(3)


@functools.cache
def taught() -> Any:
    """A model that has heard its colours: one that knows nothing says no words to compare."""
    model, tokenizer = small.model(seed=9), small.tokenizer()
    how = template(model, tokenizer, {})
    turns = [how.turn(messages(row), row.output) for row in small.examples(48)]
    ids = pad_sequence([torch.tensor(t.ids) for t in turns], batch_first=True)  # (B, T)
    labels = pad_sequence([torch.tensor(t.labels) for t in turns], True, padding_value=-100)
    steps = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(60):
        steps.zero_grad()
        model(input_ids=ids, attention_mask=(ids != 0).long(), labels=labels).loss.backward()
        steps.step()
    return model.eval()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("llama")
    student = folder / "data" / "distill" / "students" / "colours"
    hub.save(student, taught(), small.tokenizer())
    gguf.main([str(student)])
    manifest = artefact.Manifest(
        kind="generative", form="causal", workload="colours", intake=Intake(before="which "),
        files={p.name: artefact.described(p.read_bytes()) for p in student.iterdir()},
        data=artefact.Data("0" * 64, 1), taught=(OPEN,), judged=(),
    )  # fmt: skip
    (student / artefact.MANIFEST).write_bytes(artefact.written(artefact.sealed(manifest)))
    with (
        pytest.MonkeyPatch.context() as patch,
        upstream_thread() as upstream,
    ):
        patch.setenv(CHOSEN, "llama.cpp")
        with serving(folder, upstream.base_url, workers=1, more=TABLES) as house:
            by_student(house, house.customer("waits"))
            yield house


def by_student(house: House, customer: Customer) -> None:
    """Wait for an answer of llama.cpp's: until it has read its model, the teacher answers."""

    def answered() -> bool:
        answer = ask(house, customer, ASKED)
        assert 200 == answer.status, answer.body
        return b'"timings"' in answer.body

    eventually(answered)


def program(house: House) -> psutil.Process:
    """llama-server, as the student's process started it."""
    [found] = psutil.Process(house.service.processes()["students"]["pupil"]).children()
    return found


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_call_is_metered_by_the_tokens_that_llama_cpp_counts(
    town: House, *, stream: bool
) -> None:
    customer = town.customer("own")

    more = {"stream_options": {"include_usage": True}} if stream else {}
    answer = ask(town, customer, ASKED, stream=stream, temperature=0, **more)
    [row] = town.receipts(customer)
    said = told(answer.body, stream=stream)

    assert ("completed", "pupil", "reported") == (row["outcome"], row["provider"], row["witness"])
    usage = said["usage"]
    cached = usage["prompt_tokens_details"]["cached_tokens"]
    counted = row["usage"]
    assert usage["prompt_tokens"] == counted["input"] + counted.get("cache_read", 0)
    assert cached == counted.get("cache_read", 0)
    assert usage["completion_tokens"] == counted["output"] > 0


def told(body: bytes, *, stream: bool) -> Any:
    if not stream:
        return json.loads(body)
    events = [line.removeprefix(b"data: ") for line in body.splitlines() if b'"usage":{' in line]
    return json.loads(events[-1])


def test_it_says_what_transformers_says(town: House) -> None:
    answer = ask(town, town.customer("same"), ASKED, temperature=0)
    how = template(taught(), small.tokenizer(), {})
    prompt = how.opening([{"role": "user", "content": ASKED}])
    [said] = answers(taught(), [prompt], Wish(limit=4), stops=how.stops)
    expected = small.tokenizer().decode([t.id for t in said if t.finish != "stop"])
    told = json.loads(answer.body)

    assert small.colour(3) == expected == told["choices"][0]["message"]["content"]
    assert len(prompt) == told["usage"]["prompt_tokens"]


def test_a_killed_program_is_started_again_and_its_teacher_answers_meanwhile(town: House) -> None:
    customer = town.customer("meanwhile")
    killed = program(town)
    killed.kill()
    by_student(town, customer)  # each call in between is answered, too

    assert killed.pid != program(town).pid
    rows = town.receipts(customer)
    assert "pupil" == rows[-1]["provider"]
    assert all(int(r["charge_pico"]) == 0 for r in rows if r["outcome"] != "completed")


def test_a_program_ends_with_the_process_that_started_it(town: House) -> None:
    orphan = program(town)
    os.kill(town.service.processes()["students"]["pupil"], signal.SIGKILL)

    eventually(lambda: gone(orphan))
    by_student(town, town.customer("again"))
    assert town.verify()["ok"]
    last = program(town)
    town.service.stop()
    assert gone(last)
