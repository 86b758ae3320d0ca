"""The world of the tests and of the demo stands as its papers say."""

from __future__ import annotations

import pytest

from access_review.models import Project
from access_review.selectors import granted_datasets
from accounts.gates import data_access
from accounts.models import RoleGrant, User
from portal.demo_people import DEMO_PEOPLE
from portal.kernel import clock
from portal.kernel.audit_chain import verify_chain
from portal.kernel.models import AuditEvent
from tests.personas import World, build_world


def test_world__has_everybody_with_exactly_their_role(world: World) -> None:
    held = {key: {role for role, scope in person.current_roles() if not scope} for key, person in world.people.items()}
    assert held == {person.key: {person.role} if person.role else set() for person in DEMO_PEOPLE}


def test_world__data_is_open_to_the_three_researchers_only(world: World) -> None:
    at = clock.now()
    assert {key for key, person in world.people.items() if data_access(person, at).granted} == {"ada", "ben", "eve"}


def test_world__the_projects_share_neither_people_nor_datasets(world: World) -> None:
    seen = {key: set(Project.objects.visible_to(person)) for key, person in world.people.items()}
    assert seen.pop("ada") == seen.pop("ben") == {world.project}
    assert seen.pop("eve") == {world.other_project}
    assert not any(seen.values())
    projects = (world.project, world.other_project)
    slugs = [set(granted_datasets(each).values_list("slug", flat=True)) for each in projects]
    assert slugs == [{"rare-disease", "cancer"}, {"covid-19"}]


def test_world__building_it_again_changes_nothing(world: World) -> None:
    def counted() -> list[int]:
        return [model._default_manager.count() for model in (User, RoleGrant, Project, AuditEvent)]

    before = counted()
    assert build_world() == world
    assert counted() == before


@pytest.mark.django_db(transaction=True)
def test_world__is_built_anew_after_a_test_with_real_commits(world: World) -> None:
    assert len(world.people) == len(DEMO_PEOPLE)
    assert not list(verify_chain())
