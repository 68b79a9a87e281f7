"""A house that owns something: a run with a verdict, a student on the shelf, a release."""

import json
from pathlib import Path
from typing import Any

from tests.console.real import WHO, Real
from tests.students import written

from stillhouse.distill import card
from stillhouse.distill.artefact import Data, Manifest
from stillhouse.distill.release import Audit, Plan, Release, Terms
from stillhouse.units.instant import DAY, Instant

RUN = "0123456789abcdef"
PAIR = {
    "n": 129, "student": 0.984, "teacher": 1.0, "difference": -0.0155, "bound": -0.0334,
    "interval": [-0.0368, 0.0058], "delta": 0.05, "discordant": 2, "needed": 39,
    "verdict": "accept",
}  # fmt: skip
JUDGED: dict[str, Any] = {
    "n": 129, "accuracy": None, "agreement": 0.930233, "kept": 0.891473, "accuracy_kept": None,
    "agreement_kept": 0.982609, "alone": None, "cascade": None, "agreed": PAIR,
    "verdict": "accept", "by": "agreement with the teacher; no gold was given",
    "slices": {"label spam": {"n": 74, "accuracy": None, "agreement": 0.959459, "kept": 0.9}},
}  # fmt: skip
FOUND: dict[str, dict[str, Any]] = {
    "plan": {
        "lines": 1300,
        "workloads": [
            {"workload": "other", "rows": 40},
            {
                "workload": "comments", "rows": 1300, "months": "1",
                "cost_pico": {"USD": str(1300 * 10**12)}, "unpriced": 0,
            },
        ],
    },
    "consent": {"kind": "classifier", "seen": 1300, "excluded": {"no_consent": 5}, "rows": 1295},
    "curate": {"funnel": {"duplicate": 95}, "learned": 1071, "judging": 129},
    "train": {"metrics": {"curve": [[268, 0.92], [536, 0.94]]}},
    "evaluate": JUDGED,
    "card": {
        "student": "f" * 32,
        "costs": {
            "one_off": str(50 * 10**12), "node_month": str(36 * 10**12), "call": "0",
            "audited": "0", "label": "0",
        },
    },
}  # fmt: skip


def ran(real: Real, *, until: str = "card", name: str = RUN) -> Path:
    """A run that got as far as this stage, and was stopped in the next."""
    folder = real.parts.data / "distill" / name
    for stage, found in FOUND.items():
        (folder / stage).mkdir(parents=True)
        said = json.dumps({"key": "k", "found": found})
        (folder / stage / "done.json").write_text(said, "utf-8")
        if stage == until:
            break
    return folder


def shelved(real: Real) -> Manifest:
    """A student on the shelf, with its card."""
    shelf = real.parts.data / "distill" / "students"
    more: dict[str, Any] = {
        "metrics": {"judged": JUDGED},
        "obligations": ("student_name_prefix:Llama",),
        "data": Data("d" * 64, 1071, (("duplicate", 95),), "Sari, for each customer"),
    }
    made = written(shelf / "x", **more)
    (shelf / "x").rename(shelf / made.id)
    for name, text in (
        ("card.json", json.dumps(card.document(made))),
        ("card.md", card.markdown(made)),
        ("bom.json", json.dumps(card.bom(made))),
    ):
        (shelf / made.id / name).write_text(text, "utf-8")
    return made


def released(real: Real, *, agreed: int = 60, of: int = 60, artefact: str = "x") -> Release:
    """A release at shadow, with so many comparisons."""
    plan = Plan(
        account=real.alice.id,
        workload="comments",
        deployment="gpt",
        model="gpt-4o",
        student="pupil",
        artefact=artefact,
        promise_ppm=900_000,
        audit_cost_max=10 * 10**12,
        terms=Terms(allowed=True, clauses=("apache-2.0 4",), why="internal use of a classifier"),
    )
    store, before = real.parts.store, Instant(real.now - 2 * DAY)
    begun = store.begin_release(plan, at=before, actor=WHO)
    if of:
        audits = [Audit(agreed=n < agreed, cost=10**9) for n in range(of)]
        store.add_audits(begun.id, audits, at=real.now)
    return store.release(begun.id)
