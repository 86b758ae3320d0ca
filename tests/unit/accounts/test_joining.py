"""Applications to join a community: who decides, the supervisor rule, and a clock that pauses and accepts nobody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts.models import Domain, DomainApplication, Institution, User
from accounts.roles import Role
from accounts.services import (
    accept_application,
    decline_application,
    grant_role,
    leave_domain,
    remove_member,
    return_application,
    save_application,
    send_reminders,
    start_application,
    submit_application,
    withdraw_application,
)
from portal.demo_people import SETUP
from portal.demo_standing import NORTHMOOR, UNSIGNED, apply
from portal.kernel import clock
from portal.kernel.models import AuditEvent, Notification
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from tests.factories.accounts import long_ago, make_person
from tests.personas import World

EVES = "genotype-phenotype"


def northmoor() -> Institution:
    return Institution.objects.get(name=NORTHMOOR.name)


def draft(person: User, slug: str = EVES, **answers: Any) -> DomainApplication:
    made = start_application(actor=person, domain=Domain.objects.get(slug=slug))
    said: Mapping[str, Any] = {
        "institution": northmoor(), "career": "researcher", "plan": "A plan.", "experience": "Some.", **answers
    }  # fmt: skip
    return save_application(actor=person, application=made, answers=said)


def sent(slug: str = EVES) -> DomainApplication:
    return apply(make_person(), slug, northmoor())


def test_a_lead__accepts_and_the_membership_begins(world: World) -> None:
    accepted = accept_application(actor=world.people["eve"], application=sent(), version=1)
    assert accepted.decided_by == world.people["eve"]
    assert DomainApplication.objects.memberships(clock.now()).filter(pk=accepted.pk).exists()


@pytest.mark.parametrize("key", ["ada", "gus", "sol", "ivo", "aud", "noa", "cora"])
def test_nobody_but_the_lead__decides(world: World, key: str) -> None:
    """The matrix: accept, decline and return are for leads of that domain; the administrator only while it has none."""
    application = sent()
    actor = world.people[key]
    with pytest.raises(PermissionRefused):
        accept_application(actor=actor, application=application, version=1)
    with pytest.raises(PermissionRefused):
        return_application(actor=actor, application=application, reason="No.")
    with pytest.raises(PermissionRefused):
        decline_application(actor=actor, application=application, version=1, code="fit", reason="No.")


def test_a_lead__of_another_community__does_not_decide(world: World) -> None:
    with pytest.raises(PermissionRefused):
        accept_application(actor=world.people["eve"], application=sent("neurology"), version=1)


def test_a_lead_without_open_access__does_not_decide(world: World) -> None:
    application, eve = sent(), world.people["eve"]
    from accounts.models import TrainingRecord
    from accounts.services import invalidate_certificate

    record = TrainingRecord.objects.get(person=eve)
    invalidate_certificate(actor=world.people["sol"], record=record, reason="For a test.")
    with pytest.raises(PermissionRefused):
        accept_application(actor=eve, application=application, version=1)


def test_leads__decide_neither_about_themselves_nor_about_a_lead_who_works_where_they_work(world: World) -> None:
    """Case 34."""
    one, two = make_person(role=Role.RESEARCHER), make_person(role=Role.RESEARCHER)
    for person, role in ((one, Role.DOMAIN_LEAD), (two, Role.DOMAIN_DEPUTY)):
        grant_role(actor=SETUP, person=person, role=role, scope="neurology", reason="For a test.")
        person.__dict__.pop("_current_roles", None)
    own = apply(one, "neurology", northmoor())
    with pytest.raises(PermissionRefused):
        accept_application(actor=one, application=own, version=1)
    with pytest.raises(PermissionRefused):
        accept_application(actor=two, application=own, version=1)
    with pytest.raises(IntegrityError, match="nobody_decides_their_own"), transaction.atomic():
        DomainApplication.objects.filter(pk=own.pk).update(decided_by=one)
    eve = world.people["eve"]
    grant_role(actor=SETUP, person=eve, role=Role.DOMAIN_DEPUTY, scope="neurology", reason="From elsewhere.")
    eve = User.objects.get(pk=eve.pk)
    assert accept_application(actor=eve, application=own, version=1).status == "accepted"


def test_a_student__needs_a_supervisor_who_is_a_member(world: World) -> None:
    student = make_person()
    without = draft(student, career="student")
    with pytest.raises(TransitionRefused, match="Name your supervisor"):
        submit_application(actor=student, application=without)
    stranger = make_person()
    named = draft(student, career="student", supervisor_email=stranger.email)
    with pytest.raises(TransitionRefused, match="not a member of this community"):
        submit_application(actor=student, application=named)
    supervised = draft(student, career="student", supervisor_email=world.people["eve"].email)
    application = submit_application(actor=student, application=supervised)
    with pytest.raises(PermissionRefused):
        accept_application(actor=world.people["eve"], application=application, version=1)
    with pytest.raises(IntegrityError, match="no_supervisor_decides"), transaction.atomic():
        DomainApplication.objects.filter(pk=application.pk).update(decided_by=world.people["eve"])


def test_a_supervisor__unknown_or_oneself__gets_the_same_sentence(world: World) -> None:
    student = make_person()
    for email in ("nobody@tests.example", student.email):
        with pytest.raises(InvalidInput, match="not the address of a member of this community"):
            draft(student, career="postdoc", supervisor_email=email)


def test_an_institution_without_an_agreement__stops_the_application(world: World) -> None:
    person = make_person()
    unsigned = Institution.objects.get(name=UNSIGNED.name)
    with pytest.raises(TransitionRefused, match="no agreement in force"):
        submit_application(actor=person, application=draft(person, institution=unsigned))


def test_companies__go_to_the_forum_and_nobody_else_does(world: World) -> None:
    person = make_person()
    with pytest.raises(TransitionRefused, match="Discovery Forum"):
        submit_application(actor=person, application=draft(person, "discovery-forum"))


def test_the_clock__ten_working_days_over_christmas(world: World) -> None:
    long_ago()
    with time_machine.travel(datetime(2026, 12, 18, 10, tzinfo=UTC)):  # a Friday
        application = sent()
    # 25 and 28 December and 1 January are no working days.
    assert application.due_at == datetime(2027, 1, 6, 23, 59, 59, tzinfo=UTC)


def test_the_clock__stands_still_while_returned_and_keeps_what_was_left(world: World) -> None:
    ivo = User.objects.get(email="ivo@lectern.example")  # decides while a community has no lead
    long_ago()
    with time_machine.travel(datetime(2026, 9, 7, 10, tzinfo=UTC)) as day:  # a Monday; due on the 21st
        application = sent("neurology")
        assert application.due_at == datetime(2026, 9, 21, 22, 59, 59, tzinfo=UTC)
        day.move_to(datetime(2026, 9, 10, 10, tzinfo=UTC))  # 7 working days are left
        returned = return_application(actor=ivo, application=application, reason="Say more.")
        assert returned.due_at is None
        day.move_to(datetime(2026, 9, 24, 10, tzinfo=UTC))
        send_reminders()
        late = AuditEvent.objects.filter(event="accounts.application.escalated", subject_ref=application.reference)
        assert not late.exists(), "nobody waits for the lead"
        again = submit_application(actor=returned.person, application=returned)
        assert again.due_at == datetime(2026, 10, 5, 22, 59, 59, tzinfo=UTC)
        assert again.versions.count() == 2


def test_an_overdue_application__is_escalated_once_and_never_accepted(world: World) -> None:
    """Case 46: twice, and days late."""
    application = sent()
    with time_machine.travel(clock.now() + timedelta(days=40)):
        send_reminders()
        send_reminders()
        application.refresh_from_db()
        assert application.status == "submitted"
        told = AuditEvent.objects.filter(event="accounts.application.escalated", subject_ref=application.reference)
        assert told.count() == 1
        assert Notification.objects.filter(
            person=world.people["sol"], event="accounts.application.escalated", text__contains="overdue"
        ).exists()


def test_a_decision__on_a_version_that_was_replaced__is_refused(world: World) -> None:
    eve, application = world.people["eve"], sent()
    returned = return_application(actor=eve, application=application, reason="Say more.")
    submit_application(actor=returned.person, application=returned)
    with pytest.raises(TransitionRefused, match="version 2 meanwhile"):
        accept_application(actor=eve, application=application, version=1)
    with pytest.raises(TransitionRefused, match="version 2 meanwhile"):
        decline_application(actor=eve, application=application, version=1, code="fit", reason="No.")


def test_what_was_sent__cannot_be_edited(world: World) -> None:
    application = sent()
    with pytest.raises(TransitionRefused):
        save_application(actor=application.person, application=application, answers={"plan": "Another."})
    with pytest.raises(TransitionRefused):
        submit_application(actor=application.person, application=application)
    with pytest.raises(Exception, match="stays as it is"), transaction.atomic():
        application.versions.update(answers={})


def test_after_a_decline__ninety_days_pass(world: World) -> None:
    application = sent()
    person = application.person
    decline_application(
        actor=world.people["eve"], application=application, version=1, code="fit", reason="It does not fit."
    )
    with pytest.raises(TransitionRefused, match="apply again from"):
        start_application(actor=person, domain=application.domain)
    with time_machine.travel(clock.now() + timedelta(days=91)):
        assert start_application(actor=person, domain=application.domain).status == "draft"


def test_a_draft__lapses_after_sixty_days_with_or_without_the_job(world: World) -> None:
    person = make_person()
    old = draft(person)
    with time_machine.travel(clock.now() + timedelta(days=61)):
        with pytest.raises(TransitionRefused, match="lapsed"):
            submit_application(actor=person, application=old)
        new = start_application(actor=person, domain=old.domain)
        assert new.pk != old.pk
    old.refresh_from_db()
    assert old.status == "lapsed"


def test_members__leave_or_are_removed_with_a_reason(world: World) -> None:
    eve = world.people["eve"]
    one = accept_application(actor=eve, application=sent(), version=1)
    two = accept_application(actor=eve, application=sent(), version=1)
    with pytest.raises(PermissionRefused):
        remove_member(actor=world.people["ada"], application=one, reason="No.")
    with pytest.raises(InvalidInput):
        remove_member(actor=eve, application=one, reason=" ")
    assert remove_member(actor=eve, application=one, reason="Did not keep to the aims.").status == "ended"
    assert leave_domain(actor=two.person, application=two).status == "ended"
    assert not DomainApplication.objects.memberships(clock.now()).filter(pk__in=[one.pk, two.pk]).exists()


def test_a_withdrawn_application__is_not_decided(world: World) -> None:
    application = sent()
    withdraw_application(actor=application.person, application=application)
    with pytest.raises(TransitionRefused):
        accept_application(actor=world.people["eve"], application=application, version=1)


def test_who_sees_an_application__as_the_matrix_says(world: World) -> None:
    application, unsent = sent(), draft(make_person())
    visible = {
        key
        for key, person in world.people.items()
        if DomainApplication.objects.visible_to(person).filter(pk=application.pk).exists()
    }
    # The lead, the institution's secretary (that it is there), the desk, auditor and administrator.
    assert visible == {"eve", "gus", "sol", "aud", "ivo"}
    for person in world.people.values():
        assert not DomainApplication.objects.visible_to(person).filter(pk=unsent.pk).exists()
