"""Files of an application: scanned before they are kept, stored under their hash, never changed."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from access_review.events import Event
from access_review.models import Application, Attachment
from access_review.services.writing import writable
from accounts.models import User
from portal.kernel import clock, malware
from portal.kernel.refusals import InvalidInput
from portal.kernel.telling import tell

LARGEST_BYTES = 10 * 1024 * 1024
# Ending of the name -> how the file must begin
KINDS: dict[str, bytes] = {".pdf": b"%PDF-", ".png": b"\x89PNG\r\n\x1a\n", ".docx": b"PK\x03\x04"}


def attach_file(*, actor: User, application: Application, name: str, stream: BinaryIO, size_bytes: int) -> Attachment:
    """Scan a file and keep it. InvalidInput for size, type or malware; ScannerUnavailable while nobody can look."""
    writable_now = transaction.atomic(writable)
    writable_now(actor, application)
    name = name.replace("\\", "/").rsplit("/", 1)[-1].replace("\0", "").strip()[:120]
    _check_kind(name, stream, size_bytes)
    sha256 = hashlib.sha256(stream.read()).hexdigest()
    stream.seek(0)
    found = malware.scan(stream)
    if found.outcome == malware.Outcome.INFECTED:
        raise InvalidInput(f"This file holds malware ({found.signature}), so it was not kept.", field="file")
    stream.seek(0)
    return _keep(actor, application, name=name, stream=stream, size_bytes=size_bytes, sha256=sha256)


@transaction.atomic
def _keep(
    actor: User, application: Application, *, name: str, stream: BinaryIO, size_bytes: int, sha256: str
) -> Attachment:
    fresh = writable(actor, application)
    known = Attachment.objects.filter(application=fresh, sha256=sha256, removed_at=None).first()
    if known is not None:
        raise InvalidInput(f"This file is attached already, as {known.name}.", field="file")
    path = f"access_review/files/{sha256}"
    if not default_storage.exists(path):
        path = default_storage.save(path, File(stream))
    made = Attachment.objects.create(
        application=fresh,
        name=name,
        sha256=sha256,
        size_bytes=size_bytes,
        stored_as=path,
        added_by=actor,
        added_at=clock.now(),
    )
    tell(Event.FILE_ATTACHED, fresh, actor, sha256=sha256)
    return made


@transaction.atomic
def remove_file(*, actor: User, attachment: Attachment) -> None:
    """Leave a file out of what is sent next; versions that named it keep it."""
    fresh = writable(actor, attachment.application)
    attachment.removed_at = clock.now()
    attachment.save(update_fields=["removed_at"])
    tell(Event.FILE_REMOVED, fresh, actor, sha256=attachment.sha256)


def _check_kind(name: str, stream: BinaryIO, size_bytes: int) -> None:
    ending = "." + name.lower().rsplit(".", 1)[-1] if "." in name else ""
    if ending not in KINDS:
        raise InvalidInput("Choose a PDF, PNG or Word (docx) file.", field="file")
    if size_bytes > LARGEST_BYTES:
        raise InvalidInput(
            f"Choose a file of at most {LARGEST_BYTES // 1024**2} MB: this one has {size_bytes / 1024**2:.1f} MB.",
            field="file",
        )
    begins = stream.read(8)
    stream.seek(0)
    if not begins.startswith(KINDS[ending]):
        raise InvalidInput(f"This file is no {ending[1:].upper()} file, whatever its name says.", field="file")
