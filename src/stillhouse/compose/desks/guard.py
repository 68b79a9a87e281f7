"""Guard's cases for the console: read, decided in the name of who has signed in, appealed.

A token decides nothing: a decision needs a person. Whoever belongs to an account sees what it is
told and may appeal; of other accounts he does not learn that there is a case.
"""

import msgspec

from stillhouse.compose import cases
from stillhouse.compose.desks.parts import Part
from stillhouse.compose.guarding import Seen
from stillhouse.console.guard_views import CaseView, LinkView, SeenView
from stillhouse.guard.bundle import BundleError, read
from stillhouse.guard.case import Case
from stillhouse.guard.decisions import Reviewer
from stillhouse.guard.finding import LEVELS, Finding
from stillhouse.guard.ladder import Level
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.units.instant import Instant


class GuardPart(Part):
    def cases(self, *, account: str = "", open_only: bool = False) -> list[CaseView]:
        only = self.account_id(account) if account else None
        found = cases.listed(self.parts.store, account=only, open_only=open_only)
        names = self._called()
        return [CaseView(case=case, names=names) for case in found]

    def case(self, ident: str) -> CaseView:
        return self._view(cases.read(self.parts.store, ident))

    def seen(self) -> list[SeenView]:
        found = []
        for at, text in self.parts.store.findings().values():
            try:
                one = msgspec.json.decode(text, type=Seen)
            except msgspec.MsgspecError:
                continue  # of another version; the next round writes it anew
            if one.case:
                continue
            found.append(_seen(one, at, self._called()))
        return sorted(found, key=lambda s: (-s.e_value, s.accounts))

    def decide_case(self, ident: str, step: str, *, reason: str, proof: bool = False) -> CaseView:
        case = cases.read(self.parts.store, ident)
        who = self._reviewer()
        after = cases.decide(self.parts.store, case, step, who, reason, self.at, proof=proof)
        return self._view(after)

    def answer_appeal(self, ident: str, *, granted: bool, reason: str) -> CaseView:
        case = cases.read(self.parts.store, ident)
        who = self._reviewer()
        return self._view(
            cases.reply(self.parts.store, case, who, reason, self.at, granted=granted)
        )

    def notices(self) -> list[CaseView]:
        names = self._called()
        return [
            CaseView(case=case, names=names)
            for case in cases.listed(self.parts.store, open_only=True)
            if case.level >= Level.NOTICE and any(self.who.sees(a) for a in case.accounts)
        ]

    def appeal_case(self, ident: str, *, reason: str) -> CaseView:
        case = next((v.case for v in self.notices() if v.case.id == ident), None)
        if case is None:
            raise NotFoundError(f"no notice {ident}; the page of notices shows yours")
        by = self.who.email or self.who.actor
        return self._view(cases.contest(self.parts.store, case, by, reason, self.at))

    def _called(self) -> dict[str, str]:
        """Of the accounts that this person sees; others keep their ids."""
        known = self.parts.directory().accounts.values()
        return {a.id: a.name for a in known if self.who.sees(a.id)}

    def _reviewer(self) -> Reviewer:
        if not self.who.email:
            raise ConflictError("a decision is made by a person who has signed in, not by a token")
        mine = [m.accounts for m in self.parts.register.members() if m.email == self.who.email]
        return Reviewer(self.who.email, frozenset(mine[0]) if mine else frozenset())

    def _view(self, case: Case) -> CaseView:
        finding = self._finding(case)
        self.parts.proof.follow(self.parts.store)
        broken = self.parts.proof.broken_at
        return CaseView(
            case=case,
            names=self._called(),
            passed=() if finding is None else _passed(finding),
            links=()
            if finding is None
            else tuple(
                LinkView(kind=each.kind, accounts=each.accounts, strong=each.strength == "strong")
                for each in finding.links
            ),
            proved=not broken or case.last_entry < broken,
        )

    def _finding(self, case: Case) -> Finding | None:
        """Of the newest bundle; None where it is gone or was changed: `guard replay` says why."""
        name = case.newest.bundle
        try:
            return read(self.parts.store.bundle(name), named=name).finding
        except (NotFoundError, BundleError):
            return None


def _passed(finding: Finding) -> tuple[tuple[int, float], ...]:
    crossed = [(c.call, LEVELS[c.level]) for c in finding.crossings if c.level in LEVELS]
    return (*sorted(crossed), (finding.calls, finding.e_value))


def _seen(one: Seen, at: Instant, names: dict[str, str]) -> SeenView:
    return SeenView(
        at=at,
        accounts=tuple(names.get(a, a) for a in one.finding.accounts),
        calls=one.finding.calls,
        e_value=one.finding.e_value,
        position=one.position,
        clause=one.clause,
        informational=one.informational,
        held_by=one.held_by,
    )
