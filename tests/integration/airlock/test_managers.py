"""What managers and the watch do beside holding and stopping: downloads, one review more, reminders, a scanner away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from airlock import services
from airlock.models import DownloadGrant, ExportRequest, ReleaseFile
from portal.kernel import clock
from portal.kernel.models import OutboxMessage
from tests.factories import exports
from tests.factories.exports import Desk, fresh

pytestmark = pytest.mark.django_db


def pressed(person: Any, request: ExportRequest, action: str, **body: str) -> int:
    client = Client()
    client.force_login(person)
    address = reverse("airlock:case-act", args=[request.reference, action])
    return int(client.post(address, body).status_code)


def download(desk: Desk, request: ExportRequest) -> int:
    client = Client()
    client.force_login(desk.author)
    released = ReleaseFile.objects.get(release__request=request)
    answer = client.post(reverse("airlock:released-file", args=[request.reference, released.pk]))
    if answer.streaming:
        b"".join(answer.streaming_content)
    return int(answer.status_code)


def mails(recipient: Any) -> int:
    return OutboxMessage.objects.filter(recipient=recipient.email).count()


def test_downloads__are_extended_and_ended_by_a_manager(desk: Desk) -> None:
    request = exports.released(desk)
    DownloadGrant.objects.update(expires_at=clock.now())
    assert download(desk, request) == 403
    assert pressed(desk.manager, request, "extend-downloads", reason="She was away.") == 302
    assert download(desk, request) == 200
    assert pressed(desk.manager, request, "end-downloads", reason="Enough.") == 302
    assert download(desk, request) == 403
    assert fresh(request).status == "released"


@pytest.mark.parametrize("who", ["first", "author", "member"])
@pytest.mark.parametrize("action", ["extend-downloads", "end-downloads"])
def test_downloads__are_changed_by_nobody_else(desk: Desk, who: str, action: str) -> None:
    request = exports.released(desk)
    assert pressed(getattr(desk, who), request, action, reason="Please.") in (403, 404)
    assert download(desk, request) == 200


def test_one_review_more__is_asked_for_and_never_one_less(desk: Desk) -> None:
    request = exports.in_review(desk)
    assert pressed(desk.first, request, "require-more") == 403
    assert pressed(desk.manager, request, "require-more") == 302
    for person in (desk.first, desk.second):
        exports.review(person, fresh(request))
    assert (fresh(request).status, fresh(request).required_reviews) == ("in_review", 3)


def test_author__is_reminded_twice_before_a_draft_is_closed(desk: Desk) -> None:
    request = exports.draft(desk)
    found = []
    for days in (75, 76, 80, 87, 89, 90):
        ExportRequest.objects.filter(pk=request.pk).update(changed_at=clock.now() - timedelta(days=days, minutes=1))
        found.append((services.warn_of_expiry(), services.expire_forgotten()))
    assert found[0] == (0, 0)
    assert sum(warned for warned, _ in found) >= 2
    assert found[-1][1] == 1


def test_reminder__is_sent_once_while_nobody_touches_the_draft(desk: Desk) -> None:
    request = exports.draft(desk)
    ExportRequest.objects.filter(pk=request.pk).update(changed_at=clock.now() - timedelta(days=77))
    before = mails(desk.author)
    assert [services.warn_of_expiry(), services.warn_of_expiry()] == [1, 0]
    ExportRequest.objects.filter(pk=request.pk).update(changed_at=clock.now() - timedelta(days=77))
    assert mails(desk.author) == before + 1


def test_scanner_that_is_away__is_told_to_managers_once(desk: Desk, settings: Any) -> None:
    settings.MALWARE_DEMO_WITHOUT_SCANNER, settings.CLAMD_ADDRESS = False, "tcp://127.0.0.1:1"
    exports.checking(desk)
    before = mails(desk.manager)
    services.check_waiting()
    services.check_waiting()
    assert mails(desk.manager) == before + 1
