"""Two people at one application in the same moment, on two real connections: one decision, one letter, counted anew."""

from __future__ import annotations

import pytest

from access_review import services
from access_review.models import Decision, Project, VoteCast
from portal.kernel.refusals import TransitionRefused
from tests.factories import reviews
from tests.factories.reviews import Case, decide, fresh
from tests.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("world")]


def test_what_races_about_one_application__happens_once() -> None:
    case = Case()
    chair_too = reviews.seat("Chas Chair", reviews.Role.ARC_CHAIR)
    for outcomes in (("approve", "approve"), ("approve", "defer")):
        application = reviews.voted(case)
        services.assign_reviewer(actor=case.secretary, application=application, person=chair_too)
        reviews.declare(chair_too, application)
        reviews.vote(chair_too, application)
        item = services.put_on_agenda(actor=case.secretary, application=application, held_on=reviews.clock.today())
        services.minute_item(actor=case.secretary, item=item, minutes="Discussed.")
        raised = at_once(
            lambda a=application, o=outcomes: decide(case, a, o[0]),  # type: ignore[misc]
            lambda a=application, o=outcomes: decide(case, a, o[1], actor=chair_too),  # type: ignore[misc]
        )
        assert sorted(type(each).__name__ for each in raised) == ["NoneType", "TransitionRefused"]
        assert Decision.objects.filter(version__application=application).exclude(letter_path="").count() == 1

    application = reviews.voted(case)
    raised = at_once(
        lambda: decide(case, application),
        lambda: services.withdraw_vote(actor=case.second, application=application),
    )
    decided = Decision.objects.filter(version__application=application).exists()
    # Whoever came first won: a decision on four votes, or no decision on three; never a decision on three.
    assert [isinstance(each, TransitionRefused) for each in raised] == ([False, True] if decided else [True, False])
    assert VoteCast.objects.filter(version__application=application, ended_at=None).count() == (4 if decided else 3)
    assert Project.objects.filter(application=application).exists() == decided

    pressed = reviews.draft(case)
    raised = at_once(*[lambda: services.submit_application(actor=case.lead, application=pressed)] * 2)
    assert sorted(type(each).__name__ for each in raised) == ["NoneType", "TransitionRefused"]
    assert fresh(pressed).versions.count() == 1
