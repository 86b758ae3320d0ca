"""The promises of the airlock, each with the test that holds it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.urls import reverse

from access_review.services import add_member
from airlock import services
from airlock.checks import Policy
from airlock.models import Blob, Comment, Decision, ExportRequest, Release, ReleaseFile, Review
from airlock.selectors import comments_for, tallies_for
from airlock.services.receipts import problems_of, public_key
from portal.kernel import clock
from portal.kernel.models import AuditEvent, OutboxMessage
from portal.kernel.refusals import PermissionRefused, TransitionRefused
from tests.airlock_files import hostile
from tests.factories import airlock_files as filed
from tests.factories import exports
from tests.factories.exports import SMALL, Desk, fresh
from tests.personas import World

pytestmark = pytest.mark.django_db
S = ExportRequest.Status


@pytest.mark.parametrize("state", exports.WAYS)
def test_every_state__is_reached_through_the_services(desk: Desk, state: str) -> None:
    assert exports.WAYS[state](desk).status == state


@pytest.mark.parametrize("who", ["author", "member", "contributor", "manager", "researcher"])
def test_p1__author_members_contributors_and_managers_never_review(world: World, desk: Desk, who: str) -> None:
    request = exports.in_review(desk)
    person = {
        "author": desk.author,
        "member": world.people["ben"],
        "contributor": world.people["ben"],
        "manager": desk.manager,
        "researcher": world.people["eve"],
    }[who]
    if who in ("author", "member", "contributor"):
        exports.RoleGrant.objects.create(
            person=person, role="airlock_checker", reason="For a test.", starts_at=clock.now()
        )
        vars(person).pop("_current_roles", None)
        assert not ExportRequest.objects.checkable_by(person).filter(pk=request.pk).exists()
    with pytest.raises(PermissionRefused):
        services.claim_review(actor=person, request=request)


def test_p1__the_database_refuses_the_authors_review_by_itself(desk: Desk) -> None:
    request = exports.in_review(desk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(request=request, turn=1, reviewer=desk.author, claimed_at=clock.now())


def test_p1__a_reviewer_who_joins_the_project_does_not_count_any_more(desk: Desk) -> None:
    request = exports.consolidating(desk)
    exports.settle(desk, request)
    add_member(actor=desk.author, project=desk.project, person=desk.second)
    with pytest.raises(TransitionRefused, match="too near"):
        exports.approve(desk, request)
    again = services.review_further(actor=desk.first, request=request, reason="Kim joined the project.")
    assert (again.status, again.required_reviews) == (S.IN_REVIEW, 2)
    exports.review(desk.third, again)
    assert exports.approve(desk, fresh(again)).status == S.APPROVED


def test_p2__one_approval_is_not_enough_and_a_doubt_is_not_outvoted(desk: Desk) -> None:
    request = exports.consolidating(desk, ("approve", "change"))
    exports.settle(desk, request)
    with pytest.raises(TransitionRefused, match="Not every file is approved"):
        exports.approve(desk, request)
    further = services.review_further(actor=desk.first, request=request, reason="We are divided.")
    exports.review(desk.third, further)
    with pytest.raises(TransitionRefused, match="Not every file is approved"):
        exports.approve(desk, fresh(further))


def test_p2__the_database_counts_the_approvals_again(desk: Desk) -> None:
    request = exports.consolidating(desk, ("approve", "change"))
    Decision.objects.create(
        request=request,
        turn=1,
        outcome="approve",
        manifest_sha256=request.manifest_sha256,
        by=desk.first,
        at=clock.now(),
    )
    with pytest.raises(IntegrityError, match="enough approvals"), transaction.atomic():
        ExportRequest.objects.filter(pk=request.pk).update(status="approved")


def test_p2__a_vote_of_an_old_page_is_refused(desk: Desk) -> None:
    request = exports.in_review(desk)
    services.claim_review(actor=desk.first, request=request)
    file = exports.the_file(request)
    for turn, sha256 in ((0, file.blob_id), (1, "0" * 64)):
        with pytest.raises(TransitionRefused, match="Look at it again"):
            services.cast_vote(actor=desk.first, request=request, file=file, sha256=sha256, turn=turn, value="approve")


def test_p3__bytes_swapped_after_the_approval_stop_the_release(desk: Desk) -> None:
    request = exports.approved(desk)
    blob = Blob.objects.get(files__request=request)
    default_storage.delete(blob.storage_name)
    with default_storage.open(blob.storage_name, "wb") as stream:
        stream.write(b"person,diagnosis\n")
    try:
        services.release_waiting()
    finally:
        default_storage.delete(blob.storage_name)
        with default_storage.open(blob.storage_name, "wb") as stream:
            stream.write(exports.SAFE)
    assert fresh(request).status == S.CONSOLIDATING
    assert not ReleaseFile.objects.filter(release__request=request).exists()
    assert AuditEvent.objects.filter(event="airlock.release.mismatch", subject_ref=request.reference).exists()


def test_p3__what_is_downloaded_is_what_was_approved(desk: Desk, client_of: Any) -> None:
    request = exports.released(desk)
    released = ReleaseFile.objects.get(release__request=request)
    answer = client_of("ada").post(f"/airlock/requests/{request.reference}/released/{released.pk}/")
    assert b"".join(answer.streaming_content) == exports.SAFE
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Disposition"].startswith("attachment")


def test_p4__nobody_sees_a_vote_or_a_remark_before_the_reviews_are_in(desk: Desk) -> None:
    request = exports.in_review(desk)
    exports.vote(desk.first, request, "change")
    services.comment_as_checker(actor=desk.first, request=request, body="Hm.", audience="checkers")
    for reader in (desk.second, desk.manager):
        assert not [vote for tally in tallies_for(reader, request) for vote in tally.votes]
        assert not comments_for(reader, request).exists()
    assert not comments_for(desk.author, request).exists()


def test_p4__the_authors_page_is_the_same_whatever_checkers_did(desk: Desk, client_of: Any) -> None:
    request = exports.in_review(desk)
    address = f"/airlock/requests/{request.reference}/"
    ada = client_of("ada")
    before = _words(ada.get(address))
    exports.review(desk.first, request, "change")
    assert _words(ada.get(address)) == before


def _words(answer: Any) -> str:
    text: str = answer.content.decode()
    return text.partition("<main")[2].partition("csrfmiddlewaretoken")[0]


def test_p4__authors_never_read_who_checked(desk: Desk, client_of: Any) -> None:
    text = client_of("ada").get(f"/airlock/requests/{exports.returned(desk).reference}/").content.decode()
    assert "Mask the last row." in text
    assert not [person.display_name for person in (desk.first, desk.second) if person.display_name in text]


def test_p5__every_move_has_one_row_in_the_audit(desk: Desk) -> None:
    request = exports.released(desk)
    rows = AuditEvent.objects.filter(subject_ref=request.reference).exclude(after="").order_by("pk")
    moves = [(row.before, row.after) for row in rows]
    assert moves == [
        ("draft", "checking"),
        ("checking", "in_review"),
        ("in_review", "consolidating"),
        ("consolidating", "approved"),
        ("approved", "releasing"),
        ("releasing", "released"),
    ]


def test_p6__nothing_leaves_while_held(desk: Desk) -> None:
    request = exports.approved(desk)
    services.hold_export(actor=desk.manager, request=request, reason="An incident.")
    services.release_waiting()
    assert fresh(request).status == S.APPROVED
    with pytest.raises(IntegrityError, match="held"), transaction.atomic():
        ExportRequest.objects.filter(pk=request.pk).update(status="releasing")
    services.free_export(actor=desk.manager, request=request, reason="It is settled.")
    services.release_waiting()
    assert fresh(request).status == S.RELEASED


def test_p6__nothing_leaves_when_the_author_lost_access(desk: Desk) -> None:
    request = exports.approved(desk)
    grant = exports.RoleGrant.objects.get(person=desk.author, role="researcher")
    exports.RoleGrant.objects.filter(pk=grant.pk).update(until=clock.now())
    vars(desk.author).pop("_current_roles", None)
    services.release_waiting()
    assert services.hold_where_access_ended() == 1
    assert fresh(request).status == S.APPROVED
    assert fresh(request).is_held


def test_p7__nothing_of_a_file_runs_in_the_portal(world: World, client_of: Any) -> None:
    request = filed.make_request(world)
    for name, data in (("page.html", hostile.html_widget()), ("chart.svg", hostile.svg_with_script())):
        file = filed.add_file(request, name, data, "supporting")
        answer = client_of("ada").get(reverse("airlock_files:view", args=[request.reference, file.pk]))
        policy = answer["Content-Security-Policy"]
        assert data.decode() not in answer.content.decode()
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_p8__a_scanner_that_is_away_stops_everything(desk: Desk, settings: Any) -> None:
    settings.MALWARE_DEMO_WITHOUT_SCANNER, settings.CLAMD_ADDRESS = False, "tcp://127.0.0.1:1"
    request = exports.checking(desk)
    services.check_waiting()
    assert fresh(request).status == S.CHECKING
    assert "scanner" in fresh(request).check_note
    settings.MALWARE_DEMO_WITHOUT_SCANNER, settings.CLAMD_ADDRESS = True, ""
    services.check_waiting()
    assert fresh(request).status == S.IN_REVIEW


def test_p9__mails_hold_a_number_a_state_and_a_link(desk: Desk) -> None:
    request = exports.returned(desk)
    mails = OutboxMessage.objects.filter(subject__contains=request.reference)
    assert mails.exists()
    for mail in mails:
        words = mail.subject + mail.body_text + mail.body_html
        secrets = ("counts.csv", "Counts for a paper", "Mask", "Table 1", desk.first.display_name)
        others = [word for word in secrets if word in words and word not in f"Dear {mail.recipient}"]
        assert [word for word in others if word != desk.first.display_name] == []


def test_p10__page_of_the_largest_file_is_bounded(
    world: World, client_of: Any, django_assert_max_num_queries: Any
) -> None:
    row = b"gene,people,a,b,c,d\n"
    request = filed.make_request(world)
    file = filed.add_file(request, "large.csv", row * (Policy().max_file_bytes // len(row)))
    ada, address = client_of("ada"), reverse("airlock_files:view", args=[request.reference, file.pk])
    with django_assert_max_num_queries(12):
        answer = ada.get(address, {"page": "900"})
    assert answer.status_code == 200
    assert len(answer.content) < 400_000


def test_receipt__verifies_and_tells_of_a_changed_letter(desk: Desk) -> None:
    release = Release.objects.get(request=exports.released(desk))
    assert problems_of(release.receipt, release.signature, public_key()) == []
    assert problems_of(release.receipt.replace("counts", "others"), release.signature, public_key())
    assert desk.first.display_name not in release.receipt


def test_blocked_content__comes_back_to_its_author(desk: Desk) -> None:
    request = exports.draft(desk)
    group = request.groups.get()
    services.add_file(actor=desk.author, request=request, group=group, name="x.csv", pieces=[exports.BLOCKED])
    exports.explain(desk, request)
    with pytest.raises(TransitionRefused, match="cannot leave"):
        services.submit_export(actor=desk.author, request=request, declares=True)


def test_small_count__is_explained_by_the_author_and_settled_by_a_checker(desk: Desk) -> None:
    request = exports.consolidating(desk, content=SMALL)
    with pytest.raises(TransitionRefused, match="Settle each finding"):
        exports.approve(desk, request)
    exports.settle(desk, request)
    assert exports.approve(desk, request).status == S.APPROVED


def test_committee__answers_with_two_who_agree_or_one_who_refuses(desk: Desk) -> None:
    request = exports.committee(desk)
    services.speak_for_committee(actor=desk.member, request=request, agrees=True, reason="Fine.")
    assert fresh(request).status == S.COMMITTEE
    services.speak_for_committee(actor=desk.other_member, request=request, agrees=True, reason="Fine.")
    assert fresh(request).status == S.CONSOLIDATING


def test_rejection__needs_a_second_checker(desk: Desk) -> None:
    request = exports.consolidating(desk, ("change", "change"))
    services.reject_export(actor=desk.first, request=request, turn=1, reason="Never.")
    with pytest.raises(TransitionRefused, match="second checker"):
        services.reject_export(actor=desk.first, request=request, turn=1, reason="Never.")
    assert services.reject_export(actor=desk.second, request=request, turn=1, reason="").status == S.REJECTED


def test_resubmission__asks_everybody_again(desk: Desk) -> None:
    request = exports.returned(desk)
    services.comment_as_member(actor=desk.author, request=request, body="Masked.", group=request.groups.get())
    exports.explain(desk, request)
    sent = services.submit_export(actor=desk.author, request=request, declares=True)
    services.check_submitted(sent)
    assert (fresh(sent).status, sent.turn) == (S.IN_REVIEW, 2)
    assert not [vote for tally in tallies_for(desk.first, fresh(sent)) for vote in tally.votes]


def test_stop__takes_the_approval_back_and_leaves_nothing_outside(desk: Desk) -> None:
    request = exports.releasing(desk)
    stopped = services.stop_release(actor=desk.third, request=request, reason="I have a doubt.")
    assert stopped.status == S.CONSOLIDATING
    assert services.release_waiting() == 0
    assert exports.approve(desk, stopped).status == S.APPROVED


def test_revocation__ends_downloads(desk: Desk, client_of: Any) -> None:
    request = exports.revoked(desk)
    released = ReleaseFile.objects.get(release__request=request)
    answer = client_of("ada").post(f"/airlock/requests/{request.reference}/released/{released.pk}/")
    assert answer.status_code == 404


def test_grant__ends_after_fourteen_days(desk: Desk, client_of: Any, time_machine: Any) -> None:
    request = exports.released(desk)
    released = ReleaseFile.objects.get(release__request=request)
    address = f"/airlock/requests/{request.reference}/released/{released.pk}/"
    assert client_of("ben").post(address).status_code == 403
    assert client_of("eve").post(address).status_code == 404
    released.release.grants.update(expires_at=clock.now() - timedelta(seconds=1))
    assert client_of("ada").post(address).status_code == 403


def test_comments__are_never_deleted(desk: Desk) -> None:
    exports.returned(desk)
    with pytest.raises(Exception, match="refused"), transaction.atomic():
        Comment.objects.all()._raw_delete("default")
