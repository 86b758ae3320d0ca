"""Where people work and worked, and which institutions stand behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from accounts.models import Affiliation, Agreement, Institution, User, agreement_counts_until


@dataclass(frozen=True)
class Stay:
    """That a person was at an institution from one instant to another; `until` is None while no end is known."""

    person_id: int
    institution_id: int
    since: datetime
    until: datetime | None


def stays_of(people: Iterable[User | int], since: datetime) -> list[Stay]:
    """The confirmed affiliations of these people that reached beyond `since`, the present ones included. One query.

    An affiliation that lapsed without an end counts as lasting until it lapsed.
    """
    ids = [person if isinstance(person, int) else person.pk for person in people]
    held = Affiliation.objects.filter(person_id__in=ids, confirmed_at__isnull=False)
    reaching = held.filter(Q(ended_at=None) | Q(ended_at__gt=since)).filter(valid_until__gt=since, lapses_at__gt=since)
    rows = reaching.order_by("confirmed_at").values_list(
        "person_id", "institution_id", "confirmed_at", "ended_at", "valid_until", "lapses_at"
    )
    return [
        Stay(person, institution, start, min(end for end in ends if end is not None))
        for person, institution, start, *ends in rows
        if start is not None
    ]


def institutions_of(person: User | int, since: datetime) -> frozenset[int]:
    """The ids of the institutions at which the person was at any time since then: for conflicts of interest."""
    return frozenset(stay.institution_id for stay in stays_of([person], since))


def shared_an_institution(one: User | int, other: User | int, since: datetime) -> bool:
    """Whether both were at the same institution since then, at the same time or not."""
    stays = stays_of([one, other], since)
    ids = [person if isinstance(person, int) else person.pk for person in (one, other)]
    first, second = ({stay.institution_id for stay in stays if stay.person_id == each} for each in ids)
    return bool(first & second)


def affiliation_periods(person: User | int) -> list[tuple[datetime, datetime, str]]:
    """(from, until, name) of each period in which the person stood at an active institution under an agreement.

    What the door is asked with: each is the overlap of a confirmed affiliation with its institution's agreement, so
    that the end of either ends it by the clock. One query.
    """
    pk = person if isinstance(person, int) else person.pk
    rows = Affiliation.objects.filter(
        person_id=pk,
        confirmed_at__isnull=False,
        status__in=[Affiliation.Status.CONFIRMED, Affiliation.Status.ENDED],
        institution__status=Institution.Status.ACTIVE,
        institution__agreements__status__in=[Agreement.Status.ACTIVE, Agreement.Status.SUPERSEDED],
    ).values_list(
        "confirmed_at",
        "institution__agreements__starts_at",
        "valid_until",
        "lapses_at",
        "ended_at",
        agreement_counts_until("institution__agreements__"),
        "institution__name",
    )
    periods = []
    for confirmed, begun, *ends, name in rows:
        if confirmed is None or begun is None:
            continue
        start, end = max(confirmed, begun), min(each for each in ends if each is not None)
        if start < end:
            periods.append((start, end, name))
    return sorted(periods)


def present_institutions(person: User, at: datetime) -> list[Institution]:
    """Where the person is confirmed at this instant."""
    held = Affiliation.objects.in_force(at).filter(person=person)
    return list(Institution.objects.filter(affiliations__in=held).distinct().order_by("name"))
