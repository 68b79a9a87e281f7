"""Deployments and their health, providers and the keys that are kept here.

A provider's key is sealed before it reaches the database and opened in two places only: where the
supervisor hands settings to the gateways, and here, to test it by one real call to the provider's
list of models. It is in no entry, no answer and no log.
"""

import time
from collections.abc import Sequence
from typing import Literal

import httpx

from stillhouse.compose.desks.parts import Part
from stillhouse.console.views import Health, KeyTest, ProviderState, Unpriced
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.ledger.receipt import Receipt
from stillhouse.units.instant import SECOND, Instant
from stillhouse.upstream.providers import credentials
from stillhouse.wire.deployment import Provider, ProviderKind

KEY_LENGTH_MAX = 4_096
HINT = 4
TEST_S = 10.0
MODELS_SHOWN = 200
OVER_MAX_S = 86_400
FAILING, DOWN = 5, 50
"""percent of recent calls that failed"""


class ProvidersPart(Part):
    def health(self, *, over_s: int = 3600) -> list[Health]:
        over_s = max(60, min(over_s, OVER_MAX_S))
        start = Instant(self.at - over_s * SECOND)
        sealed = {row[0]: row for row in self.parts.newest.outcomes(start)}
        fresh: dict[str, list[Receipt]] = {}
        for receipt in self.parts.newest.unsealed():
            if receipt.open.admitted_at >= start:
                fresh.setdefault(receipt.open.deployment, []).append(receipt)
        priced = {(t.book, t.model) for t in self.parts.store.tariffs().values()}
        settings = self.parts.settings
        found = []
        for name, d in sorted(settings.deployments.items()):
            seen = _Seen(sealed.get(name), fresh.get(name, ()))
            found.append(
                Health(
                    deployment=name,
                    provider=d.provider,
                    model=d.model,
                    priced_as=d.priced_as,
                    fallbacks=d.fallbacks,
                    state=seen.state,
                    calls=seen.calls,
                    errors=seen.errors,
                    latency_p50_us=seen.p50,
                    latency_p95_us=seen.p95,
                    first_byte_p50_us=seen.first_p50,
                    first_byte_p95_us=seen.first_p95,
                    last_at=seen.last_at,
                    last_outcome=seen.last_outcome,
                    last_status=seen.last_status,
                    over_s=over_s,
                    sale_price=("sale", d.priced_as) in priced,
                    cost_price=("cost", d.priced_as) in priced,
                )
            )
        return found

    def providers(self) -> list[ProviderState]:
        return [self._provider_state(p) for _, p in sorted(self.parts.settings.providers.items())]

    def set_provider_key(self, provider: str, secret: str) -> ProviderState:
        known = self._provider(provider)
        secret = secret.strip()
        if known.kind is ProviderKind.BUILTIN:
            raise ConflictError(f"{provider} is the model that ships and takes no key")
        if not secret or len(secret) > KEY_LENGTH_MAX:
            raise ConflictError("a provider's key is not empty and not that long; copy it again")
        if any(not "!" <= c <= "~" for c in secret):
            raise ConflictError(
                "the key holds a space, a line break or a character that no header can carry;"
                " copy it again"
            )
        self.parts.register.set_provider_key(
            provider,
            sealed=self.parts.vault().seal(secret, name=provider),
            hint=secret[-HINT:] if len(secret) >= 4 * HINT else "",
            at=self.at,
            actor=self.who.actor,
        )
        self.parts.keys_changed()
        return self._provider_state(known)

    def remove_provider_key(self, provider: str) -> ProviderState:
        known = self._provider(provider)
        self.parts.register.remove_provider_key(provider, at=self.at, actor=self.who.actor)
        self.parts.keys_changed()
        return self._provider_state(known)

    def test_provider(self, provider: str, *, secret: str = "") -> KeyTest:
        known = self._provider(provider)
        key = secret.strip() or self._key_in_use(known)
        tested = ask_models(known, key)
        if not secret.strip():
            self.parts.register.note_test(provider, works=tested.works, at=self.at)
        return tested

    def unpriced(self) -> list[Unpriced]:
        """Deployments without a sale price: each call to one is refused with 402.

        How often that happened is not known: a refused call leaves no receipt.
        """
        priced = {t.model for t in self.parts.store.tariffs().values() if t.book == "sale"}
        return [
            Unpriced(deployment=name, model=d.priced_as, calls=0, last_at=Instant(0))
            for name, d in sorted(self.parts.settings.deployments.items())
            if d.priced_as not in priced
        ]

    def _provider(self, name: str) -> Provider:
        found = self.parts.settings.providers.get(name)
        if found is None:
            raise NotFoundError(f"no provider {name}; write [providers.{name}] first")
        return found

    def _key_in_use(self, provider: Provider) -> str:
        kept = self.parts.register.provider_keys().get(provider.name)
        if kept is None:
            return provider.api_key
        return self.parts.vault().open(kept.sealed, name=provider.name)

    def _provider_state(self, p: Provider) -> ProviderState:
        kept = self.parts.register.provider_keys().get(p.name)
        test = self.parts.register.tests().get(p.name)
        where: Literal["configuration", "store", "none"] = "none"
        if kept is not None:
            where = "store"
        elif p.api_key:
            where = "configuration"
        return ProviderState(
            name=p.name,
            kind=p.kind.value,
            base_url=p.base_url,
            deployments=tuple(
                sorted(
                    n for n, d in self.parts.settings.deployments.items() if d.provider == p.name
                )
            ),
            key_from=where,
            key_hint=kept.hint if kept else "",
            key_changed_at=kept.changed_at if kept else None,
            key_tested_at=test.at if test else None,
            key_works=test.works if test else None,
        )


class _Seen:
    """Sealed and fresh receipts of one deployment as one picture.

    Percentiles are of the sealed ones when there are more of them, else of the fresh ones: an exact
    percentile of both would need every latency.
    """

    def __init__(self, sealed: Sequence[object] | None, fresh: Sequence[Receipt]) -> None:
        values = list(sealed or ("", 0, 0, None, None, None, None, 0, "", 0))
        self.calls = int(str(values[1])) + len(fresh)
        bad = [r for r in fresh if r.close.outcome not in {"completed", "client_left"}]
        self.errors = int(str(values[2])) + len(bad)
        quantiles = [None if v is None else int(str(v)) for v in values[3:7]]
        if len(fresh) > int(str(values[1])):
            well = [r.close for r in fresh if r.close.outcome == "completed"]
            late = sorted(c.latency_us for c in well)
            first = sorted(c.first_byte_us for c in well if c.first_byte_us >= 0)
            quantiles = [_at(late, 50), _at(late, 95), _at(first, 50), _at(first, 95)]
        self.p50, self.p95, self.first_p50, self.first_p95 = quantiles
        last_at, self.last_outcome, self.last_status = (
            int(str(values[7])),
            str(values[8]),
            int(str(values[9])),
        )
        newest = max(fresh, key=lambda r: r.open.admitted_at, default=None)
        if newest is not None and newest.open.admitted_at >= last_at:
            last_at = newest.open.admitted_at
            self.last_outcome, self.last_status = newest.close.outcome, newest.close.status
        self.last_at = Instant(last_at) if last_at else None

    @property
    def state(self) -> Literal["well", "failing", "down", "idle"]:
        if not self.calls:
            return "idle"
        percent = 100 * self.errors // self.calls
        return "down" if percent >= DOWN else "failing" if percent >= FAILING else "well"


def _at(ordered: Sequence[int], percent: int) -> int | None:
    """The smallest value that `percent` of all do not exceed."""
    return ordered[max(-(-len(ordered) * percent // 100) - 1, 0)] if ordered else None


def ask_models(provider: Provider, key: str) -> KeyTest:
    """One real call to the provider's list of models."""
    p = Provider(
        name=provider.name,
        kind=provider.kind,
        base_url=provider.base_url,
        api_key=key,
        api_version=provider.api_version,
        headers=provider.headers,
    )
    url, transport = _models_url(p)
    headers = {**p.headers, **dict(credentials(p)), "user-agent": "stillhouse"}
    if p.kind is ProviderKind.ANTHROPIC:
        headers["anthropic-version"] = "2023-06-01"
    begun = time.monotonic_ns()
    try:
        with httpx.Client(
            transport=transport,
            timeout=TEST_S,
            verify=provider.ca_file or provider.verify_tls,
            trust_env=False,
        ) as client:
            answer = client.get(url, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return _tested(p, 0, begun, (), f"no answer: {type(error).__name__}")
    return _tested(p, answer.status_code, begun, _models(answer), "")


def _models_url(p: Provider) -> tuple[str, httpx.HTTPTransport | None]:
    if p.base_url.startswith("unix:"):
        return "http://builtin/v1/models", httpx.HTTPTransport(uds=p.base_url[5:])
    base = p.base_url.rstrip("/")
    match p.kind:
        case ProviderKind.AZURE if p.api_version:
            return f"{base}/openai/models?api-version={p.api_version}", None
        case ProviderKind.AZURE:
            return f"{base}/openai/v1/models", None
        case ProviderKind.ANTHROPIC:
            return f"{base.removesuffix('/v1')}/v1/models", None
        case _:
            return f"{base}/models", None


def _models(answer: httpx.Response) -> tuple[str, ...]:
    try:
        listed = answer.json().get("data", [])
        return tuple(str(m["id"]) for m in listed if "id" in m)[:MODELS_SHOWN]
    except (ValueError, AttributeError, TypeError):
        return ()


_ANSWERS = {
    0: ("", "check base_url, and that this machine may reach it"),
    401: ("the provider does not know this key", "copy it again, or make a new one there"),
    403: ("the key may not list models", "give it that right there, or use another"),
    404: (
        "the provider has no list of models there",
        "check base_url; the key may be right all the same",
    ),
    429: ("the provider says that this key is over its limits", "wait, or raise them there"),
}


def _tested(p: Provider, status: int, begun: int, models: tuple[str, ...], found: str) -> KeyTest:
    works = 200 <= status < 300
    said, remedy = _ANSWERS.get(status, (f"the provider answered {status}", "look at its status"))
    if works:
        said, remedy = f"it works: {len(models)} models", ""
    return KeyTest(
        provider=p.name,
        works=works,
        status=status,
        latency_us=(time.monotonic_ns() - begun) // 1000,
        models=models,
        found=found or said,
        remedy=remedy,
    )
