"""What people could try with requests, through HTTP: each is refused, in words, and leaves everything as it was.

Numbers are those of the airlock's list of hostile cases (tests/expected/airlock_cases.csv).
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from access_review.services import add_member
from accounts.gates.second_factor import forget_second_factor, mark_second_factor
from accounts.models import RoleGrant, User
from airlock import services
from airlock.blobs import store_bytes
from airlock.guards import findings_of
from airlock.models import Comment, DownloadGrant, ExportRequest, ReleaseFile, Review, Vote
from airlock.views.deeds import DEEDS
from portal.kernel import clock
from portal.kernel.models import AuditEvent, OutboxMessage
from tests.factories import exports
from tests.factories.exports import SAFE, Desk, checker, fresh
from tests.personas import World

pytestmark = pytest.mark.django_db
S = ExportRequest.Status


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def case(request: ExportRequest) -> str:
    return reverse("airlock:case", args=[request.reference])


def act(request: ExportRequest, action: str) -> str:
    return reverse("airlock:case-act", args=[request.reference, action])


def vote_page(request: ExportRequest) -> str:
    return reverse("airlock:case-vote", args=[request.reference, exports.the_file(request).pk])


def ballot(request: ExportRequest, value: str = "approve", **more: Any) -> dict[str, Any]:
    sha256 = exports.the_file(request).blob_id
    return {"value": value, "turn": request.turn, "sha256": sha256, "reason": "Mask it.", **more}


def bound(request: ExportRequest) -> dict[str, Any]:
    return {"turn": request.turn, "manifest": request.manifest_sha256}


def ready(desk: Desk) -> ExportRequest:
    """Two approvals, everything settled: only the press of a button is missing."""
    request = exports.consolidating(desk)
    exports.settle(desk, request)
    return request


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def ends_role(person: User, role: str) -> None:
    RoleGrant.objects.filter(person=person, role=role).update(until=clock.now())
    vars(person).pop("_current_roles", None)


def test_03_file_that_changes_while_it_is_copied__is_known_by_the_bytes_that_were_read() -> None:
    source = [b"region,n\n", b"North,40\n"]

    def pieces() -> Any:
        yield source[0]
        source[1] = b"North,50\n"
        yield source[1]

    blob = store_bytes(pieces(), limit=1000)
    assert blob.sha256 == hashlib.sha256(b"region,n\nNorth,50\n").hexdigest()


def test_04_file_that_changes_after_the_submission__changes_nothing_in_the_request(desk: Desk) -> None:
    request = exports.in_review(desk)
    before = exports.the_file(request).blob_id
    address = reverse("airlock:export-file", args=[request.reference, request.groups.get().pk])
    later = SimpleUploadedFile("counts.csv", SAFE + b"LDLR,70\n")
    answer = browser(desk.author).post(address, {"file": later, "kind": "output"})
    assert answer.status_code == 409
    assert "changed only while it is a draft or returned" in text_of(answer)
    assert exports.the_file(request).blob_id == before


@pytest.mark.parametrize("stale", [{"turn": 9}, {"manifest": "0" * 64}])
def test_06_approval_of_a_stale_page__is_refused(desk: Desk, stale: dict[str, Any]) -> None:
    request = ready(desk)
    answer = browser(desk.first).post(act(request, "approve"), {**bound(request), **stale})
    assert answer.status_code == 409
    assert "Look at it again" in text_of(answer)
    assert fresh(request).status == S.CONSOLIDATING


def test_07_author_who_is_a_checker__finds_no_such_request_among_the_checks(desk: Desk) -> None:
    request = exports.in_review(desk)
    RoleGrant.objects.create(
        person=desk.author, role="airlock_checker", reason="For a test.", starts_at=clock.now() - timedelta(days=1)
    )
    author = browser(desk.author)
    assert author.get(case(request)).status_code == 404
    assert author.post(act(request, "claim"), {}).status_code == 404
    assert not Review.objects.filter(request=request).exists()


def test_07_second_account_of_the_author__is_no_second_person(desk: Desk) -> None:
    request = exports.in_review(desk)
    name, _, domain = desk.author.email.partition("@")
    EmailAddress.objects.create(user=desk.first, email=f"{name}+second@{domain}")
    answer = browser(desk.first).post(act(request, "claim"), {})
    assert answer.status_code == 403
    assert "Two people are needed" in text_of(answer)
    assert not Review.objects.filter(request=request).exists()


def test_07_two_accounts_of_one_checker__are_not_two_reviews(desk: Desk) -> None:
    request = exports.in_review(desk)
    exports.review(desk.first, request)
    name, _, domain = desk.first.email.partition("@")
    EmailAddress.objects.create(user=desk.second, email=f"{name}+second@{domain}")
    assert browser(desk.second).post(act(request, "claim"), {}).status_code == 403
    assert fresh(request).status == S.IN_REVIEW


def test_07_two_accounts_that_turn_out_to_be_one_person__approve_nothing(desk: Desk) -> None:
    request = ready(desk)
    name, _, domain = desk.first.email.partition("@")
    EmailAddress.objects.create(user=desk.second, email=f"{name}+second@{domain}")
    assert browser(desk.first).post(act(request, "approve"), bound(request)).status_code == 403
    assert fresh(request).status == S.CONSOLIDATING


def test_08_reviewer_who_joins_the_project__counts_no_more(desk: Desk) -> None:
    request = ready(desk)
    add_member(actor=desk.author, project=desk.project, person=desk.second)
    first = browser(desk.first)
    page = text_of(first.get(case(request)))
    assert "Approve the release" not in page
    assert "Ask for a further review" in page
    assert "A reviewer has become too near to this request. Ask for a further review." in page
    assert first.post(act(request, "approve"), bound(request)).status_code == 409
    assert browser(desk.second).get(case(request)).status_code == 404
    assert first.post(act(request, "further"), {"reason": "Kim joined."}).status_code == 302
    assert (fresh(request).status, fresh(request).required_reviews) == (S.IN_REVIEW, 2)


def test_09_checker_who_loses_the_role__votes_and_submits_no_more(desk: Desk) -> None:
    request = exports.in_review(desk)
    exports.vote(desk.first, request)
    ends_role(desk.first, "airlock_checker")
    first = browser(User.objects.get(pk=desk.first.pk))
    assert first.post(vote_page(request), ballot(request, "change")).status_code in (403, 404)
    assert first.post(act(request, "submit-review"), bound(request)).status_code in (403, 404)
    assert Vote.objects.get(review__request=request).value == "approve"
    assert not Review.objects.exclude(submitted_at=None).exists()


def test_10_review_that_is_submitted_twice__is_one_review(desk: Desk) -> None:
    request = exports.in_review(desk)
    exports.vote(desk.first, request)
    first = browser(desk.first)
    for _ in range(2):
        answer = first.post(act(request, "submit-review"), bound(request))
        assert (answer.status_code, answer["Location"]) == (302, case(request))
    assert Review.objects.filter(request=request).count() == 1
    assert AuditEvent.objects.filter(event="airlock.review.submitted").count() == 1


def test_13_third_reviewer_who_dissents__is_not_outvoted(desk: Desk) -> None:
    request = exports.consolidating(desk, ("approve", "change"))
    exports.settle(desk, request)
    browser(desk.first).post(act(request, "further"), {"reason": "We are divided."})
    exports.review(desk.third, fresh(request))
    exports.settle(desk, fresh(request))
    answer = browser(desk.first).post(act(request, "approve"), bound(request))
    assert answer.status_code == 409
    assert "Not every file is approved by every reviewer" in text_of(answer)
    assert "Approve the release" not in text_of(browser(desk.first).get(case(request)))


def test_14_context_that_is_changed_after_a_return__asks_every_reviewer_again(desk: Desk) -> None:
    request = exports.returned(desk)
    group, author = request.groups.get(), browser(desk.author)
    changed = {"name": group.name, "context": "Of other people.", "controls": "None.", "people": 0, "rounding_base": 0}
    author.post(reverse("airlock:export-group", args=[request.reference, group.pk]), changed)
    author.post(reverse("airlock:export-comment", args=[request.reference]), {"group": group.pk, "body": "Done."})
    exports.explain(desk, request)
    author.post(reverse("airlock:export-submit", args=[request.reference]), {"declares": "on"})
    services.check_waiting()
    again = fresh(request)
    assert (again.status, again.turn) == (S.IN_REVIEW, 2)
    assert "0 of 2 reviews in" in text_of(browser(desk.first).get(case(request)))
    assert browser(desk.first).post(act(request, "approve"), bound(again)).status_code in (403, 409)


def test_16_author_who_withdraws_after_the_approval__is_too_late_and_a_checker_is_not(desk: Desk) -> None:
    request = exports.approved(desk)
    answer = browser(desk.author).post(reverse("airlock:export-withdraw", args=[request.reference]), {})
    assert answer.status_code == 409
    assert browser(desk.third).post(act(request, "stop"), {"reason": "A doubt."}).status_code == 302
    assert services.release_waiting() == 0
    assert "Download" not in text_of(browser(desk.author).get(request.get_absolute_url()))


def test_18_author_without_access_between_approval_and_release__the_page_says_on_hold(desk: Desk) -> None:
    request = exports.approved(desk)
    ends_role(desk.author, "researcher")
    services.hold_where_access_ended()
    assert services.release_waiting() == 0
    page = text_of(browser(desk.third).get(case(request)))
    assert "On hold" in page
    assert "no access to the project" in page


def test_20_researchers__reach_no_page_of_checkers_and_write_no_hidden_remark(world: World, desk: Desk) -> None:
    request = exports.returned(desk)
    for person in (desk.author, world.people["ben"], world.people["eve"]):
        client = browser(person)
        for action in DEEDS:
            for answer in (client.get(act(request, action)), client.post(act(request, action), bound(request))):
                assert answer.status_code in (403, 404), action
        assert client.get(reverse("airlock:queue")).status_code == 403
    address = reverse("airlock:export-comment", args=[request.reference])
    browser(desk.author).post(address, {"body": "Between us.", "audience": "checkers"})
    assert Comment.objects.get(body="Between us.").audience == "everybody"


def test_21_22_pages_of_authors_and_other_checkers__tell_nothing_of_votes(desk: Desk) -> None:
    request = exports.in_review(desk)
    addresses = {
        desk.author: (request.get_absolute_url(), reverse("airlock:export-list"), "/notifications/"),
        desk.second: (reverse("airlock:queue"), case(request)),
        desk.manager: (reverse("airlock:queue"), case(request)),
    }
    before = {key: seen(*key) for key in [(p, a) for p, those in addresses.items() for a in those]}
    exports.vote(desk.first, request, "change")
    services.comment_as_checker(actor=desk.first, request=request, body="Hm.", audience="checkers")
    for key, page in before.items():
        assert seen(*key) == page, key


def seen(person: User, address: str) -> tuple[str, list[str]]:
    """What a page says between its heading and its first form's token, and its headers of caches."""
    answer = browser(person).get(address)
    words = text_of(answer).partition("<main")[2].partition("csrfmiddlewaretoken")[0]
    return words, [answer.get(name, "") for name in ("ETag", "Last-Modified")]


@pytest.mark.parametrize(
    "body",
    [
        "[press](javascript:alert(1))",
        "![](https://example.invalid/beacon.png)",
        "<img src=x onerror=alert(1)>",
        "> " * 900 + "deep",
    ],
)
def test_33_markup_in_a_remark__is_text(desk: Desk, body: str) -> None:
    request = exports.draft(desk)
    browser(desk.author).post(reverse("airlock:export-comment", args=[request.reference]), {"body": body})
    page = text_of(browser(desk.author).get(request.get_absolute_url()))
    assert "alert(1)" in page or "beacon" in page or "deep" in page
    for markup in ('href="javascript', "<img src=x", 'beacon.png">', "<blockquote"):
        assert markup not in page


def test_43_small_releases_that_add_up__are_shown_together_and_compared(desk: Desk) -> None:
    first = exports.released(desk)
    exports.explain(desk, second := exports.draft(desk, b"gene,people\nCFTR,118\nG6PD,85\n", name="again.csv"))
    assert "recoverable" in set(findings_of(second).values_list("code", flat=True))
    services.check_submitted(services.submit_export(actor=desk.author, request=fresh(second), declares=True))
    page = text_of(browser(desk.first).get(case(second)))
    assert first.reference in page.partition("What left this project before")[2]
    figures = browser(desk.first).get(reverse("airlock:metrics-json")).json()
    left = figures["left_by_project"][desk.project.reference]
    assert left == {"releases": 1, "files": 1, "bytes": len(SAFE)}


def test_46_download__is_asked_and_recorded_at_each_press(world: World, desk: Desk) -> None:
    request = exports.released(desk)
    released = ReleaseFile.objects.get(release__request=request)
    address = reverse("airlock:released-file", args=[request.reference, released.pk])
    author = browser(desk.author)
    assert [author.get(address).status_code, author.head(address).status_code] == [405, 405]
    answer = author.post(address, headers={"Range": "bytes=0-3"})
    assert b"".join(answer.streaming_content) == SAFE
    assert AuditEvent.objects.filter(event="airlock.file.downloaded").count() == 1
    assert Client().post(address).status_code == 302
    assert browser(world.people["ben"]).post(address).status_code == 403
    assert browser(world.people["eve"]).post(address).status_code == 404
    DownloadGrant.objects.update(expires_at=clock.now())
    assert author.post(address).status_code == 403
    DownloadGrant.objects.update(expires_at=clock.now() + timedelta(days=1))
    browser(desk.manager).post(act(request, "revoke"), {"reason": "A mistake."})
    assert author.post(address).status_code == 404


def test_52_project_with_many_requests__does_not_starve_another(world: World, desk: Desk) -> None:
    adas = exports.in_review(desk)
    bens = exports.in_review(Desk(world.people["ben"], desk.project))
    eves = exports.in_review(Desk(world.people["eve"], world.other_project))
    page = text_of(browser(desk.first).get(reverse("airlock:queue")))
    places = {each.reference: page.index(f">{each.reference}<") for each in (adas, bens, eves)}
    assert sorted(places, key=places.__getitem__) == [adas.reference, eves.reference, bens.reference]
    assert "3.0 left" in page
    assert browser(desk.manager).post(act(bens, "urgent"), {"reason": "A deadline."}).status_code == 302
    assert browser(world.people["ben"]).post(act(adas, "urgent"), {"reason": "Me first."}).status_code in (403, 404)


def test_55_many_approvals_in_an_hour__are_told_to_managers(desk: Desk, settings: Any) -> None:
    settings.AIRLOCK_APPROVALS_AN_HOUR = 0
    request = ready(desk)
    assert browser(desk.first).post(act(request, "approve"), bound(request)).status_code == 302
    mail = OutboxMessage.objects.get(recipient=desk.manager.email, subject__contains="many approvals")
    assert request.reference in mail.subject
    assert desk.first.display_name not in mail.subject + mail.body_text
    assert browser(desk.manager).get(request.get_absolute_url())["Location"] == case(request)


def test_55_approval_with_a_stolen_session__asks_for_the_second_factor_anew(desk: Desk) -> None:
    request = ready(desk)
    stolen = browser(desk.first)
    session = stolen.session
    forget_second_factor(session)
    mark_second_factor(session, desk.first, stays_fresh=-timedelta(minutes=11))
    session.save()
    answer = stolen.post(act(request, "approve"), bound(request))
    assert answer.status_code == 302
    assert answer["Location"] != case(request)
    assert fresh(request).status == S.CONSOLIDATING


def test_buttons__are_offered_where_they_fit_and_lead_to_no_refusal(desk: Desk) -> None:
    request = exports.in_review(desk)
    first, second = browser(desk.first), browser(desk.second)
    assert buttons(first, request) == {"Take up a review", "Write a remark", "Return before the reviews are in"}
    first.post(act(request, "claim"), {})
    assert "Take up a review" not in buttons(first, request)
    assert "Submit my review" not in buttons(first, request)
    first.post(vote_page(request), ballot(request))
    assert "Submit my review" in buttons(first, request)
    first.post(act(request, "submit-review"), bound(request))
    assert {"Submit my review", "Give my review back"}.isdisjoint(buttons(first, request))
    exports.review(desk.second, request)
    decide = {"Write a remark", "Reject, or confirm a rejection", "Refer to the committee"}
    assert buttons(second, request) == decide
    assert buttons(browser(checker("Kat Fourth")), request) == {"Write a remark"}
    exports.settle(desk, fresh(request))
    assert buttons(second, request) == {*decide, "Approve the release"}


def buttons(client: Client, request: ExportRequest) -> set[str]:
    page = text_of(client.get(case(request)))
    return {deed.label for name, deed in DEEDS.items() if f'"{act(request, name)}"' in page}
