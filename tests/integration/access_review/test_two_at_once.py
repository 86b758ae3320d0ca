"""Two people at one application in the same moment, on two real connections: one decision, one letter, counted anew."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from access_review import services
from access_review.models import Decision, Project, VoteCast
from portal.kernel.refusals import TransitionRefused
from tests.factories import reviews
from tests.factories.reviews import Case, decide, fresh

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("world")]


def at_once(*deeds: Callable[[], Any]) -> list[Exception | None]:
    """Do all of it together; what each raised, or None."""
    barrier, outcomes = threading.Barrier(len(deeds)), dict[int, Exception | None]()

    def run(number: int, deed: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            deed()
            outcomes[number] = None
        except Exception as error:
            outcomes[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return [outcomes[number] for number in range(len(deeds))]


def test_what_races_about_one_application__happens_once() -> None:
    case = Case()
    chair_too = reviews.seat("Chas Chair", reviews.Role.ARC_CHAIR)
    for outcomes in (("approve", "approve"), ("approve", "defer")):
        application = reviews.voted(case)
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
