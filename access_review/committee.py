"""The bench of one application: who may not judge it, whose votes count, and whether they are enough.

Everything is read anew in a constant number of queries, so that a vote stops counting at the instant at which its
member leaves, moves to the lead's institution or joins the team.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import CharField, F, QuerySet
from django.db.models import Value as Given
from django.db.models.functions import Cast

from access_review.models import (
    Application,
    ApplicationVersion,
    Assignment,
    Decision,
    Declaration,
    MeetingItem,
    ProjectMember,
    TeamPlace,
    VoteCast,
    in_force,
)
from access_review.sections import is_substantive
from accounts.models import Domain, DomainApplication, RoleGrant, User
from accounts.roles import Role
from accounts.selectors import Stay, holders_of, stays_of
from portal.kernel import clock
from portal.kernel.requests import once_per_reading

REPRESENTATIVE, DEPUTY = "participants", "deputy"  # scopes of the roles of a member and of the chair
QUORUM = 4
TRIAGE_DAYS, REVIEW_DAYS, FAST_TRACK_DAYS, APPEAL_DAYS = 5, 20, 10, 20
EXTENSION_DAYS = 10  # once, where a review has no quorum when it is due
LONGEST_YEARS = 3
_LOOK_BACK = timedelta(days=3 * 365 + 1)
BENCH_ROLES = (Role.ARC_MEMBER, Role.ARC_CHAIR, Role.ARC_SECRETARIAT)
Value = VoteCast.Value


@dataclass(frozen=True)
class Conflict:
    """Why somebody may not judge. `is_clearable`: the chair may, with a reason, let them judge nevertheless."""

    sentence: str
    is_clearable: bool = False


@dataclass(frozen=True)
class Bench:
    """What there is to know of one application's judges; read by `bench_of`."""

    application: Application
    version: ApplicationVersion | None
    previous: ApplicationVersion | None
    team: frozenset[int]
    members: frozenset[int]  # of the project that the application would change
    stays: Sequence[Stay]
    declarations: Mapping[int, Declaration]
    earlier: frozenset[int]
    is_led_from_the_forum: bool
    roles: Mapping[int, frozenset[tuple[str, str]]]
    votes: Sequence[VoteCast]
    assigned: frozenset[int]

    def conflict_of(self, person_id: int) -> Conflict | None:
        """What stands between this person and the case; None when nothing does or the chair has cleared it."""
        if person_id in self.team:
            return Conflict("You belong to the team of this application.")
        if person_id in self.members:
            return Conflict("You work in the project that this would change.")
        if person_id in self.earlier:
            return Conflict("You had a part in the decision that was appealed against.")
        if self._institutions(person_id, now=True) & self._institutions(self.application.lead_id, now=True):
            return Conflict("You and the lead work at the same institution.")
        said = self.declarations.get(person_id)
        if said is not None and said.cleared_at is not None:
            return None
        theirs = {place for member in self.team for place in self._institutions(member)}
        if self._institutions(person_id) & theirs:
            return Conflict("You and the team shared an institution within three years.", is_clearable=True)
        if said is not None and said.has_interest:
            return Conflict("You declared an interest.", is_clearable=True)
        return None

    @property
    def nobody_presides(self) -> bool:
        """Whether chair and deputy all have a conflict, so that a delegate from outside has to be appointed."""
        chairs = [person for person in self.roles if self.holds(person, Role.ARC_CHAIR)]
        return all(self.conflict_of(chair) is not None for chair in chairs)

    def _institutions(self, person_id: int, *, now: bool = False) -> set[int]:
        at = clock.now()
        return {
            stay.institution_id
            for stay in self.stays
            if stay.person_id == person_id and (not now or stay.until is None or stay.until > at)
        }

    def holds(self, person_id: int, role: Role, scope: str | None = None) -> bool:
        """Whether the person holds the role now, in this scope if one is named."""
        return any(held == role and scope in (None, named) for held, named in self.roles.get(person_id, ()))

    def counts(self, vote: VoteCast) -> bool:
        """Whether a live vote counts: its member still sits, is assigned, declared, and has no conflict."""
        seated = self.holds(vote.person_id, Role.ARC_MEMBER) or self.holds(vote.person_id, Role.ARC_CHAIR)
        is_open = vote.person_id in self.assigned and vote.person_id in self.declarations
        return seated and is_open and self.conflict_of(vote.person_id) is None

    @cached_property
    def tally(self) -> Tally:
        """What the votes say now."""
        counted = [vote for vote in self.votes if self.counts(vote)]
        voices = {vote.person_id for vote in counted}
        return Tally(
            counted=counted,
            excluded=[vote for vote in self.votes if vote not in counted],
            has_representative=any(self.holds(person, Role.ARC_MEMBER, REPRESENTATIVE) for person in voices),
            has_chair=any(self.holds(person, Role.ARC_CHAIR) for person in voices),
            is_refused_by_representative=any(
                vote.value == Value.DECLINE and self.holds(vote.person_id, Role.ARC_MEMBER, REPRESENTATIVE)
                for vote in counted
            ),
        )


@dataclass(frozen=True)
class Tally:
    """The votes that count, those that do not, and what follows."""

    counted: Sequence[VoteCast]
    excluded: Sequence[VoteCast]
    has_representative: bool
    has_chair: bool
    is_refused_by_representative: bool

    @property
    def by_value(self) -> Mapping[str, int]:
        """How many of the votes that count say what."""
        return Counter(vote.value for vote in self.counted)

    @property
    def in_favour(self) -> int:
        return sum(self.by_value[value] for value in VoteCast.FOR)

    @property
    def against(self) -> int:
        """Defer and decline: whatever is no approval and no abstention."""
        return self.by_value[Value.DEFER] + self.by_value[Value.DECLINE]

    @property
    def has_majority(self) -> bool:
        """A simple majority of the votes that are no abstentions."""
        return self.in_favour > self.against

    @property
    def gap(self) -> str | None:
        """What is missing for a quorum, or None when there is one."""
        if len(self.counted) < QUORUM:
            return f"There is no quorum: {len(self.counted)} of {QUORUM} votes that count."
        if not self.has_representative:
            return "There is no quorum: no participant representative has a vote that counts."
        if not self.has_chair:
            return "There is no quorum: neither chair nor deputy has a vote that counts."
        return None


def current_version(application: Application) -> ApplicationVersion | None:
    """The version that was sent last."""
    return application.versions.order_by("-number").first()


def team_ids(application: Application) -> frozenset[int]:
    """The lead and everybody who accepted a place."""
    places = TeamPlace.objects.filter(application=application, removed_at=None).exclude(accepted_at=None)
    return frozenset({application.lead_id, *(pk for pk in places.values_list("person_id", flat=True) if pk)})


def bench_of(application: Application) -> Bench:
    """Read the bench: the team, the whole committee and its secretariat. Five queries, however many sit on it.

    A page that is only read asks once; whatever writes reads it anew, under the lock.
    """
    return once_per_reading(("bench", application.pk), lambda: _read_bench(application))


def _read_bench(application: Application) -> Bench:
    at = clock.now()
    sent = list(application.versions.select_related("decision").order_by("-number")[:2])
    version = sent[0] if sent else None
    votes = list(VoteCast.objects.filter(version=version, ended_at=None).select_related("person")) if version else []
    said = Declaration.objects.filter(version=version).select_related("person") if version else ()
    parts = _parts_of(application, version, at)
    roles: dict[int, set[tuple[str, str]]] = {}
    for person_id, role, scope in parts["role"]:
        roles.setdefault(person_id, set()).add((role, scope))
    team = frozenset({application.lead_id, *(pk for pk, _, _ in parts["team"] if pk)})
    assigned = frozenset(pk for pk, _, _ in parts["seat"])
    people = {*team, *assigned, *roles, *(vote.person_id for vote in votes)}
    return Bench(
        application=application,
        version=version,
        previous=sent[1] if len(sent) > 1 else None,
        team=team,
        members=frozenset(pk for pk, _, _ in parts["member"]),
        stays=stays_of(people, at - _LOOK_BACK),
        declarations={each.person_id: each for each in said},
        is_led_from_the_forum=bool(parts["forum"]),
        earlier=frozenset(pk for pk, _, _ in parts["earlier"]),
        roles={person: frozenset(held) for person, held in roles.items()},
        votes=votes,
        assigned=assigned,
    )


def _parts_of(
    application: Application, version: ApplicationVersion | None, at: datetime
) -> Mapping[str, list[tuple[int, str, str]]]:
    """Who has a part in the case, in one query: (person, role, scope) of team, project, seats, roles and judges."""
    places = TeamPlace.objects.filter(application=application, removed_at=None).exclude(accepted_at=None)
    seats = Assignment.objects.filter(application=application, ended_at=None)
    grants = RoleGrant.objects.current(at).filter(role__in=BENCH_ROLES, person__is_active=True)
    declined = _earlier_refusals(application, version)
    voters = VoteCast.objects.filter(version__decision__in=declined)
    members = ProjectMember.objects.filter(in_force(at), project=application.amends)
    forum = DomainApplication.objects.memberships(at).filter(
        person_id=application.lead_id, domain__kind=Domain.Kind.FORUM
    )
    branches = [
        _part("team", places),
        _part("member", members),
        _part("forum", forum),
        _part("seat", seats),
        _part("role", grants, held=F("role"), within=F("scope")),
        _part("earlier", declined, who="decided_by_id"),
        _part("earlier", voters),
    ]
    found: dict[str, list[tuple[int, str, str]]] = {
        name: [] for name in ("team", "member", "forum", "seat", "role", "earlier")
    }
    for part, *row in branches[0].union(*branches[1:], all=True):
        found[part].append((row[0], row[1], row[2]))
    return found


def _part(
    name: str, rows: QuerySet[Any, Any], *, who: str = "person_id", held: Any = "", within: Any = ""
) -> QuerySet[Any, Any]:
    text = CharField()
    named: QuerySet[Any, Any] = rows.order_by().annotate(
        part=Given(name, text),
        who=F(who),
        held=Cast(held or Given(""), text),
        within=Cast(within or Given(""), text),
    )
    return named.values_list("part", "who", "held", "within")


def _earlier_refusals(application: Application, version: ApplicationVersion | None) -> QuerySet[Decision]:
    """Refusals whose voters and deciders judge no more: an appeal and whatever follows are for other people."""
    declined = Decision.objects.filter(version__application=application, outcome=Decision.Outcome.DECLINE)
    if application.status != Application.Status.APPEALED:
        declined = declined.exclude(version=version)  # the one that is being made, or that nobody has appealed against
    return declined


def conflict(person: Any, application: Application) -> Conflict | None:
    """What stands between one person and the case."""
    if not isinstance(person, User):
        return Conflict("Nobody judges without an account.")
    return bench_of(application).conflict_of(person.pk)


def may_preside(person: Any, application: Application) -> bool:
    """The chair without a conflict; the deputy where no chair is without one. Conflicted both: nobody."""
    if not isinstance(person, User) or not person.is_active:
        return False
    if not any(role == Role.ARC_CHAIR for role, _ in person.current_roles()):
        return False
    bench = bench_of(application)
    if not bench.holds(person.pk, Role.ARC_CHAIR) or bench.conflict_of(person.pk) is not None:
        return False
    chairs = {each for each in bench.roles if any(r == Role.ARC_CHAIR and s != DEPUTY for r, s in bench.roles[each])}
    return person.pk in chairs or all(bench.conflict_of(chair) is not None for chair in chairs)


def was_discussed(version: ApplicationVersion | None) -> bool:
    """Whether a meeting spoke of this version and wrote down what was said."""
    return version is not None and MeetingItem.objects.filter(version=version).exclude(minutes="").exists()


def is_forum(application: Application) -> bool:
    """Whether a company applies, by contract: for the Discovery Forum, or led by one of its members."""
    in_forum = application.domain is not None and application.domain.kind == Domain.Kind.FORUM
    return in_forum or bench_of(application).is_led_from_the_forum


def approved_version(application: Application) -> ApplicationVersion | None:
    """The version on which the project that an amendment changes stands today: approved last, and in force."""
    if application.amends is None:
        return None
    standing = [application.amends.application_id, *_approved_amendments(application)]
    versions = ApplicationVersion.objects.filter(application_id__in=[pk for pk in standing if pk])
    return versions.order_by("-submitted_at", "-pk").first()


def _approved_amendments(application: Application) -> list[int]:
    done = Application.objects.filter(amends=application.amends, status=Application.Status.APPROVED)
    return list(done.exclude(pk=application.pk).values_list("pk", flat=True))


def is_minor_amendment(application: Application) -> bool:
    """Whether what was sent leaves alone what the committee approved; without a base to compare with, it does not."""
    base, sent = approved_version(application), current_version(application)
    if base is None or sent is None:
        return False
    return not is_substantive(base.content["answers"], sent.content["answers"])


def secretaries() -> list[User]:
    """Everybody of the secretariat."""
    return holders_of(Role.ARC_SECRETARIAT)


def presiding() -> list[User]:
    """Chair and deputy."""
    return holders_of(Role.ARC_CHAIR)


def seated() -> list[User]:
    """Everybody who sits on the committee, by name."""
    return holders_of(Role.ARC_MEMBER, Role.ARC_CHAIR)
