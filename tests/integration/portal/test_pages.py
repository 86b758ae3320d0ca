"""The pages of the portal itself: home, help, notifications, status, what machines look for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker

from accounts.models import User
from accounts.roles import Role
from portal.kernel import clock, pulse
from portal.kernel.models import Notification
from portal.navigation import ITEMS
from tests.factories.accounts import make_person
from tests.personas import World

ClientOf = Callable[[str], Client]
WORDS = ["home", "sign-in", "register", "help", "accessibility", "privacy", "system-status", "account_reset_password"]


@pytest.mark.parametrize("name", WORDS)
def test_public_pages__are_open_to_everybody(client_of: ClientOf, name: str) -> None:
    assert client_of("anon").get(reverse(name)).status_code == 200


def test_home__tells_a_stranger_what_this_is_and_how_large(client_of: ClientOf) -> None:
    text = client_of("anon").get("/").text
    assert "A reading library of genomes" in text
    assert all(word in text for word in ("participants", "genomes", "data releases"))


def test_home__shows_projects_to_their_members_only(client_of: ClientOf, world: World) -> None:
    adas, bens, eves = (client_of(persona).get("/").text for persona in ("ada", "ben", "eve"))
    assert world.project.reference in adas
    assert world.project.reference in bens
    assert world.project.reference not in eves
    assert world.other_project.reference in eves


def test_home__puts_what_blocks_first(client_of: ClientOf, people: Mapping[str, User]) -> None:
    _notify(people["noa"])
    text = client_of("noa").get("/").text
    assert text.index("Get access to data") < text.index("Read 1 new notification")


def test_home__says_that_nothing_waits(client_of: ClientOf) -> None:
    assert "Nothing waits for you" in client_of("ada").get("/").text


def test_home__does_not_ask_people_with_other_work_to_get_access_to_data(client_of: ClientOf) -> None:
    assert "Get access to data" not in client_of("hana").get("/").text


def test_home__warns_in_the_last_thirty_days_of_access(people: Mapping[str, User]) -> None:
    person, browser = make_person(role=Role.RESEARCHER, until=clock.now() + timedelta(days=29)), Client()
    browser.force_login(person)
    assert "Renew your access to data" in browser.get("/").text


@pytest.mark.parametrize("persona", ["ada", "noa", "hana"])
@pytest.mark.parametrize("name", ["home", "account-profile", "token-list", "notification-list"])
def test_pages__stay_within_twelve_queries(
    client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries, persona: str, name: str
) -> None:
    browser = client_of(persona)
    with django_assert_max_num_queries(12):
        browser.get(reverse(name))


def test_navigation__shows_the_environment_to_researchers_only(client_of: ClientOf) -> None:
    label = "Research environment"
    assert label in {item.label for item in ITEMS}
    shown = {persona: label in client_of(persona).get("/help/").text for persona in ("ada", "hana", "noa", "anon")}
    assert shown == {"ada": True, "hana": False, "noa": False, "anon": False}


def _notify(person: User, text: str = "Something happened") -> Notification:
    return Notification.objects.create(
        person=person, event="accounts.role.granted", text=text, url="/account/", created_at=clock.now()
    )


def test_notifications__unread_first_and_counted_in_the_header(client_of: ClientOf, people: Mapping[str, User]) -> None:
    new, old = _notify(people["ada"], "Older and unread"), _notify(people["ada"], "Newer and read")
    Notification.objects.filter(pk=old.pk).update(read_at=clock.now(), created_at=clock.now() + timedelta(hours=1))
    Notification.objects.filter(pk=new.pk).update(created_at=clock.now() - timedelta(days=1))
    text = client_of("ada").get(reverse("notification-list")).text
    assert text.index("Older and unread") < text.index("Newer and read")
    assert "Notifications (1)" in text
    assert "Newer and read" not in client_of("ada").get(reverse("notification-list") + "?show=unread").text


def test_notifications__are_marked_read_by_post_and_only_ones_own(
    client_of: ClientOf, people: Mapping[str, User]
) -> None:
    mine, bens = _notify(people["ada"]), _notify(people["ben"])
    browser = client_of("ada")
    assert browser.get(reverse("notification-read")).status_code == 405
    for each in (mine, bens):
        browser.post(reverse("notification-read"), {"number": each.pk})
    mine.refresh_from_db()
    bens.refresh_from_db()
    assert mine.read_at is not None
    assert bens.read_at is None


def test_notifications__all_at_once(client_of: ClientOf, people: Mapping[str, User]) -> None:
    _notify(people["ada"])
    _notify(people["ada"])
    browser = client_of("ada")
    assert "2 marked as read." in browser.post(reverse("notification-read"), follow=True).text
    assert "Nothing new" in browser.get(reverse("notification-list") + "?show=unread").text


@pytest.mark.parametrize("number", ["x", "-1", "9" * 40, "9" * 5_000, "1.5"])
def test_notifications__a_number_that_is_none_changes_nothing(
    client_of: ClientOf, people: Mapping[str, User], number: str
) -> None:
    mine = _notify(people["ada"])
    assert client_of("ada").post(reverse("notification-read"), {"number": number}).status_code == 302
    mine.refresh_from_db()
    assert mine.read_at is None


def test_notifications__lead_back_inside_the_portal_only(client_of: ClientOf) -> None:
    browser = client_of("ada")
    back = browser.post(reverse("notification-read"), {"next": "/notifications/?show=unread"})
    away = browser.post(reverse("notification-read"), {"next": "//evil.example/"})
    assert back.headers["Location"] == "/notifications/?show=unread"
    assert away.headers["Location"] == "/notifications/"


def test_status__names_each_part_in_words(client_of: ClientOf) -> None:
    with time_machine.travel(clock.now(), tick=False) as moment:
        pulse.note_worker()
        moment.shift(timedelta(seconds=12))
        text = client_of("anon").get(reverse("system-status")).text
    assert "Everything works." in text
    assert "The last sign of life was 12 seconds ago." in text


def test_status__says_when_the_workers_are_late_or_unknown(client_of: ClientOf) -> None:
    pulse.note_worker()
    with time_machine.travel(clock.now() + timedelta(minutes=10)):
        assert "Queries wait until a worker is back" in client_of("anon").get(reverse("system-status")).text
    cache.clear()
    assert "No worker has given a sign of life yet" in client_of("anon").get(reverse("system-status")).text


def test_status__answers_while_the_database_is_away(client_of: ClientOf, django_db_blocker: DjangoDbBlocker) -> None:
    browser = client_of("ada")
    with django_db_blocker.block():
        response = browser.get(reverse("system-status"))
    assert response.status_code == 503
    assert "Not reachable" in response.text
    assert "Nothing is lost" in response.text


def test_security_txt__says_whom_to_tell_and_until_when() -> None:
    response = Client().get("/.well-known/security.txt")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in response.text.splitlines())
    assert fields["Contact"].endswith("/help/")
    assert fields["Expires"] > f"{clock.now() + timedelta(days=30):%Y-%m-%d}"
