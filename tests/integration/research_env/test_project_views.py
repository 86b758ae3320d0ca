"""Where a researcher starts: the environment and the room of a project."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import RoleGrant
from accounts.roles import Role
from research_env.services import share_query
from tests.factories import research_env as make
from tests.integration.research_env.pages import body_of, open_page, text_of
from tests.personas import World

pytestmark = pytest.mark.django_db
HOME = "/environment/"
SignedIn = Callable[[str], Client]


def test_environment__shows_projects_with_term_datasets_and_a_way_to_ask(world: World, client_of: SignedIn) -> None:
    make.plan(world, name="First question")
    answer = open_page(client_of("ada"), HOME)
    text = text_of(answer)
    assert world.project.title in text
    assert "Cancer, Rare disease" in text
    assert "First question" in text
    assert world.other_project.title not in text
    assert f'href="/environment/projects/{world.project.reference}/queries/new/"' in body_of(answer)


def test_environment__without_a_project_tells_how_to_get_one(world: World, client_of: SignedIn) -> None:
    world.project.memberships.filter(person=world.people["ben"]).update(until=timezone.now())
    assert "You are in no project yet" in text_of(open_page(client_of("ben"), HOME))


def test_environment__says_what_stands_between_oneself_and_data(world: World, client_of: SignedIn) -> None:
    text = text_of(open_page(client_of("noa"), HOME))
    assert "You do not belong to a research community yet. Apply to one." in text
    assert "You are in no project yet" not in text


def test_environment__when_access_has_ended_the_projects_are_gone(world: World, client_of: SignedIn) -> None:
    RoleGrant.objects.filter(person=world.people["ada"], role=Role.RESEARCHER).update(until=timezone.now())
    text = text_of(open_page(client_of("ada"), HOME))
    assert "Your access to data ended on" in text
    assert world.project.title not in text


def test_environment__asks_who_you_are(client: Client) -> None:
    assert client.get(HOME).status_code == 302


def test_project__shows_releases_members_and_queries(world: World, client_of: SignedIn) -> None:
    query = make.plan(world, name="Rare <b>variants</b>")
    answer = open_page(client_of("ada"), world.project.get_absolute_url())
    text = text_of(answer)
    assert query.release.name in text
    assert "Ada Researcher Lead" in text
    assert "Ben Researcher Member" in text
    assert "Rare <b>variants</b>" in text
    assert "<b>variants</b>" not in body_of(answer)
    assert "80" in text  # forty people in each of two granted datasets


@pytest.mark.parametrize("persona", ["eve", "cora", "hana", "ivo", "aud", "noa"])
def test_project__does_not_exist_for_others(world: World, client_of: SignedIn, persona: str) -> None:
    open_page(client_of(persona), world.project.get_absolute_url(), 404)
    open_page(client_of(persona), f"{world.project.get_absolute_url()}queries/new/", 404)


def test_project__its_queries_are_those_that_the_reader_may_see(world: World, client_of: SignedIn) -> None:
    hers = make.plan(world, name="Ada's question")
    make.plan(world, author="ben", name="Ben's question")
    assert "2 queries" in text_of(open_page(client_of("ada"), world.project.get_absolute_url()))
    assert "1 query" in text_of(open_page(client_of("ben"), world.project.get_absolute_url()))
    share_query(actor=world.people["ada"], query=hers, person=world.people["ben"])
    assert "2 queries" in text_of(open_page(client_of("ben"), world.project.get_absolute_url()))


def test_project__queries_are_filtered_and_sorted_by_the_address(world: World, client_of: SignedIn) -> None:
    make.plan(world, name="Beta")
    make.plan(world, name="Alpha")
    make.plan(world, author="ben", name="Gamma")
    url = world.project.get_absolute_url()
    ada = client_of("ada")
    text = text_of(open_page(ada, f"{url}?sort=name"))
    assert text.index("Alpha") < text.index("Beta") < text.index("Gamma")
    assert "1 query found" in text_of(open_page(ada, f"{url}?author=Ben+Researcher"))
    assert "Nothing matches these filters" in text_of(open_page(ada, f"{url}?status=finished"))
    assert "3 queries" in text_of(open_page(ada, f"{url}?sort=nonsense&page=99"))


def test_project__without_queries_says_what_will_be_here(world: World, client_of: SignedIn) -> None:
    assert "No queries yet" in text_of(open_page(client_of("ada"), world.project.get_absolute_url()))
