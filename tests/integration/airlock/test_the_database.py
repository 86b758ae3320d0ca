"""What the database refuses by itself, whatever the code above it does."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, InternalError, ProgrammingError, connection, transaction

from airlock.migrations import __name__ as _package
from airlock.models import Blob, ExportRequest
from airlock.workflows import EXPORT
from portal.kernel import clock
from tests.personas import World

pytestmark = pytest.mark.django_db
S = ExportRequest.Status


def a_draft(world: World, reference: str = "EXP-TEST-1") -> ExportRequest:
    at = clock.now()
    return ExportRequest.objects.create(
        reference=reference,
        project=world.project,
        author=world.people["ada"],
        title="T",
        created_at=at,
        changed_at=at,
    )


def test_pairs__are_those_of_the_workflow() -> None:
    from importlib import import_module

    pairs = import_module(f"{_package}.0002_what_the_database_refuses").PAIRS.split()
    assert sorted(pairs) == sorted({f"{a}>{row.target}" for row in EXPORT.transitions for a in row.sources})


@pytest.mark.parametrize("status", [state for state in S if state not in (S.DRAFT, S.WITHDRAWN, S.EXPIRED)])
def test_draft__jumps_to_no_other_state(world: World, status: str) -> None:
    request = a_draft(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExportRequest.objects.filter(pk=request.pk).update(
            status=status, submitted_at=clock.now(), turn=1 + (status == S.CHECKING), manifest_sha256="x"
        )


def test_blob__is_never_changed_or_deleted(world: World) -> None:
    Blob.objects.create(sha256="a" * 64, size_bytes=1, storage_name="x", created_at=clock.now())
    for statement in ("UPDATE airlock_blob SET size_bytes = 2", "DELETE FROM airlock_blob"):
        with pytest.raises((ProgrammingError, InternalError)), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_second_open_request_of_an_author__is_refused(world: World) -> None:
    a_draft(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        a_draft(world, "EXP-TEST-2")
