"""Weights that a student starts from are told with the clause that judges them."""

from stillhouse.compose.terms import shipped
from stillhouse.distill.consent import Asked, Gate
from stillhouse.terms import Exposure, Origin, StudentKind
from stillhouse.training.denied import DeniedError, denied, judged_base
from stillhouse.units.instant import Instant

NOW = Instant(1_790_000_000_000_000)


def gate(base: str = "") -> Gate:
    asked = Asked(student=StudentKind.CLASSIFIER, exposure=Exposure.INTERNAL, now=NOW, base=base)
    return Gate(asked, shipped(), 1)


def test_the_reasons_come_with_their_numbers_the_commonest_first() -> None:
    of = gate()
    of.excluded.update({"no_consent": 2, "terms_denied:unknown_path": 1_500})

    assert denied(of, 1_502).startswith(
        "none of 1,502 rows may be learned from (1,500 terms_denied:unknown_path, 2 no_consent)."
    )


def test_weights_of_nobody_are_judged_and_denied() -> None:
    of = gate("weights-of-nobody")
    of.judge((Origin(path="builtin", model="builtin"),), NOW)
    [judged] = judged_base("weights-of-nobody", of.judged_together)

    assert ("weights", "weights-of-nobody", "deny") == (
        judged.origin.path,
        judged.origin.model,
        judged.result,
    )
    assert judged.clauses


def test_a_denial_carries_its_verdicts() -> None:
    error = DeniedError("no", (), {"no_consent": 3})

    assert ("no", {"no_consent": 3}) == (str(error), error.excluded)
