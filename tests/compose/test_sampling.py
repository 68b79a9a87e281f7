"""Samples of answers reach the store, add up over workers, and hold no text."""

import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from stillhouse.compose.sampling import ANSWER_BYTES_MAX, Sampling, kept
from stillhouse.compose.stores import open_store
from stillhouse.ledger.ports import UnavailableError
from stillhouse.wire.paths import Surface
from stillhouse.workloads.answers import Sample, kind

KEY = b"k" * 32
ASKED = b'{"response_format":{"type":"json_object"}}'


def answer(text: str) -> list[bytes]:
    return [json.dumps({"choices": [{"message": {"content": text}}]}).encode()]


def test_two_workers_samples_add_up_in_the_store_and_no_text_is_in_it(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "data", create=True)) as store:
        for _ in range(2):
            sampling = Sampling(KEY, lambda samples: kept(store.add_answers, samples, print))
            for n in range(30):
                text = ("marvellous", "dreadful")[n % 2]
                sampling.look("acct_1", "w", Surface.CHAT, ASKED, answer(text))
            sampling.flush()
            sampling.flush()
        [((account, workload), text)] = store.answers().items()
    found = Sample.read(text)

    assert ("acct_1", "w", 60, 60) == (account, workload, found.looked, found.asked_json)
    assert ("closed labels", 2) == (kind(found).kind, kind(found).size)
    for file in (tmp_path / "data").iterdir():
        assert b"marvellous" not in file.read_bytes()


def test_what_says_nothing_is_not_looked_at_and_a_long_answer_is_free_text() -> None:
    seen: list[Mapping[tuple[str, str], Sample]] = []
    sampling = Sampling(KEY, seen.append)
    sampling.look("a", "w", Surface.CHAT, b"{}", [b"not JSON"])
    sampling.look("a", "w", Surface.EMBEDDINGS, b"{}", answer("x"))
    sampling.look("a", "w", Surface.CHAT, b"{}", [])
    sampling.flush()
    assert [] == seen
    sampling.look("a", "w", Surface.CHAT, b"{}", [b"x" * (ANSWER_BYTES_MAX + 1)])
    sampling.flush()

    assert [{("a", "w"): Sample(looked=1)}] == seen


def test_a_store_that_cannot_be_used_costs_the_samples_and_is_said() -> None:
    said: list[str] = []

    def add(*_: object) -> None:
        raise UnavailableError("busy")

    kept(add, {("a", "w"): Sample()}, lambda event, **_: said.append(event))

    assert ["samples_not_kept"] == said
