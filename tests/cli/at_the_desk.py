"""Runs commands on a data folder of their own and reads what they print."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from stillhouse.cli import main


@dataclass(frozen=True)
class Shell:
    """`stillhouse ... --data DATA`, as an operator types it."""

    data: Path

    def run(self, *arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(
            main,
            [*arguments, "--data", str(self.data)],
            env={"STILLHOUSE_CONFIG": "", "STILLHOUSE_DATA": ""},
        )
        assert code == result.exit_code, result.output
        return result

    def rows(self, *arguments: str) -> list[Any]:
        return [json.loads(line) for line in self.run(*arguments, "--json").stdout.splitlines()]

    def one(self, *arguments: str) -> Any:
        [row] = self.rows(*arguments)
        return row

    def refused(self, *arguments: str, code: int = 1) -> str:
        """What stderr says; stdout stays empty, so that no script reads an error as a result."""
        result = self.run(*arguments, code=code)
        assert result.stdout == ""
        return result.stderr
