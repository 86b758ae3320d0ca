"""What others think is hidden until one's own view is recorded: pages, history, refusals, mail. Case 8."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from access_review import services
from access_review.committee import bench_of
from access_review.models import Application
from access_review.selectors import timeline_of, votes_shown
from accounts.models import User
from portal.kernel import outbox
from portal.kernel.refusals import TransitionRefused
from tests.factories import reviews
from tests.factories.reviews import Case, decide, fresh, vote

pytestmark = pytest.mark.django_db
WORDS = "I doubt the power of the design."


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.fixture
def application(case: Case) -> Application:
    """Two of four have voted: the representative and a member."""
    given = reviews.in_review(case)
    vote(case.representative, given, "decline", WORDS)
    vote(case.first, given, "approve", "Fine with me.")
    return fresh(given)


def page_for(person: User, name: str, application: Application) -> str:
    browser = Client()
    browser.force_login(person)
    return browser.get(reverse(f"access_review:{name}", args=[application.reference])).content.decode()


def history(person: User, application: Application) -> list[tuple[str, str]]:
    return [(entry.who, entry.sentence) for entry in timeline_of(application, person)]


def test_history__of_who_has_not_voted_tells_nothing_of_votes(case: Case, application: Application) -> None:
    for person in (case.second, case.chair, case.secretary, case.deputy):
        assert "recorded a view" not in [sentence for _, sentence in history(person, application)]
    assert (case.representative.display_name, "recorded a view") in history(case.first, application)


def test_history__of_who_took_their_view_back_tells_of_that_alone(case: Case, application: Application) -> None:
    vote(case.second, application)
    services.withdraw_vote(actor=case.second, application=application)
    told = [
        who for who, sentence in history(case.second, application) if sentence in ("recorded a view", "withdrew a view")
    ]
    assert told == [case.second.display_name] * 2


def test_pages__of_who_has_not_voted_show_neither_votes_nor_counts(case: Case, application: Application) -> None:
    for person in (case.second, case.chair, case.secretary):
        shown = page_for(person, "case", application)
        whose = "the decision" if person == case.secretary else "your own view is recorded"
        assert f"Hidden until {whose}." in shown
        assert WORDS not in shown
        assert "recorded a view" not in shown
    assert WORDS in page_for(case.first, "case", application)


def test_decide_page__gives_the_chair_no_count_before_their_own_view(case: Case, application: Application) -> None:
    shown = page_for(case.chair, "case-decide", application)
    assert "Hidden until your own view is recorded" in shown
    assert "In favour" not in shown
    vote(case.chair, application)
    assert "In favour" in page_for(case.chair, "case-decide", application)


@pytest.mark.parametrize("outcome", ["approve", "defer", "decline"])
def test_refusal_to_decide__tells_who_has_not_voted_neither_quorum_nor_majority(
    case: Case, application: Application, outcome: str
) -> None:
    with pytest.raises(TransitionRefused) as refused:
        decide(case, application, outcome)
    assert refused.value.sentence == "Record your own view first; those of the others are hidden until then."


def test_queue__looks_the_same_whoever_else_has_voted(case: Case) -> None:
    given = reviews.in_review(case)
    browser = Client()
    browser.force_login(case.second)
    before = browser.get(reverse("access_review:queue")).content.decode().split("<main")[1]
    vote(case.first, given)
    assert browser.get(reverse("access_review:queue")).content.decode().split("<main")[1] == before


def test_a_vote__sends_no_mail_to_anybody(case: Case) -> None:
    given = reviews.in_review(case)
    while outbox.deliver()[0]:
        pass
    mail.outbox.clear()
    vote(case.first, given, "decline", WORDS)
    services.withdraw_vote(actor=case.first, application=given)
    while outbox.deliver()[0]:
        pass
    assert mail.outbox == []


def test_after_the_decision__whoever_may_read_the_case_sees_the_votes_and_the_team_never(case: Case) -> None:
    application = reviews.voted(case)
    assert votes_shown(case.secretary, application, bench_of(application)) is None
    decide(case, application)
    done = fresh(application)
    for person in (case.secretary, case.deputy, case.first):
        assert len(votes_shown(person, done, bench_of(done)) or ()) == 4
    assert votes_shown(case.lead, done, bench_of(done)) is None
    assert "recorded a view" not in [sentence for _, sentence in history(case.lead, done)]


def test_vote_on_an_older_version__is_history_that_its_member_cannot_change(case: Case) -> None:
    application = reviews.voted(case)
    back = services.return_application(actor=case.secretary, application=application, questions=["How many?"])
    question = back.versions.get().questions.get()
    services.answer_questions(actor=case.lead, application=back, answers={question.pk: "Forty."})
    given = reviews.in_review(case, services.submit_application(actor=case.lead, application=fresh(back)))
    with pytest.raises(TransitionRefused, match="no view on record"):
        services.withdraw_vote(actor=case.first, application=given)
    assert given.versions.get(number=1).votes.filter(ended_at=None).count() == 4
