"""What goes wrong on the pages of an application gets a sentence beside its field, and what was typed survives."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from access_review import services
from access_review.models import Application, SectionAnswer, TeamPlace
from access_review.sections import LAY_SUMMARY_WORDS
from accounts.models import User
from portal.kernel import clock
from tests.factories import reviews
from tests.factories.accounts import make_person
from tests.factories.reviews import Case

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return Case()


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def address_of(application: Application, slug: str = "summary") -> str:
    return reverse("access_review:section", args=[application.reference, slug])


def held(application: Application, slug: str = "summary") -> SectionAnswer:
    return SectionAnswer.objects.get(application=application, section=slug)


def test_lay_summary_over_the_limit__is_said_beside_it_and_kept(case: Case) -> None:
    application = reviews.draft(case)
    long = "word " * LAY_SUMMARY_WORDS + "lastword"
    sent = {"title": "A title", "lay_summary": long, "revision": held(application).revision}
    answer = browser_of(case.lead).post(address_of(application), sent)
    page = answer.content.decode()
    assert "govuk-error-message" in page
    assert f"to {LAY_SUMMARY_WORDS} words or fewer: it has {LAY_SUMMARY_WORDS + 1}" in page
    assert "lastword" in page
    assert held(application).values["lay_summary"] == long
    with pytest.raises(services_refusal(), match="words or fewer"):
        services.submit_application(actor=case.lead, application=application)


def services_refusal() -> Any:
    from portal.kernel.refusals import InvalidInput

    return InvalidInput


def test_page_pressed_again_after_the_limit__is_no_conflict_with_oneself(case: Case) -> None:
    application = reviews.draft(case)
    browser, long = browser_of(case.lead), "word " * (LAY_SUMMARY_WORDS + 1)
    sent = {"title": "A title", "lay_summary": long, "revision": held(application).revision}
    page = browser.post(address_of(application), sent).content.decode()
    assert f'name="revision" value="{held(application).revision}"' in page
    short = {"title": "A title", "lay_summary": "Short.", "revision": held(application).revision}
    assert browser.post(address_of(application), short).status_code == 302
    assert held(application).values["lay_summary"] == "Short."


def test_two_who_edit_at_once__the_second_sees_both_texts_and_loses_nothing(case: Case) -> None:
    application, colleague = reviews.draft(case), make_person("Col League")
    place = services.invite_to_team(actor=case.lead, application=application, email=colleague.email)
    services.accept_place(actor=colleague, place=place)
    revision = held(application).revision
    first = {"title": "The colleague's title", "lay_summary": "Theirs.", "revision": revision}
    second = {"title": "The lead's title", "lay_summary": "Mine.", "revision": revision}
    assert browser_of(colleague).post(address_of(application), first).status_code == 302
    answer = browser_of(case.lead).post(address_of(application), second)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Col League saved this section while you were writing" in page
    assert "The colleague&#x27;s title" in page
    assert "The lead&#x27;s title" in page
    assert held(application).values["title"] == "The colleague's title"
    again = browser_of(case.lead).post(address_of(application), {**second, "revision": held(application).revision})
    assert again.status_code == 302
    assert held(application).values["title"] == "The lead's title"


def test_conflict_about_datasets__names_them_as_the_form_does(case: Case) -> None:
    application = reviews.draft(case)
    stale = {"datasets": [], "why": "Other words.", "revision": 0}
    page = browser_of(case.lead).post(address_of(application, "datasets"), stale).content.decode()
    assert "Rare disease" in page
    assert "[&#x27;" not in page


def test_invitation_that_has_expired__says_what_to_do(case: Case) -> None:
    application, guest = reviews.draft(case), make_person("Gil Guest")
    token = invited(case, application, guest.email)
    TeamPlace.objects.update(expires_at=clock.now() - timedelta(minutes=1))
    answer = browser_of(guest).post(reverse("access_review:invitation", args=[token]))
    assert answer.status_code == 409
    assert "This invitation is no longer valid. Ask the lead to send a new one." in answer.content.decode()
    assert TeamPlace.objects.get().accepted_at is None


def test_invitation_to_another_address__is_refused_in_words(case: Case) -> None:
    application = reviews.draft(case)
    token = invited(case, application, "somebody@tests.example")
    answer = browser_of(make_person()).post(reverse("access_review:invitation", args=[token]))
    assert answer.status_code == 409
    assert "sent to another address" in answer.content.decode()


def invited(case: Case, application: Application, email: str) -> str:
    """Press "Invite", and read the token in the mail."""
    from portal.kernel.models import OutboxMessage

    browser_of(case.lead).post(reverse("access_review:team", args=[application.reference]), {"email": email})
    text = OutboxMessage.objects.filter(recipient=email).latest("pk").body_text
    return str(text.rsplit("/invitations/", 1)[1].strip().strip("/"))


def test_unanswered_question__keeps_the_answers_that_were_typed(case: Case) -> None:
    back = services.return_application(
        actor=case.secretary, application=reviews.in_triage(case), questions=["How many?", "Until when?"]
    )
    first, second = back.versions.get().questions.order_by("pk")
    address = reverse("access_review:application-respond", args=[back.reference])
    answer = browser_of(case.lead).post(address, {f"q{first.pk}": "Forty.", f"q{second.pk}": "", "send": "1"})
    page = answer.content.decode()
    assert "govuk-error-summary" in page
    assert "answer each of them" in page
    assert "Forty." in page
    first.refresh_from_db()
    assert first.answer == "Forty."


def test_vote_without_reasons__keeps_the_view_that_was_chosen(case: Case) -> None:
    application = reviews.in_review(case)
    address = reverse("access_review:case-vote", args=[application.reference])
    page = browser_of(case.first).post(address, {"value": "decline", "reason": " ", "version": 1}).content.decode()
    assert "govuk-error-message" in page
    assert "Give your reasons" in page
    assert re.search(r'<input[^>]*value="decline"[^>]*checked', page)


def test_vote_on_a_page_that_is_out_of_date__keeps_the_words(case: Case) -> None:
    application = reviews.in_review(case)
    address = reverse("access_review:case-vote", args=[application.reference])
    answer = browser_of(case.first).post(address, {"value": "defer", "reason": "My words.", "version": 9})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "A newer version of this application is here" in page
    assert "My words." in page


def test_decision_with_conditions_but_no_day__is_asked_for_it_and_keeps_all(case: Case) -> None:
    application = reviews.voted(case)
    address = reverse("access_review:case-decide", args=[application.reference])
    sent = {"outcome": "conditions", "reason": "Good work.", "conditions": "Show the letter.", "version": 1}
    page = browser_of(case.chair).post(address, sent).content.decode()
    assert "Enter the day by which the conditions are met." in page
    assert "Good work." in page
    assert "Show the letter." in page


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("case-decide", {"outcome": "burn", "reason": "x", "version": "1"}, 200),
        ("case-decide", {"outcome": "approve", "reason": "", "version": "1"}, 200),
        ("case-decide", {"outcome": "approve", "reason": "x", "version": "x"}, 200),
        ("case-turn-away", {"reason": "x", "version": "1"}, 409),
        ("case-open", {}, 403),
        ("case-claim", {}, 403),
        ("case-hearing", {"is_upheld": "yes", "reason": "x"}, 409),
        ("case-begin", {"accept_final": "1", "approve": "1", "status": "approved"}, 403),
    ],
)
def test_act_that_the_page_does_not_offer__is_refused_and_nothing_is_written(
    case: Case, name: str, body: dict[str, str], status: int
) -> None:
    """Case 17: a button's name is nothing; the state, the actor and a whole form are everything."""
    from access_review.models import Decision
    from portal.kernel.models import AuditEvent

    application = reviews.voted(case)
    events = AuditEvent.objects.count()
    answer = browser_of(case.chair).post(reverse(f"access_review:{name}", args=[application.reference]), body)
    assert answer.status_code == status
    assert reviews.fresh(application).status == "in_review"
    assert not Decision.objects.exists()
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize("item", ["", "0", "x", "999999999999999999999"])
def test_minutes_for_no_item__are_not_found(case: Case, item: str) -> None:
    application = reviews.in_review(case)
    held_on = services.put_on_agenda(actor=case.secretary, application=application, held_on=clock.today()).meeting
    address = reverse("access_review:meeting-detail", args=[held_on.reference])
    assert browser_of(case.secretary).post(address, {"item": item, "minutes": "x"}).status_code == 404
