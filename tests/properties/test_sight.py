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
from accounts.models import (
    Affiliation,
    ApiToken,
    Course,
    CourseVersion,
    Domain,
    DomainApplication,
    Incident,
    Institution,
    RoleGrant,
    TrainingRecord,
    User,
)
from accounts.policies.institutions import speaks_for
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
        _pass(people)
        User.objects.filter(pk__in=[people[n].pk for n in closed]).update(is_active=False)
        actors = [*User.objects.filter(pk__in=[person.pk for person in people]), AnonymousUser()]
        for actor in actors:
            seen = set(User.objects.visible_to(actor).filter(email__endswith="@tests.example"))
            assert seen == {person for person in people if policies.can_see_person(actor, person)}
            grants = RoleGrant.objects.filter(person__in=people).select_related("person")
            own = set(RoleGrant.objects.visible_to(actor).filter(person__in=people))
            assert own == {grant for grant in grants if policies.can_see_grant(actor, grant)}
            houses = [institution for _, institution in places]
            entered = set(Institution.objects.visible_to(actor).filter(pk__in=[house.pk for house in houses]))
            assert entered == {house for house in houses if policies.can_see_institution(actor, house)}
            _own_or_all(actor, people)
            cases = DomainApplication.objects.filter(person__in=people).exclude(submitted_at=None)
            listed = set(DomainApplication.objects.visible_to(actor).filter(person__in=people))
            assert {case for case in cases if policies.can_read_application(actor, case)} <= listed


def _own_or_all(actor: User | AnonymousUser, people: list[User]) -> None:
    """Where somebody works, what they passed and their keys are theirs; the first two are for two offices, too."""
    sees_all = bool(policies.can_see_all_training(actor, None))
    records = TrainingRecord.objects.filter(person__in=people)
    assert set(TrainingRecord.objects.visible_to(actor).filter(person__in=people)) == {
        record for record in records if sees_all or (actor.is_active and record.person_id == actor.pk)
    }
    tokens = ApiToken.objects.filter(person__in=people)
    assert set(ApiToken.objects.visible_to(actor)) == {
        token for token in tokens if policies.can_revoke_token(actor, token)
    }
    stays = Affiliation.objects.filter(person__in=people).select_related("institution")
    assert set(Affiliation.objects.visible_to(actor).filter(person__in=people)) == {
        stay for stay in stays
        if sees_all or policies.is_their_affiliation(actor, stay) or speaks_for(actor, stay.institution)
    }  # fmt: skip
    incidents = Incident.objects.filter(person__in=people)
    assert set(Incident.objects.visible_to(actor).filter(person__in=people)) == {
        each for each in incidents if policies.can_see_incidents(actor, each) and each.person_id != actor.pk
    }


def _places() -> list[tuple[Domain, Institution]]:
    return [
        (
            create_domain(actor=SETUP, name=f"Sight {n}", kind="community", aims="To be seen."),
            register_institution(actor=SETUP, entry=Entry(f"Sight {n}", "GB")),
        )
        for n in range(PLACES)
    ]


def _pass(people: list[User]) -> None:
    """Everybody has passed, holds a token and was reported once."""
    at, later = clock.now(), clock.now() + timedelta(days=9)
    course = Course.objects.create(slug="sight", name="Sight")
    version = CourseVersion.objects.create(course=course, number=1, body="x", questions_asked=1, pass_percent=50)
    for number, person in enumerate(people):
        TrainingRecord.objects.create(
            person=person, version=version, source="quiz", passed_at=at, valid_from=at, valid_until=later,
            number=f"S-{number}",
        )  # fmt: skip
        ApiToken.objects.create(
            person=person, name="x", prefix=f"s{number}", digest=f"{number}", scopes=["profile:read"],
            created_at=at, expires_at=later,
        )  # fmt: skip
        Incident.objects.create(reference=f"INC-S{number}", person=person, what="x", reported_by=people[number - 1])


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
