"""A console over a real data folder: real store, real files, real app; only the clock is ours.

with opened(tmp_path) as real:
    ada = real.browser(real.sign_in("ada@example.com"))       a browser, signed in
    bot = real.machine(Role.BILLING)                          a script with a token
    real.seal(real.receipts(3, account=real.alice))           receipts in a segment
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from msgspec.structs import replace

from stillhouse.compose.console_process import application, open_parts
from stillhouse.compose.desks.parts import Parts
from stillhouse.compose.stores import open_store
from stillhouse.compose.way_in import new_link
from stillhouse.config.settings import Console, Server, Settings
from stillhouse.console.roles import Role
from stillhouse.console.session import csrf
from stillhouse.ledger.journal import frame
from stillhouse.ledger.ports import Segment
from stillhouse.ledger.receipt import Close, Open, Receipt
from stillhouse.ledger.segment import segment, spent
from stillhouse.store.journal import JournalWriter
from stillhouse.store.lake import Lake
from stillhouse.tariff import tariff
from stillhouse.tariff.prices import Book
from stillhouse.tenants import Account, Key
from stillhouse.tenants.people import digest, machine_secret
from stillhouse.units.instant import SECOND, Instant, instant, moment
from stillhouse.units.usage import Meter
from stillhouse.wire.deployment import Deployment, Provider, ProviderKind

AT = instant(moment(0).replace(year=2026, month=11, day=23, hour=12))
DAY = "2026-11-23"
PORT = 8081
URL = f"http://127.0.0.1:{PORT}"
COOKIE = f"stillhouse-{PORT}"
WHO = "test"
EMAIL = "ada@example.com"


PRICED: tuple[tuple[Book, int], ...] = (("sale", 5_000), ("cost", 3_000))
SALE, COST = (
    tariff(
        book=book,
        model="gpt-4o",
        valid_from=Instant(0),
        prices={Meter.INPUT: 10 * each, Meter.OUTPUT: 20 * each},
    )
    for book, each in PRICED
)
"""By these, 10 tokens in and 5 out are 1,000,000 pico-dollars, and cost 600,000."""


class Client(TestClient):
    """A client that keeps its session's CSRF token beside its cookie."""

    csrf: str = ""

    def form(self, path: str, **fields: str) -> Any:
        """Send a form as one of our pages would."""
        return self.post(
            path,
            data={"csrf": self.csrf, **fields},
            headers={"origin": URL},
            follow_redirects=False,
        )


@dataclass
class Real:
    """One data folder and the console over it. now: what its clock says."""

    parts: Parts
    app: FastAPI
    alice: Account
    bob: Account
    keys: dict[str, Key]
    now: Instant = AT
    _numbers: dict[int, int] = field(default_factory=dict)
    _files: dict[int, int] = field(default_factory=dict)

    # -- who asks

    def stranger(self) -> Client:
        return Client(self.app, base_url=URL, raise_server_exceptions=False)

    def link(self, member: str = "", minutes: float = 15) -> str:
        """The token of a new sign-in link."""
        url, _ = new_link(
            self.parts.register, url=URL, minutes=minutes, member=member, at=self.now, actor=WHO
        )
        return url.partition("token=")[2]

    def browser(self, secret: str) -> Client:
        client = self.stranger()
        client.headers["cookie"] = f"{COOKIE}={secret}"
        client.csrf = csrf(secret)
        return client

    def sign_in(self, email: str = EMAIL) -> str:
        """The session's secret of somebody who used a link; the first one is the owner."""
        known = [m for m in self.parts.register.members() if m.email == email]
        token = self.link(member=email if known else "")
        answer = self.stranger().post(
            "/sign-in",
            data={"token": token, "email": email, "name": "Ada"},
            headers={"origin": URL},
            follow_redirects=False,
        )
        assert 303 == answer.status_code, answer.text
        return str(answer.cookies[COOKIE])

    def machine(self, role: Role, *accounts: str) -> Client:
        secret = machine_secret(bytes([len(self.parts.register.machines()) + 1]) * 32)
        self.parts.register.add_machine(
            role.value,
            digest=digest(secret),
            hint=secret[:13],
            role=role,
            accounts=accounts or ([self.alice.id] if role is Role.MEMBER else []),
            expires_at=None,
            at=self.now,
            actor=WHO,
        )
        client = self.stranger()
        client.headers["authorization"] = f"Bearer {secret}"
        return client

    # -- what was used

    def writer(self) -> int:
        return self.parts.store.register_writer(at=self.now)

    def receipts(
        self, count: int, *, account: Account, writer: int, at: int = AT, **changes: Any
    ) -> list[Receipt]:
        """A second apart from `at`; each is 1,000,000 pico-dollars. changes: of either half."""
        key = self.keys[account.id]
        first = self._numbers.get(writer, 1)
        self._numbers[writer] = first + count
        found = []
        for seq in range(first, first + count):
            admitted = at + (seq - first) * SECOND
            o = Open(
                seq=seq,
                call=seq,
                admitted_at=admitted,
                account=account.id,
                project=key.project,
                key=key.id,
                deployment="gpt",
                provider="stub",
                model="gpt-4o",
                surface="chat",
                stream=False,
                hold=5,
                sale_tariff=SALE.id,
                cost_tariff=COST.id,
                budgets=(),
                input_bound=1,
            )
            c = Close(
                seq=seq,
                settled_at=admitted + 300,
                first_byte_us=100,
                latency_us=300,
                status=200,
                outcome="completed",
                witness="reported",
                flags=0,
                usage=(10, 0, 0, 0, 5, 0, 0, 0, 0, 0, 1),
                charge=1_000_000,
                cost=600_000,
            )
            of_open = {k: v for k, v in changes.items() if k in Open.__struct_fields__}
            of_close = {k: v for k, v in changes.items() if k in Close.__struct_fields__}
            found.append(Receipt(writer, replace(o, **of_open), replace(c, **of_close)))
        return found

    def seal(self, receipts: Sequence[Receipt]) -> Segment:
        writer = receipts[0].writer
        file = self._files[writer] = self._files.get(writer, 0) + 1
        written = Lake(self.parts.data).write(receipts, file=file)
        made = segment(
            receipts,
            file=file,
            path=written.path,
            sha256=written.sha256,
            size=written.size,
            sealed_at=self.now,
            spent=spent(receipts, self.parts.store.directory()),
        )
        self.parts.store.post_segment(made, at=self.now)
        return made

    @contextmanager
    def journal(
        self, receipts: Sequence[Receipt], *, flying: Sequence[Receipt] = ()
    ) -> Iterator[JournalWriter]:
        """A live writer's journal with these receipts; of those flying, the first half only."""
        writer = [*receipts, *flying][0].writer
        journal = JournalWriter(
            self.parts.data,
            writer=writer,
            at=self.now,
            on_synced=lambda _: None,
            on_failed=lambda _: None,
        )
        try:
            for r in [*receipts, *flying]:
                journal.append(frame(r.open))
            for r in receipts:
                journal.append(frame(r.close))
            journal.flush()
            yield journal
        finally:
            journal.close()


@contextmanager
def opened(folder: Path, **console: Any) -> Iterator[Real]:
    data = folder / "data"
    store = open_store(data, create=True)
    alice, bob = (store.create_account(n, at=AT, actor=WHO) for n in ("alice", "bob"))
    keys = {
        a.id: store.create_key(
            digest=bytes([n]) * 32,
            hint=f"sk-sh-{n}",
            account=a.id,
            project=None,
            models=None,
            expires_at=None,
            at=AT,
            actor=WHO,
        )
        for n, a in enumerate((alice, bob))
    }
    store.configure_prices((SALE, COST), at=AT)
    store.close()
    settings = Settings(
        tariffs=(SALE, COST),
        server=Server(data=data, admin_port=PORT),
        console=Console(**console),
        providers={
            "stub": Provider(
                name="stub", kind=ProviderKind.OPENAI, base_url="http://127.0.0.1:9/v1"
            )
        },
        deployments={"gpt": Deployment(name="gpt", provider="stub", model="gpt-4o")},
    )
    parts = open_parts(settings, port=PORT, gateway_url="http://127.0.0.1:8080")
    parts.keys_changed = lambda: None
    real = Real(parts, application(parts), alice, bob, keys)
    real.app.state.door.clock = lambda: real.now
    try:
        yield real
    finally:
        parts.close()
