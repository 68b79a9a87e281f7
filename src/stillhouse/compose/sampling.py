"""A worker's samples of answers: gathered beside the calls, kept in the store now and then.

The loop hands over a few answers (`gateway.house.Sampler`); what is kept of them is
`workloads.answers.Sample`: counts and keyed hashes, no text. Samples that were not kept when a
worker is killed are lost, which costs a little certainty and no money.
"""

from collections.abc import Callable, Mapping

from stillhouse.ledger.ports import UnavailableError
from stillhouse.wire.paths import Surface
from stillhouse.wire.said import said
from stillhouse.workloads.answers import LABEL_CHARS, Sample

ANSWER_BYTES_MAX = 65_536
"""Longer answers are free text without a look."""
SAMPLES_MAX = 10_000
LONGER = LABEL_CHARS + 1


class Sampling:
    """Of one worker; the loop alone changes it. keep: gives samples to the store, elsewhere."""

    def __init__(
        self, key: bytes, keep: Callable[[Mapping[tuple[str, str], Sample]], None]
    ) -> None:
        self._key = key
        self._keep = keep
        self._samples: dict[tuple[str, str], Sample] = {}

    def look(
        self, account: str, workload: str, surface: Surface, body: bytes, answer: list[bytes]
    ) -> None:
        data = answer[0] if answer else b""
        text = "x" * LONGER if len(data) > ANSWER_BYTES_MAX else said(surface, data)
        if text is None:
            return
        sample = self._samples.get((account, workload))
        if sample is None:
            if len(self._samples) >= SAMPLES_MAX:
                return
            sample = self._samples[account, workload] = Sample()
        asked = b'"json_schema"' in body or b'"json_object"' in body
        sample.see(text, asked_json=asked, key=self._key)

    def flush(self) -> None:
        """Hand over what was gathered since the last time."""
        if self._samples:
            samples, self._samples = self._samples, {}
            self._keep(samples)


def kept(
    store_add: Callable[[Mapping[tuple[str, str], str], Callable[[str, str], str]], None],
    samples: Mapping[tuple[str, str], Sample],
    log: Callable[..., None],
) -> None:
    """Add samples to what the store has. A store that is busy costs these samples, no more."""
    try:
        store_add({name: sample.written() for name, sample in samples.items()}, merged)
    except UnavailableError as error:
        log("samples_not_kept", error=str(error))


def merged(one: str, other: str) -> str:
    whole = Sample.read(one)
    whole.merge(Sample.read(other))
    return whole.written()
