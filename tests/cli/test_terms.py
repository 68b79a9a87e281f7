"""`terms list|show|explain|diff|hash` from the outside."""

import shutil
from pathlib import Path

from click.testing import CliRunner
from tests.cli.at_the_desk import Shell

from stillhouse.cli import main
from stillhouse.compose import terms


def test_every_entry_is_listed_with_its_source(shell: Shell) -> None:
    rows = shell.rows("terms", "list")

    assert len(rows) >= 70
    assert all(row["document"] and row["url"] and row["read_where"] for row in rows)


def test_entries_are_found_by_path_model_kind_and_age(shell: Shell) -> None:
    def ids(*asked: str) -> set[str]:
        return {row["id"] for row in shell.rows("terms", "list", *asked)}

    assert {"openai-services-agreement"} == ids("--path", "openai-api")
    assert {"together-overlay", "llama-3.1"} == ids("--path", "together", "--model", "Llama-3.1-8B")
    assert {"llama-3.1"} == ids("--model", "Llama-3.1-8B")
    assert "llama-3.1" in ids("--kind", "weights")
    assert "azure-openai" in ids("--stale")
    assert "deepseek-mit" not in ids("--stale")


def test_a_deployment_whose_path_nobody_knows_is_told(shell: Shell, tmp_path: Path) -> None:
    config = tmp_path / "stillhouse.toml"
    config.write_text(
        '[providers.p]\nkind = "openai"\nbase_url = "http://127.0.0.1:9/v1"\n'
        '[deployments.d]\nprovider = "p"\nmodel = "m"\n',
        "utf-8",
    )
    shown = shell.run("terms", "list", "--config", str(config)).stdout

    assert "deployment d: its access path is not known" in shown
    assert 'path = "self-hosted"' in shown


def test_one_entry_is_shown_whole(shell: Shell) -> None:
    (said,) = shell.rows("terms", "show", "openai-services-agreement")

    assert ("3.3(e)", True) == (said["clause"], said["in_force"])
    assert "3.3(e)" in shell.run("terms", "show", said["ref"]).stdout
    assert "terms list" in shell.refused("terms", "show", "nobody")


def test_an_answer_in_plain_words_and_by_exit_code(shell: Shell) -> None:
    asked = ("terms", "explain", "openai-api", "gpt-4o", "--student", "generative")

    assert shell.run(*asked, code=1).stdout.startswith("No.")
    assert shell.run(
        "terms", "explain", "deepseek-api", "deepseek-chat", "--student", "generative"
    ).stdout.startswith("Yes.")


def test_what_came_into_force_between_two_days(shell: Shell) -> None:
    rows = {row["id"]: row for row in shell.rows("terms", "diff", "2026-04-28", "2026-04-30")}

    assert {"deepseek-platform"} == rows.keys()
    assert "added" == rows["deepseek-platform"]["change"]
    assert "nothing changed" in shell.run("terms", "diff", "2026-11-29", "2026-11-29").stdout
    assert "neither a day" in shell.refused("terms", "diff", "lately", code=2)


def test_a_registry_edited_by_hand_until_its_index_is_written_anew(
    shell: Shell, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(str(terms.folder()), tmp_path / "registry"))
    edited = folder / "xai.yaml"
    edited.write_text(edited.read_text("utf-8").replace("distill", "copy"), "utf-8")

    def hashed(*more: str, code: int = 0) -> str:
        result = CliRunner().invoke(main, ["terms", "hash", str(folder), *more])
        assert code == result.exit_code, result.output
        return result.output

    assert "xai.yaml: its hash is" in hashed(code=1)
    assert "xai.yaml" in shell.refused("terms", "diff", str(folder))
    assert "entries" in hashed("--write")
    rows = shell.rows("terms", "diff", "", str(folder))
    assert {"xai-enterprise"} <= {row["id"] for row in rows}
    assert any("quote" in row["what"] for row in rows)
