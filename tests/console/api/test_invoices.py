"""A month through the API: open, drafted, approved, finalised, credited."""

from tests.console.real import Real

from stillhouse.billing.settings import Issuer
from stillhouse.console.roles import Role
from stillhouse.units.instant import Instant, instant, moment


def test_a_month_is_closed_step_by_step_and_taken_back(real: Real) -> None:
    real.seal(real.receipts(3, account=real.alice, writer=real.writer()))
    real.parts.store.set_issuer(Issuer(name="We", address=("Here",)), at=real.now, actor="test")
    billing = real.machine(Role.BILLING)
    ident = f"{real.alice.id}:2026-11"
    path = f"/api/v1/invoices/{ident}"
    [row] = billing.get("/api/v1/invoices", params={"account": "alice"}).json()
    assert (ident, "open", ["draft"]) == (row["id"], row["state"], row["acts"])
    drafted = billing.post("/api/v1/invoices", json={"account": "alice", "month": "2026-11"})
    assert (201, "draft") == (drafted.status_code, drafted.json()["row"]["state"])
    assert 409 == billing.post(f"{path}/approve").status_code  # the month is not over
    real.now = Instant(instant(moment(0).replace(year=2026, month=12, day=2)))
    assert "approved" == billing.post(f"{path}/approve").json()["row"]["state"]
    done = billing.post(f"{path}/finalise").json()
    number = done["row"]["number"]

    assert ("finalised", ["credit"]) == (done["row"]["state"], done["row"]["acts"])
    assert done["document"]["hash"]
    assert billing.get(f"/api/v1/invoices/{number}/pdf").content.startswith(b"%PDF")
    assert number == billing.post(f"{path}/finalise").json()["row"]["number"]
    note = billing.post(f"/api/v1/invoices/{number}/credit", json={"reason": "ours"}).json()
    assert "credit_note" == note["row"]["kind"]
    entries = [e.actor for e in real.parts.store.entries() if e.kind.startswith("invoice")]
    assert all(actor.startswith("token:") for actor in entries)


def test_a_reviewer_reads_and_a_member_reads_his_own(real: Real) -> None:
    for account in (real.alice, real.bob):
        real.seal(real.receipts(1, account=account, writer=real.writer()))
    reviewer, member = real.machine(Role.REVIEWER), real.machine(Role.MEMBER, real.alice.id)
    asked = {"account": "alice", "month": "2026-11"}

    assert 403 == reviewer.post("/api/v1/invoices", json=asked).status_code
    assert 2 == len(reviewer.get("/api/v1/invoices").json())
    assert ["alice"] == [r["account_name"] for r in member.get("/api/v1/invoices").json()]
    assert 200 == member.get("/api/v1/invoices/preview", params=asked).status_code
    other = {**asked, "account": "bob"}
    assert 404 == member.get("/api/v1/invoices/preview", params=other).status_code
    assert 404 == member.get(f"/api/v1/invoices/{real.bob.id}:2026-11").status_code
