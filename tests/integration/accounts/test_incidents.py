"""Incidents through HTTP: reported by anybody, decided by two, appealed once and heard by others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts import services
from accounts.models import (
    Affiliation,
    Incident,
    Sanction,
    User,
)
from portal.kernel.working_days import add_months
from tests.factories.accounts import make_person
from tests.integration.accounts.incident_acts import (
    WHAT,
    Bench,
    ClientOf,
    browser_of,
    decided,
    do,
    is_open,
    looked_into,
    reported,
    words_of,
)
from tests.personas import World

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


def test_lists__ask_as_often_whatever_there_is(
    world: World, django_assert_max_num_queries: Callable[[int], Any], people: Mapping[str, User]
) -> None:
    for _ in range(20):
        reported(world, make_person())
    browser = browser_of(people["sol"])
    with django_assert_max_num_queries(12):
        assert browser.get("/incidents/").status_code == 200
