"""Signing in by an OpenID Connect provider (OpenID Connect Core 1.0, code flow with PKCE).

    /sign-in/oidc ─► provider ─► /sign-in/oidc/callback ─► tokens ─► claims ─► role ─► session

Checked, in this order: the state is one that we gave to this very browser, not older than ten
minutes and not used before; the code is exchanged with the PKCE verifier; the ID token's signature
by the issuer's published keys (no algorithm but asymmetric ones), its `iss`, `aud`, `azp`, `exp`,
`iat` and `nonce`. Claims that the ID token lacks are asked from `userinfo` and must be of the same
subject. A role comes from the configuration alone: the best of those that the claim's values or
the proved e-mail address are mapped to; with none, nobody is let in.

An e-mail address counts as proved only when the provider says `email_verified: true`.
"""

import hmac
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.integrations.httpx_client import OAuth2Client
from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from stillhouse.console.doors import own_path, signed_in
from stillhouse.console.gate import door, open_to_all, site
from stillhouse.console.problem import Refused, refused
from stillhouse.tenants.people import Member, Role

PENDING_S = 600
PENDING_MAX = 1_000
KEYS_S = 300
WAIT_S = 10.0
LEEWAY_S = 60
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
BEST_FIRST = (Role.OWNER, Role.BILLING, Role.REVIEWER, Role.MEMBER)
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """As configured. roles: a claim's value or an e-mail address -> role."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False, default="")
    name: str = ""
    scopes: str = "openid email profile"
    claim: str = "groups"
    roles: Mapping[str, str] = field(default_factory=dict)
    default_role: str = ""
    accounts_claim: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """One sign-in under way. browser: what its cookie must say."""

    browser: str
    nonce: str
    verifier: str
    next: str
    until: float


class Oidc:
    """One provider. Every method blocks."""

    def __init__(self, provider: Provider, *, callback: str) -> None:
        self.provider, self._callback = provider, callback
        self._pending: dict[str, Pending] = {}
        self._lock = threading.Lock()
        self._facts: dict[str, Any] = {}
        self._keys: tuple[float, KeySet] | None = None

    def router(self) -> APIRouter:
        router = APIRouter(include_in_schema=False, dependencies=[Depends(open_to_all())])
        router.add_api_route("/sign-in/oidc", self.start, methods=["GET"])
        router.add_api_route("/sign-in/oidc/callback", self.finish, methods=["GET"])
        return router

    # -- routes

    def start(self, request: Request, next: str = "/") -> Response:  # noqa: A002
        browser, state = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        pending = Pending(
            browser,
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(48),
            own_path(next),
            time.monotonic() + PENDING_S,
        )
        with self._lock:
            now = time.monotonic()
            self._pending = {s: p for s, p in self._pending.items() if p.until > now}
            if len(self._pending) >= PENDING_MAX:
                raise refused(429, "too_many_attempts", "too many sign-ins are under way", "wait")
            self._pending[state] = pending
        with self._client() as client:
            url, _ = client.create_authorization_url(
                self._fact("authorization_endpoint"),
                state=state,
                nonce=pending.nonce,
                code_verifier=pending.verifier,
            )
        answer = RedirectResponse(str(url), 303)
        answer.set_cookie(
            _cookie(request),
            browser,
            max_age=PENDING_S,
            path="/sign-in/oidc",
            secure=site(request).secure,
            httponly=True,
            samesite="lax",
        )
        return answer

    def finish(
        self,
        request: Request,
        state: str = "",
        code: str = "",
        error: str = "",
    ) -> Response:
        with self._lock:
            pending = self._pending.pop(state, None)
        browser = request.cookies.get(_cookie(request), "")
        if (
            pending is None
            or pending.until < time.monotonic()
            or not hmac.compare_digest(pending.browser.encode(), browser.encode())
        ):
            raise _failed("this sign-in was not begun here, or took too long")
        if error or not code:
            raise _failed(f"{self.provider.name} refused: {error or 'no code'}"[:200])
        claims = self._claims(code, pending)
        member = self._member(request, claims)
        answer = signed_in(request, door(request).begin(member, by="oidc"), pending.next)
        answer.delete_cookie(_cookie(request), path="/sign-in/oidc")
        return answer

    # -- the protocol

    def _claims(self, code: str, pending: Pending) -> dict[str, Any]:
        try:
            with self._client() as client:
                token = client.fetch_token(
                    self._fact("token_endpoint"), code=code, code_verifier=pending.verifier
                )
                claims = self._checked(str(token.get("id_token", "")), pending.nonce)
                if self._facts.get("userinfo_endpoint") and not self._complete(claims):
                    answer = client.get(self._facts["userinfo_endpoint"])
                    more = answer.raise_for_status().json()
                    claims = _joined(claims, more)
        except Refused:
            raise
        except Exception as error:  # noqa: BLE001 - authlib's own HTTP client has its own errors
            raise _failed(f"the provider's answer cannot be used: {type(error).__name__}") from None
        return claims

    def _complete(self, claims: Mapping[str, Any]) -> bool:
        return {"email", "email_verified", self.provider.claim} <= claims.keys()

    def _checked(self, id_token: str, nonce: str) -> dict[str, Any]:
        try:
            token = self._decoded(id_token)
            registry = jwt.JWTClaimsRegistry(
                leeway=LEEWAY_S,
                iss={"essential": True, "value": self._facts["issuer"]},
                aud={"essential": True, "value": self.provider.client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            registry.validate(token.claims)
        except (JoseError, ValueError) as error:
            raise _failed(f"the ID token does not hold: {type(error).__name__}") from None
        claims = dict(token.claims)
        audience = claims["aud"]
        several = isinstance(audience, list) and len(audience) > 1
        if claims.get("azp", self.provider.client_id) != self.provider.client_id or (
            several and "azp" not in claims
        ):
            raise _failed("the ID token was made for another client")
        return claims

    def _decoded(self, id_token: str) -> jwt.Token:
        """By the published keys; once more with fresh ones, since a provider may have rotated."""
        try:
            return jwt.decode(id_token, self._key_set(), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            return jwt.decode(id_token, self._key_set(fresh=True), algorithms=ALGORITHMS)

    def _key_set(self, *, fresh: bool = False) -> KeySet:
        known = self._keys
        if known is not None and not fresh and known[0] > time.monotonic():
            return known[1]
        keys = KeySet.import_key_set(_json(self._fact("jwks_uri")))
        self._keys = (time.monotonic() + KEYS_S, keys)
        return keys

    def _fact(self, name: str) -> str:
        """From the discovery document, whose issuer must be the one that was configured."""
        if not self._facts:
            issuer = self.provider.issuer.rstrip("/")
            facts = _json(f"{issuer}/.well-known/openid-configuration")
            if str(facts.get("issuer", "")).rstrip("/") != issuer:
                raise _failed("the provider calls itself by another name than [console.oidc]")
            self._facts = facts
        url = str(self._facts.get(name, ""))
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in LOCAL:
            raise _failed(f"the provider's {name} is not https")
        return url

    def _client(self) -> OAuth2Client:
        return OAuth2Client(
            client_id=self.provider.client_id,
            client_secret=self.provider.client_secret or None,
            token_endpoint_auth_method=(
                "client_secret_basic" if self.provider.client_secret else "none"
            ),
            scope=self.provider.scopes,
            redirect_uri=self._callback,
            code_challenge_method="S256",
            timeout=WAIT_S,
        )

    # -- who it is here

    def _member(self, request: Request, claims: Mapping[str, Any]) -> Member:
        email = str(claims.get("email") or "")
        proved = claims.get("email_verified") is True
        role = role_of(self.provider, claims, email if proved else "")
        if role is None:
            raise refused(
                403,
                "no_role",
                f"{email or claims['sub']} has no role here",
                "ask an owner to map one of your groups in [console.oidc] roles",
            )
        accounts: list[str] = []
        if role is Role.MEMBER and self.provider.accounts_claim:
            accounts = _several(claims.get(self.provider.accounts_claim))
        subject = f"{claims['iss']} {claims['sub']}"
        here = door(request)
        return here.register.member_by_subject(
            subject,
            email=email or f"{claims['sub']}@{urlsplit(str(claims['iss'])).hostname}",
            proved=proved,
            name=str(claims.get("name") or ""),
            role=role,
            accounts=accounts,
            at=here.clock(),
        )


def _joined(claims: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """What the ID token says stands; the rest comes from userinfo, of the same subject."""
    if more.get("sub") != claims["sub"]:
        raise _failed("userinfo speaks of somebody else")
    return {**more, **claims}


def role_of(provider: Provider, claims: Mapping[str, Any], email: str) -> Role | None:
    """The best role that the claim's values, or the proved address, are mapped to."""
    values = [*_several(claims.get(provider.claim)), *([email] if email else [])]
    lower = {key.lower(): role for key, role in provider.roles.items()}
    found = {lower[value.lower()] for value in values if value.lower() in lower}
    if provider.default_role:
        found.add(provider.default_role)
    return next((role for role in BEST_FIRST if role.value in found), None)


def _several(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(v) for v in value]
    return [] if value is None else [str(value)]


def _json(url: str) -> Any:
    try:
        answer = httpx.get(url, timeout=WAIT_S, follow_redirects=False)
        return answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise _failed(f"{url} does not answer: {type(error).__name__}") from None


def _cookie(request: Request) -> str:
    return f"stillhouse-oidc-{site(request).port}"


def _failed(why: str) -> Refused:
    return refused(403, "sign_in_failed", why, "try again; if it stays, look at [console.oidc]")
