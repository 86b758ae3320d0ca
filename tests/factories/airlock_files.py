"""Requests of the airlock with files in them, written as rows: for what is seen of files, whatever led to it."""

from __future__ import annotations

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from airlock.checks.names import folded
from airlock.models import Blob, CheckRun, ExportRequest, FileGroup, Finding, RequestFile
from portal.kernel import clock
from portal.kernel.references import next_reference
from tests.personas import World


def make_request(world: World, author: str = "ada") -> ExportRequest:
    """A draft without files."""
    return ExportRequest.objects.create(
        reference=next_reference("EXP"),
        project=world.project,
        author=world.people[author],
        title="Counts by region",
        created_at=clock.now(),
        changed_at=clock.now(),
    )


def add_file(request: ExportRequest, name: str, data: bytes, kind: str = "output") -> RequestFile:
    """One file in the request's only group."""
    group, _ = FileGroup.objects.get_or_create(request=request, name="Tables")
    return RequestFile.objects.create(
        request=request,
        group=group,
        name=name,
        name_folded=folded(name),
        kind=kind,
        blob=_blob(data),
        added_by=request.author,
        added_at=clock.now(),
    )


def _blob(data: bytes) -> Blob:
    sha256 = hashlib.sha256(data).hexdigest()
    name = f"airlock/blobs/{sha256[:2]}/{sha256}"
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(data))
    values = {"size_bytes": len(data), "storage_name": name, "created_at": clock.now()}
    return Blob.objects.get_or_create(sha256=sha256, defaults=values)[0]


def found(file: RequestFile, code: str, *, column: int, row: int, consequence: int = 2) -> Finding:
    """A finding at one cell, as a run of the checks would have left it."""
    at = clock.now()
    run = CheckRun.objects.create(
        file=file, rules_sha256="0" * 64, policy_version="house-1", state="done", started_at=at, finished_at=at,
        malware="clean",
    )  # fmt: skip
    return Finding.objects.create(run=run, file=file, code=code, column=column, rows=[row], consequence=consequence)
