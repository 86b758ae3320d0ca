"""Hostile cases of the list that lie between a browser and the bytes: as people would try them, through HTTP.

Numbers are those of tests/expected/airlock_cases.csv.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from airlock import services
from airlock.checks import CODES
from airlock.guards import findings_of
from airlock.models import Blob, ExportRequest, Release, ReleaseFile, Stretch
from airlock.services import releasing
from portal.kernel import clock, outbox
from portal.kernel.models import AuditEvent
from tests.factories import exports, imports
from tests.factories.exports import SAFE, Desk, fresh
from tests.integration.kernel.test_audit_chain import chain_now, tamper

pytestmark = pytest.mark.django_db
S = ExportRequest.Status
LONDON = ZoneInfo("Europe/London")
SECRET = "Heronwood"


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(name: str, request: ExportRequest, *more: Any) -> str:
    return reverse(f"airlock:{name}", args=[request.reference, *more])


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def send(client: Client, request: ExportRequest, name: str, data: bytes, kind: str = "output") -> Any:
    address = page("export-file", request, request.groups.get().pk)
    return client.post(address, {"file": SimpleUploadedFile(name, data), "kind": kind})


class Changing(io.RawIOBase):
    """The body of a request, read from a file that somebody writes to in the middle."""

    def __init__(self, source: Path, change: Callable[[], object]) -> None:
        self._stream, self._change = source.open("rb", buffering=0), change

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(min(size, 9) if size > 0 else 9)
        self._change()
        return piece

    def close(self) -> None:
        self._stream.close()
        super().close()


def _link(place: Path, elsewhere: Path) -> None:
    elsewhere.write_bytes(place.read_bytes())
    place.unlink()
    place.symlink_to(elsewhere)


def _pipe(place: Path, elsewhere: Path) -> None:
    place.unlink()
    os.mkfifo(place)


def _folder(place: Path, elsewhere: Path) -> None:
    place.unlink()
    place.mkdir()


@pytest.mark.parametrize("replace", [_link, _pipe, _folder])
def test_02_link_pipe_or_folder_in_the_place_of_bytes__is_not_shown_not_released_and_not_delivered(
    desk: Desk, tmp_path: Path, replace: Callable[[Path, Path], None]
) -> None:
    odd = f"gene,people\nCFTR,120\nG6PD,{85 + len(replace.__name__)}\n".encode()
    request = exports.consolidating(desk, content=odd)
    exports.settle(desk, request)
    coming = imports.approved(desk)
    kay = browser(desk.first)
    place, outside = (
        Path(default_storage.path(each))
        for each in (exports.the_file(request).blob.storage_name, coming.files.get().storage_name)
    )
    for each in (place, outside):
        replace(each, tmp_path / each.name)
    view = reverse("airlock_files:view", args=[request.reference, exports.the_file(request).pk])
    assert "not those that were added" in text_of(kay.get(view))
    kay.post(page("case-act", request, "approve"), {"turn": 1, "manifest": request.manifest_sha256})
    assert fresh(request).status == S.APPROVED
    assert (services.release_waiting(), services.deliver_waiting()) == (0, 0)
    assert (fresh(request).status, imports.fresh(coming).status) == (S.CONSOLIDATING, "quarantined")
    place.rmdir() if place.is_dir() and not place.is_symlink() else place.unlink()


def test_05_copy_that_was_swapped_after_it_left_or_came_in__is_given_to_nobody(desk: Desk, tmp_path: Path) -> None:
    request, coming = exports.released(desk), imports.delivered(desk)
    released, file = ReleaseFile.objects.get(), coming.files.get()
    author = browser(desk.author)
    presses = (
        page("released-file", request, released.pk),
        page("export-crate", request),
        reverse("airlock:import-take", args=[coming.reference, file.pk]),
    )
    for press in presses:
        answer = author.post(press)
        assert (answer.status_code, bool(b"".join(answer.streaming_content))) == (200, True)
    secret = tmp_path / "secret"
    secret.write_bytes(b"a key of the server")
    for name in (released.storage_name, file.delivered_name):
        place = Path(default_storage.path(name))
        place.unlink()
        place.symlink_to(secret)
    answers = [author.post(press) for press in presses]
    assert [answer.status_code for answer in answers] == [409, 409, 409]
    assert not [answer for answer in answers if "a key of the server" in text_of(answer)]


def test_03_file_that_changes_while_it_is_sent__is_known_by_the_bytes_that_came(desk: Desk, tmp_path: Path) -> None:
    request = exports.draft(desk)
    source, before = tmp_path / "counts.csv", b"region,n\nNorth,40\n"
    source.write_bytes(before)
    address = f"/api/v1/exports/{request.reference}/files/late.csv/?group=Table+1&kind=output"
    with Changing(source, lambda: source.write_bytes(b"region,n\nNorth,50\n")) as body:
        told = {"CONTENT_LENGTH": str(len(before)), "wsgi.input": body}
        answer = browser(desk.author).generic("PUT", address, content_type="application/octet-stream", **told)
    assert answer.status_code == 200, answer.content
    file = request.files.get(name="late.csv")
    came = b"region,n\nNorth,50\n"
    assert file.blob_id == hashlib.sha256(came).hexdigest()
    assert file.blob_id in text_of(answer)
    with default_storage.open(file.blob.storage_name) as stream:
        assert stream.read() == came


def test_15_new_file_that_gives_a_masked_cell_away__is_found_and_every_vote_is_asked_anew(desk: Desk) -> None:
    masked = b"region,carriers\nNorth,12\nSouth,<5\nWest,30\n"
    request = exports.in_review(desk, masked)
    for person in (desk.first, desk.second):
        exports.review(person, request, "change")
    group = request.groups.get()
    services.comment_as_checker(
        actor=desk.first, request=request, body="Add the total.", audience="everybody", group=group
    )
    browser(desk.first).post(page("case-act", request, "return"), {"turn": 1})
    author = browser(desk.author)
    total = b"region,carriers\nNorth,12\nSouth,3\nWest,30\n"
    assert send(author, request, "total.csv", total).status_code == 302
    told = text_of(author.get(request.get_absolute_url()))
    assert CODES["recoverable"].noticed in told
    author.post(page("export-comment", request), {"group": group.pk, "body": "Added."})
    exports.explain(desk, request)
    author.post(page("export-submit", request), {"declares": "on"})
    services.check_waiting()
    assert (fresh(request).status, fresh(request).turn) == (S.IN_REVIEW, 2)
    assert "0 of 2 reviews in" in text_of(browser(desk.first).get(page("case", request)))


def test_17_release_in_the_middle__shows_no_link_and_gives_no_file(desk: Desk) -> None:
    request = exports.draft(desk)
    group = request.groups.get()
    services.add_file(actor=desk.author, request=request, group=group, name="b.csv", pieces=[SAFE + b"LDLR,70\n"])
    exports.explain(desk, request)
    services.check_submitted(services.submit_export(actor=desk.author, request=request, declares=True))
    request = fresh(request)
    for person in (desk.first, desk.second):
        exports.review(person, request)
    exports.settle(desk, fresh(request))
    exports.approve(desk, fresh(request))
    release = Release.objects.get(request=request)
    token = releasing._take(release.pk)
    assert token
    releasing._copy(release.pk, token, releasing._left(release.pk)[0])
    copied, author = ReleaseFile.objects.get(), browser(desk.author)
    assert fresh(request).status == S.RELEASING
    assert "Download" not in text_of(author.get(request.get_absolute_url()))
    assert author.post(page("released-file", request, copied.pk)).status_code == 403
    assert author.post(page("export-crate", request)).status_code == 404
    assert author.get(page("export-receipt", request)).status_code == 404


def test_25_name_that_would_break_a_header__is_kept_in_it(desk: Desk) -> None:
    request = exports.draft(desk, name="counts; filename=x.exe, é'.csv")
    services.check_submitted(services.submit_export(actor=desk.author, request=request, declares=True))
    request = fresh(request)
    for person in (desk.first, desk.second):
        exports.review(person, request)
    exports.settle(desk, fresh(request))
    exports.approve(desk, fresh(request))
    services.release_waiting()
    answer = browser(desk.author).post(page("released-file", request, ReleaseFile.objects.get().pk))
    assert b"".join(answer.streaming_content) == SAFE
    header = answer["Content-Disposition"]
    assert header == "attachment; filename*=utf-8''counts%3B%20filename%3Dx.exe%2C%20%C3%A9%27.csv"
    for name in ('a"b.csv', "a\r\nSet-Cookie: x=1.csv", "a\\b.csv"):
        draft = ExportRequest.objects.filter(author=desk.author, status=S.DRAFT).first()
        draft = draft or exports.draft(desk)
        send(browser(desk.author), draft, name, SAFE)
        assert not draft.files.filter(name__contains='"').exists()
        assert not [each for each in draft.files.values_list("name", flat=True) if {"\r", "\n", "\\"} & set(each)]


def test_29_file_beyond_the_limit__is_refused_before_anything_reads_it(desk: Desk) -> None:
    request = exports.draft(desk)
    blobs = Blob.objects.count()
    answer = send(browser(desk.author), request, "rows.csv", b"a,b\n" + b"1,2\n" * 5_250_000)
    assert answer.status_code == 200
    assert "The file is larger than 20 MB" in text_of(answer)
    assert (Blob.objects.count(), request.files.count()) == (blobs, 1)


@pytest.mark.parametrize(
    "data",
    [
        b"region,carriers,tested\nNorth,12,140\nSouth,<5,150\nTotal,15,290\n",
        b"gene,carriers,people,percent\nCFTR,<5,200,1.5\nG6PD,12,200,6.0\n",
    ],
)
def test_41_masked_number_beside_a_total_or_percentage__is_told_with_its_place(desk: Desk, data: bytes) -> None:
    request = exports.draft(desk)
    author = browser(desk.author)
    assert send(author, request, "masked.csv", data).status_code == 302
    found = findings_of(request).filter(code="recoverable", file__name="masked.csv")
    assert [(each.column, bool(each.rows)) for each in found] == [(2, True)]
    told = text_of(author.get(request.get_absolute_url()))
    assert f"{found[0].place}: {CODES['recoverable'].noticed}" in told
    assert author.post(page("export-submit", request), {"declares": "on"}).status_code == 409


def test_49_audit_of_what_was_done_on_a_page__cannot_be_edited_and_a_forgery_is_found(desk: Desk) -> None:
    request = exports.draft(desk)
    browser(desk.author).post(page("export-withdraw", request), {})
    event = AuditEvent.objects.get(event="airlock.export.withdrawn")
    chain_now()
    for statement in ("UPDATE kernel_auditevent SET actor_name = 'Nobody'", "DELETE FROM kernel_auditevent"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"{statement} WHERE id = %s", [event.pk])
    call_command("verify_audit", verbosity=0)
    tamper(f"UPDATE kernel_auditevent SET actor_name = 'Nobody' WHERE id = {event.pk}")
    with pytest.raises(CommandError):
        call_command("verify_audit", verbosity=0)


def test_50_mails_and_logs__hold_nothing_that_people_typed_or_sent(desk: Desk, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    author, kay = browser(desk.author), browser(desk.first)
    author.post(reverse("airlock:export-start"), {"project": desk.project.reference, "title": f"{SECRET} title"})
    request = ExportRequest.objects.get()
    texts = {"name": f"{SECRET} group", "context": f"{SECRET} shown", "controls": f"{SECRET} masked"}
    author.post(page("export-group", request, 0), {**texts, "people": 0, "rounding_base": 0})
    assert send(author, request, f"{SECRET}.csv", SAFE.replace(b"CFTR", SECRET.encode())).status_code == 302
    for finding in findings_of(request):
        author.post(page("export-finding", request, finding.pk), {"text": f"{SECRET} is no person"})
    assert author.post(page("export-submit", request), {"declares": "on"}).status_code == 302
    services.check_waiting()
    assert fresh(request).status == S.IN_REVIEW
    told = {"group": request.groups.get().pk, "body": f"{SECRET} again", "audience": "everybody"}
    kay.post(page("case-act", request, "comment"), told)
    kay.post(page("case-act", request, "return-early"), {"reason": f"{SECRET} is unclear"})
    assert fresh(request).status == S.RETURNED
    Path(default_storage.path(request.files.get().blob.storage_name)).unlink()
    author.get(reverse("airlock_files:view", args=[request.reference, request.files.get().pk]))
    mail.outbox.clear()
    while outbox.deliver()[0]:
        pass
    sent = [str(each.message()) for each in mail.outbox if request.reference in each.subject]
    assert len(sent) >= 3
    assert not [each for each in sent if SECRET in each]
    assert SECRET not in caplog.text
    assert SECRET not in str(list(AuditEvent.objects.values_list("detail", flat=True)))


def test_51_age_on_the_queue__counts_no_weekend_no_holiday_and_no_night_when_clocks_change(desk: Desk) -> None:
    request = exports.in_review(desk)
    Stretch.objects.filter(request=request).delete()
    for began, ended in (
        (_at(3, 27, 16), _at(3, 30, 10)),  # a weekend, with the night on which summer time begins: two hours
        (_at(4, 2, 16), _at(4, 7, 10)),  # Easter: two hours
        (_at(5, 1, 17), _at(5, 5, 9)),  # the first Monday of May: none
        (_at(6, 2, 9), _at(6, 2, 17)),  # a day
    ):
        Stretch.objects.create(request=request, status=S.IN_REVIEW, turn=1, began_at=began, ended_at=ended)
    Stretch.objects.create(
        request=request, status=S.RETURNED, turn=1, began_at=_at(6, 3, 9), ended_at=_at(6, 5, 17)
    )  # with its author
    Stretch.objects.create(request=request, status=S.IN_REVIEW, turn=1, began_at=clock.now())
    shown = text_of(browser(desk.first).get(reverse("airlock:queue")))
    assert '<td class="lectern-figure">1.5</td><td class="lectern-figure">1.5 left</td>' in shown
    assert "With us for 1.5 working days" in text_of(browser(desk.first).get(page("case", request)))


def _at(month: int, day: int, hour: int) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=LONDON)
