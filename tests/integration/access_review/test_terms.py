"""What a dataset may be used for: two data managers, and the database as the last judge."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from access_review import services
from access_review.models import DataUse
from accounts.models import User
from accounts.roles import Role
from ngrl.models import Dataset
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from tests.factories.accounts import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset() -> Dataset:
    return Dataset.objects.get_or_create(slug="rare-disease", defaults={"name": "Rare disease"})[0]


@pytest.fixture
def first() -> User:
    return make_person("Dan Manager", role=Role.DATA_MANAGER)


@pytest.fixture
def second() -> User:
    return make_person("Dora Manager", role=Role.DATA_MANAGER)


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def proposed(by: User, dataset: Dataset, permission: str = "0000006") -> DataUse:
    return services.propose_data_use(
        actor=by, dataset=dataset, permission=permission, modifiers=["0000018"], reason="Consent form 3, page 2."
    )


def in_force(dataset: Dataset) -> list[str]:
    return list(DataUse.objects.in_force().filter(dataset=dataset).values_list("permission", flat=True))


def test_terms__hold_once_a_second_data_manager_approves_them(dataset: Dataset, first: User, second: User) -> None:
    before = in_force(dataset)
    terms = proposed(first, dataset, "0000042")
    assert in_force(dataset) == before
    with pytest.raises(PermissionRefused, match="second data manager"):
        services.approve_data_use(actor=first, terms=terms)
    services.approve_data_use(actor=second, terms=terms)
    assert in_force(dataset) == ["0000042"]
    with pytest.raises(TransitionRefused):
        services.approve_data_use(actor=second, terms=terms)


def test_newer_proposal__takes_the_place_of_one_that_waits(dataset: Dataset, first: User, second: User) -> None:
    old = proposed(first, dataset, "0000042")
    new = proposed(second, dataset, "0000004")
    with pytest.raises(TransitionRefused):
        services.approve_data_use(actor=second, terms=old)
    services.approve_data_use(actor=first, terms=new)
    assert in_force(dataset) == ["0000004"]


def test_wrong_terms__are_refused_beside_their_field_and_nothing_is_kept(dataset: Dataset, first: User) -> None:
    count = DataUse.objects.count()
    with pytest.raises(InvalidInput) as refused:
        services.propose_data_use(actor=first, dataset=dataset, permission="0000007", reason="Form.")
    assert refused.value.field == "diseases"
    with pytest.raises(InvalidInput):
        services.propose_data_use(actor=first, dataset=dataset, permission="0000006", reason=" ")
    assert DataUse.objects.count() == count


def test_database__keeps_terms_as_they_were_written(dataset: Dataset, first: User) -> None:
    terms = proposed(first, dataset)
    with pytest.raises(DatabaseError), transaction.atomic():
        DataUse.objects.filter(pk=terms.pk).update(permission="0000004")
    with pytest.raises(IntegrityError), transaction.atomic():
        DataUse.objects.filter(pk=terms.pk).update(approved_by=first, approved_at=terms.proposed_at)


def test_pages__lead_two_people_through_it_and_show_the_words_of_the_ontology(
    dataset: Dataset, first: User, second: User
) -> None:
    url = reverse("access_review:terms-propose", args=[dataset.slug])
    wrong = browser_of(first).post(url, {"permission": "0000007", "diseases": "asthma", "reason": "Form 3."})
    assert "asthma is no MONDO id" in wrong.content.decode()
    sent = {"permission": "0000007", "diseases": "MONDO:0009061", "modifiers": ["0000025"], "reason": "Form 3."}
    assert browser_of(first).post(url, sent).status_code == 302
    terms = DataUse.objects.waiting().get(dataset=dataset)
    approve = reverse("access_review:terms-approve", args=[terms.pk])
    assert browser_of(first).get(approve).status_code == 403
    assert "For a limited time (TS)" in browser_of(second).get(approve).content.decode()
    assert browser_of(second).post(approve).status_code == 302
    page = browser_of(second).get(reverse("access_review:terms-list")).content.decode()
    assert "Research on certain diseases (DS)" in page
    assert "approved by Dora Manager" in page


def test_others__write_no_terms_and_strangers_do_not_see_them(dataset: Dataset) -> None:
    list_url = reverse("access_review:terms-list")
    propose = reverse("access_review:terms-propose", args=[dataset.slug])
    for role, sees in ((Role.ARC_SECRETARIAT, 200), (Role.AUDITOR, 200), (Role.RESEARCHER, 403)):
        browser = browser_of(make_person(role=role))
        assert browser.get(list_url).status_code == sees
        assert browser.post(propose, {"permission": "0000042", "reason": "x"}).status_code == 403
