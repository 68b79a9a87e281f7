"""A key's secret is shown once, to the one who made it, and is nowhere else: not in any file."""

from pathlib import Path

from tests.contract.conftest import ANTHROPIC_KEY, AZURE_KEY, Town
from tests.service import Customer, House

from stillhouse.testing.faults import Fault, FaultPlan

ASK = [{"role": "user", "content": "the-callers-own-words"}]


def _holding(folder: Path, secret: bytes) -> list[str]:
    """The files that have these bytes, however they are used."""
    return [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and secret in path.read_bytes()
    ]


def test_no_file_no_log_and_no_error_repeats_a_secret(
    house: House, customer: Customer, town: Town
) -> None:
    town.first.plan = FaultPlan(rates={Fault.GARBAGE_FRAMING: 1.0})
    unknown = "sk-sh-" + "ab" * 32
    bodies = [
        house.post(customer, "/v1/chat/completions", {"model": model, "messages": ASK}).body
        for model in ("gpt-4o", "claude", "stubborn", "refused", "unpriced", "nowhere")
    ]
    bodies += [
        house.post(customer, path, b"{", authorization=f"Bearer {unknown}").body
        for path in ("/v1/chat/completions", "/v1/messages", "/openai/v1/responses", "/nowhere")
    ]
    bodies += [
        house.send("GET", f"/v1/models/{customer.key}?key={customer.key}").body,
        house.post(customer, "/v1/chat/completions", b'{"model":"x",' + customer.key.encode()).body,
    ]
    house.service.rows("accounts", "list")
    folder = house.service.folder

    for secret in (customer.key, unknown):
        core = secret.removeprefix("sk-sh-").encode()
        assert [] == _holding(folder, core)
        assert [] == [body for body in bodies if core in body]
    for secret in (AZURE_KEY, ANTHROPIC_KEY, ASK[0]["content"]):
        assert [] == _holding(folder, secret.encode())


def test_the_check_of_files_sees(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "log").write_bytes(b"...secret...")

    assert ["deep/log"] == _holding(tmp_path, b"secret")
