"""The committee's queue: what waits for one person, and what they do with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual

from access_review.committee import QUORUM
from access_review.models import Application, ApplicationVersion, Assignment, Condition, Decision, VoteCast
from access_review.models.applications import presides, sits
from access_review.policies import is_secretary
from accounts.models import User

S = Application.Status
SHELVES: Mapping[str, str] = {
    "mine": "Waiting for me",
    "committee": "With the committee",
    "applicants": "With the applicants",
    "decided": "Decided",
}
_STATES = {
    "committee": (S.SUBMITTED, S.TRIAGE, S.IN_REVIEW, S.APPEALED),
    "applicants": (S.RETURNED, S.DEFERRED, S.CONDITIONAL),
    "decided": (S.APPROVED, S.DECLINED, S.DISMISSED, S.WITHDRAWN, S.LAPSED),
}


def on_shelf(person: User, shelf: str) -> QuerySet[Application]:
    """The applications on a shelf of this person's queue; on "mine" each with its `next_step`."""
    rows = Application.objects.reviewable_by(person)
    if shelf in _STATES:
        return rows.filter(status__in=_STATES[shelf])
    steps = [*_of_the_secretariat(person), *_of_the_committee(person)]
    if not steps:
        return rows.none()
    waits = Q()
    for condition, _ in steps:
        waits |= condition
    latest = ApplicationVersion.objects.filter(application=OuterRef("pk")).order_by("-number").values("pk")[:1]
    words = Case(*(When(condition, then=Value(step)) for condition, step in steps), default=Value(""))
    found: QuerySet[Application] = rows.annotate(current_version_id=Subquery(latest)).filter(waits)
    return found.annotate(next_step=words)


def _of_the_secretariat(person: User) -> list[tuple[Q, str]]:
    if not is_secretary(person):
        return []
    conditions = Condition.objects.filter(decision__version__application=OuterRef("pk"), verified_at=None)
    given = conditions.exclude(evidence_at=None)
    return [
        (Q(status=S.SUBMITTED), "Take into triage"),
        (Q(status=S.TRIAGE), "Check, and find reviewers"),
        (Q(Exists(given), status=S.CONDITIONAL), "Verify the evidence"),
        (Q(~Exists(conditions), status=S.CONDITIONAL), "Open the project"),
    ]


def _of_the_committee(person: User) -> list[tuple[Q, str]]:
    """What a member, the chair or the deputy does next.

    Who presides is asked to decide once their own view is on record, and never before: that there are enough others
    would tell of votes which they may not know of.
    """
    if not sits(person):
        return []
    live: Any = VoteCast.objects.filter(version=OuterRef("current_version_id"), ended_at=None)
    voted = Exists(live.filter(person=person))
    seat = Exists(Assignment.objects.filter(application=OuterRef("pk"), person=person, ended_at=None))
    steps = [(Q(seat, ~voted, status=S.IN_REVIEW), "Record your view")]
    if presides(person):
        votes = live.order_by().values("version").annotate(count=Count("pk")).values("count")
        enough = Q(GreaterThanOrEqual(Coalesce(Subquery(votes), 0), QUORUM))
        took_part = Decision.objects.filter(version__application=OuterRef("pk"), decided_by=person)
        had_a_vote = VoteCast.objects.filter(version__application=OuterRef("pk"), person=person)
        steps.append((Q(voted, enough, status=S.IN_REVIEW), "Decide"))
        steps.append((Q(~Exists(took_part), ~Exists(had_a_vote), status=S.APPEALED), "Hear the appeal"))
    return steps
