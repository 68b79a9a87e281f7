"""A causal student behind the gateway: a process with torch answers, its tokens are charged.

Its deployment costs USD 1 and 2 a million tokens; what is not its task its teacher answers.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.service import Customer, House, eventually, serving
from tests.students import OPEN
from tests.training import small

from stillhouse.distill import artefact
from stillhouse.distill.intake import Intake
from stillhouse.testing.upstream import upstream_thread

TABLES = """
[providers.pupil]
kind = "student"
student = "colours"
[deployments.colours]
provider = "pupil"
model = "colours-1"
fallbacks = ["gpt-4o"]
accounts = ["*"]
[[prices]]
model = "colours-1"
valid_from = 2026-01-01T00:00:00Z
usd_per_million = { input = "1", output = "2" }
"""
ASKED = "<user>which colour<end><assistant>"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("causal")
    student = small.saved(folder / "data" / "distill" / "students" / "colours", seed=9)
    files = {p.name: artefact.described(p.read_bytes()) for p in student.iterdir()}
    manifest = artefact.Manifest(
        kind="generative", form="causal", workload="colours", intake=Intake(before="which "),
        files=files, data=artefact.Data("0" * 64, 1), taught=(OPEN,), judged=(),
    )  # fmt: skip
    (student / artefact.MANIFEST).write_bytes(artefact.written(artefact.sealed(manifest)))
    with (
        upstream_thread() as upstream,
        serving(folder, upstream.base_url, workers=1, more=TABLES) as house,
    ):
        waits = house.customer("waits")
        # Until its process has read torch and its model, its teacher answers.
        eventually(lambda: b"causal-" in ask(house, waits, "which colour").body, within_s=120.0)
        yield house


def ask(house: House, customer: Customer, text: str, **more: Any) -> Any:
    body = {"model": "colours", "messages": [{"role": "user", "content": text}], "max_tokens": 4}
    return house.post(customer, "/v1/chat/completions", {**body, **more})


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_its_answer_is_charged_by_the_tokens_that_it_read_and_said(
    town: House, *, stream: bool
) -> None:
    customer = town.customer("own")

    answer = ask(town, customer, "which colour", stream=stream)
    [row] = town.receipts(customer)
    read = len(small.tokenizer()(ASKED)["input_ids"])

    assert 200 == answer.status
    assert ("completed", "pupil", "reported") == (row["outcome"], row["provider"], row["witness"])
    assert {"input": read, "output": 4} == {k: row["usage"][k] for k in ("input", "output")}
    assert str(read * 1_000_000 + 4 * 2_000_000) == row["charge_pico"]


def test_another_task_is_its_teachers(town: House) -> None:
    customer = town.customer("other")

    answer = ask(town, customer, "write a poem")
    rows = town.receipts(customer)

    assert 200 == answer.status
    assert [("escalated", "pupil"), ("completed", "stub")] == [
        (row["outcome"], row["provider"]) for row in rows
    ]


def test_log_probabilities_pass_through(town: House) -> None:
    answer = ask(town, town.customer("logs"), "which colour", logprobs=True, top_logprobs=2)
    [choice] = json.loads(answer.body)["choices"]

    assert [2] * 4 == [len(token["top_logprobs"]) for token in choice["logprobs"]["content"]]
