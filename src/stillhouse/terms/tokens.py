"""The words of conditions and exceptions that a machine understands, and what each asks for.

A condition narrows a permission, an exception narrows a prohibition. A word that is not in these
tables is denied: whoever adds one to an entry adds its meaning here first.

    condition -> obligations, or who must sign first        exception -> met, or what would meet it
"""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from stillhouse.terms import obligations as ob
from stillhouse.terms.obligations import Obligation
from stillhouse.terms.student import Exposure, Purpose, StudentKind

Role = Literal["teacher", "base"]


class Setting(NamedTuple):
    """What a token may look at.

    entry: id of the entry that the token stands in. base: ids of the licences that the student's
    base model has. beside: other licences of the same model are known, or the operator named them.
    """

    entry: str
    role: Role
    student: StudentKind
    exposure: Exposure
    purpose: Purpose
    model: str
    base: frozenset[str]
    beside: bool


class Asked(NamedTuple):
    """What a condition asks for. sign: somebody must attest it first. missing: it is not known."""

    obligations: tuple[Obligation, ...] = ()
    sign: bool = False
    missing: str = ""


NOTHING = Asked()
_Condition = Callable[[str, Setting], Asked]


def _must(kind: str) -> _Condition:
    return lambda value, here: Asked((Obligation(kind, value, here.entry),))


def _confirm(what: str) -> _Condition:
    return lambda _value, here: Asked((Obligation(ob.CONFIRM, what, here.entry),))


def _rival(what: str) -> _Condition:
    """No program can say whether a student that others meet competes: a person signs for it."""

    def asked(_: str, here: Setting) -> Asked:
        duty = (Obligation(ob.CONFIRM, what, here.entry),)
        return Asked(duty, sign=here.exposure is not Exposure.INTERNAL)

    return asked


def _beside(_: str, here: Setting) -> Asked:
    if here.beside:
        return NOTHING
    return Asked(
        missing='the licence of the model that it was made from: name both, weights = "A+B"'
    )


def _cosmos(value: str, here: Setting) -> Asked:
    return (
        Asked((Obligation(ob.DISPLAY, value, here.entry),)) if "cosmos" in here.model else NOTHING
    )


def _apache_notice(_: str, here: Setting) -> Asked:
    return Asked((Obligation(ob.NOTICE, "", here.entry),)) if here.role == "base" else NOTHING


def _signed(_value: str, _here: Setting) -> Asked:
    return Asked(sign=True)


CONDITIONS: Mapping[str, _Condition] = {
    ob.NAME_PREFIX: _must(ob.NAME_PREFIX),
    ob.DISPLAY: _must(ob.DISPLAY),
    ob.LICENCE_COPY: _must(ob.LICENCE_COPY),
    ob.NOTICE: _must(ob.NOTICE),
    "flow_down_use_restrictions": _must(ob.FLOW_DOWN),
    "student_is_model_derivative": _must(ob.FLOW_DOWN),
    "aup_applies": _confirm("aup_applies"),
    "mau_le_700M_at_release": _confirm("mau_le_700M_at_release"),
    "mau_le_100M": _confirm("mau_le_100M"),
    "mau_le_10M": _confirm("mau_le_10M"),
    "display_if_mau_gt_100M_or_rev_gt_20M_month": _confirm("mau_le_100M_and_rev_le_20M_month"),
    "display_if_mau_gt_100M_or_arr_gt_30M": _confirm("mau_le_100M_and_arr_le_30M"),
    "territory_excludes": lambda value, here: Asked(
        (Obligation(ob.CONFIRM, f"outside {value}", here.entry),), sign=True
    ),
    "text_outputs_only": lambda _value, _here: NOTHING,  # rows of this house are text
    "no_model_extraction_attack": _confirm("no_model_extraction_attack"),
    "no_reverse_engineering_with_outputs": _confirm("no_reverse_engineering_with_outputs"),
    "applicable_law": lambda _value, _here: NOTHING,
    "aup_is_mutable_recheck": lambda _value, _here: NOTHING,  # recheck_days of the entry
    "not_competing_with_host": _rival("not_competing_with_host"),
    "not_competing_with_licensor": _rival("not_competing_with_licensor"),
    "no_resale": _rival("no_resale"),
    "model_licence_also_applies": lambda _value, _here: (
        NOTHING
    ),  # `decide` looks for it in any case
    "model_terms_also_apply": lambda _value, _here: NOTHING,
    "base_model_licence_also_applies": _beside,
    "cosmos_models_need": _cosmos,
    "apache_notice_if_weights_redistributed": _apache_notice,
    "own_content": _signed,
}


Met = Literal["met", "attest", "waive", "no"]


class Way(NamedTuple):
    """How an exception stands for a use.

    state: met; somebody can attest it; only a contract (a waiver) meets it; not for this use.
    """

    state: Met
    obligations: tuple[Obligation, ...] = ()
    resolve: str = ""


_SMALL = (StudentKind.CLASSIFIER, StudentKind.EMBEDDING)
_STAYS = "only while no second account meets it: exposure internal"


def _stays_inside(here: Setting) -> Way:
    if here.student not in _SMALL:
        return Way("no", resolve="a classifier or an embedding model may be permitted")
    if here.exposure is not Exposure.INTERNAL:
        return Way("no", resolve=_STAYS)
    return Way("attest", (Obligation(ob.INTERNAL, Exposure.INTERNAL, here.entry),))


def _elsewhere(_here: Setting) -> Way:
    return Way("no", resolve="fine-tune inside the provider's own service")


def _approved(_here: Setting) -> Way:
    return Way("waive", resolve="the provider's approval in writing, recorded as a waiver")


def _evaluates(here: Setting) -> Way:
    if here.purpose is Purpose.EVALUATION:
        duty = Obligation(ob.CONFIRM, "evaluation_of_own_systems_only", here.entry)
        return Way("met", (duty,))
    return Way("no", resolve="use it to evaluate your own system, and train on none of it")


def _same_family(here: Setting) -> Way:
    if here.role == "base" or here.entry in here.base:
        return Way("met")
    return Way("no", resolve=f"start the student from weights of {here.entry}")


def _not_foundational(here: Setting) -> Way:
    if here.student in _SMALL:
        return Way("attest")
    return Way("no", resolve="a classifier or an embedding model may be permitted")


EXCEPTIONS: Mapping[str, Callable[[Setting], Way]] = {
    "internal_classifier_or_embedding_not_distributed": _stays_inside,
    "fine_tuning_inside_openai_services": _elsewhere,
    "express_approval": _approved,
    "prior_authorisation": _approved,
    "prior_written_authorisation": _approved,
    "prior_written_permission": _approved,
    "evaluation_and_benchmarking_of_own_systems": _evaluates,
    "student_is_llama2_derivative": _same_family,
    "student_is_llama3_derivative": _same_family,
    "student_is_stability_derivative": _same_family,
    "student_not_foundational": _not_foundational,
}


def condition(token: str, here: Setting) -> Asked | None:
    """What a condition asks for; None when nobody here knows the word."""
    name, _, value = token.partition(":")
    known = CONDITIONS.get(name)
    if known is None or (name in {ob.NAME_PREFIX, ob.DISPLAY} and not value.strip()):
        return None
    return known(value, here)


def exception(token: str, here: Setting) -> Way | None:
    known = EXCEPTIONS.get(token)
    return None if known is None else known(here)
