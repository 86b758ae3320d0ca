"""Two people at one request in the same moment, on two real connections: one outcome, and no half state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from airlock import services
from airlock.manifests import manifest_of_import
from airlock.models import CheckRun, ExportRequest, ImportRequest, ReleaseFile, Review
from airlock.services.locks import EXPORTS
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import TransitionRefused
from tests.factories import exports, imports
from tests.factories.exports import Desk, fresh
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
S = ExportRequest.Status


def _moves(request: ExportRequest | ImportRequest, after: str) -> int:
    return AuditEvent.objects.filter(subject_ref=request.reference, after=after).count()


def _press(person: User, request: ExportRequest, action: str) -> Callable[[], int]:
    """A button on the page of a request, in a browser of this person's."""
    client = Client()
    client.force_login(person)
    address = reverse("airlock:case-act", args=[request.reference, action])
    body = {"turn": request.turn, "manifest": request.manifest_sha256}
    return lambda: client.post(address, body).status_code


def _answers(*presses: Callable[[], int]) -> list[int]:
    """What all of them answer when they are pressed in the same moment."""
    answers = dict[int, int]()
    deeds = [lambda n=number, p=press: answers.update({n: p()}) for number, press in enumerate(presses)]
    assert at_once(*deeds) == [None] * len(presses)
    return [answers[number] for number in range(len(presses))]


def test_last_two_reviews_at_once__complete_the_turn_once(desk: Desk) -> None:
    """11, from two browsers, of which one sends twice."""
    request = exports.in_review(desk)
    people = (desk.first, desk.second)
    for person in people:
        exports.vote(person, request)
    presses = [_press(person, request, "submit-review") for person in people]
    assert _answers(*presses, presses[0]) == [302, 302, 302]
    assert (fresh(request).status, _moves(request, S.CONSOLIDATING)) == (S.CONSOLIDATING, 1)
    assert Review.objects.filter(request=request).exclude(submitted_at=None).count() == 2


def test_file_that_arrives_while_another_is_judged__is_left_to_the_worker_and_judged_once(desk: Desk) -> None:
    request = exports.draft(desk)
    elsewhere = connection.copy()
    with elsewhere.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [EXPORTS, request.pk])
    try:
        group = request.groups.get()
        file = services.add_file(
            actor=desk.author, request=request, group=group, name="second.csv", pieces=[b"gene,people\nCFTR,700\n"]
        )
        services.check_waiting()
        assert not CheckRun.objects.filter(file=file).exists()
    finally:
        elsewhere.close()
    services.check_waiting()
    assert CheckRun.objects.filter(file=file).count() == 1


def test_three_checkers_at_once__take_two_places(desk: Desk) -> None:
    request = exports.in_review(desk)
    deeds = [
        lambda p=person: services.claim_review(actor=p, request=request)
        for person in (desk.first, desk.second, desk.third)
    ]
    assert sorted(type(each).__name__ for each in at_once(*deeds)) == ["NoneType", "NoneType", "TransitionRefused"]
    assert Review.objects.filter(request=request).count() == 2


def test_return_and_approval_at_once__one_wins(desk: Desk) -> None:
    """12, from two browsers."""
    request = exports.consolidating(desk)
    exports.settle(desk, request)
    services.comment_as_checker(actor=desk.first, request=request, body="Hm.", audience="everybody")
    answers = _answers(_press(desk.first, request, "approve"), _press(desk.second, request, "return"))
    assert sorted(answers) == [302, 409]
    assert fresh(request).status == (S.APPROVED if answers[0] == 302 else S.RETURNED)
    assert len({_moves(request, S.APPROVED), _moves(request, S.RETURNED)}) == 2


def test_stop_and_release_at_once__nothing_is_released_after_a_stop(desk: Desk) -> None:
    request = exports.approved(desk)
    raised = at_once(
        services.release_waiting,
        lambda: services.stop_release(actor=desk.third, request=request, reason="Wait."),
    )
    after = fresh(request).status
    assert raised[0] is None
    if raised[1] is None:
        assert after == S.CONSOLIDATING
        assert not ReleaseFile.objects.filter(release__request=request, removed_at=None).exists()
    else:
        assert isinstance(raised[1], TransitionRefused)
        assert after == S.RELEASED


def test_two_workers_at_once__release_each_file_once(desk: Desk) -> None:
    request = exports.approved(desk)
    outcomes: list[Any] = []
    deed = lambda: outcomes.append(services.release_waiting())  # noqa: E731
    assert at_once(deed, deed) == [None, None]
    assert sorted(outcomes) == [0, 1]
    assert ReleaseFile.objects.filter(release__request=request).count() == 1
    assert (fresh(request).status, _moves(request, S.RELEASED)) == (S.RELEASED, 1)


def test_submission_pressed_twice__begins_one_turn(desk: Desk) -> None:
    request = exports.draft(desk)
    deed = lambda: services.submit_export(actor=desk.author, request=request, declares=True)  # noqa: E731
    assert sorted(type(each).__name__ for each in at_once(deed, deed)) == ["NoneType", "TransitionRefused"]
    assert fresh(request).turn == 1


def test_file_and_submission_at_once__nothing_comes_in_behind_the_submission(desk: Desk) -> None:
    request = imports.draft(desk)
    token = imports.send(desk, request, {})
    raised = at_once(
        lambda: services.submit_import(actor=desk.author, request=request),
        lambda: services.receive_file(token, services.Incoming("late.csv", [b"a,b\n"])),
    )
    sent = imports.fresh(request)
    assert (raised[0], sent.status) == (None, "checking")
    assert sent.files.count() == (2 if raised[1] is None else 1)
    assert manifest_of_import(sent).sha256 == sent.manifest_sha256


def test_two_reviews_of_an_import_at_once__approve_it_once(desk: Desk) -> None:
    request = imports.in_review(desk, imports.CODE, {"count.py": b"print(1)\n"})
    deeds = [lambda p=person: imports.review(p, request) for person in (desk.first, desk.second)]
    assert at_once(*deeds, deeds[0]) == [None, None, None]
    assert (imports.fresh(request).status, _moves(request, "approved")) == ("approved", 1)
    assert request.reviews.count() == 2


def test_withdrawal_and_delivery_at_once__nothing_is_left_of_what_was_withdrawn(desk: Desk) -> None:
    request = imports.approved(desk)
    raised = at_once(services.deliver_waiting, lambda: services.withdraw_import(actor=desk.author, request=request))
    folder = f"workspaces/{desk.project.reference}/imports/{request.reference}"
    try:
        left = default_storage.listdir(folder)[1]
    except FileNotFoundError:
        left = []
    assert raised[0] is None
    if raised[1] is None:
        assert (imports.fresh(request).status, left) == ("withdrawn", [])
    else:
        assert isinstance(raised[1], TransitionRefused)
        assert (imports.fresh(request).status, len(left)) == ("delivered", 2)


def test_two_workers_at_once__deliver_once(desk: Desk) -> None:
    request = imports.approved(desk)
    outcomes: list[Any] = []
    deed = lambda: outcomes.append(services.deliver_waiting())  # noqa: E731
    assert at_once(deed, deed) == [None, None]
    assert (sorted(outcomes), _moves(request, "delivered")) == ([0, 1], 1)
