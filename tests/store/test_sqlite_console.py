"""Who may use the console, as the store keeps it: one transaction, one entry, no secret."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.house import AT, WHO

from stillhouse.ledger.entries import check
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.store.sqlite_console import SEEN_EVERY_US, SQLiteConsole
from stillhouse.tenants.people import Role, digest
from stillhouse.units.instant import SECOND, Instant

LATER = Instant(AT + 60 * SECOND)


@pytest.fixture
def register(tmp_path: Path) -> Iterator[SQLiteConsole]:
    with closing(SQLiteConsole(tmp_path / "stillhouse.sqlite")) as made:
        yield made
        assert check(made.entries()) is None


def link(register: SQLiteConsole, token: str, *, role: Role = Role.OWNER, member: str = "") -> None:
    register.add_link(
        "sign_in",
        digest=digest(token),
        role=role,
        member=member,
        expires_at=LATER,
        at=AT,
        actor=WHO,
    )


def owner(register: SQLiteConsole, email: str = "ada@example.com") -> str:
    link(register, email)
    return register.use_link(digest(email), email=email, name="", at=AT).id


def test_two_that_open_one_link_at_once_make_one_member(register: SQLiteConsole) -> None:
    link(register, "t")
    with closing(SQLiteConsole(register.path)) as other:
        other.use_link(digest("t"), email="a@example.com", name="", at=AT)
        with pytest.raises(NotFoundError, match="was used"):
            register.use_link(digest("t"), email="b@example.com", name="", at=AT)

    assert ["a@example.com"] == [m.email for m in register.members()]


def test_a_link_that_failed_is_not_used_and_leaves_no_entry(register: SQLiteConsole) -> None:
    link(register, "t")
    before = len(list(register.entries()))
    with pytest.raises(ConflictError, match="e-mail"):
        register.use_link(digest("t"), email="nobody", name="", at=AT)

    assert before == len(list(register.entries()))
    assert register.link(digest("t"), AT).open(AT)


def test_a_link_of_a_member_takes_his_role_whatever_was_asked(register: SQLiteConsole) -> None:
    ident = owner(register)
    link(register, "t", role=Role.REVIEWER, member=ident)

    assert Role.OWNER == register.link(digest("t"), AT).role
    assert ident == register.use_link(digest("t"), email="", name="", at=AT).id


def test_use_is_noted_now_and_then_and_moves_no_chain(register: SQLiteConsole) -> None:
    ident = owner(register)
    register.add_session(digest("s"), member=ident, by="link", expires_at=LATER, at=AT)
    entries = len(list(register.entries()))
    for passed in (1, SEEN_EVERY_US, SEEN_EVERY_US + 1):
        register.session(digest("s"), at=Instant(AT + passed), idle_us=2 * SEEN_EVERY_US)
    [member] = register.members()

    assert entries == len(list(register.entries()))
    assert AT == member.seen_at  # LATER is its end, and so one use too late
    assert register.session(digest("s"), at=LATER, idle_us=2 * SEEN_EVERY_US) is None


def test_ending_a_member_ends_sessions_and_links(register: SQLiteConsole) -> None:
    owner(register)
    bo = owner(register, "bo@example.com")
    link(register, "t", member=bo)
    register.add_session(digest("s"), member=bo, by="link", expires_at=LATER, at=AT)
    register.end_member("bo@example.com", at=AT, actor=WHO)

    assert register.session(digest("s"), at=AT, idle_us=SECOND) is None
    with pytest.raises(NotFoundError):
        register.use_link(digest("t"), email="", name="", at=AT)
    with pytest.raises(ConflictError, match="any more"):
        link(register, "u", member=bo)
    assert register.end_member(bo, at=LATER, actor=WHO).ended_at == AT


def test_a_subject_is_one_member_and_follows_his_claims(register: SQLiteConsole) -> None:
    owner(register)
    made = [
        register.member_by_subject(
            "i 1",
            email="fin@example.com",
            proved=True,
            name="Fin",
            role=role,
            accounts=(),
            at=AT,
        )
        for role in (Role.BILLING, Role.BILLING, Role.REVIEWER)
    ]

    assert 1 == len({m.id for m in made})
    assert Role.REVIEWER == register.member("fin@example.com").role
    told = [e.body["role"] for e in register.entries() if e.body.get("email") == "fin@example.com"]
    assert ["billing", "reviewer"] == told


def test_a_machine_is_known_by_its_digest_until_it_ends(register: SQLiteConsole) -> None:
    made = register.add_machine(
        "bot",
        digest=digest("m"),
        hint="h",
        role=Role.OWNER,
        accounts=(),
        expires_at=LATER,
        at=AT,
        actor=WHO,
    )
    found = register.machine(digest("m"), at=AT)

    assert found is not None
    assert made.id == found.id
    assert register.machine(digest("x"), at=AT) is None
    assert register.machine(digest("m"), at=LATER) is None
    register.revoke_machine(made.id, at=AT, actor=WHO)
    assert register.machine(digest("m"), at=AT) is None
    with pytest.raises(ConflictError, match="name"):
        register.add_machine(
            " ",
            digest=digest("n"),
            hint="h",
            role=Role.OWNER,
            accounts=(),
            expires_at=None,
            at=AT,
            actor=WHO,
        )
