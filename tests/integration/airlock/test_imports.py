"""Files on their way in, through HTTP: from a link that anybody may have, past checkers, into the workspace."""

from __future__ import annotations

import json
import os
import re
import shutil
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from access_review.services import add_member
from accounts.models import RoleGrant, User
from airlock import services
from airlock.models import FileAccess, ImportFile, ImportRequest, ImportReview, UploadTicket
from airlock.services.bringing import digest_of
from ngrl.keys import source_digest
from ngrl.models import Participant
from portal.kernel import clock
from portal.kernel.models import AuditEvent, OutboxMessage
from tests.airlock_files.hostile import IDENTIFIER
from tests.factories import imports
from tests.factories.exports import Desk, checker
from tests.factories.imports import CODE, DOUBTS, GUIDELINE, fresh
from tests.personas import World

pytestmark = pytest.mark.django_db
S = ImportRequest.Status


@pytest.fixture(autouse=True)
def _empty_storage() -> None:
    """Tests take their numbers back, not their files."""
    for folder in ("airlock/outside", "workspaces"):
        shutil.rmtree(default_storage.path(folder), ignore_errors=True)


TYPED = {"title": "A list of genes", "origin": "A public list", "licence": "CC0", "purpose": "To choose genes."}


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(name: str, request: ImportRequest, *more: Any) -> str:
    return reverse(f"airlock:{name}", args=[request.reference, *more])


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def make_link(author: Client, request: ImportRequest) -> str:
    found = re.search(r"/send/\?link=[\w-]{43}", text_of(author.post(page("import-link", request), {})))
    assert found
    return found[0]


def send(link: str, name: str, content: bytes, **more: str) -> Any:
    """As somebody without an account, whose browser brings no cookie."""
    stranger = Client(enforce_csrf_checks=True)
    return stranger.post(link, {"file": SimpleUploadedFile(name, content), **more})


def opinion(request: ImportRequest, answer: str = "yes", **more: Any) -> dict[str, Any]:
    said = dict.fromkeys(("is_safe", "licence_allows", "fits_purpose"), answer)
    return {**said, "turn": request.turn, "manifest": request.manifest_sha256, **more}


def stored_in(folder: str) -> list[str]:
    try:
        return sorted(default_storage.listdir(folder)[1])
    except FileNotFoundError:
        return []


def workspace(request: ImportRequest) -> str:
    return f"workspaces/{request.project.reference}/imports/{request.reference}"


def test_files_from_outside__are_sent_checked_reviewed_and_delivered_to_be_read(
    world: World, desk: Desk, django_capture_on_commit_callbacks: Any
) -> None:
    author, kay = browser(desk.author), browser(desk.first)
    began = author.post(reverse("airlock:import-start"), {**TYPED, "project": desk.project.reference})
    request = ImportRequest.objects.get()
    assert began.url == request.get_absolute_url()
    link = make_link(author, request)
    answer = send(link, "genes.csv", GUIDELINE, declared_sha256="")
    assert answer.status_code == 201
    file = request.files.get()
    assert file.sha256 in text_of(answer)
    assert "genes.csv" in text_of(author.get(request.get_absolute_url()))
    assert author.post(page("import-submit", request), {}).status_code == 302
    services.check_imports_waiting()
    assert fresh(request).status == S.IN_REVIEW
    assert request.reference in text_of(kay.get(reverse("airlock:queue")))
    assert "genes.csv" in text_of(kay.get(page("incoming-case", request)))
    assert "CFTR" in text_of(kay.get(reverse("airlock_files:import-view", args=[request.reference, file.pk])))
    assert FileAccess.objects.filter(import_file=file, person=desk.first, how="viewed").count() == 1
    assert kay.post(page("incoming-review", request), opinion(fresh(request))).status_code == 302
    assert fresh(request).status == S.APPROVED
    with django_capture_on_commit_callbacks(execute=True):
        services.deliver_waiting()
    request = fresh(request)
    assert request.status == S.DELIVERED
    assert stored_in(workspace(request)) == ["PROVENANCE.json", "genes.csv"]
    for name in stored_in(workspace(request)):
        assert os.stat(default_storage.path(f"{workspace(request)}/{name}")).st_mode & 0o222 == 0
    assert stored_in(f"airlock/outside/{request.reference}") == []
    with default_storage.open(f"{workspace(request)}/PROVENANCE.json") as stream:
        provenance = json.load(stream)
    assert provenance["files"] == [{"name": "genes.csv", "sha256": file.sha256, "size_bytes": len(GUIDELINE)}]
    assert provenance["origin"] == "A public list"
    assert "Kay" not in json.dumps(provenance)
    take = page("import-take", request, file.pk)
    for member in (desk.author, world.people["ben"]):
        assert b"".join(browser(member).post(take).streaming_content) == GUIDELINE
    assert browser(world.people["eve"]).post(take).status_code == 404
    assert kay.post(take).status_code == 404
    assert FileAccess.objects.filter(import_file=file, how="downloaded").count() == 2
    mails = OutboxMessage.objects.filter(subject__contains=request.reference)
    assert {desk.author.email, desk.first.email} <= set(mails.values_list("recipient", flat=True))
    told = "".join(mail.subject + mail.body_text.replace(f"Dear {desk.first.display_name}", "") for mail in mails)
    assert not any(word in told for word in ("genes", "public list", desk.first.display_name, "CC0"))


def test_53_link__reads_nothing_back_overwrites_nothing_and_ends_with_the_submission(desk: Desk) -> None:
    author = browser(desk.author)
    request = imports.draft(desk, files={})
    link = make_link(author, request)
    assert send(link, "genes.csv", GUIDELINE).status_code == 201
    first = request.files.get()
    assert send(link, "genes.csv", GUIDELINE).status_code == 201
    again = send(link, "GENES.csv", b"gene\nG6PD\n")
    assert again.status_code == 400
    assert "A file of this name was received already" in text_of(again)
    shown = Client().get(link)
    assert shown.status_code == 200
    assert not any(word in text_of(shown) for word in ("genes.csv", first.sha256, "CFTR", request.title))
    assert (shown["Cache-Control"], shown["Referrer-Policy"]) == ("no-store, private", "no-referrer")
    assert author.post(page("import-submit", request), {}).status_code == 302
    dead = [send(link, "other.csv", b"a,b\n1,2\n"), send(link, "genes.csv", b"gene\nG6PD\n"), Client().get(link)]
    unknown = Client().get("/send/?link=" + "x" * 43)
    assert {answer.status_code for answer in dead} == {404}
    assert {text_of(answer).replace(link, "") for answer in (dead[2], unknown)} == {text_of(unknown)}
    assert list(request.files.values_list("pk", "sha256")) == [(first.pk, first.sha256)]
    assert stored_in(f"airlock/outside/{request.reference}") == [os.path.basename(first.storage_name)]


def test_53_link__is_dead_when_it_is_old_replaced_closed_or_its_author_has_no_access(desk: Desk) -> None:
    author, request = browser(desk.author), imports.draft(desk, files={})
    old = make_link(author, request)
    second = make_link(author, request)
    assert (Client().get(old).status_code, Client().get(second).status_code) == (404, 200)
    author.post(page("import-link-close", request))
    assert send(second, "genes.csv", GUIDELINE).status_code == 404
    third = make_link(author, request)
    ticket = UploadTicket.objects.get(closed_at=None)
    assert "token" not in str(vars(ticket)).replace("token_sha256", "")
    assert third.partition("=")[2] not in str(vars(ticket))
    author.post(page("import-link-close", request))
    _made_long_ago(request, "an-old-token")
    assert send("/send/?link=an-old-token", "genes.csv", GUIDELINE).status_code == 404
    fourth = make_link(author, request)
    RoleGrant.objects.filter(person=desk.author, role="researcher").update(until=clock.now())
    assert send(fourth, "genes.csv", GUIDELINE).status_code == 404
    assert not request.files.exists()


def _made_long_ago(request: ImportRequest, token: str) -> None:
    made, over = clock.now() - timedelta(days=8), clock.now() - timedelta(seconds=1)
    told = {"made_by": request.author, "made_at": made, "expires_at": over}
    UploadTicket.objects.create(request=request, token_sha256=digest_of(token), **told)


@pytest.mark.parametrize(
    ("name", "content", "more", "why"),
    [
        ("genes.csv", GUIDELINE, {"declared_sha256": "0" * 64}, "its SHA-256 is another"),
        ("genes.csv", GUIDELINE, {"declared_sha256": "short"}, "Enter a valid value"),
        ("..%2fgenes.csv", GUIDELINE, {}, "The name cannot be used safely"),
        ("nul.csv", GUIDELINE, {}, "The name cannot be used safely"),
        ("provenance.json", GUIDELINE, {}, "This name is that of the record"),
        ("empty.csv", b"", {}, "empty"),
        ("large.csv", b"x" * 2000, {}, "larger than"),
    ],
)
def test_file__that_cannot_be_kept__is_refused_and_leaves_nothing(
    desk: Desk, settings: Any, name: str, content: bytes, more: dict[str, str], why: str
) -> None:
    settings.AIRLOCK_IMPORT_MAX_FILE_BYTES = 1000
    request = imports.draft(desk, files={})
    answer = send(make_link(browser(desk.author), request), name, content, **more)
    assert answer.status_code == 400
    assert why in text_of(answer)
    assert not request.files.exists()
    assert stored_in(f"airlock/outside/{request.reference}") == []


def test_sender__fills_no_disk(desk: Desk, settings: Any) -> None:
    settings.AIRLOCK_IMPORT_MAX_FILES, settings.AIRLOCK_IMPORT_MAX_BYTES = 2, 100
    request = imports.draft(desk, files={})
    link = make_link(browser(desk.author), request)
    assert [send(link, f"{n}.csv", b"x" * 40 + b"%d" % n).status_code for n in range(2)] == [201, 201]
    assert send(link, "3.csv", b"x" * 41).status_code == 400
    assert send(link, "4.csv", b"x").status_code == 400
    settings.AIRLOCK_IMPORT_MAX_FILE_BYTES = -(2**20)
    assert send(link, "5.csv", b"x").status_code == 413
    assert request.files.count() == 2


def test_54_texts_of_an_import__are_short_name_nobody_and_are_read_by_auditors(world: World, desk: Desk) -> None:
    Participant.objects.create(source_digest=source_digest(IDENTIFIER))
    author, form = browser(desk.author), {**TYPED, "project": desk.project.reference}
    start = reverse("airlock:import-start")
    for field in TYPED:
        answer = author.post(start, {**form, field: f"As found in {IDENTIFIER}"})
        assert "This text holds an identifier" in text_of(answer), field
    assert "2000 characters or fewer" in text_of(author.post(start, {**form, "purpose": "CFTR,12\n" * 300}))
    assert not ImportRequest.objects.exists()
    request = imports.in_review(desk)
    evidence = {**TYPED, "holds_personal_data": "on", "owner_evidence": f"{IDENTIFIER} agreed"}
    assert author.post(page("import-declare", request), evidence).status_code == 409
    auditor = browser(world.people["aud"])
    assert request.reference in text_of(auditor.get(reverse("airlock:queue")))
    assert request.purpose in text_of(auditor.get(page("incoming-case", request)))
    assert IDENTIFIER not in str(list(AuditEvent.objects.values_list("detail", "reason")))


def test_personal_data__need_the_owners_word_and_two_reviews(desk: Desk) -> None:
    author, form = browser(desk.author), {**TYPED, "project": desk.project.reference, "holds_personal_data": "on"}
    answer = author.post(reverse("airlock:import-start"), form)
    assert "Say what the owner of the personal data agreed to." in text_of(answer)
    author.post(reverse("airlock:import-start"), {**form, "owner_evidence": "Agreement 7 of the cohort's board"})
    assert ImportRequest.objects.get().required_reviews == 2


def test_code__needs_two_reviews_that_do_not_know_each_other(desk: Desk) -> None:
    request = imports.in_review(desk, CODE, {"count.py": b"print(1)\n"})
    kay, kim = browser(desk.first), browser(desk.second)
    kay.post(page("incoming-review", request), opinion(request, reason="I ran it in a cell."))
    assert fresh(request).status == S.IN_REVIEW
    seen = text_of(kim.get(page("incoming-case", request)))
    assert "1 of 2 reviews in" in seen
    assert "Kay First" not in seen
    assert "I ran it" not in seen
    assert "Review the import" not in text_of(kay.get(page("incoming-case", request)))
    kay.post(page("incoming-review", request), opinion(request))
    assert ImportReview.objects.filter(request=request).count() == 1
    kim.post(page("incoming-review", request), opinion(request))
    assert fresh(request).status == S.APPROVED
    assert "I ran it" in text_of(kim.get(page("incoming-case", request)))
    assert "Kay First" not in text_of(browser(desk.author).get(request.get_absolute_url()))


def test_doubt__is_not_outvoted_and_the_author_reads_why_it_came_back(desk: Desk) -> None:
    request = imports.in_review(desk, CODE, {"count.py": b"print(1)\n"})
    kay, kim = browser(desk.first), browser(desk.second)
    mute = kay.post(page("incoming-review", request), opinion(request, "no"))
    assert "Say what speaks against it." in text_of(mute)
    kay.post(page("incoming-review", request), opinion(request, "no", reason="It calls home."))
    kim.post(page("incoming-review", request), opinion(request))
    imports.review(desk.third, request)
    assert fresh(request).status == S.IN_REVIEW
    kim.post(page("incoming-act", request, "return"), {"reason": "Take the telemetry out."})
    author = browser(desk.author)
    told = text_of(author.get(request.get_absolute_url()))
    assert "Take the telemetry out." in told
    assert "It calls home" not in told
    author.post(page("import-submit", request), {})
    services.check_imports_waiting()
    assert fresh(request).turn == 2
    assert "0 of 2 reviews in" in text_of(kay.get(page("incoming-case", request)))


@pytest.mark.parametrize("stale", [{"turn": 9}, {"manifest": "0" * 64}])
def test_review_of_a_stale_page__is_refused(desk: Desk, stale: dict[str, Any]) -> None:
    request = imports.in_review(desk)
    answer = browser(desk.first).post(page("incoming-review", request), {**opinion(request), **stale})
    assert answer.status_code == 409
    assert fresh(request).status == S.IN_REVIEW


def test_nobody_near__reviews_an_import(world: World, desk: Desk) -> None:
    request = imports.in_review(desk)
    RoleGrant.objects.create(
        person=desk.author, role="airlock_checker", reason="For a test.", starts_at=clock.now() - timedelta(days=1)
    )
    near = checker("Ned Near")
    add_member(actor=desk.author, project=desk.project, person=near)
    for person in (desk.author, near, world.people["eve"], world.people["ben"]):
        assert browser(person).get(page("incoming-case", request)).status_code == 404
        assert browser(person).post(page("incoming-review", request), opinion(request)).status_code == 404
    name, _, domain = desk.author.email.partition("@")
    EmailAddress.objects.create(user=desk.second, email=f"{name}+second@{domain}")
    answer = browser(desk.second).post(page("incoming-review", request), opinion(request))
    assert answer.status_code == 403
    assert "Two people are needed" in text_of(answer)
    assert not ImportReview.objects.exists()


def test_content_on_its_way_in__is_seen_by_its_checkers_alone(world: World, desk: Desk) -> None:
    request = imports.in_review(desk)
    view = reverse("airlock_files:import-view", args=[request.reference, request.files.get().pk])
    answers = {
        name: browser(person).get(view).status_code
        for name, person in (("author", desk.author), ("eve", world.people["eve"]), ("auditor", world.people["aud"]))
    }
    assert answers == {"author": 403, "eve": 404, "auditor": 403}
    assert browser(desk.first).get(view)["Cache-Control"] == "no-store, private"
    assert not FileAccess.objects.exclude(person=desk.first).exists()


def test_archive_with_a_surprise__comes_back_with_the_reason(desk: Desk) -> None:
    from tests.airlock_files import incoming

    request = imports.checking(desk, CODE, incoming.SURPRISES)
    services.check_import(request)
    assert fresh(request).status == S.RETURNED
    told = text_of(browser(desk.author).get(request.get_absolute_url()))
    for name in incoming.SURPRISES:
        assert f"{name}</h3>" in told
    found = {
        file.name: {finding.part for run in file.runs.all() for finding in run.findings.all()}
        for file in request.files.all()
    }
    missing = [name for name, place in incoming.PLACES.items() if place not in found[name]]
    assert missing == []


def test_code_that_is_not_declared__comes_back(desk: Desk) -> None:
    from tests.airlock_files.hostile import zip_of

    files = {
        "notes.txt": b"\x7fELF\x02\x01\x01",
        "tools.zip": zip_of(**{"a/run.py": b"print(1)"}),
        "genes.csv": GUIDELINE,
    }
    request = imports.in_review(desk, files=files)
    assert request.status == S.RETURNED
    blocked = {run.import_file.name for run in _runs(request) if run.findings.filter(code="incoming_code").exists()}
    assert blocked == {"notes.txt", "tools.zip"}


def _runs(request: ImportRequest) -> list[Any]:
    return [run for file in request.files.all() for run in file.runs.all()]


def test_delivery__goes_on_where_a_killed_worker_stopped(desk: Desk) -> None:
    request = imports.review(desk.first, imports.in_review(desk, files={"a.csv": GUIDELINE, "b.csv": GUIDELINE + b"x"}))
    services.delivering._deliver_file(request, request.files.get(name="a.csv"))
    half = default_storage.path(f"{workspace(request)}/b.csv")
    with open(half, "wb") as stream:
        stream.write(b"half of it")
    services.deliver_waiting()
    assert fresh(request).status == S.DELIVERED
    with default_storage.open(f"{workspace(request)}/b.csv") as stream:
        assert stream.read() == GUIDELINE + b"x"


def test_delivery__stops_at_bytes_that_are_not_those_that_were_approved(desk: Desk) -> None:
    request = imports.review(desk.first, imports.in_review(desk, files={"a.csv": GUIDELINE, "b.csv": GUIDELINE + b"x"}))
    with open(default_storage.path(request.files.get(name="b.csv").storage_name), "wb") as stream:
        stream.write(b"gene\nSWAP\n")
    services.deliver_waiting()
    assert fresh(request).status == S.QUARANTINED
    assert "airlock.import.barred" in AuditEvent.objects.values_list("event", flat=True)
    assert not ImportFile.objects.filter(request=request, taken_out_at=None).exclude(delivered_name="").exists()
    assert (
        browser(desk.author).post(page("import-take", request, request.files.get(name="a.csv").pk)).status_code == 403
    )


def test_delivery__waits_while_the_author_has_no_access(desk: Desk) -> None:
    request = imports.approved(desk)
    grants = RoleGrant.objects.filter(person=desk.author, role="researcher")
    grants.update(until=clock.now())
    services.deliver_waiting()
    services.deliver_waiting()
    assert fresh(request).status == S.APPROVED
    assert AuditEvent.objects.filter(event="airlock.import.delivery_failed").count() == 1
    grants.update(until=None)
    services.deliver_waiting()
    assert fresh(request).status == S.DELIVERED


def test_revocation__removes_the_files_from_the_workspace_and_records_it(
    desk: Desk, django_capture_on_commit_callbacks: Any
) -> None:
    request = imports.delivered(desk)
    assert browser(desk.first).post(page("incoming-act", request, "revoke"), {"reason": "Hm."}).status_code == 403
    with django_capture_on_commit_callbacks(execute=True):
        browser(desk.manager).post(page("incoming-act", request, "revoke"), {"reason": "The licence ended."})
    assert fresh(request).status == S.REVOKED
    assert stored_in(workspace(request)) == []
    assert request.files.get().taken_out_at is not None
    event = AuditEvent.objects.get(event="airlock.import.revoked")
    assert (event.reason, event.detail) == ("The licence ended.", {"files": 1})
    author = browser(desk.author)
    assert "The licence ended." in text_of(author.get(request.get_absolute_url()))
    assert author.post(page("import-take", request, request.files.get().pk)).status_code == 403


def test_author__takes_files_out_and_withdraws(desk: Desk) -> None:
    author, request = browser(desk.author), imports.draft(desk)
    remove = page("import-file-remove", request, request.files.get().pk)
    assert author.post(remove).status_code == 302
    assert author.post(page("import-submit", request), {}).status_code == 409
    assert "No file has been received yet" in text_of(author.get(request.get_absolute_url()))
    assert author.post(page("import-withdraw", request), {}).status_code == 302
    assert (fresh(request).status, UploadTicket.objects.filter(closed_at=None).count()) == (S.WITHDRAWN, 0)


def test_imports__of_a_doubting_checker_can_be_rejected_for_good(desk: Desk) -> None:
    request = imports.review(desk.first, imports.in_review(desk), DOUBTS)
    browser(desk.first).post(page("incoming-act", request, "reject"), {"reason": "The licence forbids it."})
    assert fresh(request).status == S.REJECTED
    assert "The licence forbids it." in text_of(browser(desk.author).get(request.get_absolute_url()))
