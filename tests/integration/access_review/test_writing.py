"""How an application is written and sent: cases 2, 10 and 11."""

from __future__ import annotations

from datetime import timedelta

import pytest

from access_review import services
from portal.kernel import clock
from portal.kernel.refusals import InvalidInput, TransitionRefused
from tests.factories import reviews
from tests.factories.reviews import Case, decide, fresh, seat

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return Case()


def test_edit_after_submission__is_refused_and_the_version_holds_what_was_sent(case: Case) -> None:
    application = reviews.submitted(case)
    with pytest.raises(TransitionRefused, match="stays as it is"):
        services.save_section(
            actor=case.lead, application=application, section="summary", values={"title": "X"}, revision=1
        )
    with pytest.raises(TransitionRefused):
        services.submit_application(actor=case.lead, application=application)
    content = application.versions.get().content
    assert content["answers"]["summary"]["title"] == reviews.ANSWERS["summary"]["title"]


def test_submission_of_a_decided_application__is_refused(case: Case) -> None:
    application = reviews.voted(case)
    decide(case, application)
    with pytest.raises(TransitionRefused):
        services.submit_application(actor=case.lead, application=fresh(application))


def test_two_editors_of_one_section__the_second_is_told_and_nothing_is_lost(case: Case) -> None:
    application = reviews.draft(case)
    revision = application.answers.get(section="funding").revision
    services.save_section(
        actor=case.lead, application=application, section="funding", values={"funders": "A"}, revision=revision
    )
    with pytest.raises(services.Overtaken, match="Lea Lead saved this section"):
        services.save_section(
            actor=case.lead, application=application, section="funding", values={"funders": "B"}, revision=revision
        )
    assert application.answers.get(section="funding").values == {"funders": "A"}


def test_incomplete_application__says_everything_that_is_missing(case: Case) -> None:
    application = services.start_application(actor=case.lead)
    with pytest.raises(InvalidInput) as refused:
        services.submit_application(actor=case.lead, application=application)
    assert len(refused.value.sentence.split("\n")) >= 10


def test_invitation__is_for_its_address_once_and_in_time(case: Case) -> None:
    application, guest = reviews.draft(case), seat("Gil Guest")
    place = services.invite_to_team(actor=case.lead, application=application, email=guest.email)
    with pytest.raises(TransitionRefused, match="another address"):
        services.accept_place(actor=case.first, place=place)
    place.expires_at = clock.now() - timedelta(minutes=1)
    place.save()
    with pytest.raises(TransitionRefused, match="no longer valid"):
        services.accept_place(actor=guest, place=place)
    again = services.invite_to_team(actor=case.lead, application=application, email=guest.email)
    services.accept_place(actor=guest, place=again)
    with pytest.raises(TransitionRefused, match="already"):
        services.accept_place(actor=guest, place=again)
