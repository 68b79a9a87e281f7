"""What varies is masked, what tells tasks apart is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.wire.masks import masked

ALIKE = [
    ("Today is Tuesday, 24 November 2026.", "Today is Friday, 4 May 2027."),
    ("Order 8812 of 3 items", "order  17\nof 12 items"),
    ("The user is a.b@example.com.", "The user is c@d.org."),
    ("See https://example.com/a?b=1 first", "See http://other.net/x first"),
    ("id 3fa85f64-5717-4562-b3fc-2c963f66afa6", "id 00000000-0000-0000-0000-000000000000"),
    ('Reply to "I love it so much"', 'Reply to "Not for me"'),
    ("Use <doc>one text</doc> only", "Use <doc>another\n\ntext</doc> only"),
    ("Fix ```a = 1``` now", "Fix ```print(x)\nprint(y)``` now"),
    ("Hari ini Senin, 3 Maret", "Hari ini Kamis, 9 Juli"),
]
APART = [
    ('Label it "spam" or "ham"', 'Label it "good" or "bad"'),
    ("Don't translate", "Don't summarise"),
    ("Translate to French", "Translate to German"),
    ("Use <doc> only", "Use <page> only"),
]


@pytest.mark.parametrize(("one", "two"), ALIKE)
def test_texts_of_one_task_read_alike(one: str, two: str) -> None:
    assert masked(one) == masked(two)


@pytest.mark.parametrize(("one", "two"), APART)
def test_texts_of_two_tasks_stay_apart(one: str, two: str) -> None:
    assert masked(one) != masked(two)


@given(st.text("aZ1 \"'`<>/@.:é\n\0", max_size=60))
def test_what_varies_is_gone_and_wider_blanks_say_nothing(text: str) -> None:
    """Masking twice may mask more: what stood on two lines then stands on one."""
    once = masked(text)

    assert once == masked(text.replace(" ", "  "))
    assert once == " ".join(once.split())
    assert not any(c.isdigit() for c in once)
