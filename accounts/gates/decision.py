"""The decision, from facts alone: values in, values out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from accounts.gates.facts import AccessFacts, Fact, Kind
from portal.kernel.working_days import add_months, add_working_days

MONTHS_TO_A_PROJECT = 3
LONGEST_REVIEW_WORKING_DAYS = 60  # a review stops the clock for so long at most
DESK = "the service desk"
YOU = "you"


@dataclass(frozen=True)
class GateAnswer:
    """What one gate says: open or not, why not, until when it is open, whose turn it is and by when."""

    kind: Kind
    is_open: bool
    sentence: str = ""
    until: datetime | None = None
    turn: str = YOU
    due: datetime | None = None


@dataclass(frozen=True)
class Access:
    """The answer: granted or not, why not as sentences, until when, and what each gate says, in their order."""

    granted: bool
    reasons: tuple[str, ...] = ()
    until: datetime | None = None
    gates: tuple[GateAnswer, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Whether nothing stands in the way but the opening itself, or a project that is wanted by now."""
        return bool(self.gates) and all(
            gate.is_open for gate in self.gates if gate.kind not in (Kind.OPENED, Kind.PROJECT)
        )

    def gate(self, kind: Kind) -> GateAnswer | None:
        """What one gate says; None when it was not asked."""
        return next((gate for gate in self.gates if gate.kind == kind), None)


def evaluate_access(facts: AccessFacts, at: datetime) -> Access:
    """Decide from the facts alone. `until` is None where no end is known."""
    gates = tuple(rule(facts, at) for kind, rule in GATES.items() if kind in facts.asked)
    closed = [gate for gate in gates if not gate.is_open]
    if closed:
        return Access(False, tuple(gate.sentence for gate in closed), None, gates)
    return Access(True, (), earliest(gate.until for gate in gates), gates)


def earliest(ends: Iterable[datetime | None]) -> datetime | None:
    """The first of these ends; None, which is no end, comes last."""
    return min((end for end in ends if end is not None), default=None)


def covered_until(facts: Iterable[Fact], at: datetime) -> tuple[bool, datetime | None]:
    """Whether one of the facts holds at this instant, and until when they hold one after the other without a gap."""
    rows = sorted(facts, key=lambda fact: fact.starts_at)
    holds, end = False, at
    for fact in rows:
        if fact.starts_at <= end and (fact.until is None or fact.until > end):
            holds = True
            if fact.until is None:
                return True, None
            end = fact.until
    return holds, end if holds else None


def _since(kind: Kind, missing: str, over: str, turn: str = YOU) -> Callable[[AccessFacts, datetime], GateAnswer]:
    """A gate that is open while a fact of its kind holds. `over` may say {day}, on which the last one ended."""

    def rule(facts: AccessFacts, at: datetime) -> GateAnswer:
        holds, until = covered_until(facts.of(kind), at)
        if holds:
            return GateAnswer(kind, True, until=until)
        return GateAnswer(kind, False, _sentence(facts.of(kind), at, missing, over), turn=turn)

    return rule


def _sentence(facts: Iterable[Fact], at: datetime, missing: str, over: str) -> str:
    ended = [fact.until for fact in facts if fact.until is not None and fact.until <= at]
    return over.format(day=f"{max(ended):%-d %B %Y}") if ended else missing


def _not_while(kind: Kind, sentence: str) -> Callable[[AccessFacts, datetime], GateAnswer]:
    """A gate that is closed while a fact of its kind holds. `sentence` may say {end}, which is when it opens again."""

    def rule(facts: AccessFacts, at: datetime) -> GateAnswer:
        if not any(fact.holds(at) for fact in facts.of(kind)):
            begins = [fact.starts_at for fact in facts.of(kind) if fact.starts_at > at]
            return GateAnswer(kind, True, until=earliest(begins))
        _, until = covered_until(facts.of(kind), at)
        end = f" It ends on {until:%-d %B %Y}." if until else ""
        return GateAnswer(kind, False, sentence.format(end=end), turn=DESK, due=until)

    return rule


def _community(facts: AccessFacts, at: datetime) -> GateAnswer:
    answer = _since(
        Kind.COMMUNITY,
        "You do not belong to a research community yet. Apply to one.",
        "Your membership of a research community ended on {day}. Apply to one again.",
    )(facts, at)
    waiting = [fact for fact in facts.of(Kind.COMMUNITY_WAITING) if fact.starts_at <= at]
    if answer.is_open or not waiting:
        return answer
    due = earliest(fact.until for fact in waiting)
    sentence = "Your application to a research community waits for the answer of its lead."
    return GateAnswer(Kind.COMMUNITY, False, sentence, turn="the lead of the community", due=due)


def _affiliation(facts: AccessFacts, at: datetime) -> GateAnswer:
    """Confirmed by an institution that has an agreement in force and is not suspended, for one institution at least."""
    ends = [end for about in _institutions(facts) if (end := backed_until(facts, about, at)) != at]
    if ends:
        return GateAnswer(Kind.AFFILIATION, True, until=None if None in ends else max(end for end in ends if end))
    confirmed = [fact for fact in facts.of(Kind.AFFILIATION) if fact.holds(at)]
    if any(_barred(facts, fact.about, at) for fact in confirmed):
        return GateAnswer(
            Kind.AFFILIATION, False, "Your institution is suspended. Its people have no access meanwhile.", turn=DESK
        )
    if confirmed:
        sentence = "Your institution has no agreement in force. Its signatory has to sign one."
        return GateAnswer(Kind.AFFILIATION, False, sentence, turn="your institution")
    if any(fact.starts_at <= at for fact in facts.of(Kind.AFFILIATION_WAITING)):
        sentence = "Your institution has not confirmed yet that you work there."
        return GateAnswer(Kind.AFFILIATION, False, sentence, turn="your institution's membership secretary")
    missing = "No institution has confirmed that you work there. Name yours."
    over = "Your institution's word that you work there ended on {day}. Ask its membership secretary to confirm it."
    return GateAnswer(Kind.AFFILIATION, False, _sentence(facts.of(Kind.AFFILIATION), at, missing, over))


def _institutions(facts: AccessFacts) -> set[str]:
    return {fact.about for fact in facts.of(Kind.AFFILIATION)}


def _barred(facts: AccessFacts, institution: str, at: datetime) -> bool:
    return any(fact.holds(at) for fact in facts.of(Kind.INSTITUTION_BARRED, about=institution))


def backed_until(facts: AccessFacts, institution: str, at: datetime) -> datetime | None:
    """Until when this institution backs the person; `at` itself when it does not now."""
    ends = []
    for kind in (Kind.AFFILIATION, Kind.AGREEMENT):
        holds, end = covered_until(facts.of(kind, about=institution), at)
        if not holds and kind in facts.asked:
            return at
        ends.append(end)
    return at if _barred(facts, institution, at) else earliest(ends)


def _training(facts: AccessFacts, at: datetime) -> GateAnswer:
    """Each required course, passed and not out of date."""
    courses = {fact.about for fact in facts.of(Kind.COURSE) if fact.holds(at)}
    passed = {about: covered_until(facts.of(Kind.TRAINING, about=about), at) for about in courses}
    if courses and all(holds for holds, _ in passed.values()):
        return GateAnswer(Kind.TRAINING, True, until=earliest(end for _, end in passed.values()))
    missing = [fact for fact in facts.of(Kind.TRAINING) if not passed.get(fact.about, (False, None))[0]]
    never = "You have not passed the training yet." if courses else "There is no training to pass yet."
    over = "Your training expired on {day}. Take it again."
    return GateAnswer(Kind.TRAINING, False, _sentence(missing, at, never, over), turn=YOU if courses else DESK)


def project_due(facts: AccessFacts, at: datetime) -> datetime | None:
    """By when the person must work in a project; None while access is not open. Reviews stop the clock."""
    opened = [fact for fact in facts.of(Kind.OPENED) if fact.holds(at)]
    if not opened:
        return None
    due = add_months(min(fact.starts_at for fact in opened), MONTHS_TO_A_PROJECT)
    for review in sorted(facts.of(Kind.IN_REVIEW), key=lambda fact: fact.starts_at):
        if review.starts_at < due:
            ends = (review.until or at, at, add_working_days(review.starts_at, LONGEST_REVIEW_WORKING_DAYS))
            due += max(min(ends) - max(review.starts_at, min(fact.starts_at for fact in opened)), due - due)
    return due


def _project(facts: AccessFacts, at: datetime) -> GateAnswer:
    """A project within three months of the opening."""
    due = project_due(facts, at)
    holds, until = covered_until(facts.of(Kind.PROJECT), at)
    if due is None or holds or due > at:
        return GateAnswer(Kind.PROJECT, True, until=_later(due, until, holds), due=None if holds else due)
    sentence = f"You had until {due:%-d %B %Y} to work in a project. Apply for one, or join one."
    return GateAnswer(Kind.PROJECT, False, sentence, due=due)


def _later(due: datetime | None, until: datetime | None, holds: bool) -> datetime | None:
    if due is None or not holds:
        return due
    return None if until is None else max(due, until)


GATES: dict[Kind, Callable[[AccessFacts, datetime], GateAnswer]] = {
    Kind.ACCOUNT: _since(
        Kind.ACCOUNT, "Your account is closed. Ask the service desk if you think this is a mistake.", "{day}", DESK
    ),
    Kind.BARRED: _not_while(
        Kind.BARRED, "You are suspended after an incident; your account page says why.{end} You can appeal."
    ),
    Kind.HOLD: _not_while(
        Kind.HOLD, "Your second factor was reset. For your safety the way to data stays closed for a day.{end}"
    ),
    Kind.SECOND_FACTOR: _since(
        Kind.SECOND_FACTOR, "You have no second factor. Set one up on your account page.", "{day}"
    ),
    Kind.COMMUNITY: _community,
    Kind.AFFILIATION: _affiliation,
    Kind.TRAINING: _training,
    Kind.CONDUCT: _since(
        Kind.CONDUCT,
        "You have not signed the rules of conduct.",
        "There is a new version of the rules of conduct since {day}. Read and sign it.",
    ),
    Kind.OPENED: _since(
        Kind.OPENED,
        "Your access to data is not open yet. Getting access says what is left to do.",
        "Your access to data ended on {day}. Ask the service desk to renew it.",
    ),
    Kind.PROJECT: _project,
}
