"""What the clock does to applications and projects: cases 46 and 50, and what shuts a project without any job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from access_review import services
from access_review.models import Project, ProjectMember
from access_review.selectors import is_member
from accounts.models import Affiliation, RoleGrant, TrainingRecord, User
from accounts.roles import Role
from accounts.services import close_account
from portal.kernel import clock
from portal.kernel.models import AuditEvent, OutboxMessage
from portal.kernel.refusals import InvalidInput, TransitionRefused
from tests.factories import reviews
from tests.factories.accounts import SETUP, long_ago, make_person
from tests.factories.reviews import Case, decide, fresh

pytestmark = pytest.mark.django_db


@contextmanager
def after(days: float) -> Iterator[None]:
    with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
        yield


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.fixture
def project(case: Case) -> Project:
    application = reviews.voted(case)
    decide(case, application)
    long_ago()
    return Project.objects.get(application=application)


@pytest.fixture
def member(case: Case, project: Project) -> User:
    person = make_person("Mel Member", role=Role.RESEARCHER)
    services.add_member(actor=case.lead, project=project, person=person)
    long_ago()
    return person


def _loses_access(person: User) -> None:
    RoleGrant.objects.filter(person=person, role=Role.RESEARCHER).update(until=clock.now())


def _keeps_access(person: User) -> None:
    """Whatever of the person's standing ends within the year was renewed."""
    far = clock.now() + timedelta(days=3000)
    TrainingRecord.objects.filter(person=person).update(valid_until=far)
    Affiliation.objects.filter(person=person).update(valid_until=far, lapses_at=far)


def _may_work(person: User, project: Project) -> bool:
    listed = Project.objects.visible_to(person).filter(pk=project.pk).exists()
    assert is_member(person, project) == listed, "the list and the rule agree"
    return listed


def _mails(word: str) -> int:
    return OutboxMessage.objects.filter(subject__contains=word).count()


def test_lead_without_access__shuts_the_project_on_day_fifteen_without_any_job(
    case: Case, project: Project, member: User
) -> None:
    _loses_access(case.lead)
    with after(14):
        assert _may_work(member, project)
    with after(15):
        assert not _may_work(member, project)
        assert Project.objects.get(pk=project.pk).status == "active", "no job ran"


def test_lead_with_a_closed_account__has_lost_access_on_the_day_of_the_closing(
    case: Case, project: Project, member: User
) -> None:
    close_account(actor=SETUP, person=case.lead, reason="Left.")
    with after(14):
        assert _may_work(member, project)
    with after(15):
        assert not _may_work(member, project)


def test_lead_with_access_again__opens_the_project_at_once(case: Case, project: Project, member: User) -> None:
    _loses_access(case.lead)
    with after(20):
        assert not _may_work(member, project)
        RoleGrant.objects.create(
            person=case.lead, role=Role.RESEARCHER, reason="Back.", starts_at=clock.now() - timedelta(hours=1)
        )
        assert _may_work(member, project)


def test_second_lead_with_access__keeps_the_project_open(case: Case, project: Project, member: User) -> None:
    ProjectMember.objects.filter(project=project, person=member).update(role="lead")
    _loses_access(case.lead)
    with after(20):
        assert _may_work(member, project)


def test_successor__opens_what_the_clock_shut_and_the_job_wrote_down(
    case: Case, project: Project, member: User
) -> None:
    _loses_access(case.lead)
    with after(16):
        services.run_clock()
        project.refresh_from_db()
        assert (project.status, project.stopped_for) == ("suspended", "lead")
        with pytest.raises(TransitionRefused, match="no successor was named"):
            services.resume_project(actor=case.secretary, project=project, reason="Please.")
        services.name_lead(actor=case.secretary, project=project, person=member, reason="The lead left.")
        project.refresh_from_db()
        assert (project.status, project.stopped_for, project.lead) == ("active", "", member)
        assert _may_work(member, project)


def test_successor_without_access__is_refused(case: Case, project: Project) -> None:
    services.add_member(actor=case.lead, project=project, person=case.first)
    with pytest.raises(InvalidInput, match="no access to data at present"):
        services.name_lead(actor=case.secretary, project=project, person=case.first, reason="The lead left.")


def test_missing_report__shuts_the_project_a_month_later_and_its_arrival_opens_it(case: Case, project: Project) -> None:
    due = services.report_due_on(project)
    days = (due - clock.today()).days
    Project.objects.filter(pk=project.pk).update(ends_at=clock.now() + timedelta(days=900))
    _keeps_access(case.lead)
    with after(days + 30):
        assert Project.objects.open_at(clock.now()).filter(pk=project.pk).exists()
    with after(days + 31):
        assert not Project.objects.open_at(clock.now()).filter(pk=project.pk).exists()
        # What is sent late counts for the year that it was due for.
        services.send_report(actor=case.lead, project=project, outputs="A.", still_needed="B.", incidents="None.")
        assert Project.objects.open_at(clock.now()).filter(pk=project.pk).exists()


def test_end_of_term__shuts_the_project_at_its_instant(project: Project) -> None:
    before = project.ends_at - timedelta(seconds=1)
    Project.objects.filter(pk=project.pk).update(starts_at=project.ends_at - timedelta(days=300))
    assert Project.objects.open_at(before).filter(pk=project.pk).exists()
    assert not Project.objects.open_at(project.ends_at).filter(pk=project.pk).exists()


def test_reminders__are_sent_once_though_the_job_runs_twice_and_three_days_late(
    case: Case, project: Project, member: User
) -> None:
    _loses_access(case.lead)
    services.run_clock()
    services.run_clock()
    told = _mails("needs another lead")
    mails = OutboxMessage.objects.filter(subject__contains="needs another lead").values_list("recipient", flat=True)
    assert len(set(mails)) == told
    assert {case.lead.email, member.email, case.secretary.email} <= set(mails)
    with after(11):  # the reminder of a week before was due three days ago
        services.run_clock()
        services.run_clock()
    assert _mails("needs another lead") == 2 * told
    with after(16):
        services.run_clock()
        services.run_clock()
    assert AuditEvent.objects.filter(event="access_review.project.suspended").count() == 1


def test_draft__is_warned_of_twice_and_lapses_unless_it_is_saved(case: Case) -> None:
    application = reviews.draft(case)
    assert application.lapses_at is not None
    days = (application.lapses_at - clock.now()).days
    with after(days - 10):
        services.run_clock()
        assert _mails("lapses soon") == 1
        section = application.answers.get(section="funding")
        services.save_section(
            actor=case.lead, application=application, section="funding", values={}, revision=section.revision
        )
        assert services.run_clock() == 0
    with after(days + 1):
        services.run_clock()
        assert fresh(application).status == "draft", "it was saved, so there is time again"
    with after(2 * days):
        services.run_clock()
        assert fresh(application).status == "lapsed"
        with pytest.raises(TransitionRefused):
            services.submit_application(actor=case.lead, application=application)


def test_returned_application__lapses_after_sixty_days(case: Case) -> None:
    application = reviews.returned(case)
    with after(59):
        services.run_clock()
        assert fresh(application).status == "returned"
    with after(61):
        services.run_clock()
        assert fresh(application).status == "lapsed"


def test_committee__hears_of_what_is_overdue_by_stage(case: Case) -> None:
    reviews.submitted(case)
    with after(20):
        services.run_clock()
        services.run_clock()
    told = set(OutboxMessage.objects.filter(subject__contains="overdue").values_list("recipient", flat=True))
    assert case.secretary.email in told
    assert case.chair.email not in told


def test_reviewers__are_reminded_while_their_view_is_missing(case: Case) -> None:
    application = reviews.in_review(case)
    reviews.vote(case.first, application)
    assert application.due_at is not None
    with time_machine.travel(application.due_at - timedelta(days=8), tick=False):
        services.run_clock()
        services.run_clock()
    mails = OutboxMessage.objects.filter(subject__contains="still waits for your view")
    assert sorted(mails.values_list("recipient", flat=True)) == sorted(
        person.email for person in (case.chair, case.representative, case.second)
    )


def test_status_that_no_event_explains__is_an_alarm_once(case: Case) -> None:
    """Case 16: whoever can switch the triggers off is noticed all the same."""
    application, other = reviews.submitted(case), reviews.declined(case)
    assert services.unexplained_applications() == []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what waits for the commit would keep the table
        cursor.execute("ALTER TABLE access_review_application DISABLE TRIGGER access_review_application_moves")
        cursor.execute("UPDATE access_review_application SET status = 'approved' WHERE id = %s", [application.pk])
        cursor.execute("ALTER TABLE access_review_application ENABLE TRIGGER access_review_application_moves")
    assert services.unexplained_applications() == [application]
    for _ in range(2):
        services.run_clock()
    alarms = OutboxMessage.objects.filter(subject__startswith="Alarm", recipient=case.chair.email)
    assert [mail.subject for mail in alarms] == [
        f"Alarm: the status of application {application.reference} was written past Lectern"
    ]
    assert fresh(other).status == "declined"
