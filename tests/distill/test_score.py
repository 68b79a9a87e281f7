"""Agreement and correctness are kept apart; what is out of scope is judged by escalation."""

from stillhouse.distill.answer import Answer
from stillhouse.distill.score import Called, score

ANSWERS = {
    b"sure and right": Answer("spam", 0.9, kept=True),
    b"sure and wrong": Answer("ham", 0.9, kept=True),
    b"unsure": Answer("ham", 0.4, kept=False, reason="low_confidence"),
}


def test_what_is_counted() -> None:
    calls = [
        Called(b"sure and right", "spam", "spam", ("short",)),
        Called(b"sure and wrong", "ham", "spam", ("short",)),
        Called(b"unsure", "spam", None),
        Called(b"unsure", None, "egg"),
    ]
    report = score(calls, ANSWERS.__getitem__, labels=("ham", "spam"))
    found = report.document()

    assert [4, 0.333333, 0.666667, 0.5, 0.5] == [
        found[name] for name in ("n", "accuracy", "agreement", "kept", "accuracy_kept")
    ]
    assert {"n": 1, "escalated": 1.0} == found["out_of_scope"]
    assert {"low_confidence": 2} == found["not_kept"]
    assert 2 == found["slices"]["short"]["n"]


def test_without_gold_there_is_no_accuracy_and_only_agreement_is_judged() -> None:
    calls = [Called(b"sure and right", "spam", None)] * 200
    report = score(calls, ANSWERS.__getitem__)
    found = report.document()

    assert (None, 1.0, None) == (found["accuracy"], found["agreement"], found["cascade"])
    assert report.agreed is not None
    assert "accept" == report.agreed.said


def test_where_the_student_passes_a_call_on_the_cascade_is_as_good_as_the_teacher() -> None:
    calls = [Called(b"unsure", "spam", "spam")] * 200
    report = score(calls, ANSWERS.__getitem__, labels=("ham", "spam"))

    assert report.alone is not None
    assert report.cascade is not None
    assert ("reject", "accept") == (report.alone.said, report.cascade.said)
