"""What people sign about terms, from the command line to the chain and back."""

from pathlib import Path

import yaml
from tests.cli.at_the_desk import Shell
from tests.compose.test_terms_book import CONTRACT, READING

WAIVED = (
    *("terms", "waive", "openai-services-agreement", "--student", "generative"),
    *("--exposure", "internal", "--contract-ref", "MSA-17", "--signed-by", "Dewi"),
)
ASKED = ("terms", "explain", "openai-api", "gpt-4o", "--student", "generative")


def test_a_waiver_lifts_until_it_is_revoked(shell: Shell) -> None:
    shell.run(*ASKED, code=1)
    made = shell.one(*WAIVED)
    shell.run(*ASKED)
    assert [(made["id"], True)] == [(s["id"], s["holds"]) for s in shell.rows("terms", "signed")]

    shell.run("terms", "revoke", made["id"], "--signed-by", "Dewi")

    shell.run(*ASKED, code=1)
    kinds = [entry["kind"] for entry in shell.rows("entries")]
    assert ["terms_waived", "terms_revoked"] == kinds
    assert shell.one("verify")["ok"]


def test_a_signature_that_cannot_be_is_refused(shell: Shell) -> None:
    assert "two years" in shell.refused(*WAIVED, "--expires", "900d")
    assert "no entry nobody" in shell.refused("terms", "attest", "nobody", "--signed-by", "Dewi")
    assert "asks for no joy" in shell.refused(
        "terms", "attest", "llama-3.1", "--claim", "joy", "--signed-by", "Dewi"
    )


def test_a_contract_that_was_uploaded_with_its_reading_counts(shell: Shell, tmp_path: Path) -> None:
    reading, contract = tmp_path / "reading.yaml", tmp_path / "contract.txt"
    reading.write_text(yaml.safe_dump(READING), "utf-8")
    contract.write_text(CONTRACT, "utf-8")
    azure = ("terms", "explain", "azure-openai", "gpt-4o", "--student", "generative")
    shell.run(*azure, code=1)

    made = shell.one("terms", "add", str(reading), "--text", str(contract), "--signed-by", "Dewi")

    assert ("azure-openai", "allowed") == (made["id"], made["position"])
    shell.run(*azure)
    shown = shell.rows("terms", "show", "azure-openai")
    assert [False, True] == [version["in_force"] for version in shown]
    assert shown[1]["from"].startswith("Dewi")
