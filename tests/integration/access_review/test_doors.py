"""Every door to an application: who is not meant to know of it learns nothing; the public learns what was approved."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from access_review import services
from access_review.models import Application, Project
from access_review.selectors import granted_datasets
from access_review.urls import urlpatterns
from accounts.models import User
from accounts.roles import Role
from ngrl.models import Dataset
from tests.factories import reviews
from tests.factories.accounts import make_person
from tests.factories.reviews import Case, decide, fresh
from tests.review_acts import COLUMNS, STANDINGS, company

pytestmark = pytest.mark.django_db
# Projects that were opened are public, by their reference too.
PUBLIC = {"project-public", "project-bioschemas", "project-standing", "project-successor"}


@pytest.fixture
def case() -> Case:
    return Case()


def browser_of(person: User | None) -> Client:
    browser = Client()
    if isinstance(person, User):
        browser.force_login(person)
    return browser


def doors() -> Iterator[URLPattern]:
    """Each address that has an application's or project's reference in it."""
    for pattern in urlpatterns:
        if "reference" in pattern.pattern.converters and pattern.name not in PUBLIC:
            yield pattern


def address(pattern: URLPattern, reference: str) -> str:
    values = {"number": 1, "slug": "summary", "action": "suspend"}
    wanted = {name: values.get(name, reference) for name in pattern.pattern.converters}
    return reverse(f"access_review:{pattern.name}", kwargs=wanted)


def told(browser: Client, method: str, pattern: URLPattern, reference: str) -> tuple[int, str]:
    """Status and page, without the reference and what differs at each reading."""
    answer = getattr(browser, method)(address(pattern, reference))
    page = b"".join(answer.streaming_content) if answer.streaming else answer.content
    words = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page.decode(errors="replace"))
    return answer.status_code, words.replace(reference, "")


@pytest.mark.parametrize("name", ["stranger", "member without a seat", "auditor of nothing sent"])
def test_application_of_others__is_the_same_404_as_one_that_is_not_there(case: Case, name: str) -> None:
    """Case 1: status and body tell nothing. The attempt is a line in the log (test_denied.py)."""
    person = {
        "stranger": lambda: make_person(role=Role.RESEARCHER),
        "member without a seat": lambda: reviews.seat("Una Unassigned"),
        "auditor of nothing sent": lambda: make_person(role=Role.AUDITOR),
    }[name]()
    application = reviews.draft(case) if name.startswith("auditor") else reviews.in_review(case)
    browser, tried = browser_of(person), 0
    for pattern in doors():
        for method in ("get", "head", "post", "options"):
            there = told(browser, method, pattern, application.reference)
            assert there == told(browser, method, pattern, "ARC-1999-0001"), (method, pattern.name)
            assert there[0] in (404, 405), (method, pattern.name)
            tried += 1
    assert tried > 100


@pytest.mark.parametrize("state", ["draft", "submitted", "in_review", "returned", "declined", "withdrawn"])
def test_lists_and_details__agree_for_everybody_in_every_state(state: str) -> None:
    """Case 48: what is listed opens, and what opens is listed."""
    of = company()
    application = STANDINGS[state](of)
    for name in COLUMNS[1:]:
        person = of.people[name]
        browser = browser_of(person)
        seen = Application.objects.visible_to(person).filter(pk=application.pk).exists()
        detail = browser.get(reverse("access_review:application-detail", args=[application.reference])).status_code
        assert (detail != 404) == seen, name
        reviewed = Application.objects.reviewable_by(person).filter(pk=application.pk).exists()
        under_review = browser.get(reverse("access_review:case", args=[application.reference])).status_code
        assert (under_review == 200) == reviewed, name
        assert _is_listed(browser, application) == seen, name


def _is_listed(browser: Client, application: Application) -> bool:
    """On one's own list, or on one of the shelves of the queue."""
    addresses = [reverse("access_review:application-list")]
    addresses += [f"{reverse('access_review:queue')}?show={shelf}" for shelf in ("committee", "applicants", "decided")]
    return any(application.reference in browser.get(each).content.decode() for each in addresses)


def test_person_whose_account_is_closed__sees_and_lists_nothing(case: Case) -> None:
    application = reviews.submitted(case)
    for person in (case.lead, case.secretary, case.chair):
        User.objects.filter(pk=person.pk).update(is_active=False)
        gone = User.objects.get(pk=person.pk)
        assert not Application.objects.visible_to(gone).filter(pk=application.pk).exists()


def test_register__tells_nothing_that_was_not_approved_and_no_name(case: Case) -> None:
    """Case 52: pages and files for everybody have the published fields of the decided version, and nothing else."""
    secret, commercial = "Heronwood", "Kingfisher"
    for number, value in enumerate(("draft", "submitted", "declined")):
        words = {"summary": {"title": f"{secret} {value}", "lay_summary": f"{secret}."}}
        if value == "declined":
            application = reviews.voted(case, "decline", reviews.submitted(case, **words))
            decide(case, application, "decline")
        else:
            (reviews.draft if number == 0 else reviews.submitted)(case, **words)
    open_words = {"commercial": {"is_commercial": "yes", "interest": f"{commercial} Ltd."}}
    approved = reviews.voted(case, application=reviews.submitted(case, **open_words))
    decide(case, approved, reason=f"{commercial} is fine.")
    project = Project.objects.get(application=approved)
    names = [case.lead.display_name, *(person.display_name for person in case.bench), case.lead.email]
    addresses = [reverse(f"access_review:{name}") for name in PUBLIC_LISTS]
    addresses += [
        reverse(f"access_review:{name}", args=[project.reference]) for name in ("project-public", "project-bioschemas")
    ]
    for address in addresses:
        page = Client().get(address).content.decode()
        found = [word for word in (secret, commercial, "ARC-", *names) if word in page]
        assert found == [], address
    assert project.title in Client().get(reverse("access_review:register")).content.decode()


PUBLIC_LISTS = ("register", "register-csv", "register-json", "register-rss", "figures", "publication-list")


def test_declined_change__leaves_what_was_approved_as_it_was(case: Case) -> None:
    """Case 19, its second half."""
    approved = reviews.voted(case)
    decide(case, approved)
    project = Project.objects.get(application=approved)
    Dataset.objects.get_or_create(slug="cancer", defaults={"name": "Cancer"})
    amendment = services.start_amendment(actor=case.lead, project=project)
    reviews.fill(case, amendment, datasets={"datasets": ["rare-disease", "cancer"]}, summary={"title": "Everything"})
    sent = services.submit_application(actor=case.lead, application=fresh(amendment))
    decide(case, reviews.voted(case, "decline", sent), "decline")
    before = (project.title, project.ends_at, project.status)
    project.refresh_from_db()
    assert (project.title, project.ends_at, project.status) == before
    assert [each.slug for each in granted_datasets(project)] == ["rare-disease"]
