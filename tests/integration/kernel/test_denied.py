"""Who is refused a thing, or guesses at one, leaves a line in the log; the line tells nothing that is private."""

from __future__ import annotations

import logging

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from tests.factories import reviews
from tests.factories.accounts import make_person, make_token
from tests.factories.reviews import Case

pytestmark = pytest.mark.django_db


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "lectern.access"]


@pytest.fixture
def stranger() -> User:
    return make_person("Stella Stranger", role=Role.RESEARCHER)


@pytest.fixture
def browser(stranger: User, caplog: pytest.LogCaptureFixture) -> Client:
    caplog.set_level(logging.INFO, logger="lectern.access")
    browser = Client()
    browser.force_login(stranger)
    return browser


def test_a_guess__is_the_same_line_whether_or_not_there_is_such_a_thing(
    browser: Client, stranger: User, caplog: pytest.LogCaptureFixture
) -> None:
    """Case 1: access_denied."""
    application = reviews.submitted(Case())
    for reference in (application.reference, "ARC-1999-0001"):
        assert browser.get(reverse("access_review:application-detail", args=[reference])).status_code == 404
    assert lines(caplog) == [
        f"access_denied 404 person={stranger.pk} access_review:application-detail {reference}"
        for reference in (application.reference, "ARC-1999-0001")
    ]


@pytest.mark.parametrize("typed", ["ARC-1\naccess_denied 403 person=1", "HG00096", "p.Phe508del"])
def test_a_line__carries_no_name_no_address_and_nothing_that_was_typed(
    browser: Client, stranger: User, caplog: pytest.LogCaptureFixture, typed: str
) -> None:
    browser.get(reverse("access_review:application-detail", args=[typed]))
    assert lines(caplog) == [f"access_denied 404 person={stranger.pk} access_review:application-detail -"]


def test_a_program__is_named_by_its_person(stranger: User, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="lectern.access")
    application = reviews.submitted(Case())
    headers = {"Authorization": f"Bearer {make_token(stranger)[1]}"}
    address = reverse("api-v1:application-detail", args=[application.reference])
    assert Client().get(address, headers=headers).status_code == 404
    assert [line.split()[:3] for line in lines(caplog)] == [["access_denied", "404", f"person={stranger.pk}"]]


def test_nobody_signed_in_and_pages_without_a_thing__leave_no_line(
    browser: Client, caplog: pytest.LogCaptureFixture
) -> None:
    Client().get(reverse("access_review:application-detail", args=["ARC-1999-0001"]))
    browser.get("/there/is/no/such/page/")
    assert browser.get(reverse("access_review:queue")).status_code == 403
    assert lines(caplog) == []
