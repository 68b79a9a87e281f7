"""What a call is for reaches its receipt: declared before default before template, and bounded."""

import json
from dataclasses import replace

import pytest
from tests.gateway.rig import BODY, SECRET, Rig

from stillhouse.gateway import labels
from stillhouse.gateway.labels import OTHER
from stillhouse.tenants import Directory, Key, Project, digest
from stillhouse.units.instant import DAY, Instant

KEY = Key("key_1", "acct_1", "proj_1", digest(SECRET.encode()), "sk", Instant(0))


def rig(defaults: dict[str, str] | None = None, *, templates: bool = True) -> Rig:
    made = Rig()
    made.gateway.find_templates(b"k" * 32 if templates else None)
    made.gateway.use_directory(
        Directory(
            accounts=[made.account],
            projects=[Project("proj_1", made.account.id, "p")],
            keys=[replace(KEY, account=made.account.id)],
            workloads=defaults or {},
        )
    )
    return made


def body(text: str = "Classify this: x", **more: object) -> bytes:
    return json.dumps(
        {"model": "m", "messages": [{"role": "user", "content": text}], **more}
    ).encode()


def said(made: Rig, data: bytes = BODY, *headers: str) -> tuple[str, str]:
    """What the receipt of this call says: workload, cohort."""
    client = made.connect()
    client.ask(data, headers="".join(f"{line}\r\n" for line in headers))
    opened = made.journal.opens[-1]
    return opened.workload, opened.cohort


def test_a_header_stands_before_metadata_before_defaults_before_the_template() -> None:
    header = "x-stillhouse-workload: triage"
    metadata = body(metadata={"workload": "meta"})
    defaults = {"proj_1": "of-project", "key_1": "of-key"}

    assert ("triage", "") == said(rig(defaults), metadata, header)
    assert ("meta", "") == said(rig(defaults), metadata)
    assert ("of-key", "") == said(rig(defaults), body())
    assert ("of-project", "") == said(rig({"proj_1": "of-project"}), body())
    assert said(rig(), body())[0].startswith("t:")
    assert ("", "") == said(rig(), BODY)
    assert ("", "") == said(rig(templates=False), body())


def test_calls_of_one_template_share_an_id_and_a_retry_keeps_it() -> None:
    made = rig()
    one, two = said(made, body("Classify this: a b c")), said(made, body("Classify this: d"))

    assert one == two != said(made, body("Translate this: d"))


def test_a_cohort_is_declared_with_or_without_a_workload() -> None:
    made = rig()

    assert ("", "beta/1") == said(made, BODY, "x-stillhouse-cohort: beta/1")
    assert ("w", "beta") == said(
        made, BODY, "X-Stillhouse-Workload: w", "x-stillhouse-cohort: beta"
    )
    assert ("w", "") == said(made, BODY, "x-stillhouse-workload: w")


@pytest.mark.parametrize("name", ["a b", "t:1f3a9c0de4b2", "", "-a", "é", "a" * 65, "(other)"])
@pytest.mark.parametrize("header", ["x-stillhouse-workload", "x-stillhouse-cohort"])
def test_a_bad_name_in_a_header_is_refused_and_says_what_a_name_is(header: str, name: str) -> None:
    made = rig()
    client = made.connect()
    client.ask(headers=f"{header}: {name}\r\n")

    assert 400 == client.reply.status
    assert b"64 letters" in client.reply.body
    assert header.encode() in client.reply.body
    assert [] == made.journal.records


def test_a_bad_name_in_metadata_is_passed_over_and_counted() -> None:
    made = rig({"key_1": "of-key"})

    assert ("of-key", "") == said(made, body(metadata={"workload": "not a name"}))
    assert ("of-key", "") == said(made, body(metadata={"workload": "x" * 65}))
    assert 2 == made.gateway.labels.ignored
    assert [("workload_ignored", {"key": "key_1", "ignored": 1})] == [
        line for line in made.logged if line[0] == "workload_ignored"
    ]


def test_neither_header_reaches_the_provider() -> None:
    made = rig()
    said(made, BODY, "x-stillhouse-workload: w", "x-stillhouse-cohort: c")

    assert b"stillhouse" not in made.attempts[-1].extra.lower()


def test_a_key_that_makes_up_a_name_for_each_call_fills_one_day_with_so_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(labels, "LABELS_MAX", 5)
    monkeypatch.setattr(labels, "KEPT_MAX", 3)
    made = rig()
    names = [said(made, BODY, f"x-stillhouse-workload: w{n}")[0] for n in range(8)]

    assert ["w0", "w1", "w2", "w3", "w4", OTHER, OTHER, OTHER] == names
    assert "w1" == said(made, BODY, "x-stillhouse-workload: w1")[0]
    assert OTHER == said(made, body("Classify this: a"))[0]
    assert ("w1", "c") == said(made, BODY, "x-stillhouse-workload: w1", "x-stillhouse-cohort: c")
    made.loop.pass_time(DAY / 1e6)

    assert "w9" == said(made, BODY, "x-stillhouse-workload: w9")[0]
