"""Rules of datasets come in versions: stricter by a manager, milder by the committee's chair, each with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from airlock.checks import CODES, Consequence
from airlock.forms import RulebookForm
from airlock.models import Rulebook
from airlock.rulebooks import policy_of, policy_of_dataset
from ngrl.models import Dataset
from portal.kernel.models import AuditEvent
from tests.factories.exports import Desk
from tests.factories.reviews import seat

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset(desk: Desk) -> Dataset:
    return desk.project.dataset_grants.get_queryset()[0].dataset


def sent(person: User, dataset: Dataset, **changed: Any) -> Any:
    """The form as it is shown, with some fields changed."""
    newest = Rulebook.objects.filter(dataset=dataset).order_by("-version").first()
    shown = RulebookForm(policy_of_dataset(dataset, newest)).initial
    client = Client()
    client.force_login(person)
    body = {**shown, "reason": "Rare diseases.", **changed}
    return client.post(reverse("airlock:rules-publish", args=[dataset.slug]), body)


def test_stricter_rules__are_published_by_a_manager_and_hold_at_once(desk: Desk, dataset: Dataset) -> None:
    assert sent(desk.manager, dataset, threshold=10, code_small_count="block").status_code == 302
    policy = policy_of(desk.project)
    assert (policy.threshold, policy.consequence("small_count")) == (10, Consequence.BLOCK)
    book = Rulebook.objects.get(dataset=dataset)
    assert (book.version, book.reason, book.made_by) == (1, "Rare diseases.", desk.manager)
    assert AuditEvent.objects.get(event="airlock.rulebook.published").detail == {"version": 1}
    page = Client()
    page.force_login(desk.first)
    assert "Counts below 10 are small." in page.get(reverse("airlock:rules")).content.decode()


def test_milder_rules__are_for_the_chair(desk: Desk, dataset: Dataset) -> None:
    assert sent(desk.manager, dataset, code_small_count="inform").status_code == 403
    assert not Rulebook.objects.exists()
    chair = seat("Cho Chair", Role.ARC_CHAIR)
    assert sent(chair, dataset, code_small_count="inform").status_code == 302
    assert policy_of_dataset(dataset, Rulebook.objects.get()).consequence("small_count") is Consequence.INFORM


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"threshold": "2"}, "Enter 3 or more"),
        ({"reason": ""}, "Why are the rules changed?"),
        ({}, "Nothing differs from the version that holds now."),
        ({"code_malware": "inform"}, "it always blocks"),
    ],
)
def test_rules_that_make_no_sense__come_back_with_a_sentence(
    desk: Desk, dataset: Dataset, changed: dict[str, str], sentence: str
) -> None:
    if not changed:
        sent(desk.manager, dataset, threshold=9)
    answer = sent(desk.manager, dataset, **changed)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert Rulebook.objects.count() == (not changed)


def test_checkers_and_researchers__publish_nothing(desk: Desk, dataset: Dataset) -> None:
    for person in (desk.first, desk.author, desk.member):
        assert sent(person, dataset, threshold=50).status_code == 403
    assert not Rulebook.objects.exists()


def test_form__asks_about_every_kind_of_finding(dataset: Dataset) -> None:
    form = RulebookForm(policy_of_dataset(dataset, None))
    assert {name.removeprefix("code_") for name in form.fields if name.startswith("code_")} == set(CODES)
