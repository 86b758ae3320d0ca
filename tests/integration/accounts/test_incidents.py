"""Incidents through HTTP: reported by anybody, stopped by one, decided by two, appealed, over by their dates."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client

from access_review.committee import DEPUTY
from access_review.models import Project, ProjectMember
from accounts import services
from accounts.gates import data_access
from accounts.marks import ORCID, PASSKEY, hint_of_name
from accounts.models import (
    Affiliation,
    Incident,
    Institution,
    Recognition,
    Sanction,
    SignedInSession,
    TrainingRecord,
    User,
)
from accounts.roles import Role
from portal.demo_standing import NORTHMOOR, SOUTHFELL
from portal.kernel import clock
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import PermissionRefused
from portal.kernel.working_days import add_months
from research_env.models import Query, QueryStatus
from research_env.services import submit_query
from research_env.worker import reap
from tests.factories.accounts import SETUP, make_person, make_token
from tests.factories.research_env import plan
from tests.factories.reviews import seat
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


@pytest.fixture
def bench(world: World) -> Bench:
    return Bench(
        seat("Cleo Chair", Role.ARC_CHAIR), seat("Dora Deputy", Role.ARC_CHAIR, DEPUTY), seat("Max Member"), seat("Mia")
    )


@pytest.fixture
def culprit(world: World) -> User:
    """A researcher with access, who is a member of ada's project."""
    person = make_person("Cul Prit", role=Role.RESEARCHER)
    ProjectMember.objects.create(project=world.project, person=person, starts_at=clock.now())
    return person


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


# Reporting and looking into it


def test_report__by_anybody_reaches_the_desk_by_reference_alone(world: World, client_of: ClientOf) -> None:
    browser = client_of("noa")
    answer = browser.post("/incidents/report/", {"about": "ada@lectern.example", "what": WHAT}, follow=True)
    assert "Your report has the reference INC-" in words_of(answer)
    incident = Incident.objects.get(person=world.people["ada"])
    assert f"An incident was reported: {incident.reference}" in client_of("sol").get("/notifications/").text
    assert WHAT in words_of(client_of("sol").get(incident.get_absolute_url()))
    assert browser.get(incident.get_absolute_url()).status_code == 404
    assert browser.get("/incidents/").status_code == 403


def test_report__says_what_is_missing(client_of: ClientOf) -> None:
    text = words_of(client_of("noa").post("/incidents/report/", {"about": "", "what": "Something."}))
    assert "Say whom it is about, as well as you know." in text


def test_report__about_an_unknown_address_says_nothing_about_who_has_an_account(client_of: ClientOf) -> None:
    said = {"about": "nobody@elsewhere.example", "what": WHAT}
    assert "Your report has the reference" in words_of(client_of("noa").post("/incidents/report/", said, follow=True))


def test_person_concerned__sees_nothing_before_something_is_laid(world: World, culprit: User) -> None:
    incident = looked_into(world, culprit)
    assert browser_of(culprit).get(incident.get_absolute_url()).status_code == 404


def test_incident_about_oneself__is_in_nobodys_list(world: World, client_of: ClientOf) -> None:
    incident = reported(world, world.people["hana"])
    assert incident.reference not in client_of("hana").get("/incidents/").text
    assert incident.reference in client_of("sol").get("/incidents/").text
    assert client_of("hana").get(f"/incidents/{incident.reference}/hold/").status_code == 404


# A hold


def test_case_21__sessions_on_every_device_end_at_the_next_request(world: World, culprit: User) -> None:
    first, second = browser_of(culprit), browser_of(culprit)
    assert first.get("/environment/").status_code == second.get("/environment/").status_code == 200
    incident = hold(world, culprit)
    for browser in (first, second):
        answer = browser.get("/environment/")
        assert (answer.status_code, answer.headers["Location"][:9]) == (302, "/sign-in/")
    assert not SignedInSession.objects.filter(person=culprit).exists()
    again = browser_of(culprit)
    text = words_of(again.get(incident.get_absolute_url()))
    assert "You have no access to data, and what you had running was stopped." in text
    assert "A hold is no finding" in text
    assert WHAT not in text
    assert "Noa Newcomer" not in text
    assert incident.get_absolute_url() in again.get("/account/").text
    assert "You are suspended after an incident" in again.get("/getting-access/").text


def test_case_22__tokens_are_refused_and_visas_hold_no_more(world: World, culprit: User) -> None:
    program = {"Authorization": f"Bearer {make_token(culprit)[1]}"}
    visas = Client().get("/api/v1/me/visas/", headers=program).json()["ga4gh_passport_v1"]
    assert visas
    hold(world, culprit)
    assert Client().get("/api/v1/me/", headers=program).status_code == 401
    for visa in visas:
        answer = Client().post("/api/v1/visas/check/", {"token": visa}, content_type="application/json")
        assert answer.json() == {"active": False}
    new = {"Authorization": f"Bearer {make_token(culprit)[1]}"}
    assert Client().get("/api/v1/me/visas/", headers=new).json()["ga4gh_passport_v1"] == []


def test_case_23__running_work_is_cancelled_and_what_is_finished_is_out_of_reach(world: World, culprit: User) -> None:
    world = World({**world.people, "culprit": culprit}, world.datasets, world.project, world.other_project)
    running = submit_query(actor=culprit, query=plan(world, "culprit"))
    hold(world, culprit)
    query = Query.objects.get(pk=running.pk)
    assert query.status == QueryStatus.CANCELLED
    assert query.failure == "The author no longer has access to data."
    assert browser_of(culprit).get(query.get_absolute_url()).status_code == 404
    told = AuditEvent.objects.get(event="accounts.access.stopped", subject_ref=str(culprit.pk))
    assert set(told.detail) == {"incident", "sessions", "tokens"}


def test_case_24__training_that_expires_stops_queries_at_the_instant_and_leaves_the_portal(
    world: World, culprit: User
) -> None:
    world = World({**world.people, "culprit": culprit}, world.datasets, world.project, world.other_project)
    running, browser = submit_query(actor=culprit, query=plan(world, "culprit")), browser_of(culprit)
    TrainingRecord.objects.filter(person=culprit).update(valid_until=clock.now())
    with pytest.raises(PermissionRefused):
        plan(world, "culprit")
    reap()
    assert Query.objects.get(pk=running.pk).status == QueryStatus.CANCELLED
    assert browser.get("/training/").status_code == 200


def test_hold__ends_by_itself_after_two_working_days_without_any_job(world: World, culprit: User) -> None:
    incident = hold(world, culprit)
    held = incident.sanctions.get()
    assert held.until is not None
    assert not is_open(culprit)
    with time_machine.travel(held.until - timedelta(seconds=1), tick=False):
        assert not is_open(culprit)
    with time_machine.travel(held.until, tick=False):
        assert is_open(culprit)


def test_hold__lasts_if_a_second_person_confirms_it_and_not_by_the_first_alone(world: World, culprit: User) -> None:
    incident = hold(world, culprit)
    do(world.people["hana"], incident, "confirm-hold", 403, reason="I am sure.")
    do(world.people["finn"], incident, "confirm-hold", reason="I looked, too.")
    held = incident.sanctions.get()
    assert held.until is not None
    assert held.until > clock.now() + timedelta(days=29)


def test_hold__of_one_who_has_a_seat_takes_the_seat_away_meanwhile(world: World, bench: Bench, culprit: User) -> None:
    theirs = looked_into(world, culprit)
    incident = hold(world, bench.chair)
    assert browser_of(bench.chair).get("/incidents/").status_code == 403
    assert not User.objects.get(pk=bench.chair.pk).has_role(Role.ARC_CHAIR)
    with pytest.raises(PermissionRefused):
        services.lay_hold(actor=User.objects.get(pk=bench.chair.pk), incident=theirs, reason="Mine.")
    do(bench.deputy, incident, "lift", reason="It was a mistake.")
    assert User.objects.get(pk=bench.chair.pk).has_role(Role.ARC_CHAIR)


def test_hold__is_not_laid_by_a_colleague_or_by_somebody_without_that_trust(world: World, culprit: User) -> None:
    incident = looked_into(world, culprit)
    do(world.people["sol"], incident, "hold", 403, reason="It goes on.")
    northmoor = Institution.objects.get(name=NORTHMOOR.name)
    Affiliation.objects.filter(person=world.people["ada"]).update(person=world.people["hana"])
    assert Affiliation.objects.in_force(clock.now()).filter(person=world.people["hana"], institution=northmoor).exists()
    do(world.people["hana"], incident, "hold", 403, reason="It goes on.")


def test_incident_closed_without_a_finding__ends_the_hold(world: World, culprit: User) -> None:
    incident = hold(world, culprit)
    do(world.people["sol"], incident, "dismiss", reason="It was another's table.")
    assert is_open(culprit)


# Decided by two


def test_suspension__is_decided_by_two_and_holds_until_its_day(world: World, bench: Bench, culprit: User) -> None:
    incident = decided(world, bench, culprit, months="3")
    laid = incident.sanctions.get()
    assert (laid.laid_by, laid.confirmed_by) == (bench.member, bench.chair)
    assert laid.until == add_months(laid.starts_at, 3)
    assert not is_open(culprit)
    Affiliation.objects.filter(person=culprit).update(valid_until=laid.until + timedelta(days=9))
    Affiliation.objects.filter(person=culprit).update(lapses_at=laid.until + timedelta(days=9))
    with time_machine.travel(laid.until, tick=False):
        assert is_open(culprit)
    text = words_of(browser_of(culprit).get(incident.get_absolute_url()))
    assert "The table was found." in text
    assert "You can appeal once, until" in text


def test_proposal__has_no_effect_and_its_maker_does_not_decide(world: World, bench: Bench, culprit: User) -> None:
    incident = looked_into(world, culprit)
    said = {"finding": "serious", "measure": "suspension", "months": "3", "grounds": "Found."}
    do(bench.chair, incident, "propose", **said)
    assert is_open(culprit)
    do(bench.chair, incident, "decide", 403)
    do(bench.member, incident, "decide")
    assert not is_open(culprit)


def test_two_members__do_not_decide_without_the_chair(world: World, bench: Bench, culprit: User) -> None:
    incident = looked_into(world, culprit)
    said = {"finding": "serious", "measure": "suspension", "months": "3", "grounds": "Found."}
    do(bench.member, incident, "propose", **said)
    do(bench.other, incident, "decide", 403)
    do(bench.chair, incident, "send_back", reason="Say more.")
    assert Incident.objects.get(pk=incident.pk).status == "investigating"


@pytest.mark.parametrize(
    ("finding", "measure", "months", "sentence"),
    [
        ("minor", "bar", "", "This does not follow from this finding."),
        ("serious", "suspension", "13", "A suspension lasts from 1 to 12 months."),
        ("serious", "suspension", "", "A suspension lasts from 1 to 12 months."),
        ("critical", "bar", "12", "A bar lasts 60 months or more."),
        ("minor", "warning", "3", "Only a suspension or a bar has a length."),
    ],
)
def test_proposal__keeps_to_the_rules(
    world: World, bench: Bench, culprit: User, finding: str, measure: str, months: str, sentence: str
) -> None:
    incident = looked_into(world, culprit)
    said = {"finding": finding, "measure": measure, "months": months, "grounds": "Found."}
    assert sentence in words_of(do(bench.member, incident, "propose", 200, **said))


def test_reporter__neither_proposes_nor_decides(world: World, bench: Bench, culprit: User) -> None:
    made = services.report_incident(actor=bench.member, what=WHAT, about=culprit.email)
    incident = services.triage_incident(actor=world.people["sol"], incident=made)
    do(bench.member, incident, "propose", 403)


@pytest.mark.parametrize("field", ["laid_by", "confirmed_by"])
def test_database__knows_that_a_sanction_takes_two_people(
    world: World, bench: Bench, culprit: User, field: str
) -> None:
    laid = decided(world, bench, culprit).sanctions.get()
    other = laid.confirmed_by if field == "laid_by" else laid.laid_by
    with pytest.raises(IntegrityError), transaction.atomic():
        Sanction.objects.filter(pk=laid.pk).update(**{field: other})
    with pytest.raises(IntegrityError), transaction.atomic():
        Sanction.objects.filter(pk=laid.pk).update(**{field: culprit})
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.filter(pk=laid.incident_id).update(decided_by=bench.member)


def test_warning__stops_nothing_and_can_be_appealed(world: World, bench: Bench, culprit: User) -> None:
    incident = decided(world, bench, culprit, months="", measure="warning")
    assert is_open(culprit)
    text = words_of(browser_of(culprit).get(incident.get_absolute_url()))
    assert "A warning" in text
    assert "You can appeal once" in text


def test_mail__about_an_incident_says_nothing_of_it(world: World, bench: Bench, culprit: User) -> None:
    incident = decided(world, bench, culprit)
    notices = culprit.notifications.filter(event__startswith="accounts.incident")
    assert [each.text for each in notices] == [f"An incident was decided: {incident.reference}"]
    assert [each.url for each in notices] == [incident.get_absolute_url()]


# Appeals


def test_appeal__is_made_once_and_heard_by_others(world: World, bench: Bench, culprit: User) -> None:
    incident = decided(world, bench, culprit)
    do(culprit, incident, "appeal", text="It was not my table.")
    do(culprit, incident, "appeal", 409, text="Once more.")
    assert not is_open(culprit)
    for took_part in (bench.chair, bench.member):
        do(took_part, incident, "overturn", 403, reason="I think again.")
    do(bench.deputy, incident, "overturn", reason="It was another's table.")
    assert is_open(culprit)
    assert "It was another's table." in words_of(browser_of(culprit).get(incident.get_absolute_url()))


def test_appeal__that_is_dismissed_leaves_what_holds(world: World, bench: Bench, culprit: User) -> None:
    incident = decided(world, bench, culprit)
    do(culprit, incident, "appeal", text="It was not my table.")
    do(bench.other, incident, "uphold", reason="It was.")
    assert not is_open(culprit)
    do(culprit, incident, "appeal", 409, text="Once more.")


def test_appeal__after_twenty_working_days_is_too_late(world: World, bench: Bench, culprit: User) -> None:
    incident = Incident.objects.get(pk=decided(world, bench, culprit).pk)
    assert incident.appeal_by is not None
    with time_machine.travel(incident.appeal_by + timedelta(seconds=1), tick=False):
        answer = do(culprit, incident, "appeal", 409, text="It was not my table.")
    assert "The time for an appeal is over." in words_of(answer)


def test_appeal__of_somebody_else_does_not_exist(world: World, bench: Bench, culprit: User) -> None:
    do(world.people["ada"], decided(world, bench, culprit), "appeal", 404, text="For them.")


# Institutions


def test_institution_on_hold__ends_access_of_its_people_and_of_nobody_else(world: World, culprit: User) -> None:
    eve, northmoor = world.people["eve"], Institution.objects.get(name=NORTHMOOR.name)
    browser = browser_of(culprit)
    incident = hold(world, northmoor)
    assert not is_open(culprit)
    assert not is_open(world.people["ada"])
    assert is_open(eve)
    assert browser.get("/environment/").status_code == 302
    assert "Your institution is suspended" in browser_of(culprit).get("/getting-access/").text
    assert northmoor.name not in Client().get("/institutions/").text
    secretary = world.people["gus"]
    assert "Nobody has access to data through this institution" in words_of(
        browser_of(secretary).get(incident.get_absolute_url())
    )
    held = incident.sanctions.get()
    assert held.until is not None
    with time_machine.travel(held.until, tick=False):
        assert is_open(culprit)


def test_case_27__who_has_a_second_institution_loses_the_projects_of_the_first_alone(
    world: World, culprit: User
) -> None:
    southfell = Institution.objects.get(name=SOUTHFELL.name)
    first = Affiliation.objects.get(person=culprit)
    Affiliation.objects.create(
        reference="AFF-SECOND",
        person=culprit,
        institution=southfell,
        email="cul@southfell.example",
        position="Guest",
        status="confirmed",
        waiting_since=first.waiting_since,
        confirmed_at=first.confirmed_at,
        confirmed_by=first.confirmed_by,
        valid_until=first.valid_until,
        recheck_due_at=first.recheck_due_at,
        lapses_at=first.lapses_at,
    )
    ProjectMember.objects.create(project=world.other_project, person=culprit, starts_at=clock.now())
    Project.objects.filter(pk=world.project.pk).update(lead_institution=NORTHMOOR.name)
    Project.objects.filter(pk=world.other_project.pk).update(lead_institution=SOUTHFELL.name)
    assert Project.objects.visible_to(culprit).count() == 2
    hold(world, Institution.objects.get(name=NORTHMOOR.name))
    assert is_open(culprit)
    assert list(Project.objects.visible_to(culprit)) == [world.other_project]


# Case 28: a bar follows the person


@pytest.fixture
def barred(world: World, bench: Bench, culprit: User) -> User:
    decided(world, bench, culprit, months="", measure="bar")
    services.remember(
        culprit, [(ORCID, "0000-0002-1825-0097"), (PASSKEY, "credential-1"), hint_of_name("Cul Prit", DAY)]
    )
    return culprit


DAY = clock.today().replace(year=1980, month=2, day=3)
HINTS_OF_BARRED = [(ORCID, "0000-0002-1825-0097"), (PASSKEY, "credential-1"), hint_of_name("Cul Prit", DAY)]
HINTS = {
    "the ORCID": (ORCID, "0000-0002-1825-0097"),
    "the passkey": (PASSKEY, "credential-1"),
    "name and date of birth": hint_of_name("prít CUL", DAY),
}


@pytest.mark.parametrize("known_by", HINTS)
def test_case_28__who_registers_again_waits_for_a_check_and_reads_what_everybody_reads(
    world: World, barred: User, known_by: str
) -> None:
    again, newcomer = make_person(role=Role.RESEARCHER), make_person(role=Role.RESEARCHER)
    newcomer.role_grants.all().delete()  # who waits for the opening as everybody does
    assert services.recognise(again, [HINTS[known_by]])
    assert not is_open(again)
    mine, others = (words_of(browser_of(each).get("/getting-access/")) for each in (again, newcomer))
    assert mine.replace(again.display_name, "") == others.replace(newcomer.display_name, "")
    assert "The service desk opens your access within 2 working days. Waiting" in mine
    assert again.display_name in words_of(browser_of(world.people["sol"]).get("/incidents/"))


def test_case_28__the_same_address_with_a_plus_is_known_when_the_account_is_made(world: World, barred: User) -> None:
    name, _, domain = barred.email.partition("@")
    again = make_person(email=f"{name}+new@{domain}")
    assert Recognition.objects.get(person=again).known_as == barred


def test_case_28__an_answer_opens_access_or_lays_the_same_upon_both(world: World, barred: User) -> None:
    again, other = make_person(role=Role.RESEARCHER), make_person(role=Role.RESEARCHER)
    for person in (again, other):
        services.recognise(person, [HINTS["the ORCID"]])
    sol = browser_of(world.people["sol"])
    for person, answer in ((again, "yes"), (other, "no")):
        url = f"/incidents/accounts/{Recognition.objects.get(person=person).pk}/"
        assert barred.email in sol.get(url).text
        assert sol.post(url, {"is_same": answer, "reason": "Asked."}).status_code == 302
        assert sol.get(url).status_code == 404
    assert is_open(other)
    assert not is_open(again)
    assert "You are suspended after an incident" in browser_of(again).get("/getting-access/").text
    services.recognise(other, [HINTS["the ORCID"]])
    assert is_open(other)


def test_case_28__what_is_kept_is_no_value(barred: User) -> None:
    kept = str(list(barred.marks.values_list("kind", "digest")))
    assert barred.marks.count() >= 4
    for value in ("0000-0002-1825-0097", "credential-1", "prit", "1980-02-03", barred.email):
        assert value not in kept


def test_case_28__nobody_is_known_again_once_the_bar_is_over(world: World, bench: Bench, barred: User) -> None:
    incident = Incident.objects.get(person=barred)
    do(bench.deputy, incident, "lift", reason="Ten years are enough.")
    assert not services.recognise(make_person(), [HINTS["the ORCID"]])


def test_closed_account__stops_what_was_running(world: World, culprit: User) -> None:
    world = World({**world.people, "culprit": culprit}, world.datasets, world.project, world.other_project)
    running = submit_query(actor=culprit, query=plan(world, "culprit"))
    services.close_account(actor=SETUP, person=culprit, reason="Left.")
    assert Query.objects.get(pk=running.pk).status == QueryStatus.CANCELLED


def test_lists__ask_as_often_whatever_there_is(
    world: World, django_assert_max_num_queries: Callable[[int], Any], people: Mapping[str, User]
) -> None:
    for _ in range(20):
        reported(world, make_person())
    browser = browser_of(people["sol"])
    with django_assert_max_num_queries(12):
        assert browser.get("/incidents/").status_code == 200
