"""One service for the whole room: two workers, and every kind of provider, all of them scripted."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.service import Customer, House, serving

from stillhouse.testing.faults import FaultPlan
from stillhouse.testing.upstream import ScriptedUpstream, Seen, upstream_thread

SERVER = """
keepalive_comment_s = 0.3
client_gone_drain_s = 2
deadline_s = 20
max_body_bytes = 400000
"""
TABLES = """
[providers.azure-dated]
kind = "azure"
base_url = "{root}"
api_key_env = "CONTRACT_AZURE_KEY"
api_version = "2024-10-21"
[providers.azure-v1]
kind = "azure"
base_url = "{root}"
api_key_env = "CONTRACT_AZURE_KEY"
[providers.claude]
kind = "anthropic"
base_url = "{root}"
api_key_env = "CONTRACT_ANTHROPIC_KEY"
[providers.impatient]
kind = "openai"
base_url = "{root}/v1"
first_chunk_timeout_s = 1
idle_timeout_s = 0.8
[providers.refused]
kind = "openai"
base_url = "http://127.0.0.1:{closed}/v1"
[providers.first]
kind = "openai"
base_url = "{first}"
first_chunk_timeout_s = 1
[deployments.renamed]
provider = "stub"
model = "gpt-4o-2024-08-06"
price_model = "gpt-4o"
[deployments.azure-dated]
provider = "azure-dated"
model = "my deployment"
price_model = "gpt-4o"
[deployments.azure-v1]
provider = "azure-v1"
model = "gpt-4o"
[deployments.claude]
provider = "claude"
model = "claude-x"
[deployments.impatient]
provider = "impatient"
model = "gpt-4o"
[deployments.refused]
provider = "refused"
model = "gpt-4o"
[deployments.unpriced]
provider = "stub"
model = "of unknown price"
[deployments.ordered]
provider = "first"
model = "gpt-4o"
fallbacks = ["gpt-4o"]
[deployments.stubborn]
provider = "first"
model = "gpt-4o"
[deployments.refused-first]
provider = "refused"
model = "gpt-4o"
fallbacks = ["gpt-4o"]
[deployments.small]
provider = "stub"
model = "gpt-4o"
max_output_tokens = 100
[[prices]]
model = "gpt-4o"
book = "cost"
valid_from = 2026-01-01T00:00:00Z
usd_per_million = {{ input = "2.00", output = "8.00", cache_read = "1.00" }}
[[prices]]
model = "claude-x"
book = "sale"
valid_from = 2026-01-01T00:00:00Z
usd_per_million = {{ input = "3", output = "15", cache_read = "0.30", cache_write = "3.75" }}
"""
AZURE_KEY, ANTHROPIC_KEY = "azure-own-secret-1", "anthropic-own-secret-2"


@dataclass(frozen=True, slots=True)
class Town:
    """The service and its providers; `upstream` serves all deployments that do not name `first`."""

    house: House
    upstream: ScriptedUpstream
    first: ScriptedUpstream

    def seen(self, marker: str) -> Seen:
        """The one request that the provider got with this text in its body."""
        [found] = [seen for seen in list(self.upstream.seen) if marker.encode() in seen.body]
        return found


def _closed_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def _town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    patch = pytest.MonkeyPatch()
    patch.setenv("CONTRACT_AZURE_KEY", AZURE_KEY)
    patch.setenv("CONTRACT_ANTHROPIC_KEY", ANTHROPIC_KEY)
    with upstream_thread(keep=10_000) as upstream, upstream_thread(keep=10_000) as first:
        more = TABLES.format(root=upstream.root_url, first=first.base_url, closed=_closed_port())
        folder = tmp_path_factory.mktemp("town")
        with serving(folder, upstream.base_url, server=SERVER, more=more) as house:
            yield Town(house, upstream, first)
    patch.undo()


@pytest.fixture
def town(_town: Town) -> Iterator[Town]:
    """Its providers behave, unless the test says otherwise."""
    calm = FaultPlan(stall_s=2.0)
    _town.upstream.plan = _town.first.plan = calm
    yield _town
    _town.upstream.plan = _town.first.plan = calm


@pytest.fixture
def house(town: Town) -> House:
    return town.house


@pytest.fixture(scope="session")
def _customer(_town: Town) -> Customer:
    return _town.house.customer("everyday")


@pytest.fixture
def customer(_customer: Customer) -> Customer:
    """Who calls without any limit; tests that count receipts make a customer of their own."""
    return _customer
