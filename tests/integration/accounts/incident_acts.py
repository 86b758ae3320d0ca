"""What tests of incidents do: reported, looked into, held and decided through the pages, by who may."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any

from django.http import HttpResponse
from django.test import Client

from accounts import services
from accounts.gates import data_access
from accounts.models import (
    Incident,
    Institution,
    User,
)
from portal.kernel import clock
from tests.personas import World

ClientOf = Callable[[str], Client]
WHAT = "A table was copied by hand and taken home."


def words_of(answer: HttpResponse) -> str:
    """What a reader reads of it, in one line."""
    markup = answer.content.decode().partition("<main")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


@dataclass
class Bench:
    """Who handles incidents: nobody of them works where researchers of the world do."""

    chair: User
    deputy: User
    member: User
    other: User


def reported(world: World, about: User | Institution) -> Incident:
    if isinstance(about, Institution):
        return services.report_incident(actor=world.people["noa"], what=WHAT, institution=about)
    return services.report_incident(actor=world.people["noa"], what=WHAT, about=about.email)


def looked_into(world: World, about: User | Institution) -> Incident:
    return services.triage_incident(actor=world.people["sol"], incident=reported(world, about))


def do(person: User, incident: Incident, action: str, status: int = 302, **said: Any) -> HttpResponse:
    """One act by the form of its page; its page is looked at first."""
    browser, url = browser_of(person), f"/incidents/{incident.reference}/{action}/"
    assert browser.get(url).status_code == (status if status in (403, 404) else 200)
    answer = browser.post(url, said)
    assert answer.status_code == status, words_of(answer)
    return answer


def hold(world: World, about: User | Institution) -> Incident:
    incident = looked_into(world, about)
    do(world.people["hana"], incident, "hold", reason="It goes on.")
    return incident


def decided(world: World, bench: Bench, about: User | Institution, months: str = "3", measure: str = "") -> Incident:
    incident = looked_into(world, about)
    finding, measure = ("critical", "bar") if measure == "bar" else ("serious", measure or "suspension")
    said = {"finding": finding, "measure": measure, "months": months, "grounds": "The table was found."}
    do(bench.member, incident, "propose", **said)
    do(bench.chair, incident, "decide")
    return incident


def is_open(person: User) -> bool:
    return data_access(User.objects.get(pk=person.pk), clock.now()).granted
