"""Why a line is not imported travels as a word for programs and a sentence for people."""

from stillhouse.imports.call import LineError


def test_a_reason_is_a_word_and_a_sentence() -> None:
    error = LineError("no_time", "say when")

    assert ("no_time", "say when", "say when") == (error.reason, error.message, str(error))
