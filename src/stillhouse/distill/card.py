"""What is said of a student: for people (Markdown), for machines (JSON), as a bill of materials.

    manifest ─► card.json    ─► card.md
             └► bom.json     CycloneDX 1.6, a machine-learning model with its data and its teachers

Nothing here is worked out anew and nothing is left out that speaks against the student: what it
was not tested for stands under *Limits*. The bill of materials is JSON by the specification's own
words (https://cyclonedx.org/docs/1.6/json/, read 2026-11); its serial number is made of the
student's id, so the same student has the same bill.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from stillhouse.distill import languages
from stillhouse.distill.artefact import Manifest

BOM_VERSION = "1.6"


def limits(manifest: Manifest, notes: Sequence[str] = ()) -> list[str]:
    """What a reader must know before relying on it. notes: what became known of it afterwards."""
    judged = manifest.metrics.get("judged", {})
    said = [
        "It answers requests of the task that it learned; all others are left to the teacher.",
        f"An answer below a confidence of {manifest.threshold:.3f} is left to the teacher.",
        "Personal data are found by rules: names and addresses in words are not.",
    ]
    if judged.get("accuracy") is None:
        said.append(
            "No gold was given: it was measured how often it agrees with its teacher, not how often"
            " it is right. It repeats its teacher's mistakes."
        )
    if not judged.get("out_of_scope", {}).get("n"):
        said.append("How it meets questions outside its task was not measured.")
    if not judged.get("n"):
        said.append("No later rows were left to judge by.")
    spoken = manifest.metrics.get("languages", {})
    said += languages.missing(spoken.get("traffic", {}), spoken.get("learned", {}))
    if manifest.kind == "classifier":
        said.append("A label that was not in the data is never given.")
    return [*said, *notes]


def document(manifest: Manifest, *, notes: Sequence[str] = ()) -> dict[str, Any]:
    """The card for machines."""
    whole = msgspec.to_builtins(manifest)
    for large in ("model", "files", "version"):
        whole.pop(large)
    whole["weights"] = {name: file.sha256 for name, file in sorted(manifest.files.items())}
    whole["limits"] = limits(manifest, notes)
    return dict(whole)


def markdown(
    manifest: Manifest,
    *,
    economics: Mapping[str, Any] | None = None,
    notes: Sequence[str] = (),
) -> str:
    """The card for people."""
    return "\n".join(_lines(manifest, economics or {}, notes)) + "\n"


def _lines(m: Manifest, economics: Mapping[str, Any], notes: Sequence[str]) -> Iterator[str]:
    judged = m.metrics.get("judged", {})
    yield f"# A {m.kind} for {m.workload}"
    yield ""
    yield f"Student `{m.id}`, of form {m.form}, for {m.exposure} use."
    if m.labels:
        shown = ", ".join(m.labels[:20])
        more = f" and {len(m.labels) - 20} more" if len(m.labels) > 20 else ""
        yield f"It says one of {len(m.labels)} labels: {shown}{more}."
    yield ""
    yield "## How good it is"
    yield ""
    yield f"Verdict: **{judged.get('verdict', 'not judged')}**, by {judged.get('by', 'nothing')}."
    yield ""
    yield "| | |"
    yield "|---|---|"
    for name in ("n", "accuracy", "agreement", "kept", "accuracy_kept", "agreement_kept"):
        yield f"| {name.replace('_', ' ')} | {_shown(judged.get(name))} |"
    yield from _compared(judged)
    yield from _slices(judged)
    yield "## What it learned from"
    yield ""
    yield f"{m.data.rows:,} rows, SHA-256 `{m.data.sha256}`. Consent: {m.data.consent}."
    yield f"Receipts: Merkle root `{m.data.receipts}`." if m.data.receipts else "No receipts."
    yield ""
    yield "| taken away | rows |"
    yield "|---|---|"
    for reason, rows in m.data.funnel:
        yield f"| {reason} | {rows:,} |"
    yield ""
    yield "| teacher | path | rows | terms | by |"
    yield "|---|---|---|---|---|"
    for one in m.judged:
        model = one.origin.model or "-"
        clauses = "; ".join(one.clauses)
        yield f"| {model} | {one.origin.path} | {one.rows:,} | {one.result} | {clauses} |"
    yield ""
    yield "Obligations: " + ("; ".join(m.obligations) if m.obligations else "none") + "."
    if economics:
        yield ""
        yield "## Whether it pays"
        yield ""
        yield _pays(economics)
    yield ""
    yield "## Limits"
    yield ""
    for one_limit in limits(m, notes):
        yield f"- {one_limit}"
    yield ""
    yield f"Code `{m.commit}`, seeds {', '.join(map(str, m.seeds))}, terms `{m.registry}`."


def _compared(judged: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    named = {
        "cascade": "with the teacher behind it, by gold",
        "alone": "alone, by gold",
        "agreed": "with the teacher behind it, if the teacher is right",
    }
    for key, words in named.items():
        pair = judged.get(key)
        if pair:
            low, high = pair["interval"]
            yield (
                f"- {words}: {100 * pair['difference']:+.1f} points against the teacher"
                f" [{100 * low:+.1f}, {100 * high:+.1f}], bound {100 * pair['bound']:+.1f},"
                f" {pair['verdict']}; {pair['needed']:,} calls are needed for such a verdict"
            )
    yield ""


def _slices(judged: Mapping[str, Any]) -> Iterator[str]:
    if not judged.get("slices"):
        return
    yield "| slice | n | accuracy | agreement | kept |"
    yield "|---|---|---|---|---|"
    for name, tally in judged["slices"].items():
        shown = " | ".join(_shown(tally[k]) for k in ("n", "accuracy", "agreement", "kept"))
        yield f"| {name} | {shown} |"
    yield ""


def _pays(said: Mapping[str, Any]) -> str:
    reached = said.get("break_even")
    if isinstance(reached, Mapping):
        return f"After {reached['calls']:,} calls, {reached['days']} days."
    return f"{str(reached or 'Unknown').capitalize()}: {said.get('why', '')}."


def _shown(value: Any) -> str:
    match value:
        case None:
            return "-"
        case float():
            return f"{100 * value:.1f} %"
        case _:
            return f"{value:,}"


def bom(manifest: Manifest) -> dict[str, Any]:
    """CycloneDX 1.6: the student, its weights, its data, its teachers and what it owes them."""
    ref = f"student:{manifest.id}"
    data = f"data:{manifest.data.sha256[:32]}"
    teachers = [
        {
            "type": "machine-learning-model",
            "bom-ref": f"teacher:{number}",
            "name": taught.origin.model or "unknown",
            "description": f"teacher, by the access path {taught.origin.path}: {taught.rows} rows",
        }
        for number, taught in enumerate(manifest.taught)
    ]
    base = (
        [
            {
                "type": "machine-learning-model",
                "bom-ref": "base",
                "name": manifest.base.partition("@")[0],
                "description": f"weights that the student starts from: {manifest.base}",
            }
        ]
        if manifest.base
        else []
    )
    dataset = {
        "type": "data",
        "bom-ref": data,
        "name": f"recorded calls of {manifest.workload}",
        "hashes": [{"alg": "SHA-256", "content": manifest.data.sha256}],
        "data": [{"type": "dataset", "name": manifest.workload, "classification": "internal"}],
    }
    beside = [t["bom-ref"] for t in (*teachers, *base)]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": BOM_VERSION,
        "serialNumber": f"urn:uuid:{_uuid(manifest.id)}",
        "version": 1,
        "metadata": {
            "tools": {
                "components": [
                    {"type": "application", "name": "stillhouse", "version": manifest.commit}
                ]
            },
            "component": {
                "type": "machine-learning-model",
                "bom-ref": ref,
                "name": f"{manifest.workload} {manifest.kind}",
                "version": manifest.id,
                "hashes": [
                    {"alg": "SHA-256", "content": file.sha256}
                    for _, file in sorted(manifest.files.items())
                ],
                "modelCard": _model_card(manifest, data),
                "properties": [
                    {"name": "stillhouse:exposure", "value": manifest.exposure},
                    {"name": "stillhouse:consent", "value": manifest.data.consent},
                    {"name": "stillhouse:registry", "value": manifest.registry},
                    *({"name": "stillhouse:obligation", "value": o} for o in manifest.obligations),
                ],
            },
        },
        "components": [dataset, *teachers, *base],
        "dependencies": [
            {"ref": ref, "dependsOn": [data, *(b["bom-ref"] for b in base)]},
            {"ref": data, "dependsOn": [t["bom-ref"] for t in teachers]},
            *({"ref": one, "dependsOn": []} for one in beside),
        ],
    }


def _model_card(m: Manifest, data: str) -> dict[str, Any]:
    judged = m.metrics.get("judged", {})
    measured = [
        {"type": name, "value": json.dumps(judged[name])}
        for name in ("accuracy", "agreement", "kept", "accuracy_kept", "agreement_kept")
        if judged.get(name) is not None
    ]
    return {
        "modelParameters": {
            "approach": {"type": "supervised"},
            "task": m.kind,
            "architectureFamily": m.form,
            "datasets": [{"ref": data}],
            "inputs": [{"format": "text"}],
            "outputs": [{"format": "text"}],
        },
        "quantitativeAnalysis": {"performanceMetrics": measured},
        "considerations": {"technicalLimitations": limits(m)},
    }


def _uuid(ident: str) -> str:
    """32 hexadecimal digits as a UUID of version 8 (RFC 9562, section 5.8)."""
    text = f"{ident[:12]}8{ident[13:16]}8{ident[17:32]}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
