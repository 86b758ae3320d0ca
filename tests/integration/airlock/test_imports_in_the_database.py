"""What the database refuses of imports by itself, whatever the code above it does."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from airlock.models import ImportFile, ImportRequest, ImportReview, UploadTicket
from airlock.workflows import IMPORT
from portal.kernel import clock
from tests.factories import imports
from tests.factories.exports import Desk

pytestmark = pytest.mark.django_db
S = ImportRequest.Status


def refused(write: Any) -> bool:
    """Whether the database says no."""
    try:
        with transaction.atomic():
            write()
            transaction.set_rollback(True)
    except DatabaseError:
        return True
    return False


def review_of(request: ImportRequest, person: Any, **more: Any) -> Any:
    answers = {"is_safe": True, "licence_allows": True, "fits_purpose": True, **more}
    told = {"request": request, "reviewer": person, "turn": request.turn, "at": clock.now()}
    return lambda: ImportReview.objects.create(**told, **answers)


def test_pairs__are_those_of_the_workflow() -> None:
    pairs = import_module("airlock.migrations.0005_imports").PAIRS.split()
    assert sorted(pairs) == sorted({f"{a}>{row.target}" for row in IMPORT.transitions for a in row.sources})


def test_import__jumps_to_no_other_state(desk: Desk) -> None:
    request = imports.in_review(desk)
    rows = ImportRequest.objects.filter(pk=request.pk)
    for state in (S.DRAFT, S.CHECKING, S.APPROVED, S.DELIVERED, S.QUARANTINED, S.REVOKED):
        assert refused(lambda state=state: rows.update(status=state)), state
    for change in ({"title": "Another"}, {"holds_code": True}, {"turn": 2}, {"manifest_sha256": "x"}):
        assert refused(lambda change=change: rows.update(**change)), change
    assert refused(lambda: rows.update(required_reviews=0))
    assert refused(rows.delete)


def test_file__comes_by_an_open_link_stays_and_is_delivered_after_an_approval(desk: Desk) -> None:
    request = imports.draft(desk)
    file = request.files.get()
    told = {"request": request, "name": "b.csv", "name_folded": "b.csv", "received_at": clock.now()}
    another = lambda: ImportFile.objects.create(**told, sha256="0" * 64, size_bytes=1, storage_name="x")  # noqa: E731
    assert not refused(another)
    UploadTicket.objects.filter(request=request).update(closed_at=clock.now())
    assert refused(another)
    assert refused(lambda: UploadTicket.objects.filter(request=request).update(closed_at=None))
    rows = ImportFile.objects.filter(pk=file.pk)
    for change in ({"sha256": "1" * 64}, {"storage_name": "y"}, {"delivered_name": "workspaces/x"}):
        assert refused(lambda change=change: rows.update(**change)), change
    assert refused(rows.delete)


def test_submission__closes_the_link_first(desk: Desk) -> None:
    request = imports.draft(desk)
    sent = {"status": S.CHECKING, "turn": 1, "manifest_sha256": "x", "submitted_at": clock.now()}
    assert refused(lambda: ImportRequest.objects.filter(pk=request.pk).update(**sent))
    UploadTicket.objects.filter(request=request).update(closed_at=clock.now())
    assert not refused(lambda: ImportRequest.objects.filter(pk=request.pk).update(**sent))


def test_review__is_nobodys_of_the_project_and_of_this_turn(desk: Desk) -> None:
    request = imports.in_review(desk)
    assert refused(review_of(request, desk.author))
    assert not refused(review_of(request, desk.first))
    request.turn = 2
    assert refused(review_of(request, desk.first))
    assert refused(review_of(imports.checking(desk), desk.first))


def test_approval__needs_reviews_and_no_doubt(desk: Desk) -> None:
    request = imports.in_review(desk, imports.CODE, {"count.py": b"print(1)\n"})
    approve = lambda: ImportRequest.objects.filter(pk=request.pk).update(status=S.APPROVED)  # noqa: E731
    review_of(request, desk.first)()
    assert refused(approve)
    review_of(request, desk.second)()
    assert not refused(approve)
    review_of(request, desk.third, is_safe=False, reason="Hm.")()
    assert refused(approve)


def test_import_of_personal_data__is_not_sent_without_the_owners_word(desk: Desk) -> None:
    request = imports.returned(desk)
    rows = ImportRequest.objects.filter(pk=request.pk)
    assert refused(lambda: rows.update(holds_personal_data=True, required_reviews=2))
    assert refused(lambda: rows.update(holds_personal_data=True, owner_evidence="Agreed.", required_reviews=1))
    assert not refused(lambda: rows.update(holds_personal_data=True, owner_evidence="Agreed.", required_reviews=2))
