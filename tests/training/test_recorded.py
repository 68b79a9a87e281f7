"""Recorded log-probabilities come back as the teacher's own tokens, or the row says why not."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.training import small

from stillhouse.distill.example import Step
from stillhouse.training.recorded import UnalignedError, reader
from stillhouse.training.vocabulary import ForeignTokenizerError, spell

READER = reader(small.tokenizer())
SPELLED = spell(small.tokenizer())
WHOLE = [
    i for i, data in enumerate(SPELLED) if data and not data.decode(errors="replace").count("�")
]


def step(token: str, *others: tuple[str, float]) -> Step:
    return Step(token, ((token, -0.1), *others))


@given(st.lists(st.sampled_from(WHOLE), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_tokens_come_back_as_they_were_said_however_their_text_would_be_cut(ids: list[int]) -> None:
    words = [SPELLED[i].decode() for i in ids]
    found = READER.read([step(word) for word in words], answer="".join(words))

    assert tuple(ids) == found.ids
    assert tuple(((i, -0.1),) for i in ids) == found.top


def test_the_end_mark_may_be_among_the_likeliest_and_the_impossible_is_left_out() -> None:
    found = READER.read([step("r", ("<end>", -2.0), ("b", -9999.0), ("�", -3.0))], answer="r")
    end = small.tokenizer().eos_token_id

    assert [(end, -2.0)] == [pair for pair in found.top[0] if pair[1] == -2.0]
    assert 2 == len(found.top[0])
    assert all(math.isfinite(nats) for _, nats in found.top[0])


@pytest.mark.parametrize(
    ("steps", "answer"),
    [((), "red"), ((step("r"),), "red"), ((step("red"),), "re"), ((step("�"),), "é")],
)
def test_a_row_whose_tokens_do_not_spell_its_answer_is_unaligned(
    steps: tuple[Step, ...], answer: str
) -> None:
    with pytest.raises(UnalignedError):
        READER.read(steps, answer=answer)


def test_a_token_that_the_student_lacks_stops_the_run() -> None:
    with pytest.raises(ForeignTokenizerError, match="supercalifragilistic"):
        READER.read([step("supercalifragilistic")], answer="supercalifragilistic")
    with pytest.raises(ForeignTokenizerError, match="exotic"):
        READER.read([step("r", ("exotic word", -1.0))], answer="r")
