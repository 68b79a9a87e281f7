"""A verdict in words that a person can act on."""

from tests.terms.house import asked

from stillhouse.terms.explain import explain


def said(*question: str) -> str:
    return "\n".join(explain(asked(*question)))


def test_what_is_forbidden_names_the_words_that_forbid_it() -> None:
    text = said("openai-api", "gpt-4o")

    assert text.startswith("No.")
    assert '3.3(e): "except for a Permitted Exception' in text
    assert "last read 2026-08-22; confidence high" in text
    assert "What would change it: " in text


def test_what_is_unknown_is_not_called_forbidden() -> None:
    text = said("azure-openai", "gpt-4o")

    assert text.startswith("No: not because it is forbidden")
    assert "has not been read" in text
    assert "similar or competing" not in text


def test_what_is_permitted_lists_its_duties() -> None:
    text = said("self-hosted", "Llama-3.1-8B")

    assert text.startswith("Yes, if")
    assert 'must begin with "Llama"' in text


def test_rows_of_nobody() -> None:
    assert "These rows: nobody can say" in said("unknown", "")
