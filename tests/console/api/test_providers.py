"""Deployments' health and providers' keys through the API."""

from tests.console.real import Real

from stillhouse.console.roles import Role
from stillhouse.testing.upstream.thread import upstream_thread

KEY = "sk-provider-0123456789abcdef"


def test_health_is_of_recent_calls_sealed_and_not(real: Real) -> None:
    writer = real.writer()
    real.seal(real.receipts(8, account=real.alice, writer=writer, at=real.now - 10**9))
    bad = real.receipts(
        2, account=real.alice, writer=real.writer(), at=real.now - 10**8, outcome="timeout"
    )
    with real.journal(bad):
        [gpt] = real.machine(Role.REVIEWER).get("/api/v1/deployments").json()

    assert (10, 2, "failing") == (gpt["calls"], gpt["errors"], gpt["state"])
    assert (300, 100) == (gpt["latency_p50_us"], gpt["first_byte_p50_us"])
    assert "timeout" == gpt["last_outcome"]
    assert gpt["sale_price"]


def test_a_deployment_without_calls_is_idle(real: Real) -> None:
    [gpt] = real.machine(Role.REVIEWER).get("/api/v1/deployments").json()

    assert ("idle", None, None) == (gpt["state"], gpt["last_at"], gpt["latency_p50_us"])


def test_a_key_goes_in_and_never_comes_out(real: Real) -> None:
    owner = real.machine(Role.OWNER)
    told: list[str] = []
    state = owner.put("/api/v1/providers/stub/key", json={"key": KEY})
    told += [state.text, owner.get("/api/v1/providers").text, owner.get("/api/v1/entries").text]

    assert ("store", "cdef") == (state.json()["key_from"], state.json()["key_hint"])
    assert all(KEY not in text for text in told)
    kept = real.parts.register.provider_keys()["stub"]
    assert KEY == real.parts.vault().open(kept.sealed, name="stub")
    assert "none" == owner.delete("/api/v1/providers/stub/key").json()["key_from"]
    assert 404 == owner.delete("/api/v1/providers/stub/key").status_code


def test_a_key_that_no_header_can_carry_is_refused(real: Real) -> None:
    owner = real.machine(Role.OWNER)
    for key in ("two words", "line\nbreak", "ключ", "  "):
        answer = owner.put("/api/v1/providers/stub/key", json={"key": key})

        assert answer.status_code in {409, 422}, key
        assert key not in answer.text or not key.strip()


def test_a_test_is_a_real_call_and_says_what_to_do(real: Real) -> None:
    owner = real.machine(Role.OWNER)
    silent = owner.post("/api/v1/providers/stub/test", json={}).json()
    with upstream_thread(api_key=KEY) as upstream:
        stub = real.parts.settings.providers["stub"]
        real.parts.settings.providers["stub"] = type(stub)(
            name="stub", kind=stub.kind, base_url=upstream.base_url
        )
        wrong = owner.post("/api/v1/providers/stub/test", json={"key": "sk-wrong"}).json()
        right = owner.post("/api/v1/providers/stub/test", json={"key": KEY}).json()

    assert (False, 0) == (silent["works"], silent["status"])
    assert "base_url" in silent["remedy"]
    assert (False, 401) == (wrong["works"], wrong["status"])
    assert (True, 200) == (right["works"], right["status"])
    assert right["models"]


def test_only_an_owner_touches_a_providers_key(real: Real) -> None:
    for role in (Role.BILLING, Role.REVIEWER, Role.MEMBER):
        client = real.machine(role)

        assert 403 == client.put("/api/v1/providers/stub/key", json={"key": KEY}).status_code
        assert 403 == client.post("/api/v1/providers/stub/test", json={}).status_code


def test_a_deployment_that_nobody_priced_is_named(real: Real) -> None:
    dear = type(real.parts.settings.deployments["gpt"])(name="dear", provider="stub", model="o9")
    real.parts.settings.deployments["dear"] = dear
    found = real.machine(Role.REVIEWER).get("/api/v1/deployments/unpriced").json()

    assert ["dear"] == [row["deployment"] for row in found]
