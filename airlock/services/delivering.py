"""Puts what was approved into the project's workspace: read and hashed anew, scanned anew, read-only, with a file that
says where it came from. Killing the worker loses nothing: the next one goes on with the files that are left.
"""

from __future__ import annotations

import io
import tempfile
from typing import IO

from django.db import transaction

from accounts.models import User
from airlock import guards, policies
from airlock.blobs import BlobDamaged, open_for_reader, put_read_only, verified_copy
from airlock.events import Event
from airlock.manifests import canonical
from airlock.models import FileAccess, ImportFile, ImportRequest
from airlock.services.bringing import locked_import
from airlock.services.copies import PROVENANCE, empty_outside, remove_deliveries, workspace_of
from airlock.services.locks import DELIVERIES, held_by_this_worker
from airlock.services.releasing import Harmful
from airlock.workflows import IMPORT
from portal.kernel import clock, malware
from portal.kernel.access import SystemActor, require
from portal.kernel.refusals import Refusal, TransitionRefused
from portal.kernel.telling import tell

PORTER = SystemActor("Airlock delivery")
S = ImportRequest.Status
_LATER = "The files could not be delivered yet. Lectern tries again by itself."


def deliver_waiting() -> int:
    """Work on every approved import; returns how many were delivered."""
    waiting = ImportRequest.objects.filter(status=S.APPROVED).select_related("project", "author")
    return sum(deliver(request) for request in waiting.order_by("decided_at", "pk"))


def deliver(request: ImportRequest) -> bool:
    """Deliver one approved import, from where the last worker stopped. True if it is delivered now."""
    with held_by_this_worker(DELIVERIES, request.pk) as mine:
        if not mine:
            return False
        try:
            for file in request.files.current().filter(delivered_name=""):
                _deliver_file(request, file)
            _finish(request)
        except (BlobDamaged, Harmful) as error:
            _bar(request, str(error))
            return False
        except (Refusal, OSError):
            _put_off(request)
            return False
        return True


def _deliver_file(request: ImportRequest, file: ImportFile) -> None:
    _standing(request)
    with tempfile.TemporaryFile() as copy:
        verified_copy(file, copy)
        if malware.scan(copy).outcome is malware.Outcome.INFECTED:
            raise Harmful("The malware scanner knows a file as harmful now.")
        copy.seek(0)
        name = f"{workspace_of(request)}/{file.name}"
        put_read_only(copy, name)
    with transaction.atomic():
        _standing(request)
        ImportFile.objects.filter(pk=file.pk).update(delivered_name=name)


def _standing(request: ImportRequest) -> ImportRequest:
    """The import as it is now, still approved, of an author who still has access. Raises TransitionRefused."""
    with transaction.atomic():
        fresh = locked_import(request)
        if fresh.status != S.APPROVED:
            raise TransitionRefused("The import is not approved any more.")
        if sentence := guards.team_still_has_access(fresh):
            raise TransitionRefused(sentence)
        return fresh


@transaction.atomic
def _finish(request: ImportRequest) -> None:
    fresh = _standing(request)
    put_read_only(io.BytesIO(_provenance(fresh).encode()), f"{workspace_of(fresh)}/{PROVENANCE}")
    detail = {"turn": fresh.turn, "files": fresh.files.current().count()}
    changes = {"delivered_at": clock.now(), "note": ""}
    empty_outside(IMPORT.perform(fresh, "deliver", PORTER, detail=detail, changes=changes))


def _provenance(request: ImportRequest) -> str:
    """Where the files came from, by what right they are here, and who looked, by number."""
    reviews = guards.reviews_of_import(request)
    return canonical(
        {
            "schema": "lectern-import-1",
            "request": request.reference,
            "project": request.project.reference,
            "title": request.title,
            "origin": request.origin,
            "licence": request.licence,
            "purpose": request.purpose,
            "manifest_sha256": request.manifest_sha256,
            "files": [
                {"name": file.name, "sha256": file.sha256, "size_bytes": file.size_bytes}
                for file in request.files.current()
            ],
            "reviews": [{"reviewer": number, "at": each.at.isoformat()} for number, each in enumerate(reviews, 1)],
            "delivered_at": clock.now().isoformat(),
        }
    )


@transaction.atomic
def _bar(request: ImportRequest, reason: str) -> None:
    """Bytes that are not those that were approved, or that are harmful, reach no workspace."""
    fresh = locked_import(request)
    if fresh.status == S.APPROVED:
        changes = {"note": "Something is wrong with a file. The airlock's manager looks into it."}
        barred = IMPORT.perform(fresh, "bar", PORTER, reason=reason, detail={"turn": fresh.turn}, changes=changes)
        remove_deliveries(barred)


@transaction.atomic
def _put_off(request: ImportRequest) -> None:
    """The next round tries again; managers are told once. What was withdrawn meanwhile leaves nothing behind."""
    fresh = locked_import(request)
    if fresh.status == S.APPROVED and fresh.note != _LATER:
        fresh.note = _LATER
        fresh.save(update_fields=["note"])
        tell(Event.DELIVERY_FAILED, fresh, PORTER, turn=fresh.turn)
    elif fresh.status == S.WITHDRAWN:
        remove_deliveries(fresh)


@transaction.atomic
def take_delivered(*, actor: User, file: ImportFile) -> IO[bytes]:
    """A delivered file for a member of the project, open for reading; each time is recorded."""
    require(policies.can_take_import, actor, file.request)
    if file.removed_at is not None or not file.delivered_name or file.taken_out_at is not None:
        raise TransitionRefused("This file is not in the workspace.")
    FileAccess.objects.create(import_file=file, person=actor, how=FileAccess.How.DOWNLOADED, at=clock.now())
    tell(Event.IMPORT_FILE_TAKEN, file.request, actor, file=str(file.pk))
    return open_for_reader(file.delivered_name, file.sha256)
