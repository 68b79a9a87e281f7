"""A student reads what varies, and refuses what is another task."""

from hypothesis import given
from hypothesis import strategies as st

from stillhouse.distill.example import Turn
from stillhouse.distill.intake import Intake, learned

SYSTEM = Turn("system", 'Answer "spam" or "ham".')


def asked(text: str, system: Turn = SYSTEM) -> list[Turn]:
    return [system, Turn("user", text)]


COMMENTS = [
    f"{who} {what} {where}"
    for who in ("this", "other", "great")
    for what in ("is bad", "was fine", "sold", "seen")
    for where in ("here", "in town", "by me", "of old", "too")
]


def test_what_all_requests_begin_and_end_with_is_not_the_input() -> None:
    intake = learned([asked(f'Comment: "{c}"\nLabel:') for c in COMMENTS])

    assert COMMENTS[7] == intake.take(asked(f'Comment: "{COMMENTS[7]}"\nLabel:'))
    assert "a new one" == intake.take(asked('Comment: "a new one"\nLabel:'))


def test_a_task_without_a_frame_is_read_whole() -> None:
    intake = learned([asked(c) for c in COMMENTS])

    assert ("", "") == (intake.before, intake.after)
    assert "this and that" == intake.take(asked("this and that"))


def test_questions_end_with_a_question_mark_and_that_is_no_frame() -> None:
    intake = learned([asked(f"{c}?") for c in COMMENTS])

    assert "tell me" == intake.take(asked("tell me"))


def test_other_instructions_and_other_frames_are_another_task() -> None:
    intake = learned([asked(f"Comment: {c}") for c in COMMENTS])

    assert intake.take(asked("Comment: x", Turn("system", "Translate."))) is None
    assert intake.take(asked("Translate this: x")) is None
    assert intake.take([SYSTEM]) is None
    assert intake.take([]) is None


def test_dates_and_numbers_in_instructions_do_not_count() -> None:
    days = [Turn("system", f"Today is 2026-11-{d:02}. Classify.") for d in range(1, 29)]
    intake = learned([asked(c, day) for c, day in zip(COMMENTS, days * 3, strict=False)])

    assert "x" == intake.take(asked("x", Turn("system", "Today is 2027-01-01. Classify.")))


def test_a_tenth_of_other_traffic_does_not_change_what_is_learned() -> None:
    rows = [asked(f"Comment: {c}") for c in COMMENTS]
    other = [[Turn("user", f"Write a poem about {n}")] for n in range(len(rows) // 12)]

    assert learned(rows) == learned(rows + other)


def test_a_conversation_is_read_from_its_first_turn() -> None:
    rows = [
        [SYSTEM, Turn("user", c), Turn("assistant", f"well, {c}"), Turn("user", f"and {c}?")]
        for c in COMMENTS
    ]
    intake = learned(rows)

    assert intake.conversation
    assert "a\nb\nc" == intake.take(
        [SYSTEM, Turn("user", "a"), Turn("assistant", "b"), Turn("user", "c")]
    )


@given(st.lists(st.text(max_size=12), min_size=2, max_size=30), st.text(max_size=12))
def test_every_row_of_a_framed_task_gives_back_its_input(texts: list[str], frame: str) -> None:
    rows = [asked(f"{frame}: {t}") for t in texts]
    intake = learned(rows)
    for text, turns in zip(texts, rows, strict=True):
        taken = intake.take(turns)

        assert taken is not None
        assert taken.endswith(text.strip()) or intake.after


def test_nothing_to_learn_from_takes_everything() -> None:
    assert Intake() == learned([])
    assert "x" == Intake().take([Turn("user", "x")])
