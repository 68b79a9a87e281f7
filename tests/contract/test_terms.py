"""Through a real service: every receipt names the version of the terms in force."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.compose.test_terms_book import CONTRACT, READING
from tests.service import PATIENCE_S, Customer, House, serving

from stillhouse.compose.terms import shipped
from stillhouse.testing.upstream import upstream_thread

MORE = """
[providers.far]
kind = "openai"
base_url = "{url}"
path = "azure-openai"

[deployments.gpt-4o-far]
provider = "far"
model = "gpt-4o"
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with (
        upstream_thread() as upstream,
        serving(tmp_path, upstream.base_url, more=MORE.format(url=upstream.base_url)) as house,
    ):
        yield house


def named(house: House, customer: Customer, deployment: str) -> str | None:
    """What the receipt of a new call says."""
    body = {"model": deployment, "messages": [{"role": "user", "content": "hi"}]}
    before = len(house.receipts(customer))
    assert 200 == house.post(customer, "/v1/chat/completions", body).status
    receipts = house.settled(customer, before + 1)
    newest = max(receipts, key=lambda row: str(row["admitted_at"]))
    terms = newest["terms"]
    return None if terms is None else str(terms)


def test_receipts_name_the_terms_in_force_and_a_reading_counts_at_once(
    house: House, tmp_path: Path
) -> None:
    customer = house.customer("bank")
    unknown = shipped().chains["azure-openai"].newest.ref

    assert unknown == named(house, customer, "gpt-4o-far")
    assert None is named(house, customer, "gpt-4o"), "nobody said what path the stub is"

    reading, contract = tmp_path / "reading.yaml", tmp_path / "contract.txt"
    reading.write_text(yaml.safe_dump(READING), "utf-8")
    contract.write_text(CONTRACT, "utf-8")
    added = house.shell.one(
        "terms", "add", str(reading), "--text", str(contract), "--signed-by", "Dewi"
    )

    deadline = time.monotonic() + PATIENCE_S
    while (said := named(house, customer, "gpt-4o-far")) == unknown:
        assert time.monotonic() < deadline, "the gateways did not see the reading"
    assert added["ref"] == said
