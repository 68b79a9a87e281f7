"""Cases by the Admin API: read, decided in a person's name, told to accounts, appealed."""

from typing import Any

from tests.console.guarded import opened
from tests.console.real import Client, Real

from stillhouse.compose import cases
from stillhouse.compose.final_invoices import LAST_ADMITTED_US, draft_final
from stillhouse.console.roles import Role
from stillhouse.guard.decisions import Reviewer
from stillhouse.tenants import Standing
from stillhouse.tenants.people import digest
from stillhouse.units.instant import SECOND, Instant

WHY = "a grid of tasks, three nights in a row"


def person(real: Real, email: str, role: Role = Role.REVIEWER, *accounts: str) -> Client:
    """Somebody who was invited as this role, and has signed in."""
    real.sign_in()  # the first one is the owner
    token = f"token of {email}"
    real.parts.register.add_link(
        "invitation",
        digest=digest(token),
        role=role,
        accounts=accounts,
        expires_at=real.now + 10**9,  # type: ignore[arg-type]
        at=real.now,
        actor="test",
    )
    answer = real.stranger().post(
        "/sign-in",
        data={"token": token, "email": email, "name": email},
        headers={"origin": "http://127.0.0.1:8081"},
        follow_redirects=False,
    )
    assert 303 == answer.status_code, answer.text
    return real.browser(next(iter(answer.cookies.values())))


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(f"/api/v1{path}", json=body, headers={"x-csrf-token": client.csrf})


def standing(real: Real) -> Standing:
    return real.parts.store.find_account(real.alice.id).standing


def test_cases_are_listed_and_shown_with_what_hangs_on_them(real: Real) -> None:
    case = opened(real)
    reviewer = real.machine(Role.REVIEWER)
    [row] = reviewer.get("/api/v1/cases", params={"state": "open"}).json()
    found = reviewer.get(f"/api/v1/cases/{case.id}").json()

    assert (case.id, "throttle", "suspend", "200000.0") == (
        row["id"],
        row["level"],
        row["reaches"],
        row["e_value"],
    )
    assert ["case_opened", "case_step", "case_step"] == [t["kind"] for t in found["timeline"]]
    assert [real.alice.name] == [x["account_name"] for x in found["exposure"]]
    assert found["proved"]


def test_two_people_suspend_and_a_third_answers_the_appeal(real: Real) -> None:
    case = opened(real)
    ada, ben, cai = (person(real, f"{n}@house.example") for n in ("ada", "ben", "cai"))
    decide, answer = f"/cases/{case.id}/decide", f"/cases/{case.id}/answer"
    first = post(ada, decide, step="suspend", reason=WHY)
    assert "second_reviewer" == first.json()["waits_for"]
    assert 409 == post(ada, decide, step="suspend", reason=WHY).status_code
    assert Standing.RESTRICTED is standing(real)
    assert "suspend" == post(ben, decide, step="suspend", reason=WHY).json()["level"]
    assert Standing.SUSPENDED is standing(real)

    member = real.machine(Role.MEMBER)
    [told] = member.get("/api/v1/notices").json()
    assert (case.id, [WHY, WHY]) == (told["case"], told["reasons"])
    appealed = post(member, f"/notices/{case.id}/appeal", reason="our own nightly evaluation")
    assert appealed.json()["appealed"]
    assert 409 == post(ben, answer, granted=True, reason=WHY).status_code
    done = post(cai, answer, granted=True, reason=WHY).json()

    assert ("none", "granted") == (done["level"], done["waits_for"])
    assert Standing.ACTIVE is standing(real)
    assert [] == member.get("/api/v1/notices").json()


def test_a_suspended_customer_takes_its_final_invoice_and_calls_with_it(real: Real) -> None:
    before = real.now - 60 * SECOND
    real.seal(real.receipts(3, account=real.alice, writer=real.writer(), at=before))
    case, store = opened(real), real.parts.store
    for name in ("ada", "ben"):
        case = cases.decide(store, case, "suspend", Reviewer(name), WHY, real.now)
    draft_final(real.parts.data, store, Instant(real.now + LAST_ADMITTED_US), lambda *_, **__: None)
    member = real.machine(Role.MEMBER)
    [final] = real.machine(Role.REVIEWER).get(f"/api/v1/cases/{case.id}").json()["final_invoices"]
    ident = f"{final['account']}:{final['month']}"
    told = member.get(f"/api/v1/invoices/{ident}").json()
    file = member.get(f"/api/v1/invoices/{ident}/file/csv")
    calls = member.get("/api/v1/calls", params={"account": real.alice.id})

    assert Standing.SUSPENDED is standing(real)
    assert ("draft", "final_invoice") == (told["row"]["state"], told["document"]["kind"])
    assert (200, 200) == (file.status_code, calls.status_code)
    assert b"gpt-4o" in file.content
    assert 3 == len(calls.json()["rows"])


def test_a_token_decides_nothing(real: Real) -> None:
    case = opened(real)
    said = post(real.machine(Role.REVIEWER), f"/cases/{case.id}/decide", step="dismiss", reason=WHY)

    assert 409 == said.status_code
    assert "a person who has signed in" in said.json()["error"]["message"]


def test_billing_reads_and_does_not_decide_and_a_member_sees_no_case(real: Real) -> None:
    case = opened(real)
    billing, member = real.machine(Role.BILLING), real.machine(Role.MEMBER, real.bob.id)
    assert 200 == billing.get(f"/api/v1/cases/{case.id}").status_code
    assert 403 == post(billing, f"/cases/{case.id}/decide", step="lift", reason=WHY).status_code
    assert 403 == member.get("/api/v1/cases").status_code
    assert [] == member.get("/api/v1/notices").json()

    said = post(member, f"/notices/{case.id}/appeal", reason="not even my own account")

    assert 404 == said.status_code
    assert Standing.RESTRICTED is standing(real)


def test_a_bundle_that_was_changed_shows_no_numbers_of_its_own(real: Real) -> None:
    case = opened(real)
    desk = real.app.state.house
    with real.parts.store._change() as db:  # type: ignore[attr-defined]
        db.execute("UPDATE case_bundles SET text = '{}'")

    assert desk is not None
    assert 200 == real.machine(Role.REVIEWER).get(f"/api/v1/cases/{case.id}").status_code
