"""Providers and deployments are plain values that travel as JSON and never print a key."""

import msgspec

from stillhouse.wire.deployment import Deployment, Provider, ProviderKind

PROVIDER = Provider(
    name="azure-eu",
    kind=ProviderKind.AZURE,
    base_url="https://name.openai.azure.com",
    api_key="s3cret",
    headers={"x-team": "one"},
)


def test_a_provider_prints_without_its_key() -> None:
    assert "s3cret" not in f"{PROVIDER!r} {PROVIDER}"


def test_settings_come_back_from_json_as_they_went() -> None:
    deployment = Deployment(name="gpt-4o", provider="azure-eu", model="gpt-4o", fallbacks=("b",))

    for value in (PROVIDER, deployment):
        assert value == msgspec.json.decode(msgspec.json.encode(value), type=type(value))


def test_a_deployment_is_priced_as_its_model_unless_it_says_otherwise() -> None:
    plain = Deployment(name="d", provider="p", model="gpt-4o")

    assert plain.priced_as == "gpt-4o"
    assert msgspec.structs.replace(plain, price_model="x").priced_as == "x"
