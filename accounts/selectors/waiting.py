"""What waits for a person because of what they are trusted with: applications, people, signatures, certificates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from accounts.models import (
    Affiliation,
    Agreement,
    DomainApplication,
    Incident,
    Recognition,
    TrainingRecord,
    User,
    holds_any,
    holds_somewhere,
    scopes_of,
)
from accounts.policies import chairs
from accounts.roles import Role
from accounts.selectors.roles import requests_to_answer


@dataclass(frozen=True)
class Waiting:
    """So many things of one kind, where to find them, and whether one of them is late."""

    label: str
    count: int
    url_name: str
    argument: str = ""
    is_late: bool = False


def waiting_for(person: User, at: datetime) -> list[Waiting]:
    """What waits for the person now; at most one query for each role that they hold."""
    found = [
        *_applications(person, at),
        *_people(person),
        *_signatures(person),
        *_certificates(person),
        *_role_requests(person),
        *_incidents(person),
    ]
    return [each for each in found if each.count]


def _applications(person: User, at: datetime) -> Iterator[Waiting]:
    if led := scopes_of(person, Role.DOMAIN_LEAD, Role.DOMAIN_DEPUTY):
        rows = DomainApplication.objects.filter(domain__slug__in=led, status=DomainApplication.Status.SUBMITTED)
        due = list(rows.exclude(Q(person=person) | Q(supervisor=person)).values_list("due_at", flat=True))
        late = any(each is not None and each < at for each in due)
        yield Waiting("Decide on applications to your community", len(due), "application-list", is_late=late)


def _people(person: User) -> Iterator[Waiting]:
    for reference in sorted(scopes_of(person, Role.INSTITUTION_SECRETARY)):
        rows = Affiliation.objects.filter(institution__reference=reference, status=Affiliation.Status.WAITING)
        waiting = list(rows.exclude(person=person).values_list("institution__name", flat=True))
        if waiting:
            label = f"Say who works at {waiting[0]}"
            yield Waiting(label, len(waiting), "institution-detail", reference)


def _signatures(person: User) -> Iterator[Waiting]:
    if signs := scopes_of(person, Role.INSTITUTION_SIGNATORY):
        sent = Agreement.objects.filter(institution__reference__in=signs, status=Agreement.Status.SENT)
        for reference in sent.values_list("reference", flat=True):
            yield Waiting("Read and sign the participation agreement", 1, "agreement-detail", reference)
    if holds_any(person, Role.ADMINISTRATOR):
        signed = Agreement.objects.filter(status=Agreement.Status.SIGNED).exclude(prepared_by=person)
        for reference in signed.values_list("reference", flat=True)[:5]:
            yield Waiting(f"Counter-sign the agreement {reference}", 1, "agreement-detail", reference)


def _certificates(person: User) -> Iterator[Waiting]:
    if holds_any(person, Role.SERVICE_DESK):
        rows = TrainingRecord.objects.filter(
            source=TrainingRecord.Source.ENTERED, confirmed_at=None, invalidated_at=None
        )
        count = rows.exclude(entered_by=person).exclude(person=person).count()
        yield Waiting("Confirm certificates as second person", count, "record-list")


def _role_requests(person: User) -> Iterator[Waiting]:
    if chairs(person) or holds_any(person, Role.ADMINISTRATOR, Role.SERVICE_DESK):
        waiting = requests_to_answer(person)
        is_urgent = any(request.is_emergency for request in waiting)
        yield Waiting("Answer requests for roles", len(waiting), "role-request-list", is_late=is_urgent)


def _incidents(person: User) -> Iterator[Waiting]:
    """For the desk reports and accounts to look at, for the committee what waits for a second person or an answer."""
    seen = Incident.objects.visible_to(person)
    if holds_any(person, Role.SERVICE_DESK):
        yield Waiting("Look at reported incidents", seen.filter(status="reported").count(), "incident-list")
        accounts = Recognition.objects.filter(answer=Recognition.Answer.OPEN).exclude(person=person).count()
        yield Waiting("Look at accounts that may belong to somebody who is kept out", accounts, "incident-list")
    if holds_somewhere(person, Role.ARC_CHAIR, Role.ARC_MEMBER):
        proposed = seen.filter(status="proposed").exclude(Q(proposed_by=person) | Q(reported_by=person))
        yield Waiting("Decide on incidents as second person", proposed.count(), "incident-list")
        appealed = seen.filter(status="appealed").exclude(Q(proposed_by=person) | Q(decided_by=person))
        yield Waiting("Answer appeals", appealed.exclude(reported_by=person).count(), "incident-list")
