"""The pipeline: from a log to a student with a verdict, stage by stage.

    plan ─► consent ─► curate ─► train ─► evaluate ─► card          (data/distill/<run>/<stage>/)

    plan      which tasks are in the log, what they answer, cost, and whose answers they are
    consent   rows.jsonl: only what may be learned from; no byte of any other row is written
    curate    train.jsonl, judging.jsonl, intake.json
    train     the weights
    evaluate  the very student that will serve, asked the rows that came later, beside its teacher
    card      student.json, card.json, card.md, bom.json; and the student is put on the shelf

Each stage is keyed by what it read: the log's hash, the settings that concern it, and the key of
the stage before. What is there is not made again (`work`). Nothing in a student comes from the
clock, so a run that was killed and one that was not end with the same student.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from stillhouse.distill import artefact, card, example, languages
from stillhouse.distill.answer import Answer
from stillhouse.distill.artefact import Data, Judged, Kind, Manifest, Taught
from stillhouse.distill.consent import Asked as Wanted
from stillhouse.distill.consent import Gate, bare
from stillhouse.distill.economics import Costs, Economics, economics, told
from stillhouse.distill.example import Example
from stillhouse.distill.intake import LOOKED, Intake, learned
from stillhouse.distill.paired import DELTA
from stillhouse.imports.call import LineError
from stillhouse.imports.formats import Format
from stillhouse.terms import Attestation, Exposure, Origin, Registry, StudentKind, Verdict, Waiver
from stillhouse.training import base, judging, plan, shelf, students, validation
from stillhouse.training.curate import JUDGING, ROWS_MAX, Choices, curate
from stillhouse.training.denied import DeniedError, denied, judged_base, none_held_since
from stillhouse.training.fitting import Asked, Fit, Fitted, Settings, UnfitError
from stillhouse.training.logs import Reader, lines
from stillhouse.training.needs import library
from stillhouse.training.rows import read_rows, write_rows
from stillhouse.training.work import Work, file_hash, key_of
from stillhouse.units.instant import Instant, period

Stage = Literal["plan", "consent", "curate", "train", "evaluate", "card"]
STAGES: Final[tuple[Stage, ...]] = ("plan", "consent", "curate", "train", "evaluate", "card")
VERSION = 2
"""Of what the stages write: raised when the same input would give something else."""
Form = Literal["auto", "linear", "encoder"]
_FITS = {"classifier": "classifier", "extraction": "extraction", "generative": "generative"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What an operator asks for. key: of the data folder's templates. commit: of this code.

    path: the access path of lines that name none. named: those of this house's providers.
    statement: of consent, in words. task: id of a template, where a workload has several.
    validation: calls with gold that the threshold is chosen on; nothing is learned from them.
    """

    source: Path
    log: Format
    validation: Path | None = None
    workload: str = ""
    task: str = ""
    student: Asked = "auto"
    form: Form = "auto"
    exposure: Exposure = Exposure.INTERNAL
    statement: str = ""
    path: str = ""
    named: Mapping[str, str] = field(default_factory=dict)
    account: str = ""
    delta: float = DELTA
    target: float = 0.98
    seed: int = 0
    rows_max: int = ROWS_MAX
    judging: int = JUDGING
    raw: bool = False
    base: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    key: bytes = b""
    now: Instant
    commit: str = ""
    costs: Costs = field(default_factory=Costs)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the run is handed of the house: the terms, what people signed, what calls cost.

    prices: names the state of the price list that `price` answers by. held: names and ids, now, of
    accounts of which nothing may be learned now.
    """

    data: Path
    registry: Registry
    price: plan.Price
    prices: str = ""
    held: Callable[[], frozenset[str]] = frozenset
    attestations: tuple[Attestation, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    moved: Callable[[Stage, float], None] = lambda _stage, _share: None


@dataclass(slots=True)
class Run:
    """One order being worked on. found: what each stage found, by name."""

    order: Order
    house: House
    source: artefact.File = field(init=False)
    apart: str = field(init=False)
    work: Work = field(init=False)
    found: dict[str, dict[str, Any]] = field(init=False, default_factory=dict)
    keys: dict[str, str] = field(init=False, default_factory=dict)
    held: frozenset[str] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        self.source = file_hash(self.order.source)
        self.apart = file_hash(self.order.validation).sha256 if self.order.validation else ""
        self.work = Work(self.house.data / "distill" / self.name)

    @property
    def name(self) -> str:
        o = self.order
        return key_of(
            VERSION, self.source.sha256, o.workload, o.task, o.student, o.form, o.raw, o.seed
        )[:16]

    def until(self, last: Stage = "card") -> dict[str, dict[str, Any]]:
        """Do every stage up to this one that is not done yet.

        Raises:
            DeniedError, UnfitError, LookupError: no student can be had, and why.
            BusyError, FullError: this machine cannot go on now.
        """
        with self.work.alone():
            for stage in STAGES[: STAGES.index(last) + 1]:
                self._stage(stage)
        return self.found

    def _stage(self, stage: Stage) -> None:
        if stage == "consent":
            self.held = self.house.held()
        elif stage != "plan":
            none_held_since(self.held, self.house.held())
        before = [self.keys[s] for s in STAGES[: STAGES.index(stage)]][-1:]
        key = self.keys[stage] = key_of(VERSION, stage, self._settings(stage), before)
        if stage == "plan":  # costs are in it, and no later stage asks for them
            key = key_of(key, self.house.prices)
        known = self.work.done(stage, key)
        self.house.moved(stage, 0.0)
        if known is None:
            with self.work.making(stage, key) as (folder, found):
                found.update(getattr(self, f"_{stage}")(folder))
            known = found
        self.found[stage] = known
        self.house.moved(stage, 1.0)

    def _settings(self, stage: Stage) -> Any:
        o = self.order
        match stage:
            case "plan":
                return [self.source.sha256, o.log, o.path, dict(o.named), o.account, o.key.hex()]
            case "consent":
                signed = sorted(s.id for s in (*self.house.attestations, *self.house.waivers))
                entries = sorted(e.hash for e in self.house.registry.entries)
                day = period(o.now, "day")
                asked = [o.workload, o.student, o.exposure, o.statement, o.base]
                return [*asked, day, key_of(entries), signed, sorted(self.held)]
            case "curate":
                return [o.rows_max, o.judging, o.raw, o.seed, o.task, self.apart]
            case "train":
                return [o.form, o.target, o.seed, o.extra]
            case "evaluate":
                return [o.delta]
            case "card":
                return [o.commit, repr(o.costs), self.house.prices]

    # -- plan

    def _plan(self, _: Path) -> dict[str, Any]:
        size = max(self.source.bytes, 1)
        made = plan.plan(
            lines(self.order.source),
            self._reader(),
            self.house.price,
            moved=lambda n: self.house.moved("plan", n / size),
        )
        return {
            "lines": made.lines,
            "unreadable": dict(made.unreadable),
            "workloads": [
                plan.document(name, found)
                | {"name": name, "months": str(found.months), "task_ids": sorted(found.tasks)[:50]}
                for name, found in made.workloads.items()
            ],
        }

    def _reader(self) -> Reader:
        o = self.order
        return Reader(o.log, key=o.key, path=o.path, account=o.account, named=o.named)

    @property
    def workload(self) -> dict[str, Any]:
        """Of the plan: the one asked for, or the one with the most rows. Raises LookupError."""
        listed = self.found["plan"]["workloads"]
        if not listed:
            why = self.found["plan"]["unreadable"]
            raise LookupError(f"no line of the log can be learned from: {why or 'it is empty'}")
        asked = self.order.workload
        for one in listed:
            if not asked or asked == one["name"] or asked in one["task_ids"]:
                return dict(one)
        names = ", ".join(str(one["workload"]) for one in listed[:8])
        raise LookupError(f"no workload {asked!r} in the log; it has: {names}")

    @property
    def kind(self) -> Kind:
        """Raises UnfitError: too few answers to say."""
        if self.order.student != "auto":
            return self.order.student
        found: Kind | None = self.workload["output"]["kind"]
        if found is None:
            raise UnfitError(
                f"{self.workload['rows']} calls are too few to tell what kind of answers they get:"
                " collect more, or say it with --student"
            )
        return found

    # -- consent

    def _consent(self, folder: Path) -> dict[str, Any]:
        o, chosen = self.order, self.workload
        if o.extra and self.kind != "generative":
            names = ", ".join(sorted(o.extra))
            raise UnfitError(f"{names}: for language models, and this would be a {self.kind}")
        gate = self.gate()
        taught: dict[Origin, list[int]] = {}
        rows = seen = 0
        step = max(1, chosen["rows"] // LOOKED)
        looked = []
        with (folder / "rows.jsonl").open("wb") as out:
            for row in self._rows(chosen):
                if not seen % step:
                    looked.append(row.turns)
                seen += 1
                if not gate.lets(row):
                    continue
                rows += 1
                out.write(example.written(row) + b"\n")
                for origin in row.lineage:
                    one = taught.setdefault(bare(origin), [0, row.at, row.at])
                    one[0] += 1
                    one[1], one[2] = min(one[1], row.at), max(one[2], row.at)
        together = gate.together
        if not rows:
            raise DeniedError(denied(gate, seen), gate.judged, dict(gate.excluded))
        if together is not None and not together.allowed:
            said = together.reason
            raise DeniedError(
                f"the teachers' obligations contradict each other: {said.says}. {said.resolve}",
                gate.judged,
                dict(gate.excluded),
            )
        return {
            "kind": self.kind,
            "rows": rows,
            "seen": seen,
            "excluded": dict(sorted(gate.excluded.items())),
            "judged": msgspec.to_builtins(gate.judged),
            "taught": [
                msgspec.to_builtins(Taught(origin, *counts))
                for origin, counts in sorted(taught.items(), key=lambda t: str(t[0]))
            ],
            "obligations": sorted({str(d) for d in together.obligations}) if together else [],
            "consent": gate.asked.consent,
            "exposure": o.exposure.value,
            "languages": languages.counted(filter(None, map(learned(looked).take, looked))),
        }

    def gate(self, base: str = "") -> Gate:
        o = self.order
        wanted = Wanted(
            student=StudentKind(self.kind),
            exposure=o.exposure,
            now=o.now,
            base=base or o.base,
            account=o.account,
            statement=o.statement,
            held=self.held,
            attestations=self.house.attestations,
            waivers=self.house.waivers,
        )
        return Gate(wanted, self.house.registry, self.workload["accounts"])

    def _rows(self, chosen: Mapping[str, Any]) -> Iterator[Example]:
        """The rows of the workload, with rare templates counted as none."""
        reader, name = self._reader(), chosen["name"]
        tasks = set(chosen["task_ids"])
        size, read = max(self.source.bytes, 1), 0
        known = {one["name"] for one in self.found["plan"]["workloads"]}
        for number, line in enumerate(lines(self.order.source)):
            read += len(line)
            if not number % 10_000:
                self.house.moved("consent", read / size)
            try:
                row = reader.read(line).example
            except LineError:
                continue
            at = row.workload if row.workload in known else ""
            if at == name:
                task = row.task if row.task in tasks else ""
                yield msgspec.structs.replace(row, id=row.id or f"line-{number + 1}", task=task)

    # -- curate

    def _curate(self, folder: Path) -> dict[str, Any]:
        o = self.order
        rows = list(read_rows(self.work.at("consent") / "rows.jsonl"))
        task = o.task or (o.workload if o.workload.startswith("t:") else "")
        choices = Choices(rows_max=o.rows_max, judging=o.judging, seed=o.seed, task=task, raw=o.raw)
        made = curate(
            rows,
            kind=self.found["consent"]["kind"],
            choices=choices,
            moved=lambda s: self.house.moved("curate", s),
            apart=validation.rows_of(o.validation) if o.validation else (),
        )
        write_rows(folder / "train.jsonl", made.learned)
        write_rows(folder / "judging.jsonl", made.judging)
        write_rows(folder / "validation.jsonl", made.apart)
        step = max(1, len(made.learned) // LOOKED)
        known = languages.counted(row.input for row in made.learned[::step])
        lacking = languages.missing(self.found["consent"]["languages"], known)
        return {
            "intake": msgspec.to_builtins(made.intake),
            "funnel": {reason: n for reason, n in made.funnel.items() if n},
            "changed": dict(made.changed),
            "split": made.way,
            "task": made.task,
            "notes": [*made.notes, *lacking],
            "languages": known,
            "learned": len(made.learned),
            "judging": len(made.judging),
            "validation": len(made.apart),
            "sha256": file_hash(folder / "train.jsonl").sha256,
        }

    # -- train

    def _train(self, folder: Path) -> dict[str, Any]:
        o = self.order
        kind = self.found["consent"]["kind"]
        rows = list(read_rows(self.work.at("curate") / "train.jsonl"))
        apart = o.validation is not None
        extra = {"form": o.form, **o.extra}
        settings = Settings(seed=o.seed, target=o.target, apart=apart, extra=extra)
        if o.base:
            settings.extra["base"] = o.base
        for needed in ("torch", "trl", "peft") if kind == "generative" else ():
            library(needed)
        if kind == "classifier" and o.form != "linear":
            licence = self._of_base(base.NAME)
            settings.extra["encoder"] = licence.allowed
            if o.form == "encoder" and not licence.allowed:
                said_of = licence.reason
                raise DeniedError(f"{base.NAME}: {said_of.says}. {said_of.resolve}", (), {})
        fit: Fit = import_module(f"stillhouse.training.{_FITS[kind]}").fit
        valid = list(read_rows(self.work.at("curate") / "validation.jsonl"))
        if kind == "generative" and not apart and len(rows) >= 20:
            rows, valid = rows[: -(len(rows) // 10)], rows[-(len(rows) // 10) :]
        fitted = fit(
            rows,
            valid,
            settings=settings,
            folder=folder,
            moved=lambda s: self.house.moved("train", s),
        )
        said: dict[str, Any] = msgspec.to_builtins(fitted)
        if fitted.form == "encoder":
            licence = self._of_base(base.NAME)
            said["licence"] = {
                "judged": msgspec.to_builtins(judged_base(base.NAME, licence)),
                "obligations": sorted({str(d) for d in licence.obligations}),
            }
        hashes = {name: file_hash(folder / name) for name in fitted.files}
        return said | {"hashes": msgspec.to_builtins(hashes)}

    def _of_base(self, name: str) -> Verdict:
        """What terms say of a student that starts from these weights, with all that taught it."""
        gate = self.gate(base=name)
        for taught in msgspec.convert(self.found["consent"]["taught"], tuple[Taught, ...]):
            gate.judge((taught.origin,), taught.last)
        return gate.judged_together

    # -- evaluate

    def _evaluate(self, _: Path) -> dict[str, Any]:
        rows = list(read_rows(self.work.at("curate") / "judging.jsonl"))
        manifest = self.manifest({})
        if not rows:
            return {"n": 0, "verdict": "undecided", "why": "no rows came later to judge by"}
        return judging.judged(
            rows, self.answering(manifest), labels=manifest.labels, delta=self.order.delta
        )

    def answering(self, manifest: Manifest) -> Callable[[bytes], Answer]:
        """The student, as it will serve."""
        return students.answering(manifest, self.work.at("train"))

    def manifest(self, metrics: dict[str, Any]) -> Manifest:
        """Of what the stages found so far."""
        o, consent, made = self.order, self.found["consent"], self.found["curate"]
        fitted = msgspec.convert(
            {k: v for k, v in self.found["train"].items() if k not in {"hashes", "licence"}}, Fitted
        )
        licence = self.found["train"].get("licence", {"judged": [], "obligations": []})
        funnel = (*consent["excluded"].items(), *sorted(made["funnel"].items()))
        return Manifest(
            kind=fitted.kind,
            form=fitted.form,
            workload=self.workload["workload"],
            intake=msgspec.convert(made["intake"], Intake),
            files=msgspec.convert(self.found["train"]["hashes"], dict[str, artefact.File]),
            data=Data(
                sha256=made["sha256"],
                rows=made["learned"],
                funnel=funnel,
                consent=consent["consent"],
            ),
            taught=msgspec.convert(consent["taught"], tuple[Taught, ...]),
            judged=msgspec.convert([*consent["judged"], *licence["judged"]], tuple[Judged, ...]),
            obligations=tuple(sorted({*consent["obligations"], *licence["obligations"]})),
            exposure=consent["exposure"],
            registry=key_of(sorted(e.hash for e in self.house.registry.entries)),
            labels=fitted.labels,
            model=fitted.model,
            base=fitted.base,
            threshold=fitted.threshold,
            metrics=metrics,
            seeds=(o.seed,),
            commit=o.commit,
        )

    # -- economics

    def pays(self) -> Economics | str:
        """Break-even of the student by what its teacher's calls did cost, or why it is unknown."""
        workload = self.workload
        costs = {currency: int(n) for currency, n in workload["cost_pico"].items()}
        if len(costs) != 1 or workload["unpriced"]:
            return "the log's calls have no price: `stillhouse prices import` or `prices set` first"
        [total] = costs.values()
        return economics(
            teacher=Fraction(total, workload["rows"]),
            kept=Fraction(str(self.found["evaluate"].get("kept") or 0)),
            costs=self.order.costs,
            calls_month=Fraction(workload["rows"]) / Fraction(workload["months"]),
        )

    # -- card

    def _card(self, folder: Path) -> dict[str, Any]:
        evaluation = self.found["evaluate"]
        spoken = {"traffic": self.found["consent"]["languages"]}
        spoken["learned"] = self.found["curate"]["languages"]
        metrics = {"expected": self.found["train"]["metrics"], "judged": evaluation}
        metrics["languages"] = spoken
        manifest = artefact.sealed(self.manifest(metrics))
        (folder / artefact.MANIFEST).write_bytes(artefact.written(manifest))
        for name, said in (
            ("card.json", card.document(manifest)),
            ("bom.json", card.bom(manifest)),
        ):
            text = json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True)
            (folder / name).write_text(text + "\n", "utf-8")
        people = card.markdown(manifest, economics=told(self.pays()))
        (folder / "card.md").write_text(people, "utf-8")
        return {
            "student": manifest.id,
            "files": sorted(p.name for p in folder.iterdir()),
            "costs": {name: str(value) for name, value in asdict(self.order.costs).items()},
        }

    def publish(self) -> Path:
        """Put the student onto the shelf, where it is found by id. Raises DeniedError."""
        none_held_since(self.held, self.house.held())
        folder = self.work.at("card")
        extra = [p for p in folder.iterdir() if p.name not in {artefact.MANIFEST, "done.json"}]
        manifest = students.manifest_of(folder)
        return shelf.put(manifest, self.work.at("train"), self.house.data, extra=extra)
