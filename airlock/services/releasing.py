"""Copies approved files out, one by one, under a lease. Killing a worker loses nothing and repeats nothing."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import IO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Q

from accounts.models import User
from airlock import guards
from airlock.blobs import BlobDamaged, open_for_reader, verified_copy
from airlock.events import Event
from airlock.models import DownloadGrant, ExportRequest, FileAccess, Release, ReleaseFile, RequestFile
from airlock.policies import can_download
from airlock.services.copies import folder_of, sweep_strays
from airlock.services.managing import stop_release
from airlock.services.receipts import key_id, public_key, receipt_of, sign
from airlock.workflows import EXPORT
from portal.kernel import clock, malware
from portal.kernel.access import SystemActor, require
from portal.kernel.refusals import Refusal, TransitionRefused
from portal.kernel.telling import tell

RELEASER = SystemActor("Airlock release")
S = ExportRequest.Status


class Harmful(Exception):
    """The malware scanner knows a file now that it did not know when it was checked."""


class LeaseLost(Exception):
    """The release was stopped, held, or given to another worker."""


@contextmanager
def _short_transaction() -> Iterator[None]:
    """A transaction that the database ends when a frozen worker says nothing for two leases."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            limit = f"{2 * settings.AIRLOCK_LEASE_SECONDS}s"
            cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [limit])
        yield


def release_waiting() -> int:
    """Work on every release that is due; returns how many were finished."""
    at = clock.now()
    free = Q(lease_until=None) | Q(lease_until__lt=at)
    due = Release.objects.filter(free, finished_at=None, stopped_at=None, next_attempt_at__lte=at)
    due = due.filter(request__held_at=None, request__status__in=[S.APPROVED, S.RELEASING])
    return sum(work_on(pk) for pk in due.order_by("next_attempt_at").values_list("pk", flat=True))


def work_on(release_id: int) -> bool:
    """Release one approval's files, from where the last worker stopped. True if the release is finished now."""
    try:
        token = _take(release_id)
        if token is None:
            return False
        sweep_strays(Release.objects.select_related("request").get(pk=release_id).request)
        for file in _left(release_id):
            _copy(release_id, token, file)
        _finish(release_id, token)
    except LeaseLost:
        return False
    except (BlobDamaged, Harmful) as error:
        _stop_for_good(release_id, str(error))
        return False
    except (Refusal, OSError) as error:
        _put_off(release_id, f"{type(error).__name__}")
        return False
    return True


@_short_transaction()
def _take(release_id: int) -> uuid.UUID | None:
    release = _lock(release_id)
    if release is None or (release.lease_until is not None and release.lease_until > clock.now()):
        return None
    request = release.request
    if request.status == S.APPROVED:
        EXPORT.perform(request, "start-release", RELEASER, detail={"turn": request.turn})
    elif request.status != S.RELEASING or request.is_held:
        return None
    token = uuid.uuid4()
    release.lease_token = token
    release.lease_until = clock.now() + timedelta(seconds=settings.AIRLOCK_LEASE_SECONDS)
    release.attempts += 1
    release.save(update_fields=["lease_token", "lease_until", "attempts"])
    return token


def _lock(release_id: int) -> Release | None:
    """The request's row first, as everywhere, then the release's."""
    request = ExportRequest.objects.select_for_update(no_key=True).filter(releases=release_id).first()
    if request is None:
        return None
    unfinished = Release.objects.select_for_update(no_key=True, of=("self",)).select_related("request", "approval")
    return unfinished.filter(pk=release_id, finished_at=None, stopped_at=None).first()


def _held(release_id: int, token: uuid.UUID) -> Release:
    """The locked release if this worker still holds it and nothing forbids to go on. Raises LeaseLost."""
    release = _lock(release_id)
    if release is None or release.lease_token != token or release.request.status != S.RELEASING:
        raise LeaseLost
    if guards.not_held(release.request) or guards.team_still_has_access(release.request):
        raise LeaseLost
    release.lease_until = clock.now() + timedelta(seconds=settings.AIRLOCK_LEASE_SECONDS)
    release.save(update_fields=["lease_until"])
    return release


def _left(release_id: int) -> list[RequestFile]:
    done = ReleaseFile.objects.filter(release=release_id).values("file")
    files = RequestFile.objects.leaving().filter(request__releases=release_id)
    return list(files.exclude(pk__in=done).select_related("blob"))


def _copy(release_id: int, token: uuid.UUID, file: RequestFile) -> None:
    """One file: read, hashed, scanned, copied, and only then known to the database."""
    with transaction.atomic():
        folder = folder_of(_held(release_id, token).request)
    with tempfile.TemporaryFile() as copy:
        size = verified_copy(file.blob, copy)
        if malware.scan(copy).outcome is malware.Outcome.INFECTED:
            raise Harmful("The malware scanner knows the file as harmful now.")
        copy.seek(0)
        name = default_storage.save(f"{folder}/{uuid.uuid4().hex}", File(copy))
    try:
        with transaction.atomic():
            release = _held(release_id, token)
            ReleaseFile.objects.create(
                release=release,
                file=file,
                sha256=file.blob_id,
                size_bytes=size,
                storage_name=name,
                verified_at=clock.now(),
            )
    except LeaseLost:
        default_storage.delete(name)
        raise


@transaction.atomic
def _finish(release_id: int, token: uuid.UUID) -> None:
    """The receipt last: links appear only with it."""
    release, at = _held(release_id, token), clock.now()
    if sentence := guards.every_output_is_copied(release.request):
        raise TransitionRefused(sentence)
    text = receipt_of(release, at.isoformat())
    release.receipt, release.signature, release.key_id = text, sign(text), key_id(public_key())
    release.finished_at, release.lease_token, release.lease_until = at, None, None
    release.save()
    DownloadGrant.objects.create(
        release=release,
        person=release.request.author,
        granted_at=at,
        expires_at=at + timedelta(days=settings.AIRLOCK_GRANT_DAYS),
    )
    files = release.files.count()
    detail = {"turn": release.request.turn, "files": files, "receipt": release.signature[:16]}
    EXPORT.perform(release.request, "finish-release", RELEASER, detail=detail)


@transaction.atomic
def _put_off(release_id: int, error: str) -> None:
    """Try again later, twice as long each time; nothing is visible meanwhile."""
    release = _lock(release_id)
    if release is None:
        return
    release.lease_token, release.lease_until, release.last_error = None, None, error[:300]
    release.next_attempt_at = clock.now() + timedelta(seconds=30 * 2 ** min(release.attempts, 8))
    release.save(update_fields=["lease_token", "lease_until", "last_error", "next_attempt_at"])
    if release.request.status == S.RELEASING:
        detail = {"turn": release.request.turn, "attempts": release.attempts}
        EXPORT.perform(release.request, "retry-release", RELEASER, reason=error, detail=detail)


@transaction.atomic
def _stop_for_good(release_id: int, reason: str) -> None:
    """Bytes that are not those that were approved never leave: the approval is taken back, managers are told."""
    release = _lock(release_id)
    if release is None:
        return
    tell(Event.RELEASE_MISMATCH, release.request, RELEASER, reason=reason)
    stop_release(actor=RELEASER, request=release.request, reason=reason)


@transaction.atomic
def take_released_file(*, actor: User, released: ReleaseFile) -> ReleaseFile:
    """A released file for whoever may download it at this instant; each time is recorded."""
    require(can_download, actor, released.release)
    at = clock.now()
    grant = DownloadGrant.objects.current(at).get(release=released.release, person=actor)
    FileAccess.objects.create(file=released.file, person=actor, how=FileAccess.How.DOWNLOADED, at=at, grant=grant)
    tell(Event.DOWNLOADED, released.release.request, actor, file=str(released.file_id))
    return released


def open_released(released: ReleaseFile) -> IO[bytes]:
    """The copy outside, open for reading, hashed anew. Raises TransitionRefused where it is not what was approved."""
    return open_for_reader(released.storage_name, released.sha256)
