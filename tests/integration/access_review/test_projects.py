"""What an approval opens, and how a project changes: cases 18, 19 and 20."""

from __future__ import annotations

import pytest

from access_review import services
from access_review.models import Project
from access_review.selectors import granted_datasets, is_member
from access_review.services.projects import open_approved
from accounts.roles import Role
from ngrl.models import Dataset
from portal.kernel.refusals import InvalidInput, TransitionRefused
from tests.factories import reviews
from tests.factories.accounts import make_person
from tests.factories.reviews import Case, decide, fresh, vote

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.fixture
def project(case: Case) -> Project:
    application = reviews.voted(case)
    decide(case, application)
    return Project.objects.get(application=application)


def test_substantive_amendment__opens_nothing_early_and_a_refusal_changes_nothing(case: Case, project: Project) -> None:
    Dataset.objects.get_or_create(slug="cancer", defaults={"name": "Cancer"})
    amendment = services.start_amendment(actor=case.lead, project=project)
    reviews.fill(case, amendment, datasets={"datasets": ["rare-disease", "cancer"]})
    sent = services.submit_application(actor=case.lead, application=fresh(amendment))
    taken = reviews.in_triage(case, sent)
    with pytest.raises(TransitionRefused, match="so the committee decides"):
        services.accept_minor(actor=case.secretary, application=taken)
    assert [each.slug for each in granted_datasets(project)] == ["rare-disease"]
    for check, _ in reviews.TRIAGE_CHECKS:
        services.record_check(actor=case.secretary, application=taken, check=check, is_passed=True)
    for person in case.bench:
        services.assign_reviewer(actor=case.secretary, application=taken, person=person)
    given = services.begin_review(actor=case.secretary, application=taken)
    for person in case.bench:
        reviews.declare(person, given)
        vote(person, given)
    assert [each.slug for each in granted_datasets(project)] == ["rare-disease"]
    decide(case, given)
    assert [each.slug for each in granted_datasets(project)] == ["cancer", "rare-disease"]


def test_minor_amendment__is_the_secretariats_and_changes_words_only(case: Case, project: Project) -> None:
    amendment = services.start_amendment(actor=case.lead, project=project)
    reviews.fill(case, amendment, summary={"title": "A clearer title"})
    taken = reviews.in_triage(case, services.submit_application(actor=case.lead, application=fresh(amendment)))
    services.accept_minor(actor=case.secretary, application=taken)
    project.refresh_from_db()
    assert project.title == "A clearer title"


def test_suspended_project__is_shut_at_once_and_resumes(case: Case, project: Project) -> None:
    services.suspend_project(actor=case.secretary, project=project, reason="Late report.")
    project.refresh_from_db()
    assert not is_member(case.lead, project)
    with pytest.raises(TransitionRefused):
        services.start_amendment(actor=case.lead, project=project)
    services.resume_project(actor=case.chair, project=project, reason="The report is here.")
    project.refresh_from_db()
    assert project.status == "active"


def test_closed_project__grants_nothing(case: Case, project: Project) -> None:
    services.close_project(actor=case.lead, project=project, reason="Published.")
    assert list(granted_datasets(project)) == []


def test_successor__is_a_member_and_the_former_lead_stays_a_member(case: Case, project: Project) -> None:
    with pytest.raises(InvalidInput, match="Only a member"):
        services.name_lead(actor=case.secretary, project=project, person=case.first, reason="Left.")
    successor = make_person("Sue Successor", role=Role.RESEARCHER)
    services.add_member(actor=case.lead, project=project, person=successor)
    services.name_lead(actor=case.secretary, project=project, person=successor, reason="Left.")
    project.refresh_from_db()
    assert project.lead == successor


def test_project__is_opened_by_an_approved_application_alone(case: Case) -> None:
    with pytest.raises(TransitionRefused):
        open_approved(actor=case.secretary, application=reviews.submitted(case))
