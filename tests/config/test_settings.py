"""Settings: cross to the workers as JSON, unchanged, and without the loader's weight."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.config.test_load import INTERFACE, loaded

from stillhouse.config.load import load
from stillhouse.config.settings import Server, Settings, dump, undump


def test_settings_come_back_as_they_went() -> None:
    settings = loaded(INTERFACE, STUB_API_KEY="k-1")

    assert settings == undump(dump(settings))


def test_paths_and_their_absence_come_back() -> None:
    server = Server(data=Path("/srv/data"), tls_cert=Path("a.pem"), tls_key=None)

    assert server == undump(dump(Settings(server=server))).server


def test_a_first_start_with_every_provider_comes_back(tmp_path: Path) -> None:
    env = {"OPENAI_API_KEY": "a", "ANTHROPIC_API_KEY": "b"}
    settings = load(env=env, folder=tmp_path)

    assert settings == undump(dump(settings))


def test_a_worker_does_not_carry_pydantic() -> None:
    code = "import sys, stillhouse.config.settings; print('pydantic' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert "False" == answer.stdout.strip()


@pytest.mark.parametrize("garbage", [b"", b"{", b'{"server": 3}'])
def test_garbage_is_refused(garbage: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        undump(garbage)
