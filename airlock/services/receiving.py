"""The outside area: whoever has the link of an import puts files into it, and can do nothing else.

A sender is nobody here. They learn the hash of what they sent themselves; not what else was sent, nor by whom, nor what
became of it. A link that is unknown, over, or closed by the submission is answered in the same words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Sum

from airlock.blobs import Received, store_outside
from airlock.checks.names import folded, name_findings
from airlock.events import Event
from airlock.guards import team_still_has_access
from airlock.models import ImportFile, ImportRequest, UploadTicket
from airlock.services.bringing import digest_of, locked_import
from airlock.services.copies import PROVENANCE
from portal.kernel import clock
from portal.kernel.access import SystemActor
from portal.kernel.refusals import InvalidInput, Refusal
from portal.kernel.telling import tell

SENDER = SystemActor("Whoever has the link")


class LinkIsShut(Refusal):
    """The link does not lead anywhere, or not any more."""

    status = HTTPStatus.NOT_FOUND
    code = "link_is_shut"


@dataclass(frozen=True)
class Incoming:
    """A file as it is sent. `declared_sha256` is what the sender says its hash is, or nothing."""

    name: str
    pieces: Iterable[bytes]
    declared_sha256: str = ""


def find_upload(token: str, at: datetime | None = None) -> UploadTicket:
    """The open link of this token, whose import still waits for files. Raises LinkIsShut, in one sentence for all."""
    tickets = UploadTicket.objects.filter(token_sha256=digest_of(token), closed_at=None)
    tickets = tickets.filter(expires_at__gt=at or clock.now(), request__status__in=ImportRequest.WRITABLE)
    found = tickets.select_related("request__project", "request__author").first()
    if found is None or team_still_has_access(found.request) is not None:
        raise LinkIsShut(
            "This link does not work, or does not work any more. Ask whoever gave it to you for a new one."
        )
    return found


def receive_file(token: str, sent: Incoming) -> ImportFile:
    """Keep a file that came through a link. Sent twice it is one file; another of the same name is refused.

    Raises LinkIsShut, or InvalidInput for an unsafe name, a wrong hash, or beyond the limits of size and number.
    """
    request = find_upload(token).request
    if any(finding.code == "name_unsafe" for finding in name_findings(sent.name)):
        raise InvalidInput(
            "The name cannot be used safely. Use letters, digits, dots, dashes and underscores.", field="file"
        )
    if folded(sent.name) == folded(PROVENANCE):
        raise InvalidInput("This name is that of the record which Lectern adds. Choose another.", field="file")
    limit = min(settings.AIRLOCK_IMPORT_MAX_FILE_BYTES, _room_in(request))
    received = store_outside(sent.pieces, folder=request.reference, limit=limit)
    try:
        file = _keep(token, sent, received)
    except (Refusal, IntegrityError):
        received.discard()
        raise
    if file.storage_name != received.storage_name:
        received.discard()
    return file


def _room_in(request: ImportRequest) -> int:
    held = request.files.current().aggregate(bytes=Sum("size_bytes", default=0))["bytes"]
    return max(0, int(settings.AIRLOCK_IMPORT_MAX_BYTES - held))


@transaction.atomic
def _keep(token: str, sent: Incoming, received: Received) -> ImportFile:
    """Under the lock of the import: a submission that was quicker has closed the link."""
    request = locked_import(find_upload(token).request)
    find_upload(token)
    if sent.declared_sha256 and sent.declared_sha256.lower() != received.sha256:
        raise InvalidInput("The file did not arrive as you describe it: its SHA-256 is another. Send it again.")
    if received.size_bytes == 0:
        raise InvalidInput("The file is empty.", field="file")
    same_name = request.files.current().filter(name_folded=folded(sent.name)).first()
    if same_name is not None:
        if same_name.sha256 == received.sha256:
            return same_name
        raise InvalidInput("A file of this name was received already. Send this one under another name.", field="file")
    if received.size_bytes > _room_in(request) or request.files.current().count() >= settings.AIRLOCK_IMPORT_MAX_FILES:
        raise InvalidInput("There is no room for more files behind this link.", field="file")
    file = ImportFile.objects.create(
        request=request,
        name=sent.name,
        name_folded=folded(sent.name),
        sha256=received.sha256,
        size_bytes=received.size_bytes,
        storage_name=received.storage_name,
        declared_sha256=sent.declared_sha256.lower(),
        received_at=clock.now(),
    )
    tell(Event.FILE_RECEIVED, request, SENDER, file=str(file.pk), sha256=file.sha256, bytes=file.size_bytes)
    return file
