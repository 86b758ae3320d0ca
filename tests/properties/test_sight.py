"""What a list shows and what the rule about one thing says are the same, whoever asks and whatever they hold."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts import policies
from accounts.models import Domain, DomainApplication, Institution, RoleGrant, User
from accounts.roles import COMMUNITY, INSTITUTION, Role
from accounts.services import create_domain, register_institution
from accounts.services.institutions import Entry
from portal.kernel import clock
from tests.factories.accounts import SETUP

PEOPLE, PLACES = 4, 2
held = st.tuples(
    st.integers(0, PEOPLE - 1),
    st.sampled_from(Role),
    st.integers(0, PLACES - 1),
    st.sampled_from(["now", "over", "to come", "emergency over"]),
)
joined = st.tuples(
    st.integers(0, PEOPLE - 1), st.integers(0, PLACES - 1), st.sampled_from(["draft", "submitted", "accepted"])
)
at_work = st.tuples(
    st.integers(0, PEOPLE - 1),
    st.integers(0, PLACES - 1),
    st.sampled_from(["claimed", "waiting", "confirmed", "ended"]),
)


class Sight(TestCase):
    """Random people, roles, applications and affiliations."""

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        roles=st.lists(held, max_size=10),
        applications=st.lists(joined, max_size=6),
        affiliations=st.lists(at_work, max_size=6),
        closed=st.sets(st.integers(0, PEOPLE - 1), max_size=1),
    )
    def test_visible_to__is_the_rule_about_one(
        self,
        roles: list[tuple[int, Role, int, str]],
        applications: list[tuple[int, int, str]],
        affiliations: list[tuple[int, int, str]],
        closed: set[int],
    ) -> None:
        people = [User.objects.create(email=f"p{n}@tests.example", display_name=f"P{n}") for n in range(PEOPLE)]
        places = _places()
        _give(people, places, roles)
        _join(people, places, applications, affiliations)
        User.objects.filter(pk__in=[people[n].pk for n in closed]).update(is_active=False)
        actors = [*User.objects.filter(pk__in=[person.pk for person in people]), AnonymousUser()]
        for actor in actors:
            seen = set(User.objects.visible_to(actor).filter(email__endswith="@tests.example"))
            assert seen == {person for person in people if policies.can_see_person(actor, person)}
            grants = RoleGrant.objects.filter(person__in=people).select_related("person")
            own = set(RoleGrant.objects.visible_to(actor).filter(person__in=people))
            assert own == {grant for grant in grants if policies.can_see_grant(actor, grant)}
            cases = DomainApplication.objects.filter(person__in=people).exclude(submitted_at=None)
            listed = set(DomainApplication.objects.visible_to(actor).filter(person__in=people))
            assert {case for case in cases if policies.can_read_application(actor, case)} <= listed


def _places() -> list[tuple[Domain, Institution]]:
    return [
        (
            create_domain(actor=SETUP, name=f"Sight {n}", kind="community", aims="To be seen."),
            register_institution(actor=SETUP, entry=Entry(f"Sight {n}", "GB")),
        )
        for n in range(PLACES)
    ]


def _give(
    people: list[User], places: list[tuple[Domain, Institution]], roles: list[tuple[int, Role, int, str]]
) -> None:
    at = clock.now()
    for who, role, where, when in roles:
        scope = (
            places[where][0].slug if role in COMMUNITY else places[where][1].reference if role in INSTITUTION else ""
        )
        starts = at + timedelta(hours=1) if when == "to come" else at - timedelta(days=1)
        is_emergency = when == "emergency over"
        until = at - timedelta(hours=21) if is_emergency else at - timedelta(minutes=1) if when == "over" else None
        with suppress(IntegrityError), transaction.atomic():  # kept apart, or there already
            RoleGrant.objects.create(
                person=people[who], role=role, scope=scope, reason="x", starts_at=starts, until=until,
                incident="INC-1" if is_emergency else "",
                approved_by=people[who - 1] if is_emergency else None,
            )  # fmt: skip


def _join(
    people: list[User],
    places: list[tuple[Domain, Institution]],
    applications: list[tuple[int, int, str]],
    affiliations: list[tuple[int, int, str]],
) -> None:
    at = clock.now()
    confirmed = {name: at + timedelta(days=9) for name in ("valid_until", "recheck_due_at", "lapses_at")}
    for number, (who, where, status) in enumerate(dict.fromkeys(applications)):
        with suppress(IntegrityError), transaction.atomic():  # kept apart, or there already
            DomainApplication.objects.create(
                reference=f"APP-S{number}", person=people[who], domain=places[where][0], status=status,
                submitted_at=None if status == "draft" else at, accepted_at=at, decided_by=people[who - 1],
                due_at=at,
            )  # fmt: skip
    for number, (who, where, status) in enumerate(dict.fromkeys(affiliations)):
        with suppress(IntegrityError), transaction.atomic():  # kept apart, or there already
            people[who].affiliations.create(
                reference=f"AFF-S{number}", institution=places[where][1], email=f"x{who}@x.example", position="x",
                status=status, confirmed_at=at, confirmed_by=people[who - 1], ended_at=at, **confirmed,
            )  # fmt: skip


pytestmark = pytest.mark.django_db
